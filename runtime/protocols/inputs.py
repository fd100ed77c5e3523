"""From what a party was given to plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..program import ValueType
from ..ring import ring


def plain(given: Mapping[str, Any], name: str, to: ValueType) -> NDArray[np.uint64]:
    """The input `name`, whose shape the executor has checked, as ring words or two's complement planes."""
    values = given[name]
    if to.kind == "arith":
        return ring(to.width).from_ints(values)
    r = ring(64 if to.width <= 64 else 128)
    return r.signed_planes(r.from_ints(values), to.width)
