"""Division of secret by secret, exact for every value of the ranges: floor, modulo, and to nearest.

Two circuits, by price where both fit.

**newton**: b > 0 is normalised, c = b s in [2^(m-1), 2^m) with s a power of two, and y ~ 2^m / c found by
Goldschmidt's iteration y <- y (1 + e), e <- e^2 from y0 = 2.8187 - 1.875 c/2^m, |e0| < 0.0596, with p
fractional bits; 3 rounds an iteration. The quotient is found in digits of t bits, mostly one. For a digit
with |R / b| <= Q (R the remainder so far):

    z = R s 2^-(m-g)  (error below 2^-g of R s / 2^m; none where m <= g)
    q' = z y 2^-(g+p) - bias

all shifts faithful (error below one unit). If y = (1 - E) 2^m / c with Q |E| <= 1/4 then

    |q' + bias - R / b| <= Q |E| + 2 (1 + |E|) 2^-g + 1 < 1.4          (g = 4)

With bias 3/2 (floor) the true quotient of the digit is q', q' + 1 or q' + 2; with bias 1 (to nearest) too.
It is found by comparing R - q' b with b and 2b (to nearest: with b/2 and 3b/2). `reciprocal_error` bounds
|E|:

    one iteration squares |e|; every faithful shift adds less than one unit u = 2^-p: with |e_i - E_i| <=
    d_i, d_0 <= u, d_(i+1) <= d_i (1 + |e_i|) + 2 u, |E_n| <= |e_(n-1)|^2 + d_(n-1) + u (+ 2u where c itself
    was cut).

**digits**: the school's method on planes, one bit of quotient after the other: any range, many rounds.

Sources: R. Goldschmidt (MIT 1964); normalisation by the leading bit, Catrina and Saxena (FC 2010); Aly and
Smart (eprint 2019/354). The correction by multiply and compare is our own arrangement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import intervals
from ..intervals import Interval
from ..ir.build import Value
from .bits import compose, decompose, exactly, weighted
from .compare import negative
from .digits import divide_planes
from .divide_public import floordiv_public
from .kit import Kit, Num, ring_for
from .normalise import leading, powers
from .truncate import cut, shift_floor, to_ring

__all__ = ["divround", "divround_public", "floordiv", "floordiv_public", "mod"]

_GUARD = 4
_START_ERROR = 0.0596
_START = 28187, 10000  # y0 = 2.8187 - 15/8 c
_MOST_STEPS = 6


def floordiv(kit: Kit, a: Num, b: Num) -> Num:
    """floor(a / b), b's range without 0; in the wider ring of the two."""
    divisor = _constant(kit, b)
    if divisor is not None and a.domain == "arith":
        return to_ring(kit, floordiv_public(kit, a, divisor), max(a.width, b.width))
    return _divide(kit, a, b, 0, False)


def mod(kit: Kit, a: Num, b: Num) -> Num:
    """a - b floor(a / b): Python's modulo, with the sign of b."""
    quotient = floordiv(kit, a, b)
    width = quotient.width
    known = _constant(kit, b)
    if known is not None:
        product = kit.scale(quotient.value, known)
    else:
        product = kit.mul(quotient.value, to_ring(kit, _secret(kit, b), width).value)
    rest = kit.sub(to_ring(kit, _secret(kit, a), width).value, product)
    return Num(rest, intervals.mod(a.range, b.range))


def divround(kit: Kit, a: Num, b: Num, shift: int) -> Num:
    """a 2^shift / b to nearest, ties up, b's range without 0; in 128 bits where a, b or the result is."""
    divisor = _constant(kit, b)
    if divisor is not None and a.domain == "arith":
        return divround_public(kit, a, divisor, shift)
    return _divide(kit, a, b, shift, True)


def _constant(kit: Kit, x: Num) -> int | None:
    return kit.known(x.value) if x.domain == "public" else None


def _secret(kit: Kit, x: Num) -> Num:
    """The number as arithmetic shares."""
    if x.domain == "public":
        return Num(kit.builder.add("share", x.value), x.range)
    return x


def _divide(kit: Kit, a: Num, b: Num, shift: int, nearest: bool) -> Num:
    bounds = intervals.div(a.range, b.range, shift) if nearest else intervals.floordiv(a.range, b.range)
    width = max(a.width, b.width, ring_for(bounds))
    if bounds.lo == bounds.hi:
        return exactly(kit, bounds.lo, width, a.shape)
    a, b = _secret(kit, a), _secret(kit, b)
    if b.range.hi < 0:
        a, b = (Num(kit.neg(x.value), intervals.neg(x.range)) for x in (a, b))
    newton = {64: _newton_64, 128: _newton_128}
    candidates: dict[str, Callable[..., Num]] = {
        f"newton {ring}": circuit for ring, circuit in newton.items()
        if plan(a.range, b.range, shift, ring) is not None}
    if not candidates or b.range.bits <= _SMALL:
        candidates["digits"] = _digits
    return kit.choose("division", candidates, a, b, shift, nearest, width)


#: Up to so many bits of divisor the school's method is tried besides.
_SMALL = 16


def divround_public(kit: Kit, a: Num, d: int, shift: int) -> Num:
    """a 2^shift / d to nearest, ties up, for a public d != 0; in 128 bits where an operand or the result is.

    It is floor((a 2^shift + floor(d / 2)) / d) for d > 0.
    """
    bounds = intervals.div(a.range, Interval(d, d), shift)
    width = max(a.width, ring_for(bounds))
    if d < 0:
        a, d = Num(kit.neg(a.value), intervals.neg(a.range)), -d
    half = Interval(d // 2, d // 2)
    scaled = intervals.add(intervals.scale(a.range, 1 << shift), half)
    if scaled.signed_bits > 127:
        return _divide(kit, a, exactly(kit, d, width, a.shape), shift, True)
    ring = max(a.width, ring_for(scaled))
    moved = kit.add(kit.scale(to_ring(kit, a, ring).value, 1 << shift), half.lo)
    return Num(to_ring(kit, floordiv_public(kit, Num(moved, scaled), d), width).value, bounds)


# --------------------------------------------------------------------------- the plan


@dataclass(frozen=True)
class Plan:
    """How a quotient is found: `digits` of `bits` bits, the reciprocal by `steps` iterations at `precision`
bits."""

    bits: int
    digits: int
    precision: int
    steps: int


def reciprocal_error(precision: int, steps: int, short: bool) -> float:
    """A bound on |1 - c y / 2^m| after `steps` iterations; `short`: c was cut to `precision` bits."""
    unit = 2.0 ** -precision
    error, drift = _START_ERROR + 2 * unit, unit
    for _ in range(steps - 1):
        drift = drift * (1 + error) + 2 * unit
        error = error * error + unit
    return error * (error + drift) + drift + unit + (2 * unit if short else 0.0)


def plan(a: Interval, b: Interval, shift: int, ring: int) -> Plan | None:
    """The plan with the fewest digits for a 2^shift / b, b > 0, in a ring; None where it has no room."""
    quotients = intervals.floordiv(intervals.scale(a, 1 << shift), b)
    total, m = (max(-quotients.lo, quotients.hi) + 1).bit_length(), b.hi.bit_length()
    if max(a.signed_bits, b.signed_bits) > ring - 1:
        return None
    for count in range(1, total + 1):
        bits = -(-total // count)
        found = _precision(bits, m)
        if found is None:
            continue
        precision, steps = found
        room = max(2 * precision + 5, bits + _GUARD + precision + 2, m + bits + 2, m + 4)
        if room <= ring - 2:
            return Plan(bits, count, precision, steps)
    return None


def _precision(bits: int, m: int) -> tuple[int, int] | None:
    """The least precision and number of iterations with 2^(bits+1) |E| <= 1/4."""
    if bits > 900:
        return None
    goal = 2.0 ** -(bits + 3)
    for steps in range(1, _MOST_STEPS):
        for precision in range(bits + 4, bits + 10):
            if reciprocal_error(precision, steps, m > precision) <= goal:
                return precision, steps
    return None


# --------------------------------------------------------------------------- the circuits


def _newton_64(kit: Kit, a: Num, b: Num, shift: int, nearest: bool, width: int) -> Num:
    return _newton(kit, a, b, shift, nearest, width, 64)


def _newton_128(kit: Kit, a: Num, b: Num, shift: int, nearest: bool, width: int) -> Num:
    return _newton(kit, a, b, shift, nearest, width, 128)


def _newton(kit: Kit, a: Num, b: Num, shift: int, nearest: bool, width: int, ring: int) -> Num:
    how = plan(a.range, b.range, shift, ring)
    assert how is not None, "only rings with room are tried"
    bounds = intervals.div(a.range, b.range, shift) if nearest else intervals.floordiv(a.range, b.range)
    a, b = to_ring(kit, a, ring), to_ring(kit, b, ring)
    scale, y = _reciprocal(kit, b, how)
    rest, quotient = _head(kit, a, shift, how.bits * (how.digits - 1)), None
    for place in range(how.digits - 1, -1, -1):
        if quotient is not None:
            taken = kit.scale(kit.mul(quotient, b.value), 1 << how.bits)
            head = _head(kit, a, shift, how.bits * place)
            rest = Num(kit.sub(head.value, taken), Interval(0, (b.range.hi << how.bits) - 1))
        digit = _digit(kit, rest, b, scale, y, how, nearest and place == 0)
        quotient = digit if quotient is None else kit.add(kit.scale(quotient, 1 << how.bits), digit)
    assert quotient is not None, "there is at least one digit"
    return to_ring(kit, Num(quotient, bounds), width)


def _head(kit: Kit, a: Num, shift: int, low: int) -> Num:
    """floor(a 2^shift / 2^low); modulo the ring, which the first digit alone must not exceed."""
    if shift >= low:
        return Num(kit.scale(a.value, 1 << (shift - low)), intervals.scale(a.range, 1 << (shift - low)))
    return shift_floor(kit, a, low - shift)


def _reciprocal(kit: Kit, b: Num, how: Plan) -> tuple[Value | None, Num]:
    """The power of two s that normalises b (None: 1), and y ~ 2^(m+p) / (b s)."""
    m, p = b.range.hi.bit_length(), how.precision
    one = 1 << p
    hot, places = leading(kit, b)
    scale = None
    if len(places) > 1:
        (scale,) = powers(kit, hot, ((m - 1 - places[-1], -1),), b.width)
    c = Num(b.value if scale is None else kit.mul(b.value, scale), Interval(1 << (m - 1), (1 << m) - 1))
    if m > p:
        c = cut(kit, c.value, m - p, Interval(one >> 1, one))
    elif m < p:
        c = Num(kit.scale(c.value, 1 << (p - m)), intervals.scale(c.range, 1 << (p - m)))
    # at 3 more bits, so that 15/8 is whole; both products below are cut back to p
    start = kit.add(kit.scale(c.value, -15), (one * 8 * _START[0]) // _START[1])
    product = kit.mul(c.value, start)
    small, large = Interval(-one // 8, one // 8), Interval(0, 9 * one // 4)
    error = cut(kit, kit.add(kit.neg(product), one * one * 8), p + 3, small)
    y = cut(kit, kit.mul(start, kit.add(error.value, one)), p + 3, large)
    for _ in range(how.steps - 1):
        error = cut(kit, kit.mul(error.value, error.value), p, small)
        y = cut(kit, kit.mul(y.value, kit.add(error.value, one)), p, large)
    return scale, y


def _digit(kit: Kit, rest: Num, b: Num, scale: Value | None, y: Num, how: Plan, nearest: bool) -> Value:
    """rest / b, floor or to nearest."""
    m, p = b.range.hi.bit_length(), how.precision
    guard, top = min(_GUARD, m), 1 << (how.bits + 1)
    z = rest.value if scale is None else kit.mul(rest.value, scale)
    z = cut(kit, z, m - guard, Interval(-top << guard, top << guard)).value
    bias = (2 if nearest else 3) << (guard + p - 1)
    product = kit.add(kit.mul(z, y.value), -bias)
    guess = cut(kit, product, guard + p, Interval(-top - 4, top + 4)).value
    left = kit.sub(rest.value, kit.mul(guess, b.value))
    bits, span = [], b.range.hi << (2 if nearest else 1)
    for step in (1, 2):
        # whether left >= step b, to nearest whether 2 left >= (2 step - 1) b
        gap = kit.sub(kit.scale(left, 2), kit.scale(b.value, 2 * step - 1)) if nearest else kit.sub(
            left, kit.scale(b.value, step))
        bits.append(kit.invert(negative(kit, Num(gap, Interval(-span, span)))))
    return kit.add(guess, weighted(kit, kit.join(*bits), [1, 1], b.width))


def _digits(kit: Kit, a: Num, b: Num, shift: int, nearest: bool, width: int) -> Num:
    quotient = divide_planes(kit, decompose(kit, a), decompose(kit, b), shift, nearest)
    return compose(kit, quotient, width)
