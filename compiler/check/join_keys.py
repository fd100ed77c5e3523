"""What two tables are joined on: `a.id == b.id and a.day == b.day`, `on = "id"`, `on = ["id", "day"]`."""

from __future__ import annotations

from typing import NamedTuple

from ..frontend import syntax
from ..source import Span
from .columns import column
from .composite import Masked, Table, held
from .context import Context, variables
from .grouping import bare, is_key
from .values import Poison, TextValue, Tuple, Value
from .values import named as as_named

FORM = '`a.id == b.id and a.day == b.day`, or `on = ["id", "day"]` where both tables call them so'


class Pair(NamedTuple):
    """Values of both sides that have to be equal; `name`, where both are columns of that name in their tables."""

    left: Value
    right: Value
    name: str | None


def joined_on(ctx: Context, left: Table, right: Table, arg: syntax.Argument, span: Span) -> list[Pair] | None:
    """The pairs of keys; None after an error: E2003 for another form, E2001, E2002, E2014 for what is no column."""
    place = ctx.at(arg.span)
    if arg.name == "on":
        return _by_name(ctx, left, right, ctx.evaluate(ctx, arg.value), place)
    pairs: list[Pair] = []
    for node in _parts(arg.value):
        if not isinstance(node, syntax.Compare) or node.ops != ("==",):
            ctx.error("E2003", "tables are joined on columns that are equal", place, help=FORM)
            return None
        values = [as_named(ctx.evaluate(ctx, operand)) for operand in node.operands]
        pair = _pair(ctx, left, right, values[0], values[1], place)
        if pair is None:
            return None
        pairs.append(pair)
    return pairs


def _parts(node: syntax.Expr) -> list[syntax.Expr]:
    """The sides of `and`."""
    if isinstance(node, syntax.Binary) and node.op in ("and", "&"):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]


def _by_name(ctx: Context, left: Table, right: Table, given: Value, span: Span) -> list[Pair] | None:
    names = list(given.items) if isinstance(given, Tuple) else [given]
    pairs: list[Pair] = []
    for name in names:
        if not isinstance(name, TextValue):
            if not isinstance(name, Poison):
                ctx.error("E2003", "`on` takes names of columns as texts", span, help=FORM)
            return None
        own = column(ctx, left, name.text, span)
        other = own if isinstance(own, Poison) else column(ctx, right, name.text, span)
        pair = _pair(ctx, left, right, own, other, span)
        if pair is None:
            return None
        pairs.append(pair)
    return pairs


def _pair(ctx: Context, left: Table, right: Table, a: Value, b: Value, span: Span) -> Pair | None:
    if isinstance(a, Poison) or isinstance(b, Poison):
        return None
    if not is_key(ctx, "the left side of `==`", a, left, span) or not is_key(
            ctx, "the right side of `==`", b, right, span):
        return None
    names = [_column_named(table, value) for table, value in ((left, a), (right, b))]
    same = names[0] if names[0] == names[1] else None
    return Pair(held(ctx, "key", bare(a), span), held(ctx, "key", bare(b), span), same)


def _column_named(table: Table, value: Value) -> str | None:
    """What the table calls this value, if it is one of its columns."""
    own = _identity(value)
    return next((name for name, other in table.columns if own and _identity(other) == own), None)


def _identity(value: Value) -> tuple[int, ...]:
    return variables(value.value if isinstance(value, Masked) else value)
