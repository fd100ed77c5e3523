"""exp over the whole range of its argument.

    x = n ln 2 + r,  |r| <= 0.348,  e^x = 2^n e^r

n is found by rounding, e^r by a polynomial with p fractional bits, 2^n from the bits of n - n_min as a product of
1 + bit (2^(2^k) - 1), which is exact. The product is rounded once, to the fractional bits of the result. With
p = bits of the result + 11 the error is below one unit of the last place: the roundings of the polynomial, of the
coefficients and of n ln 2 add up to less than 2^-(p - 8) relative, the last rounding is half a unit. Where so many
bits do not fit, p is as large as fits, at least 34: the error is then below 2^-26 of the result.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from ..intervals import Interval, round_shift
from ..source import Span
from .arithmetic import exact_product, rounding, to_frac
from .context import Context
from .operands import MAX_BITS, element_name, is_fixed
from .polynomials import (
    approximation,
    checked,
    exponential,
    fixed_constant,
    logarithm,
    plus,
    polynomial,
    refined,
)
from .shapes import broadcast, make
from .tree import Expr
from .types import Fixed, Int
from .values import DEFAULT_FRAC, Literal, Value, literal, nearest, plain, whole

LN2 = logarithm(Fraction(2))

REACH = Fraction(348, 1000)
"""A bound of |r|: half of ln 2, and what the rounding of log2(e) to 16 bits moves n by."""

_INVERSE_BITS = 16
_GUARD = 11
_LEAST_PRECISION = 34
_MOST_PRECISION = 58
_ROOM = 122
"""Bits that a product of the polynomial's value and 2^(n - n_min) may have."""


def exp(ctx: Context, x: Expr, span: Span) -> Value:
    """e^x, of at least sixteen fractional bits."""
    if isinstance(x, Literal) and abs(x.exact) <= MAX_BITS:
        return literal(exponential(x.exact), span, False)
    x = plain(x)
    highest = Fraction(x.type.elem.hi, 1 << x.type.elem.frac)
    frac = max(DEFAULT_FRAC, x.type.elem.frac)
    if highest > MAX_BITS or _precision(_whole_bits(highest), frac) is None:
        return _too_large(ctx, x, frac, span)
    return power_of_e(ctx, x, frac, span)


def _too_large(ctx: Context, x: Expr, frac: int, span: Span) -> Value:
    top = max(k for k in range(MAX_BITS) if _precision(_whole_bits(Fraction(k)), frac) is not None)
    return ctx.error(
        "E4001",
        f"the result of `exp` can be larger than what can be computed with {frac} fractional bits",
        span,
        f"the argument is {element_name(x.type.elem)}",
        help=f"`exp(min(x, {top}))`, or a narrower declared range",
    )


def _whole_bits(highest: Fraction) -> int:
    """Bits before the point of the largest result."""
    return ceil(exponential(highest)).bit_length()


def _precision(whole_bits: int, frac: int) -> int | None:
    """The fractional bits of the polynomial; None where too few fit."""
    bits = min(whole_bits + frac + _GUARD, _MOST_PRECISION, _ROOM - (whole_bits + frac + 3))
    wanted = whole_bits + frac + _GUARD
    return bits if bits == wanted or bits >= _LEAST_PRECISION else None


def power_of_e(ctx: Context, x: Expr, frac: int, span: Span) -> Expr:
    """e^x with `frac` fractional bits for a number whose range was found to fit."""
    own = x.type.elem
    bits = _precision(_whole_bits(Fraction(own.hi, 1 << own.frac)), frac)
    assert bits is not None
    lowest = floor(-(frac + 2) * LN2 * (1 << own.frac))  # e^x rounds to 0 from there down
    if own.lo < lowest:
        elem = _elem(x, lowest, max(own.hi, lowest))
        x = make("max", (x, _like(lowest, x, span)), elem, x.type.shape, span)
    x = ctx.let("exponent", x, span)
    n = ctx.let("exponent", _halvings(x, span), span)
    rest = polynomial(ctx, approximation(exponential, -REACH, REACH, bits + 1), _rest(ctx, x, n, bits, span), span)
    least = n.type.elem.range.lo
    unit = 1 << bits
    rest = refined(rest, Interval(unit * 70 // 100, unit * 142 // 100), span)
    power = _power_of_two(ctx, n, span)
    most = n.type.elem.range.hi - least
    product = checked(exact_product(ctx, rest, power, span))
    product = refined(product, Interval(unit * 70 // 100, (unit * 142 // 100) << most), span)
    drop = bits - least - frac
    value = _dropped(ctx, product, drop, frac, span)
    return refined(value, _results(x, frac), span)


def _like(n: int, x: Expr, span: Span) -> Expr:
    """The number n, scaled as x is, in the shape of x."""
    if is_fixed(x):
        return fixed_constant(Fraction(n, 1 << x.type.elem.frac), x.type.elem.frac, x, span)
    return broadcast(whole(n, span), x.type.shape)


def _elem(x: Expr, lo: int, hi: int) -> Int | Fixed:
    return Fixed(x.type.elem.frac, lo, hi) if is_fixed(x) else Int(lo, hi)


def _halvings(x: Expr, span: Span) -> Expr:
    """n = x log2(e) to the nearest whole number, nearly."""
    factor = nearest(1 / LN2, _INVERSE_BITS)
    own = x.type.elem.range
    scaled = Interval(own.lo * factor, own.hi * factor)
    shape, drop = x.type.shape, x.type.elem.frac + _INVERSE_BITS
    times = make("mul", (x, broadcast(whole(factor, span), shape)), _elem(x, scaled.lo, scaled.hi), shape, span)
    range_ = round_shift(scaled, drop)
    return make("round", (times,), Int(range_.lo, range_.hi), shape, span, bits=drop)


def _rest(ctx: Context, x: Expr, n: Expr, bits: int, span: Span) -> Expr:
    """x - n ln 2 with `bits` fractional bits."""
    value = _with_bits(ctx, x, bits, span)
    whole_part = checked(exact_product(ctx, n, fixed_constant(LN2, bits, n, span), span))
    bound = ceil(REACH * (1 << bits))
    return make("sub", (value, whole_part), Fixed(bits, -bound, bound), x.type.shape, span)


def _with_bits(ctx: Context, x: Expr, bits: int, span: Span) -> Expr:
    more = bits - x.type.elem.frac
    own = x.type.elem.range
    if more >= 0:
        elem = Fixed(bits, own.lo << more, own.hi << more)
        return make("scale", (x,), elem, x.type.shape, span, bits=more)
    value = to_frac(ctx, x, bits, span)
    assert isinstance(value, Expr)
    return value


def _power_of_two(ctx: Context, n: Expr, span: Span) -> Expr:
    """2^(n - n_min), exact, from the bits of n - n_min."""
    least, most = n.type.elem.range
    count, shape = (most - least).bit_length(), n.type.shape
    moved = make("sub", (n, broadcast(whole(least, span), shape)), Int(0, most - least), shape, span)
    moved = ctx.let("power", moved, span)
    shifted = [moved]
    for k in range(1, count):
        unit = broadcast(whole(1 << k, span), shape)
        halves = make("floordiv", (moved, unit), Int(0, (most - least) >> k), shape, span)
        shifted.append(ctx.let("power", halves, span))
    factors = [_factor(shifted, k, span) for k in range(count)] or [broadcast(whole(1, span), shape)]
    while len(factors) > 1:  # the product of some of them is no larger than that of all
        pairs = [
            make("mul", (a, b), Int(1, min(a.type.elem.hi * b.type.elem.hi, 1 << (most - least))), shape, span)
            for a, b in zip(factors[::2], factors[1::2], strict=False)
        ]
        factors = pairs + factors[len(pairs) * 2 :]
    return refined(factors[0], Interval(1, 1 << (most - least)), span)


def _factor(shifted: list[Expr], k: int, span: Span) -> Expr:
    """1 + bit k (2^(2^k) - 1)."""
    shape, bit = shifted[k].type.shape, shifted[k]
    if k + 1 < len(shifted):
        above = shifted[k + 1]
        twice = make(
            "mul", (above, broadcast(whole(2, span), shape)), Int(0, 2 * above.type.elem.hi), shape, span)
        bit = make("sub", (bit, twice), Int(0, 1), shape, span)
    largest = (1 << (1 << k)) - 1
    factor = make("mul", (bit, broadcast(whole(largest, span), shape)), Int(0, largest), shape, span)
    return plus(factor, broadcast(whole(1, span), shape), span)


def _dropped(ctx: Context, product: Expr, drop: int, frac: int, span: Span) -> Expr:
    """product / 2^drop, read with `frac` fractional bits."""
    own = product.type.elem.range
    if drop <= 0:
        elem = Fixed(frac, own.lo << -drop, own.hi << -drop)
        return make("scale", (product,), elem, product.type.shape, span, bits=-drop)
    return rounding(ctx, product, drop, frac, span)


def _results(x: Expr, frac: int) -> Interval:
    """The range of the results, with the error."""
    lo, hi = (exponential(Fraction(end, 1 << x.type.elem.frac)) * (1 << frac) for end in x.type.elem.range)
    slack = Fraction(1, 1 << 26)
    return Interval(max(0, floor(lo * (1 - slack)) - 2), ceil(hi * (1 + slack)) + 2)
