"""Reducing axes by an idempotent operation: a tree of halves.

The reduced axes are brought to the front and made one axis of n elements. Each of the ceil(log2 n) levels
combines the first m elements with the last m, where m is at least n / 2: the halves may overlap, which an
idempotent operation does not mind, so that nothing is left over. While the array is large, m is chosen so
that both halves begin at a whole word of the packed planes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd, prod

from ..ir.build import Value
from .kit import Kit

_WORD = 64


def halve(kit: Kit, x: Value, axes: Sequence[int], combine: Callable[[Value, Value], Value],
          empty: int) -> Value:
    """Planes `x` reduced over `axes` (dropped) by `combine`; `empty` is the result over no elements, as
planes."""
    front = kept_last(kit, x, axes)
    rest = tuple(extent for i, extent in enumerate(x.type.shape) if i not in axes)
    if front.type.shape[0] == 0:
        return kit.plane_const(empty, x.type.width, rest)
    while (n := front.type.shape[0]) > 1:
        half = _half(n, front.type.size // n)
        front = combine(_rows(kit, front, 0, half), _rows(kit, front, n - half, half))
    return kit.builder.add("reshape", front, shape=rest)


def kept_last(kit: Kit, x: Value, axes: Sequence[int]) -> Value:
    """`x` as a matrix: first axis the elements to reduce, second axis all that stays."""
    shape = x.type.shape
    order = (*axes, *(i for i in range(len(shape)) if i not in axes))
    if order != tuple(range(len(shape))):
        x = kit.builder.add("transpose", x, axes=order)
    n = prod(shape[a] for a in axes)
    rest = prod(extent for i, extent in enumerate(shape) if i not in axes)
    return kit.builder.add("reshape", x, shape=(n, rest))


def _half(n: int, rest: int) -> int:
    """How many elements of n the next level has: half, rounded up to words where that costs no level."""
    half = (n + 1) // 2
    step = _WORD // gcd(rest, _WORD)
    return -(-half // step) * step if n > 2 * step else half


def _rows(kit: Kit, x: Value, start: int, count: int) -> Value:
    return kit.builder.add("slice", x, starts=(start, 0), steps=(1, 1), counts=(count, x.type.shape[1]))
