"""Types as written whose values are no numbers: `ip4`, `date in …`, `text[n]`, `category("low", "high")`."""

from __future__ import annotations

from ..frontend import syntax
from .context import Context
from .types import Category, Coded, Date, Ip4, Word
from .values import POISON, Poison, kind_name, known_int

MAX_TEXT = 1024
"""Bytes of the longest text."""

MAX_LEVELS = 1024

KINDS = ("ip4", "date", "text", "category")


def coded(ctx: Context, type_: syntax.TypeExpr, brackets: list[tuple[syntax.Expr, ...]]) -> Coded | Poison:
    """The element type of one of `KINDS`; takes the arguments of the type off `brackets`. Reports E2007, E4004."""
    span = ctx.at(type_.span)
    if type_.low is not None and type_.name != "date":
        return ctx.error("E2007", f"`{type_.name}` has no range", span)
    if type_.name == "category":
        return _category(ctx, type_)
    if type_.name == "text":
        return _text(ctx, type_, brackets)
    return Ip4() if type_.name == "ip4" else _date(ctx, type_)


def _category(ctx: Context, type_: syntax.TypeExpr) -> Coded | Poison:
    span, levels = ctx.at(type_.span), type_.levels
    if not levels:
        return ctx.error("E2007", "a category names its levels", span, help='`category("low", "mid", "high")`')
    twice = next((level for level in levels if levels.count(level) > 1), None)
    if twice is not None:
        return ctx.error("E2007", f'the level "{twice}" is named twice', span)
    if len(levels) > MAX_LEVELS:
        return ctx.error("E2007", f"at most {MAX_LEVELS} levels, not {len(levels)}", span, help="`text[n]`")
    if "" in levels or any(level != level.strip() for level in levels):
        return ctx.error("E2007", "a level is a name without spaces around it", span, help="`optional` for empty cells")
    return Category.of(levels)


def _text(ctx: Context, type_: syntax.TypeExpr, brackets: list[tuple[syntax.Expr, ...]]) -> Coded | Poison:
    span = ctx.at(type_.span)
    if not brackets or len(brackets[0]) != 1:
        return ctx.error("E2007", "a text has a greatest length, in bytes", span, help="`text[8]`, `text[8][rows]`")
    (length,) = brackets.pop(0)
    value = ctx.evaluate(ctx, length)
    if isinstance(value, Poison):
        return POISON
    number = known_int(value)
    if number is None or not 1 <= number <= MAX_TEXT:
        return ctx.error(
            "E2007",
            f"the length of a text is a number of bytes from 1 to {MAX_TEXT}",
            ctx.at(length.span),
            f"is {kind_name(value)}" if number is None else f"is {number}",
            help="`text[8][rows]` is a column of texts of up to 8 bytes",
        )
    return Word.of(number)


def _date(ctx: Context, type_: syntax.TypeExpr) -> Coded | Poison:
    if type_.low is None or type_.high is None:
        return Date()
    ends = [ctx.evaluate(ctx, end) for end in (type_.low, type_.high)]
    days: list[int] = []
    for end, node in zip(ends, (type_.low, type_.high), strict=True):
        if isinstance(end, Poison):
            return POISON
        elem = getattr(getattr(end, "type", None), "elem", None)
        if not isinstance(elem, Date) or elem.lo != elem.hi:
            return ctx.error(
                "E2007",
                f"the range of dates ends in dates, not {kind_name(end)}",
                ctx.at(node.span),
                help='`date in date("2020-01-01")..date("2030-12-31")`',
            )
        days.append(elem.lo)
    if days[0] > days[1]:
        return ctx.error("E2007", "the range is empty: its start is above its end", ctx.at(type_.low.span))
    return Date(days[0], days[1])
