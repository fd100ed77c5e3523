"""sigmoid(x) = 1 / (1 + e^-x) over the whole range of its argument.

Of -|x| the exponential lies in 0..1, and the quotient in 1/2..1; for a negative x it is taken from one. Both are
made with four fractional bits more than the result, so that the error is below one unit of its last place.

Under `fast` it is a polynomial of degree two in each of a few pieces, within 2^-10; beyond the last pieces it is zero
and one. All comparisons are made at once, picking the coefficients is linear in the truth values, and three products
and one rounding are left.
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
from .values import DEFAULT_FRAC, POISON, Literal, Value, literal, nearest, plain, whole

_MORE = 4
"""Fractional bits of what is in between, beyond those of the result."""

PIECES = tuple(Fraction(n, 8) for n in (0, 9, 21, 34, 58))
"""Where the pieces of x >= 0 begin under `fast`, and where the last ends: the eighths with the smallest error."""

_FINE, _COARSE = 20, DEFAULT_FRAC
"""Fractional bits of the coefficients of the pieces, and of the argument and the result."""

_Row = tuple[Fraction, Fraction, Fraction]
"""The coefficients of 1, x and x^2."""


def curve(x: Fraction) -> Fraction:
    """1 / (1 + e^-x) to 60 digits."""
    return 1 / (1 + exponential(-x))


def sigmoid(ctx: Context, x: Expr, span: Span) -> Value:
    """1 / (1 + e^-x), of at least sixteen fractional bits."""
    if isinstance(x, Literal) and abs(x.exact) < 1 << 12:
        return literal(curve(x.exact), span, False)
    x = ctx.let("argument", plain(fit(x, None)), span)
    frac = max(DEFAULT_FRAC, x.type.elem.frac)
    if ctx.fast:
        return _pieces(ctx, x, frac, span)
    size = absolute(ctx, x, span)
    if not isinstance(size, Expr):
        return POISON
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


def _pieces(ctx: Context, x: Expr, frac: int, span: Span) -> Value:
    """a + x (b + x c), with a, b, c of the piece in which x lies, and x = 0 beyond the pieces."""
    argument = to_frac(ctx, x, min(x.type.elem.frac, _COARSE), span)
    if not isinstance(argument, Expr):
        return POISON
    argument = ctx.let("argument", argument, span)
    shape, have = argument.type.shape, argument.type.elem.frac
    ends, rows = _table()
    first = [fixed_constant(Fraction(ceil(end * (1 << have)), 1 << have), have, argument, span) for end in ends]
    before = [make("lt", (argument, end), Bool(), shape, span) for end in first]
    beyond = [ctx.let("beyond", to_int(invert(mark, span), span), span) for mark in before]
    inside = sub(ctx, beyond[0], beyond[-1], span)
    assert isinstance(inside, Expr)
    near = checked(exact_product(ctx, refined(inside, Interval(0, 1), span), argument, span))
    reach = ceil(PIECES[-1] * (1 << have))
    near = ctx.let("near", refined(near, Interval(-reach, reach), span), span)
    a, b, c = (_picked(ctx, [row[k] for row in rows], beyond, near, span) for k in range(3))
    slope = plus(_raised(b, have, span), checked(exact_product(ctx, c, near, span)), span)
    curved = plus(_raised(a, 2 * have, span), checked(exact_product(ctx, slope, near, span)), span)
    rounded = to_frac(ctx, curved, _COARSE, span)
    if not isinstance(rounded, Expr):
        return POISON
    return to_frac(ctx, refined(rounded, Interval(0, 1 << _COARSE), span), frac, span)


def _table() -> tuple[list[Fraction], list[_Row]]:
    """Where one piece ends and the next begins, over all numbers, and the pieces; by 1 - sigmoid(-x) = sigmoid(x)."""
    above = [_quadratic(lo, hi) for lo, hi in pairwise(PIECES)]
    below = [(1 - a, b, -c) for a, b, c in reversed(above)]
    ends = [*(-end for end in reversed(PIECES[1:])), *PIECES]
    return ends, [(Fraction(0),) * 3, *below, *above, (Fraction(1), Fraction(0), Fraction(0))]


def _quadratic(lo: Fraction, hi: Fraction) -> _Row:
    """The function on a piece."""
    middle = (lo + hi) / 2
    a, b, c = interpolation(curve, middle, (hi - lo) / 2, 2)
    return a - b * middle + c * middle * middle, b - 2 * c * middle, c


def _picked(ctx: Context, values: list[Fraction], beyond: list[Expr], like: Expr, span: Span) -> Expr:
    """The coefficient of the piece: the first, and for each end that x is beyond the step to the next."""
    known = [nearest(value, _FINE) for value in values]
    total = fixed_constant(values[0], _FINE, like, span)
    for mark, (before, after) in zip(beyond, pairwise(known), strict=True):
        step = fixed_constant(Fraction(after - before, 1 << _FINE), _FINE, like, span)
        total = plus(total, checked(exact_product(ctx, mark, step, span)), span)
    return ctx.let("coefficient", refined(total, Interval(min(known), max(known)), span), span)


def _raised(value: Expr, bits: int, span: Span) -> Expr:
    """The same number with more fractional bits."""
    return make("scale", (value,), _more(value, bits), value.type.shape, span, bits=bits)


def _more(value: Expr, bits: int) -> Fixed:
    own = value.type.elem
    return Fixed(own.frac + bits, own.lo << bits, own.hi << bits)
