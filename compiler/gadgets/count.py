"""How many bits of an array are one.

=========  ===========================  ==========================================
circuit    rounds                       sent for each bit counted (ring of w bits)
=========  ===========================  ==========================================
inject     2                            w bits re-shared, one product
add up     about 1.7 log2 n, an adder   one AND; a few for the final adder
=========  ===========================  ==========================================

`add up` is a tree of full adders over whole arrays (see `total`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from ..intervals import Interval
from ..ir.build import Value
from .bits import bit_to_arith, compose
from .kit import Kit, Num
from .total import total_planes


def count_arith(kit: Kit, bits: Value, axes: Sequence[int], width: int) -> Value:
    """The number of ones over the given axes, in the ring of `width` bits."""
    candidates: dict[str, Callable[..., Value]] = {"inject": _inject, "add up": _added_up}
    return kit.choose("count", candidates, bits, tuple(axes), width)


def _inject(kit: Kit, bits: Value, axes: Sequence[int], width: int) -> Value:
    return kit.builder.add("sum", bit_to_arith(kit, bits, width), axes=tuple(axes))


def _added_up(kit: Kit, bits: Value, axes: Sequence[int], width: int) -> Value:
    return compose(kit, count_planes(kit, bits, axes), width).value


def count_planes(kit: Kit, bits: Value, axes: Sequence[int]) -> Num:
    """The number of ones over the given axes, as unsigned planes."""
    most = prod(bits.type.shape[a] for a in axes)
    return total_planes(kit, Num(bits, Interval(0, 1)), axes, Interval(0, most))
