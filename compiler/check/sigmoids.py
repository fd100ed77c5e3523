"""sigmoid(x) = 1 / (1 + e^-x) over the whole range of its argument.

Of -|x| the exponential lies in 0..1, and the quotient in 1/2..1; for a negative x it is taken from one. Both are
made with four fractional bits more than the result, so that the error is below one unit of its last place.

Under `fast` it is a polynomial of degree two in each of a few pieces of |x|, within 2^-10; beyond the last piece it
is one. Comparing and picking the coefficients is linear in the truth values, and three products are left.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil

from ..intervals import Interval
from ..source import Span
from .arithmetic import absolute, div, exact_product, extreme, negate, sub, to_frac
from .context import Context
from .exponentials import LN2, power_of_e
from .logic import invert
from .operands import fit
from .polynomials import checked, exponential, fixed_constant, interpolation, plus, refined
from .reductions import to_int
from .shapes import broadcast, make
from .tree import Expr
from .types import Bool, Fixed
from .values import DEFAULT_FRAC, POISON, Literal, Value, literal, plain, whole

_MORE = 4
"""Fractional bits of what is in between, beyond those of the result."""

PIECES = tuple(Fraction(n, 4) for n in (0, 4, 9, 16, 28))
"""Where the pieces of |x| begin under `fast`, and where the last ends."""


def curve(x: Fraction) -> Fraction:
    """1 / (1 + e^-x) to 60 digits."""
    return 1 / (1 + exponential(-x))


def sigmoid(ctx: Context, x: Expr, span: Span) -> Value:
    """1 / (1 + e^-x), of at least sixteen fractional bits."""
    if isinstance(x, Literal) and abs(x.exact) < 1 << 12:
        return literal(curve(x.exact), span, False)
    x = ctx.let("argument", plain(fit(x, None)), span)
    frac = max(DEFAULT_FRAC, x.type.elem.frac)
    size = absolute(ctx, x, span)
    if not isinstance(size, Expr):
        return POISON
    if ctx.fast:
        upper: Value = _pieces(ctx, size, frac, span)
    else:
        upper = _upper(ctx, size, frac + _MORE, span)
    if not isinstance(upper, Expr):
        return POISON
    return _reflected(ctx, x, ctx.let("sigmoid", upper, span), frac, span)


def _upper(ctx: Context, size: Expr, frac: int, span: Span) -> Value:
    """The function of |x|: 1 / (1 + e^-|x|) with `frac` fractional bits."""
    reach = literal(Fraction(ceil((frac + 2) * LN2)), span, True)  # nothing is left of e^-|x| beyond
    near = extreme(ctx, "min", (size, reach), span)
    if not isinstance(near, Expr):
        return POISON
    negative = negate(ctx, near, span)
    assert isinstance(negative, Expr)
    small = power_of_e(ctx, negative, frac, span)
    one = fixed_constant(Fraction(1), frac, small, span)
    return div(ctx, one, plus(one, refined(small, Interval(0, 1 << frac), span), span), span)


def _reflected(ctx: Context, x: Expr, upper: Expr, frac: int, span: Span) -> Value:
    """The function of x from that of |x|, rounded to `frac` bits."""
    shape, have = x.type.shape, upper.type.elem.frac
    one = fixed_constant(Fraction(1), have, upper, span)
    lower = sub(ctx, one, upper, span)
    assert isinstance(lower, Expr)
    negative = make("lt", (x, broadcast(whole(0, span), shape)), Bool(), shape, span)
    own = Interval(min(lower.type.elem.lo, upper.type.elem.lo), max(lower.type.elem.hi, upper.type.elem.hi))
    chosen = make("select", (negative, lower, upper), Fixed(have, own.lo, own.hi), shape, span)
    result = to_frac(ctx, chosen, frac, span)
    return refined(result, Interval(0, 1 << frac), span) if isinstance(result, Expr) else POISON


def _pieces(ctx: Context, size: Expr, frac: int, span: Span) -> Value:
    """The function of |x| by pieces, with `frac` fractional bits."""
    last = literal(PIECES[-1], span, False)
    near = extreme(ctx, "min", (size, fit(last, size.type.elem.frac)), span)
    if not isinstance(near, Expr):
        return POISON
    near = ctx.let("size", near, span)
    shape, bits = near.type.shape, near.type.elem.frac
    rows = [*(_quadratic(lo, hi) for lo, hi in pairwise(PIECES)), (Fraction(1), Fraction(0), Fraction(0))]
    within = [make("lt", (near, fixed_constant(end, bits, near, span)), Bool(), shape, span) for end in PIECES[1:]]
    marks = [ctx.let("beyond", to_int(invert(mark, span), span), span) for mark in within]
    picked = [_picked(ctx, [row[k] for row in rows], marks, frac, near, span) for k in range(3)]
    square = to_frac(ctx, checked(exact_product(ctx, near, near, span)), frac, span)
    scaled = to_frac(ctx, near, frac, span)
    if not isinstance(square, Expr) or not isinstance(scaled, Expr):
        return POISON
    terms = [checked(exact_product(ctx, picked[1], scaled, span)), checked(exact_product(ctx, picked[2], square, span))]
    start = make("scale", (picked[0],), _more(picked[0], frac), shape, span, bits=frac)
    return to_frac(ctx, plus(start, plus(terms[0], terms[1], span), span), frac, span)


def _quadratic(lo: Fraction, hi: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Coefficients in |x| of the function on a piece."""
    middle = (lo + hi) / 2
    a, b, c = interpolation(curve, middle, (hi - lo) / 2, 2)
    return a - b * middle + c * middle * middle, b - 2 * c * middle, c


def _picked(ctx: Context, values: list[Fraction], marks: list[Expr], frac: int, like: Expr, span: Span) -> Expr:
    """The value of the piece: the first, and for each mark the step to the next."""
    total = fixed_constant(values[0], frac, like, span)
    for before, after, mark in zip(values, values[1:], marks, strict=False):
        step = fixed_constant(after, frac, like, span), fixed_constant(before, frac, like, span)
        low = step[0].type.elem.lo - step[1].type.elem.lo
        factor = fixed_constant(Fraction(low, 1 << frac), frac, like, span)
        total = plus(total, checked(exact_product(ctx, mark, factor, span)), span)
    known = [fixed_constant(value, frac, like, span).type.elem.lo for value in values]
    return ctx.let("coefficient", refined(total, Interval(min(known), max(known)), span), span)


def _more(value: Expr, bits: int) -> Fixed:
    own = value.type.elem
    return Fixed(own.frac + bits, own.lo << bits, own.hi << bits)
