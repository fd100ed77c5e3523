"""Dates: days from 1970-01-01. Their differences are whole numbers; their parts are computed exactly.

The parts follow C. Neri, L. Schneider, "Euclidean affine functions and their application to calendar algorithms"
(Software: Practice and Experience 53, 2023), figure 12: a day is counted from 0000-03-01, so that a leap day ends
its year, and each part is a linear function of the rest before it, divided by a constant.
"""

from __future__ import annotations

from cloister.runtime.data.labels import FIRST_DAY, LAST_DAY, date_text, date_value

from .. import intervals
from ..intervals import Interval, covers
from ..source import Span
from . import arithmetic, logic
from .coded import numbers_behind
from .context import Context
from .operands import numbers
from .shapes import broadcast, common_shape, make
from .tree import Const, Expr
from .types import Bool, Date, Elem, Int, Type
from .values import POISON, TextValue, Value, kind_name, number_elem, whole

EPOCH = 719_468
"""Days from 0000-03-01 to 1970-01-01."""

PARTS = ("year", "month", "day", "weekday")


def is_date(value: Value) -> bool:
    """Whether the value is a date or an array of dates."""
    return isinstance(value, Expr) and isinstance(value.type.elem, Date)


def literal(ctx: Context, value: Value, span: Span) -> Value:
    """`date("2026-11-21")`."""
    if not isinstance(value, TextValue):
        return ctx.error(
            "E2001", f"`date` takes a text, not {kind_name(value)}", span, help='`date("2026-11-21")`'
        )
    try:
        day = date_value(value.text)
    except ValueError as error:
        return ctx.error("E0003", f'"{value.text}" {error}', span, help='`date("2026-11-21")`')
    return Const(Type(Date(day, day)), span, (day,))


def binary(ctx: Context, op: str, left: Expr, right: Expr, span: Span) -> Value:
    """`date - date` is a number of days, `date + n` and `date - n` are dates."""
    if op == "-" and is_date(left) and is_date(right):
        range_ = intervals.sub(left.type.elem.range, right.type.elem.range)
        return _combined(ctx, "sub", left, right, Int(range_.lo, range_.hi), span)
    if op not in ("+", "-") or (op == "-" and not is_date(left)) or (is_date(left) and is_date(right)):
        return ctx.error(
            "E2001",
            f"`{op}` does not compute with dates",
            span,
            f"{kind_name(left)} and {kind_name(right)}",
            help="`a - b` is the number of days between two dates, `d + 30` a date 30 days later",
        )
    days = numbers(ctx, f"`{op}`", [part for part in (left, right) if not is_date(part)], span)
    if days is None:
        return POISON
    if not isinstance(days[0].type.elem, Int):
        return ctx.error(
            "E2001", "a date is moved by whole days", span, f"by {kind_name(days[0])}", help="`round(x)`"
        )
    change = intervals.add if op == "+" else intervals.sub
    range_ = change(left.type.elem.range, right.type.elem.range)
    if not covers(Interval(FIRST_DAY, LAST_DAY), range_):
        return ctx.error(
            "E4001",
            f"this date can leave the years 1 to 9999: it lies in {date_text(range_.lo)}..{date_text(range_.hi)}",
            span,
            help='declare a narrower range (`in date("2020-01-01")..date("2030-12-31")`), or `clamp` the days',
        )
    return _combined(ctx, "add" if op == "+" else "sub", left, right, Date(range_.lo, range_.hi), span)


def _combined(ctx: Context, op: str, left: Expr, right: Expr, elem: Elem, span: Span) -> Value:
    shape = common_shape(ctx, (left, right), span)
    if shape is None:
        return POISON
    return make(op, (broadcast(left, shape), broadcast(right, shape)), elem, shape, span)


def part(ctx: Context, name: str, date: Expr, span: Span) -> Value:
    """`.year`, `.month`, `.day` (from 1) or `.weekday` (Monday is 0) of dates."""
    days = ctx.let("days", numbers_behind(date, span), span)
    steps = _Steps(ctx, span)
    if name == "weekday":
        return steps.narrow(arithmetic.mod(ctx, steps.plus(days, 3), whole(7, span), span), 0, 6)
    return steps.civil(days, name)


class _Steps:
    """Arithmetic on whole numbers, each result under a name; a result of one possible value is that value."""

    def __init__(self, ctx: Context, span: Span) -> None:
        self.ctx = ctx
        self.span = span

    def civil(self, days: Expr, name: str) -> Value:
        """The year, month or day."""
        first = self.plus(self.times(self.plus(days, EPOCH), 4), 3)
        century = self.over(first, 146_097)
        of_century = self.over(self.minus(first, self.times(century, 146_097), 0, 146_096), 4)
        second = self.plus(self.times(of_century, 4), 3)
        year = self.over(second, 1461)
        of_year = self.over(self.minus(second, self.times(year, 1461), 0, 1460), 4)
        if name == "year":
            late = logic.compare(self.ctx, (">=",), (of_year, whole(306, self.span)), self.span)
            full = self.named(arithmetic.add(self.ctx, self.times(century, 100), year, self.span))
            return self.moved(late, full, 1)
        third = self.plus(self.times(of_year, 2141), 197_913)
        month = self.over(third, 1 << 16)
        if name == "month":
            late = logic.compare(self.ctx, (">",), (month, whole(12, self.span)), self.span)
            return self.narrow(self.moved(late, month, -12), 1, 12)
        rest = self.minus(third, self.times(month, 1 << 16), 0, (1 << 16) - 1)
        return self.narrow(self.plus(self.over(rest, 2141), 1), 1, 31)

    def named(self, value: Value) -> Expr:
        """The value as a variable."""
        assert isinstance(value, Expr)
        lo, hi = value.type.elem.range
        if lo == hi:
            return broadcast(whole(lo, self.span), value.type.shape)
        return self.ctx.let("days", value, self.span)

    def plus(self, value: Expr, number: int) -> Expr:
        return self.named(arithmetic.add(self.ctx, value, whole(number, self.span), self.span))

    def times(self, value: Expr, number: int) -> Expr:
        return self.named(arithmetic.mul(self.ctx, value, whole(number, self.span), self.span))

    def over(self, value: Expr, number: int) -> Expr:
        return self.named(arithmetic.floordiv(self.ctx, value, whole(number, self.span), self.span))

    def minus(self, value: Expr, other: Expr, lo: int, hi: int) -> Expr:
        """The difference, known to lie in lo..hi."""
        return self.narrow(arithmetic.sub(self.ctx, value, other, self.span), lo, hi)

    def narrow(self, value: Value, lo: int, hi: int) -> Expr:
        """The same number, known to lie in lo..hi too."""
        assert isinstance(value, Expr)
        range_ = value.type.elem.range
        kept = Interval(max(lo, range_.lo), min(hi, range_.hi))
        if kept == range_ or isinstance(value, Const):
            return self.named(value)
        return self.named(make("refine", (value,), number_elem(False, 0, kept), value.type.shape, self.span))

    def moved(self, condition: Value, value: Expr, by: int) -> Expr:
        """The number, where the condition holds with `by` added to it."""
        assert isinstance(condition, Expr)
        assert isinstance(condition.type.elem, Bool)
        number = make("to_int", (condition,), Int(0, 1), condition.type.shape, self.span)
        step = arithmetic.mul(self.ctx, number, whole(by, self.span), self.span)
        assert isinstance(step, Expr)
        return self.named(arithmetic.add(self.ctx, value, step, self.span))


