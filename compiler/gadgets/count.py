"""How many bits of an array are one.

=========  ===========================  ==========================================
circuit    rounds                       sent for each bit counted (ring of w bits)
=========  ===========================  ==========================================
inject     2                            w bits re-shared, one product
add up     about 1.7 log2 n, an adder   one AND; a few for the final adder
=========  ===========================  ==========================================

`add up` is a tree of full adders over whole arrays: three arrays of weight 2^i become one of that weight and one of
twice it, all weights of a level in one round. Source: the counter of J. Boyar and R. Peralta (Tight bounds for the
multiplicative complexity of symmetric functions, TCS 2008): n minus the number of ones of n ANDs, which is the fewest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from ..intervals import Interval
from ..ir.build import Value
from .adders import add
from .bits import bit_to_arith, compose
from .halving import kept_last
from .kit import Kit, Num

#: Rows of one weight.
Rows = Value


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
    rest = tuple(extent for i, extent in enumerate(bits.type.shape) if i not in axes)
    most = prod(bits.type.shape[a] for a in axes)
    bounds = Interval(0, most)
    if most == 0:
        return Num(kit.plane_const(0, 1, rest), bounds)
    weights = [kept_last(kit, bits, axes)]
    while any(rows.type.shape[0] > 2 for rows in weights):
        weights = _level(kit, weights)
    first, second = (_addend(kit, weights, k) for k in (0, 1))
    total = add(kit, kit.pick(first, _planes(first, bounds)), kit.pick(second, _planes(second, bounds)))
    return Num(kit.builder.add("reshape", total, shape=rest), bounds)


def _planes(x: Value, bounds: Interval) -> list[int]:
    """As many planes as the count takes: what is beyond is zero."""
    return [i if i < x.type.width else -1 for i in range(bounds.bits)]


def _level(kit: Kit, weights: Sequence[Rows]) -> list[Rows]:
    """Every three rows of one weight as one of it and one of the next."""
    kept: list[list[Value]] = [[] for _ in range(len(weights) + 1)]
    for i, rows in enumerate(weights):
        n = rows.type.shape[0]
        third = n // 3
        if third:
            a, b, c = (_cut(kit, rows, k * third, third) for k in range(3))
            kept[i].append(kit.xor(a, b, c))
            kept[i + 1].append(kit.xor(c, kit.and_(kit.xor(a, c), kit.xor(b, c))))
        if n > 3 * third:
            kept[i].append(_cut(kit, rows, 3 * third, n - 3 * third))
    return [kit.builder.add("concat", *pieces, axis=0) if len(pieces) > 1 else pieces[0] for pieces in kept if pieces]


def _cut(kit: Kit, rows: Rows, start: int, count: int) -> Value:
    return kit.builder.add("slice", rows, starts=(start, 0), steps=(1, 1), counts=(count, rows.type.shape[1]))


def _addend(kit: Kit, weights: Sequence[Rows], k: int) -> Value:
    """Row k of every weight, zeros where there is none, as the planes of a number for each element."""
    shape = (1, weights[0].type.shape[1])
    rows = [_cut(kit, w, k, 1) if w.type.shape[0] > k else kit.plane_const(0, 1, shape) for w in weights]
    return kit.join(*rows)
