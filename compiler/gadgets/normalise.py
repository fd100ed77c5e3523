"""The leading one of a number, and powers of two chosen by it.

Rounds: decomposition, prefix AND (ceil(log2 k) levels or more, by price), composition. Only the positions
that the leading one can have by the range are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..ir.build import Value
from .bits import decompose, weighted
from .kit import Kit, Num
from .logic import prefix_and


def leading(kit: Kit, x: Num, group: int = 1, below: int = 0) -> tuple[Value, range]:
    """One-hot planes of the group of positions with the leading one of an arithmetic x >= 0; the groups.

    Plane i is group `groups[i]`, which has the positions group * g .. group * g + group - 1 of x * 2^below.
    Where x may be 0 all planes are zero for it.
    """
    k = x.range.bits + below
    first = (x.range.lo.bit_length() - 1 + below) // group if x.range.lo > 0 else below // group
    groups = range(first, (k - 1) // group + 1)
    if len(groups) == 1 and x.range.lo > 0:
        return kit.plane_const(1, 1, x.shape), groups
    empty = _empty(kit, decompose(kit, x).value, groups, group, below)
    n = len(groups)
    downwards = range(n - 1, -1, -1)
    above = kit.pick(prefix_and(kit, kit.pick(empty, downwards)), downwards)  # no one in this group or above
    if x.range.lo > 0:  # the lowest group has it where no other has
        above = kit.pick(above, [-1, *range(1, n)])
    upper = kit.invert(kit.pick(kit.invert(above), [*range(1, n), -1]))
    return kit.xor(above, upper), groups


#: Powers that are wanted: the least exponent, and by how much it grows from plane to plane (it may fall).
Wanted = tuple[tuple[int, int], ...]


def powers(kit: Kit, hot: Value, wanted: Wanted, width: int) -> tuple[Value, ...]:
    """Powers of two by one-hot planes, in the ring of `width` bits; 0 where no plane is one."""
    candidates: dict[str, Callable[..., tuple[Value, ...]]] = {"row": _row}
    for columns in (2, 4, 8, 16):
        if columns < hot.type.width:
            candidates[f"table of {columns} columns"] = partial(_table, columns)
    return kit.choose("powers of two", candidates, hot, wanted, width)


def _row(kit: Kit, hot: Value, wanted: Wanted, width: int) -> tuple[Value, ...]:
    """Every plane is brought into the ring, once for all that is wanted."""
    return tuple(weighted(kit, hot, _weights(hot.type.width, *how), width) for how in wanted)


def _weights(n: int, least: int, step: int) -> list[int]:
    exponents = [step * i if step >= 0 else -step * (n - 1 - i) for i in range(n)]
    return [1 << least + e for e in exponents]


def _table(columns: int, kit: Kit, hot: Value, wanted: Wanted, width: int) -> tuple[Value, ...]:
    n = hot.type.width
    made = []
    for least, step in wanted:
        rising = kit.pick(hot, range(n - 1, -1, -1)) if step < 0 else hot
        padded = kit.pick(rising, [*range(n), *[-1] * (-n % columns)])
        starts = range(0, n, columns)
        column = kit.xor(*(kit.pick(padded, range(start, start + columns)) for start in starts))
        value = weighted(kit, column, _weights(columns, least, abs(step)), width)
        if step:
            row = kit.xor(*(kit.pick(padded, [start + i for start in starts]) for i in range(columns)))
            value = kit.mul(value, weighted(kit, row, _weights(len(starts), 0, abs(step) * columns), width))
        made.append(value)
    return tuple(made)


def _empty(kit: Kit, planes: Value, groups: range, group: int, below: int) -> Value:
    """For every group whether all its positions are zero."""
    zeros = kit.invert(planes)
    k = planes.type.width
    columns = []
    for j in range(group):
        # positions that are no planes of x are zero: as inverted planes they are ones
        places = [g * group + j - below for g in groups]
        picked = kit.pick(planes, [p if 0 <= p < k else -1 for p in places])
        columns.append(kit.invert(picked) if any(not 0 <= p < k for p in places) else kit.pick(zeros, places))
    total = columns[0]
    for column in columns[1:]:
        total = kit.and_(total, column)
    return total
