"""From what a party was given to plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..program import ValueType
from ..ring import ring


def plain(given: Mapping[str, Any], name: str, args: Sequence[NDArray[np.uint64]],
          to: ValueType) -> NDArray[np.uint64]:
    """The input `name`, whose shape the executor has checked, as ring words or two's complement planes.

    `args` may hold the public number of a row: then as many rows from there on as `to` has. Raises IndexError.
    """
    values = given[name]
    if args:
        first = int(args[0].reshape(-1)[0])
        if first + to.shape[0] > len(values):
            raise IndexError(f"rows {first}..{first + to.shape[0] - 1} of an input of {len(values)}")
        values = values[first:first + to.shape[0]]
    if to.kind == "arith":
        return ring(to.width).from_ints(values)
    r = ring(64 if to.width <= 64 else 128)
    return r.signed_planes(r.from_ints(values), to.width)
