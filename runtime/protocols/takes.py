"""What `part` may take of a plain piece: the table `instructions.TAKES`, on plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import bits
from ..program import ValueType
from ..ring import Ring, ring

Words = NDArray[np.uint64]


def take(attrs: Mapping[str, Any], piece: Words, of: ValueType, to: ValueType) -> Words:
    """Takes `attrs["take"]` of the piece of a value of type `of`: a plain array of type `to`."""
    what = attrs["take"]
    if what == "bits":
        r = ring(of.width)
        return r.planes(r.neg(piece) if attrs.get("neg") else piece, attrs["lo"], attrs["hi"])
    if what == "planes":
        return ring(to.width).from_planes(piece, to.shape)
    if what == "each":
        rows = bits.unpack(piece, of.size)
        return ring(to.width).from_ints(rows.reshape(to.shape))
    return ring(of.width).resize(_NUMBERS[what](ring(of.width), piece, attrs), ring(to.width))


_NUMBERS: dict[str, Callable[[Ring, Words, Mapping[str, Any]], Words]] = {
    "shift": lambda r, u, attrs: r.shift_right(u, attrs["f"]),
    "bit": lambda r, u, attrs: r.bit(u, attrs["f"]),
    "low": lambda r, u, attrs: r.low(u, attrs["f"]),
    "quotient": lambda r, u, attrs: r.quotient(u, int(attrs["d"])),
    "remainder": lambda r, u, attrs: r.remainder(u, int(attrs["d"])),
}
