"""Numbers on planes added up over axes.

A tree of full adders over whole arrays: three rows of weight 2^i become one of that weight and one of twice it, all
weights of a level in one round; what is left, two rows a weight, takes one adder. For n numbers of k bits about
1.7 log2 n rounds and n k ANDs.

Sources: C. Wallace, IEEE Trans. EC-13 (1964); for single bits the counter of J. Boyar and R. Peralta (Tight bounds for
the multiplicative complexity of symmetric functions, TCS 2008): n minus the number of ones of n ANDs, the fewest.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod

from ..intervals import Interval
from ..ir.build import Value
from .adders import add, save
from .halving import kept_last
from .kit import Kit, Num

_WORD = 64

#: From so many words of rows on what rounding to words leaves over adds no level but rarely.
_MANY = 48

#: Rows of one weight: the first axis what is added up, the second all that stays.
Rows = Value


def total_planes(kit: Kit, x: Num, axes: Sequence[int], bounds: Interval) -> Num:
    """The sum over the given axes (dropped) of numbers on planes; it lies in `bounds`."""
    rest = tuple(extent for i, extent in enumerate(x.shape) if i not in axes)
    most, k = prod(x.shape[a] for a in axes), bounds.bits
    if most == 0:
        return Num(kit.plane_const(0, k, rest), bounds)
    weights = carry_saved(kit, _weights(kit, x, axes), 2, k)
    addends = [_addend(kit, weights, i, k) for i in range(max(rows.type.shape[0] for rows in weights))]
    if x.range.lo < 0:  # the top planes were flipped: that moved every number up
        addends.append(kit.plane_const(-most << x.width - 1, k, addends[0].type.shape))
    addends = save(kit, addends)
    total = addends[0] if len(addends) == 1 else add(kit, addends[0], addends[1])
    return Num(kit.builder.add("reshape", total, shape=rest), bounds)


def carry_saved(kit: Kit, weights: Sequence[Rows], left: int, k: int) -> list[Rows]:
    """Rows of k weights 1, 2, 4, .. with the same sum modulo 2^k, at most `left` of each, which is at least 2.

    Of rows with several planes each plane is added up by itself.
    """
    while any(rows.type.shape[0] > left for rows in weights):
        weights = _level(kit, weights, left)[:k]
    return list(weights)


def _weights(kit: Kit, x: Num, axes: Sequence[int]) -> list[Rows]:
    """The planes, each one weight, of numbers that are not negative."""
    rows = kept_last(kit, x.value, axes)
    if x.range.lo < 0:
        rows = kit.xor(rows, kit.plane_const(1 << x.width - 1, x.width, rows.type.shape))
    return [kit.pick(rows, [i]) for i in range(x.width)]


def _level(kit: Kit, weights: Sequence[Rows], left: int) -> list[Rows]:
    """Every three rows of one weight as one of it and one of the next, where there are more than `left`."""
    kept: list[list[Value]] = [[] for _ in range(len(weights) + 1)]
    rest: list[list[Value]] = [[] for _ in range(len(weights) + 1)]  # these stand last: they may be no whole words
    for i, rows in enumerate(weights):
        n = rows.type.shape[0]
        third = _third(n, rows.type.shape[1]) if n > left else 0
        if third:
            a, b, c = (_cut(kit, rows, k * third, third) for k in range(3))
            kept[i].append(kit.xor(a, b, c))
            kept[i + 1].append(kit.xor(c, kit.and_(kit.xor(a, c), kit.xor(b, c))))
        if n > 3 * third:
            rest[i].append(_cut(kit, rows, 3 * third, n - 3 * third))
    joined = [[*whole, *more] for whole, more in zip(kept, rest, strict=True)]
    return [kit.builder.add("concat", *rows, axis=0) if len(rows) > 1 else rows[0] for rows in joined if rows]


def _third(n: int, kept: int) -> int:
    """A third of n rows, of many so that all thirds begin at a whole word of the packed planes."""
    step = _WORD // gcd(kept, _WORD)
    return n // 3 // step * step if n > _MANY * step else n // 3


def _cut(kit: Kit, rows: Rows, start: int, count: int) -> Value:
    return kit.builder.add("slice", rows, starts=(start, 0), steps=(1, 1), counts=(count, rows.type.shape[1]))


def _addend(kit: Kit, weights: Sequence[Rows], i: int, k: int) -> Value:
    """Row i of every weight, zeros where there is none, as the k planes of a number for each element."""
    shape = (1, weights[0].type.shape[1])
    rows = [_cut(kit, w, i, 1) if w.type.shape[0] > i else kit.plane_const(0, 1, shape) for w in weights[:k]]
    joined = kit.join(*rows)
    return kit.pick(joined, [plane if plane < len(rows) else -1 for plane in range(k)])
