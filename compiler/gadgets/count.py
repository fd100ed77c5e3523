"""How many bits of an array are one.

===================  ===============================================  =================================================
circuit              rounds (p parts of a bit)                        sent for each bit counted (ring of w bits)
===================  ===============================================  =================================================
inject               p - 1                                            w bits for each part beyond two
add up to r rows     about 1.7 log2(n / r), then as inject            one AND, then as inject for r log2(n / r) bits
add up               about 1.7 log2 n, an adder                       one AND; a few for the final adder
===================  ===============================================  =================================================

`add up` is a tree of full adders over whole arrays (see `total`); `inject` brings what is left of it into the ring. Of
the XOR a + b - 2 a b of the last two parts of a bit only the sum over all bits is sent, which is one element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod

from ..intervals import Interval
from ..ir.build import Value
from .bits import compose, decompose, weighted_sum
from .halving import kept_last
from .kit import Kit, Num
from .total import carry_saved, total_planes

#: So many rows of each weight are left at most when what is added up is brought into the ring.
_LEFT = (16, 1024)


def count_arith(kit: Kit, bits: Value, axes: Sequence[int], width: int) -> Value:
    """The number of ones over the given axes, in the ring of `width` bits."""
    shape = bits.type.shape
    made = _choose(kit, kept_last(kit, bits, axes), width)
    return kit.builder.add("reshape", made, shape=tuple(m for i, m in enumerate(shape) if i not in axes))


def count_lanes(kit: Kit, bits: Value, width: int) -> Value:
    """The number of ones in each plane of an array (n,), in the ring of `width` bits: (planes,)."""
    (n,) = bits.type.shape
    made = _choose(kit, kit.builder.add("reshape", bits, shape=(n, 1)), width)
    return kit.builder.add("reshape", made, shape=(bits.type.width,))


def count_planes(kit: Kit, bits: Value, axes: Sequence[int]) -> Num:
    """The number of ones over the given axes, as unsigned planes."""
    candidates: dict[str, Callable[..., Num]] = {"add up": added_up, "through the ring": _through_the_ring}
    return kit.choose("count as bits", candidates, bits, tuple(axes))


def added_up(kit: Kit, bits: Value, axes: Sequence[int]) -> Num:
    """As `count_planes`, on bits alone."""
    return total_planes(kit, Num(bits, Interval(0, 1)), axes, _bounds(bits, axes))


def _through_the_ring(kit: Kit, bits: Value, axes: Sequence[int]) -> Num:
    return decompose(kit, Num(count_arith(kit, bits, axes, 64), _bounds(bits, axes)))


def _bounds(bits: Value, axes: Sequence[int]) -> Interval:
    return Interval(0, prod(bits.type.shape[a] for a in axes))


def _choose(kit: Kit, rows: Value, width: int) -> Value:
    """Of planes (n, kept) the ones along the first axis: (planes, kept)."""
    n, kept = rows.type.shape
    if not n:
        return kit.shared(0, width, (rows.type.width, kept))
    candidates: dict[str, Callable[..., Value]] = {"inject": partial(_saved, n)}
    candidates |= {f"add up to {left} rows": partial(_saved, left) for left in _LEFT if left < n}
    if rows.type.width == 1:
        candidates["add up"] = _added_up
    return kit.choose("count", candidates, rows, width)


def _saved(left: int, kit: Kit, rows: Value, width: int) -> Value:
    weights = carry_saved(kit, [rows], left, rows.type.shape[0].bit_length())
    every = kit.builder.add("concat", *weights, axis=0) if len(weights) > 1 else weights[0]
    return weighted_sum(kit, every, [own.type.shape[0] for own in weights], width)


def _added_up(kit: Kit, rows: Value, width: int) -> Value:
    made = compose(kit, added_up(kit, rows, (0,)), width).value
    return kit.builder.add("reshape", made, shape=(1, rows.type.shape[1]))
