"""Exact arithmetic on closed intervals of integers: how ranges follow from ranges."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple


class Interval(NamedTuple):
    """All integers lo..hi, both included."""

    lo: int
    hi: int

    def __contains__(self, item: object) -> bool:
        if isinstance(item, Interval):
            return self.lo <= item.lo and item.hi <= self.hi
        return isinstance(item, int) and self.lo <= item <= self.hi

    @property
    def bits(self) -> int:
        """Planes that hold it: unsigned when lo >= 0, otherwise two's complement; at least 1."""
        if self.lo >= 0:
            return max(1, self.hi.bit_length())
        return max(max(self.hi, 0).bit_length(), (-self.lo - 1).bit_length()) + 1

    @property
    def signed_bits(self) -> int:
        """Bits of a two's complement that holds it, the sign included."""
        return max(self.hi.bit_length() if self.hi > 0 else 0, (-self.lo - 1).bit_length() if self.lo < 0 else 0) + 1


def covers(outer: Interval, inner: Interval) -> bool:
    """Whether all of `inner` lies in `outer`."""
    return outer.lo <= inner.lo and inner.hi <= outer.hi


def join(a: Interval, b: Interval) -> Interval:
    """The smallest interval around both."""
    return Interval(min(a.lo, b.lo), max(a.hi, b.hi))


def add(a: Interval, b: Interval) -> Interval:
    return Interval(a.lo + b.lo, a.hi + b.hi)


def sub(a: Interval, b: Interval) -> Interval:
    return Interval(a.lo - b.hi, a.hi - b.lo)


def neg(a: Interval) -> Interval:
    return Interval(-a.hi, -a.lo)


def mul(a: Interval, b: Interval) -> Interval:
    corners = (a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi)
    return Interval(min(corners), max(corners))


def square(a: Interval) -> Interval:
    """The range of x * x, where both factors are the same value."""
    ends = (a.lo * a.lo, a.hi * a.hi)
    return Interval(0 if a.lo <= 0 <= a.hi else min(ends), max(ends))


def scale(a: Interval, factor: int) -> Interval:
    return mul(a, Interval(factor, factor))


def total(a: Interval, count: int) -> Interval:
    """The range of a sum of `count` values in `a`."""
    return Interval(a.lo * count, a.hi * count)


def round_shift(a: Interval, bits: int) -> Interval:
    """x / 2^bits, to nearest, ties up."""
    return Interval(rounded_shift(a.lo, bits), rounded_shift(a.hi, bits))


def cut_shift(a: Interval, bits: int) -> Interval:
    """x / 2^bits, to either whole number beside it."""
    return Interval(a.lo >> bits, -(-a.hi >> bits))


def rounded_shift(x: int, bits: int) -> int:
    """x / 2^bits, to nearest, ties up."""
    return x if bits == 0 else (x + (1 << (bits - 1))) >> bits


def rounded_div(a: int, b: int) -> int:
    """a / b to nearest, ties up (towards +infinity). b != 0."""
    if b < 0:
        a, b = -a, -b
    return (2 * a + b) // (2 * b)


def rounded_sqrt(a: int) -> int:
    """The square root to nearest; a tie is impossible for integers. a >= 0."""
    root = isqrt(a)
    return root + (a - root * root > root)


def floordiv(a: Interval, b: Interval) -> Interval:
    """Floor division; `b` must not contain 0."""
    corners = [x // y for x in a for y in b]
    return Interval(min(corners), max(corners))


def div(a: Interval, b: Interval, shift: int) -> Interval:
    """a * 2^shift / b to nearest; `b` must not contain 0."""
    corners = [rounded_div(x << shift, y) for x in a for y in b]
    return Interval(min(corners), max(corners))


def mod(a: Interval, b: Interval) -> Interval:
    """Floor modulo (the sign of the divisor); `b` must not contain 0."""
    if b.lo > 0:
        if a.lo >= 0 and a.hi < b.lo:
            return a
        return Interval(0, min(b.hi - 1, a.hi) if a.lo >= 0 else b.hi - 1)
    return Interval(max(b.lo + 1, a.lo) if a.hi <= 0 else b.lo + 1, 0)


def sqrt(a: Interval, shift: int) -> Interval:
    """The square root of a * 2^shift to nearest; negative values in `a` count as 0."""
    return Interval(rounded_sqrt(max(a.lo, 0) << shift), rounded_sqrt(max(a.hi, 0) << shift))


def absolute(a: Interval) -> Interval:
    if a.lo >= 0:
        return a
    return neg(a) if a.hi <= 0 else Interval(0, max(-a.lo, a.hi))


def minimum(a: Interval, b: Interval) -> Interval:
    return Interval(min(a.lo, b.lo), min(a.hi, b.hi))


def maximum(a: Interval, b: Interval) -> Interval:
    return Interval(max(a.lo, b.lo), max(a.hi, b.hi))
