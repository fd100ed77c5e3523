"""All that comes before each element of an axis, and itself, combined by one associative operation.

=========  ==================  ==========================
circuit    levels              operations for n elements
=========  ==================  ==========================
doubling   ceil(log2 n)        n log2 n
odd-even   about 2 log2 n      2 n
=========  ==================  ==========================

Sources: W. D. Hillis and G. L. Steele, Data parallel algorithms, CACM 29 (1986); R. Ladner and M. Fischer, Parallel
prefix computation, JACM 27 (1980). Running sums of ring shares need neither: they are local (`cumsum`).
"""

from __future__ import annotations

from collections.abc import Callable

from ..intervals import Interval
from ..ir.build import Value
from .extreme import maximum, minimum
from .kit import Kit, Num

Combine = Callable[[Value, Value], Value]


def scan(kit: Kit, x: Value, axis: int, combine: str, bounds: Interval) -> Value:
    """The scan of planes along an axis; `combine` is min, max (of numbers in `bounds`), and, or, xor."""
    if x.type.size == 0:
        return x
    order = (axis, *(a for a in range(len(x.type.shape)) if a != axis))
    back = tuple(order.index(a) for a in range(len(order)))
    front = kit.builder.add("transpose", x, axes=order) if axis else x
    made = kit.choose("scan", {"doubling": _doubling, "odd-even": _odd_even}, front, combine, bounds)
    return kit.builder.add("transpose", made, axes=back) if axis else made


def _operation(kit: Kit, combine: str, bounds: Interval) -> Combine:
    gadgets: dict[str, Callable[[Kit, Num, Num], Num]] = {"min": minimum, "max": maximum}
    if combine in gadgets:
        return lambda a, b: gadgets[combine](kit, Num(a, bounds), Num(b, bounds)).value
    gates: dict[str, Combine] = {"and": kit.and_, "or": kit.or_, "xor": lambda a, b: kit.xor(a, b)}
    return gates[combine]


def _doubling(kit: Kit, x: Value, combine: str, bounds: Interval) -> Value:
    """Each level reaches twice as far back."""
    operation, n, step = _operation(kit, combine, bounds), x.type.shape[0], 1
    while step < n:
        reached = operation(_rows(kit, x, 0, n - step), _rows(kit, x, step, n - step))
        x = kit.builder.add("concat", _rows(kit, x, 0, step), reached, axis=0)
        step *= 2
    return x


def _odd_even(kit: Kit, x: Value, combine: str, bounds: Interval) -> Value:
    """The scan of neighbours combined is every other element of the result; one level more gives the rest."""
    operation, n = _operation(kit, combine, bounds), x.type.shape[0]
    if n == 1:
        return x
    half, rest = n // 2, (n - 1) // 2
    pairs = operation(_rows(kit, x, 0, half, 2), _rows(kit, x, 1, half, 2))
    odd = _odd_even(kit, pairs, combine, bounds)
    pieces = [_rows(kit, x, 0, 1)]
    if rest:
        before = _rows(kit, odd, 0, rest)
        pieces.append(_interleaved(kit, before, operation(before, _rows(kit, x, 2, rest, 2))))
    if half > rest:
        pieces.append(_rows(kit, odd, rest, 1))
    return kit.builder.add("concat", *pieces, axis=0)


def _interleaved(kit: Kit, a: Value, b: Value) -> Value:
    """Row 0 of a, row 0 of b, row 1 of a, and so on."""
    n, *tail = a.type.shape
    both = (kit.builder.add("reshape", x, shape=(n, 1, *tail)) for x in (a, b))
    return kit.builder.add("reshape", kit.builder.add("concat", *both, axis=1), shape=(2 * n, *tail))


def _rows(kit: Kit, x: Value, start: int, count: int, step: int = 1) -> Value:
    tail = x.type.shape[1:]
    return kit.builder.add("slice", x, starts=(start, *(0 for _ in tail)), steps=(step, *(1 for _ in tail)),
                           counts=(count, *tail))
