"""Medians and quantiles of an array: of the sorted values the one at a place, or between two.

Of m values in order, x_0 to x_(m-1), the quantile q is x_h for h = q (m - 1), and between two places what lies on the
straight line between their values: numpy's default, definition 7 of R. Hyndman and Y. Fan (Sample quantiles in
statistical packages, The American Statistician 50, 1996). It is computed exactly and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .. import intervals
from ..source import Span
from . import arithmetic, reductions
from .composite import Masked, masked
from .context import Context
from .operands import numbers
from .shapes import concat, make, reshape
from .tree import Const, Expr
from .types import Dim, Elem, Fixed, Int, Type
from .values import (
    POISON,
    Value,
    is_known,
    kind_name,
    known_number,
    number_elem,
    plain,
    shape_name,
    whole,
)

_HALF = Fraction(1, 2)


def median(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`median(x)`: the value in the middle, or the mean of the two there."""
    return _quantile(ctx, "`median`", args[0], _HALF, span)


def quantile(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`quantile(x, q)`, q from 0 to 1."""
    return _checked(ctx, "`quantile`", args, 1, span)


def percentile(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`percentile(x, p)`, p from 0 to 100."""
    return _checked(ctx, "`percentile`", args, 100, span)


def _checked(ctx: Context, what: str, args: Sequence[Value], most: int, span: Span) -> Value:
    value, wanted = args
    share = known_number(wanted)
    if share is None:
        return ctx.error("E2006", f"{what} takes a public number known at compile time", span,
                         f"is {kind_name(wanted)}")
    if not 0 <= share <= most:
        return ctx.error("E2005", f"{what} takes a number from 0 to {most}, not {float(share):g}", span)
    return _quantile(ctx, what, value, share / most, span)


def _quantile(ctx: Context, what: str, value: Value, share: Fraction, span: Span) -> Value:
    inner = value.value if isinstance(value, Masked) else value
    good = numbers(ctx, what, (inner,), span)
    if good is None:
        return POISON
    x = plain(good[0])
    if len(x.type.shape) != 1:
        shape = shape_name(x.type.shape)
        return ctx.error("E2002", f"{what} takes arrays of one dimension", span, f"has shape {shape}")
    if not x.type.extents[0]:
        return ctx.error("E4003", f"{what} of an empty array", span)
    try:
        if isinstance(value, Masked):
            return _of_some(ctx, x, value.valid, share, span)
        return _of_all(ctx, x, share, span)
    except _Refused:
        return POISON


def _of_all(ctx: Context, x: Expr, share: Fraction, span: Span) -> Value:
    """Of a public number of values."""
    place = share * (x.type.extents[0] - 1)
    at = int(place)
    wanted = (at,) if place == at else (at, at + 1)
    places = Const(Type(Int(at, wanted[-1]), (Dim.of(len(wanted)),)), span, wanted)
    found = nth(ctx, x, places, None, span)
    rest = place - at
    low, high = (_element(found, i, span) for i in (0, len(wanted) - 1))
    return _between(ctx, low, high, whole(rest.numerator, span), rest.denominator, span)


def nth(ctx: Context, x: Expr, places: Expr, among: Expr | None, span: Span) -> Expr:
    """What stands at places (m,) of the sorted values (n,), n > 0, of those that `among` says: (m,).

    A place is below the number of values that count; where none does, all do, and the place is 0.
    """
    args = (x, places) if among is None else (x, places, among)
    return ctx.let("found", make("nth", args, x.type.elem, places.type.shape, span), span)


def _of_some(ctx: Context, x: Expr, valid: Expr, share: Fraction, span: Span) -> Value:
    """Of a secret number of values; missing where there is none."""
    top, bottom = whole(share.numerator, span), whole(share.denominator, span)
    count = reductions.count(ctx, valid, None, span)
    last = _step(ctx, arithmetic.binary(ctx, "-", count, whole(1, span), span), span)
    last = _step(ctx, arithmetic.extreme(ctx, "max", (last, whole(0, span)), span), span)
    scaled = _step(ctx, arithmetic.mul(ctx, last, top, span), span)
    at = _step(ctx, arithmetic.floordiv(ctx, scaled, bottom, span), span)
    rest = _step(ctx, arithmetic.mod(ctx, scaled, bottom, span), span)
    after = _step(ctx, arithmetic.binary(ctx, "+", at, whole(1, span), span), span)
    after = _step(ctx, arithmetic.extreme(ctx, "min", (after, last), span), span)
    one = (Dim.of(1),)
    both = nth(ctx, x, concat(ctx, [reshape(at, one, span), reshape(after, one, span)], 0, span), valid, span)
    result = _between(ctx, _element(both, 0, span), _element(both, 1, span), rest, share.denominator, span)
    some = reductions.quantified(ctx, "any", valid, None, span)
    assert isinstance(some, Expr)
    return masked(result, ctx.let("valid", some, span))


def _between(ctx: Context, low: Expr, high: Expr, rest: Expr, whole_step: int, span: Span) -> Value:
    """low + (high - low) * rest / whole_step, rounded; 0 <= rest < whole_step."""
    step = whole(whole_step, span)
    away = _step(ctx, arithmetic.binary(ctx, "-", step, rest, span), span)
    near, far = (_step(ctx, arithmetic.mul(ctx, x, weight, span), span) for x, weight in ((low, away), (high, rest)))
    total = _step(ctx, arithmetic.add(ctx, near, far, span), span)
    if not is_known(total):
        total = make("refine", (total,), _times(low.type.elem, whole_step), (), span)
    return arithmetic.div(ctx, total, step, span)


def _times(elem: Elem, factor: int) -> Elem:
    """The type of numbers between some, times a factor."""
    return number_elem(isinstance(elem, Fixed), elem.frac, intervals.scale(elem.range, factor))


def _element(array: Expr, at: int, span: Span) -> Expr:
    """One element of an array of one axis."""
    found = make("slice", (array,), array.type.elem, (Dim.of(1),), span, starts=(at,), steps=(1,))
    return reshape(found, (), span)


def _step(ctx: Context, value: Value, span: Span) -> Expr:
    """What was computed, under a name. Raises _Refused where it was refused, which is reported already."""
    if not isinstance(value, Expr):
        raise _Refused
    return ctx.let("step", value, span)


class _Refused(Exception):
    """A step of a computation was refused."""
