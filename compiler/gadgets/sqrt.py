"""Square root of a secret, exact to nearest for every value of the range.

Two circuits, by price where both fit.

**newton**: with V = a 2^shift and K even, V < 2^K, a power of four s brings c = V s into [2^(K-2), 2^K).
From y0 = 2.1585 - 1.25 c/2^K, within 0.092 of 1/sqrt(c/2^K) relatively, Goldschmidt's coupled iteration g <-
g (1 + r), h <- h (1 + r), r = 1/2 - g h brings g to sqrt(c/2^K) with p fractional bits, 6 rounds an
iteration. The guess sqrt(V) = sqrt(c/2^K) 2^(K/2) / sqrt(s), less 1, is at most sqrt(V) |X| + 1 < 1.4 off,
when the relative error X of g has 2^bits |X| <= 1/4; all shifts are faithful. So the nearest root r is the
guess q, q + 1 or q + 2: V > r^2 + r tells for r = q and r = q + 1 whether to go on. `root_error` bounds |X|,
unit u = 2^-p:

    h = (1 - x) / 2 sqrt(c), g = 2 c h + D:  x' <= 1.5 x^2 + x^3 / 2 + (1.2 D + u) (1 + x) + 2u,
    D' <= D (1 + |r|) + 3u,  |X| <= x + 2D (+ 2u where c itself was cut)

A value of 0, and a negative one (which counts as 0), has s = 0 and guess 0 without the 1 taken off.

**digits**: the school's method on planes (see `digits`).

Sources: R. Goldschmidt (MIT 1964), P. Markstein (RNC 2004) for the coupled form; Aly and Smart (eprint
2019/354).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import intervals
from ..intervals import Interval
from ..ir.build import Value
from .bits import compose, decompose, exactly, weighted
from .compare import negative
from .digits import sqrt_planes
from .kit import Kit, Num, ring_for
from .normalise import leading, powers
from .select import select
from .truncate import cut, to_ring

_START_ERROR = 0.092
_START = 21585, 10000  # y0 = 2.1585 - 5/4 c
_MOST_STEPS = 7


def sqrt(kit: Kit, a: Num, shift: int) -> Num:
    """The square root of a 2^shift to nearest, for an arithmetic a; negative values count as 0.

    In the ring of a, or in 128 bits where the result needs it.
    """
    bounds = intervals.sqrt(a.range, shift)
    width = max(a.width, ring_for(bounds))
    if bounds.lo == bounds.hi:
        return exactly(kit, bounds.lo, width, a.shape)
    if a.range.lo < 0:
        held = select(kit, negative(kit, a), exactly(kit, 0, a.width, a.shape), a)
        a = Num(held.value, Interval(0, a.range.hi))
    newton = {64: _newton_64, 128: _newton_128}
    candidates: dict[str, Callable[..., Num]] = {
        f"newton {ring}": circuit for ring, circuit in newton.items()
        if plan(a.range, shift, ring) is not None}
    if not candidates or a.range.bits + shift <= _SMALL:
        candidates["digits"] = _digits
    return kit.choose("square root", candidates, a, shift, width)


#: Up to so many bits under the root the school's method is tried besides.
_SMALL = 40


@dataclass(frozen=True)
class Plan:
    """`steps` iterations at `precision` fractional bits."""

    precision: int
    steps: int


def root_error(precision: int, steps: int, short: bool) -> float:
    """A bound on the relative error of g after `steps` iterations; `short`: c was cut to `precision` bits."""
    unit = 2.0 ** -precision
    x, drift = _START_ERROR + 3 * unit, 3 * unit
    for _ in range(steps):
        r = x + x * x + 2 * unit
        x = 1.5 * x * x + x ** 3 / 2 + (1.2 * drift + unit) * (1 + x) + 2 * unit
        drift = drift * (1 + r) + 3 * unit
    return x + 2 * drift + (2 * unit if short else 0.0)


def plan(a: Interval, shift: int, ring: int) -> Plan | None:
    """The plan for the root of a 2^shift in a ring; None where it has no room."""
    under = a.hi << shift
    double = _double(under)
    bits = under.bit_length() // 2 + 1
    if a.signed_bits > ring - 1 or bits > 900:
        return None
    goal = 2.0 ** -(bits + 2)
    for steps in range(1, _MOST_STEPS):
        for precision in range(bits + 3, bits + 12):
            if root_error(precision, steps, double > precision) > goal:
                continue
            room = max(2 * precision + 5, bits + precision + 3, double + 2)
            return Plan(precision, steps) if room <= ring - 2 else None
    return None


def _double(under: int) -> int:
    """K: the least even number of bits that holds the greatest value under the root."""
    return (under.bit_length() + 1) // 2 * 2


def _newton_64(kit: Kit, a: Num, shift: int, width: int) -> Num:
    return _newton(kit, a, shift, width, 64)


def _newton_128(kit: Kit, a: Num, shift: int, width: int) -> Num:
    return _newton(kit, a, shift, width, 128)


def _newton(kit: Kit, a: Num, shift: int, width: int, ring: int) -> Num:
    how = plan(a.range, shift, ring)
    assert how is not None, "only rings with room are tried"
    a = to_ring(kit, a, ring)
    under = kit.scale(a.value, 1 << shift)
    most = a.range.hi << shift
    double = _double(most)
    hot, places = leading(kit, a, group=2, below=shift)
    # pair i holds the leading one of V: s = 4^(K/2 - 1 - i), and sqrt(s) is taken back times 2^reach
    reach, least = double // 2 - 1 - places[0], double // 2 - 1 - places[-1]
    drop = how.precision + reach - double // 2
    # the last power is the 1 taken off the guess, where the value is not 0
    up, back, one = powers(kit, hot, ((2 * least, -2), (0, 1), (drop, 0)), ring)
    g = _root(kit, kit.mul(under, up), double, how)
    product = kit.sub(kit.mul(g, back), one)
    top = 1 << (most.bit_length() // 2 + 1)
    guess = cut(kit, product, drop, Interval(-2, top + 2)).value
    root = _correct(kit, under, guess, top)
    return to_ring(kit, Num(root, intervals.sqrt(a.range, shift)), width)


def _root(kit: Kit, c: Value, double: int, how: Plan) -> Value:
    """sqrt(c / 2^double) at `precision` fractional bits, for c in [2^(double-2), 2^double) or 0."""
    p = how.precision
    one = 1 << p
    c = cut(kit, c, double - p, Interval(0, one)).value if double > p else kit.scale(c, 1 << (p - double))
    # at 2 more bits, so that 5/4 is whole
    start = kit.add(kit.scale(c, -5), (one * 4 * _START[0]) // _START[1])
    large = Interval(0, 5 * one // 4)
    g = cut(kit, kit.mul(c, start), p + 2, large).value
    h = cut(kit, start, 3, large).value
    for _ in range(how.steps):
        product = cut(kit, kit.mul(g, h), p, large).value
        more = kit.add(kit.neg(product), one + (one >> 1))
        g = cut(kit, kit.mul(g, more), p, large).value
        h = cut(kit, kit.mul(h, more), p, Interval(0, 2 * one)).value
    return g


def _correct(kit: Kit, under: Value, guess: Value, top: int) -> Value:
    """The nearest root, which is the guess or up to two more: V > r^2 + r says to go on from r."""
    first = kit.add(kit.sub(kit.mul(guess, guess), under), guess)
    second = kit.add(kit.add(first, kit.scale(guess, 2)), 2)
    span = 6 * top + 8
    bits = [negative(kit, Num(gap, Interval(-span, span))) for gap in (first, second)]
    return kit.add(guess, weighted(kit, kit.join(*bits), [1, 1], under.type.width))


def _digits(kit: Kit, a: Num, shift: int, width: int) -> Num:
    return compose(kit, sqrt_planes(kit, decompose(kit, a), shift), width)
