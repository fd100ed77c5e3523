"""Square roots and their inverses, exact to nearest over the whole range of the argument."""

from __future__ import annotations

from .. import intervals
from ..intervals import Interval
from ..source import Span
from .context import Context
from .operands import MAX_NUMERATOR_BITS, element_name, fits
from .shapes import broadcast, make
from .tree import Expr
from .values import DEFAULT_FRAC, POISON, Value, number_elem, plain, whole


def sqrt(ctx: Context, a: Expr, span: Span) -> Value:
    """The square root, of at least sixteen fractional bits, to nearest."""
    a = plain(a)
    if a.type.elem.range.lo < 0:
        return ctx.error(
            "E4003",
            "the argument of `sqrt` can be negative",
            a.span,
            f"is {element_name(a.type.elem)}",
            help=f"`max({ctx.text(a.span) or 'x'}, 0)`",
        )
    frac = max(DEFAULT_FRAC, a.type.elem.frac)
    shift = 2 * frac - a.type.elem.frac
    if not fits(
        ctx,
        "the argument of this square root, with the fractional bits of the result,",
        intervals.scale(a.type.elem.range, 1 << shift),
        span,
        (a,),
        MAX_NUMERATOR_BITS,
    ):
        return POISON
    elem = number_elem(True, frac, intervals.sqrt(a.type.elem.range, shift))
    return make("sqrt", (a,), elem, a.type.shape, span, shift=shift)


def rsqrt(ctx: Context, a: Expr, span: Span) -> Value:
    """1 / sqrt(a), of at least sixteen fractional bits, to nearest; the argument must be positive.

    Of the scaled integer x with f fractional bits and a result with g, the nearest integer to sqrt(N / x) for N =
    2^(f + 2g): it is at least k where 4 N / x >= (2k - 1)^2, that is where q = floor(4 N / x) > 4 (k^2 - k), so that it
    is the nearest to sqrt(ceil(q / 4)), without an error of its own.
    """
    a = plain(a)
    own = a.type.elem
    if own.range.lo <= 0:
        return ctx.error(
            "E4003",
            "the argument of `rsqrt` can be zero or negative",
            a.span,
            f"is {element_name(own)}",
            help=f"`max({ctx.text(a.span) or 'x'}, 1)` where that does not matter, `assume` where it does not occur",
        )
    frac = max(DEFAULT_FRAC, own.frac)
    above = 1 << own.frac + 2 * frac + 2
    what = "one, with the fractional bits that this inverse root takes,"
    if not fits(ctx, what, Interval(above, above), span, (a,), MAX_NUMERATOR_BITS):
        return POISON
    quotients = Interval(above // own.range.hi, above // own.range.lo)
    counted = make("floordiv", (broadcast(whole(above, span), a.type.shape), a),
                   number_elem(False, 0, quotients), a.type.shape, span)
    more = make("add", (counted, broadcast(whole(1, span), a.type.shape)),
                number_elem(False, 0, intervals.add(quotients, Interval(1, 1))), a.type.shape, span)
    under = Interval(*(-(-end // 4) for end in quotients))
    quarter = make("round", (more,), number_elem(False, 0, under), a.type.shape, span, bits=2)
    elem = number_elem(True, frac, intervals.sqrt(under, 0))
    return make("sqrt", (quarter,), elem, a.type.shape, span, shift=0)
