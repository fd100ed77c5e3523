"""Minimum and maximum: a comparison and a selection.

Planes: a comparison's rounds + 1, 4k ANDs an element. A reduction runs ceil(log2 n) levels over planes, an
arithmetic array is decomposed once before.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import intervals
from ..intervals import Interval
from ..ir.build import Value
from .bits import as_planes
from .compare import less
from .halving import halve
from .kit import Kit, Num
from .select import select


def minimum(kit: Kit, a: Num, b: Num) -> Num:
    """The smaller one, element by element."""
    return _known(kit, select(kit, less(kit, a, b), a, b), intervals.minimum(a.range, b.range))


def maximum(kit: Kit, a: Num, b: Num) -> Num:
    """The larger one, element by element."""
    return _known(kit, select(kit, less(kit, a, b), b, a), intervals.maximum(a.range, b.range))


def _known(kit: Kit, x: Num, bounds: Interval) -> Num:
    """x, known to lie in `bounds`, which its own range includes: its upper planes are not needed then."""
    if x.domain != "planes":
        return Num(x.value, bounds)
    return Num(kit.pick(x.value, range(bounds.bits)), bounds)


def reduce_min(kit: Kit, x: Num, axes: Sequence[int]) -> Num:
    """The smallest element over the given axes (at least one element), as planes."""
    return _reduce(kit, x, axes, smallest=True)


def reduce_max(kit: Kit, x: Num, axes: Sequence[int]) -> Num:
    """The largest element over the given axes (at least one element), as planes."""
    return _reduce(kit, x, axes, smallest=False)


def _reduce(kit: Kit, x: Num, axes: Sequence[int], smallest: bool) -> Num:
    def better(a: Value, b: Value) -> Value:
        first = less(kit, Num(a, x.range), Num(b, x.range))
        x_, y_ = (a, b) if smallest else (b, a)
        return select(kit, first, Num(x_, x.range), Num(y_, x.range)).value

    return Num(halve(kit, as_planes(kit, x).value, axes, better, 0), x.range)
