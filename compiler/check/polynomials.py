"""Polynomials that stand for functions: their coefficients, and their value in secret.

The coefficients are those of the polynomial that meets the function at Chebyshev's points of the interval, found
with exact fractions from functions of 60 digits, so that every machine finds the same ones.
(Aly and Smart, "Benchmarking privacy preserving scientific operations", eprint 2019/354, for the approach.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context as Digits
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import cos, pi

from ..intervals import Interval
from ..source import Span
from .arithmetic import exact_product, to_frac
from .context import Context
from .shapes import broadcast, make
from .tree import Expr
from .types import Fixed
from .values import constant, nearest, number_elem

DIGITS = Digits(prec=60)

MAX_DEGREE = 40

_GRID = 1 << 12
"""Chebyshev's points are taken to the nearest 2^-12: as good, and the same on every machine."""

_LINEAR = 4
"""So many terms are one linear combination of the first powers."""


def exponential(x: Fraction) -> Fraction:
    """e^x to 60 digits."""
    return _decimal(lambda d: d.exp(DIGITS), x)


def logarithm(x: Fraction) -> Fraction:
    """The natural logarithm of x > 0 to 60 digits."""
    return _decimal(lambda d: d.ln(DIGITS), x)


def _decimal(function: Callable[[Decimal], Decimal], x: Fraction) -> Fraction:
    return Fraction(function(DIGITS.divide(Decimal(x.numerator), Decimal(x.denominator))))


@lru_cache(maxsize=64)
def approximation(
    function: Callable[[Fraction], Fraction], lo: Fraction, hi: Fraction, bits: int
) -> tuple[Fraction, ...]:
    """Coefficients, the constant one first, of a polynomial in (x - middle) within 2^-bits of `function` on lo..hi."""
    middle = (lo + hi) / 2
    for degree in range(2, MAX_DEGREE):
        found = interpolation(function, middle, (hi - lo) / 2, degree)
        if all(
            abs(_value(found, t) - function(middle + t)) * (1 << bits) <= Fraction(1, 2)
            for t in _points((hi - lo) / 2, 2 * degree + 3)
        ):
            return found
    raise ValueError(f"no polynomial of degree {MAX_DEGREE} is within 2^-{bits}")


def _points(half: Fraction, count: int) -> list[Fraction]:
    """Chebyshev's points of -half..half."""
    return [half * Fraction(round(cos(pi * (2 * k + 1) / (2 * count)) * _GRID), _GRID) for k in range(count)]


def interpolation(
    function: Callable[[Fraction], Fraction], middle: Fraction, half: Fraction, degree: int
) -> tuple[Fraction, ...]:
    """Coefficients in (x - middle) of the polynomial of that degree that meets the function at Chebyshev's points of
    middle - half .. middle + half, by Newton's divided differences."""
    points = _points(half, degree + 1)
    table = [function(middle + t) for t in points]
    for level in range(1, degree + 1):
        for k in range(degree, level - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (points[k] - points[k - level])
    result = [Fraction(0)] * (degree + 1)
    for k in range(degree, -1, -1):  # result = result * (t - points[k]) + table[k]
        moved = [Fraction(0), *result[:-1]]
        result = [a - points[k] * b for a, b in zip(moved, result, strict=True)]
        result[0] += table[k]
    return tuple(result)


def _value(coefficients: tuple[Fraction, ...], t: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * t + coefficient
    return total


# --------------------------------------------------------------------------- in secret


@dataclass
class Powers:
    """The powers of a number with `bits` fractional bits, |t| <= 1/2, each made once and rounded to these bits."""

    ctx: Context
    base: Expr
    bits: int
    span: Span
    made: dict[int, Expr] = field(default_factory=dict)

    def power(self, n: int) -> Expr:
        """base ** n for n >= 1, in about log2(n) products one after the other."""
        if n == 1:
            return self.base
        if n not in self.made:
            half = self.power(n // 2)
            other = half if n % 2 == 0 else self.power(n - n // 2)
            self.made[n] = self.ctx.let("power", self.product(half, other), self.span)
        return self.made[n]

    def product(self, a: Expr, b: Expr) -> Expr:
        """a * b, rounded."""
        return self.rounded(checked(exact_product(self.ctx, a, b, self.span)))

    def rounded(self, exact: Expr) -> Expr:
        """The number with `bits` fractional bits."""
        value = to_frac(self.ctx, exact, self.bits, self.span)
        assert isinstance(value, Expr)
        return value

    def exact(self, coefficients: tuple[Fraction, ...]) -> Expr:
        """The polynomial with twice the fractional bits, not rounded: about log2 of its degree products deep."""
        if len(coefficients) <= _LINEAR:
            return self._linear(coefficients)
        split = 1 << ((len(coefficients) - 1).bit_length() - 1)
        high = self.ctx.let("polynomial", self.rounded(self.exact(coefficients[split:])), self.span)
        product = checked(exact_product(self.ctx, high, self.power(split), self.span))
        return plus(product, self.exact(coefficients[:split]), self.span)

    def _linear(self, coefficients: tuple[Fraction, ...]) -> Expr:
        frac = 2 * self.bits
        total: Expr = fixed_constant(coefficients[0], frac, self.base, self.span)
        for n, coefficient in enumerate(coefficients[1:], start=1):
            factor = fixed_constant(coefficient, self.bits, self.base, self.span)
            total = plus(total, checked(exact_product(self.ctx, self.power(n), factor, self.span)), self.span)
        return total


def polynomial(ctx: Context, coefficients: tuple[Fraction, ...], t: Expr, span: Span) -> Expr:
    """The value of a polynomial, with the fractional bits of t, |t| <= 1/2."""
    powers = Powers(ctx, ctx.let("term", t, span), t.type.elem.frac, span)
    return powers.rounded(powers.exact(coefficients))


def checked(value: Expr | None) -> Expr:
    """A product of numbers whose ranges were chosen so that it fits."""
    assert value is not None, "an intermediate value does not fit"
    return value


def fixed_constant(value: Fraction, frac: int, like: Expr, span: Span) -> Expr:
    """A public number with `frac` fractional bits in the shape of `like`."""
    n = nearest(value, frac)
    return broadcast(constant(Fixed(frac, n, n), (n,), (), span), like.type.shape)


def plus(a: Expr, b: Expr, span: Span) -> Expr:
    """a + b, of equal fractional bits and shape."""
    low, high = a.type.elem.range, b.type.elem.range
    range_ = Interval(low.lo + high.lo, low.hi + high.hi)
    fixed = isinstance(a.type.elem, Fixed)
    return make("add", (a, b), number_elem(fixed, a.type.elem.frac, range_), a.type.shape, span)


def refined(value: Expr, range_: Interval, span: Span) -> Expr:
    """The same number, known to lie in a narrower range."""
    own = value.type.elem.range
    lo, hi = max(own.lo, range_.lo), min(own.hi, range_.hi)
    elem = number_elem(isinstance(value.type.elem, Fixed), value.type.elem.frac, Interval(lo, hi))
    return value if elem == value.type.elem else make("refine", (value,), elem, value.type.shape, span)
