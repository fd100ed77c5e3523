"""Tables: columns by name, rows that are there or not.

`t.where(condition)` keeps the shape and narrows which rows there are, in secret; `t.select(a, b)` keeps columns;
`t.with(total = t.a + t.b)` adds or replaces some. A row, `t[i]` or one of `for row in t`, has its values by name.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics import Label
from ..frontend import syntax
from ..source import Span
from . import distinct, ordering
from .alignment import as_rows_of, beside, column_of, in_sequence, sequences
from .columns import unknown_column
from .composite import Masked, Table, Texts, both, first_shape, held, true
from .context import Context
from .grouping import BOUND, compact, group_by
from .joins import join
from .operands import bools
from .scope import suggestion
from .shapes import broadcast, same_shape
from .tree import Expr
from .validity import holds
from .values import POISON, Nothing, Poison, TextValue, Value, kind_name, shape_name
from .values import named as as_named

METHODS = ("where", "select", "with", "sort_by", "head", "top", "group_by", "distinct", "compact", "join")


def method(ctx: Context, table: Table, name: str, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`t.where(…)`, `t.select(…)`, `t.with(…)`."""
    if name == "where":
        return _where(ctx, table, args, span)
    if name == "select":
        return _select(ctx, table, args, span)
    if name == "with":
        if not args or any(arg.name is None for arg in args):
            return ctx.error("E2003", "`with` takes columns by name", span, help="`t.with(total = t.a + t.b)`")
        return _added(ctx, table, args, span)
    if name in ("sort_by", "head", "top"):
        return _ordered(ctx, table, name, args, span)
    if name in _MAKING:
        made = _MAKING[name](ctx, table, args, span)
        if not isinstance(made, Table):
            return made
        kept = name == "join" and all(arg.name != BOUND for arg in args) and same_shape(made.shape, table.shape)
        return as_rows_of(ctx, made, sequences(ctx, table), span) if kept else in_sequence(ctx, made, span)
    close = suggestion(name, [*METHODS, *(own for own, _ in table.columns)])
    return ctx.error(
        "E1005", f"a table has no method `{name}`", span, close,
        help=f"there is {', '.join(f'`{method}`' for method in METHODS)}"
    )


_MAKING = {"compact": compact, "distinct": distinct.of_table, "group_by": group_by, "join": join}
"""Methods whose result has rows of its own."""


def _where(ctx: Context, table: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    if len(args) != 1 or args[0].name is not None:
        return ctx.error("E2003", "`where` takes one condition", span, help="`t.where(t.a > 3 and t.b == 0)`")
    given = ctx.evaluate(ctx, args[0].value)
    place = ctx.at(args[0].span)
    condition = bools(ctx, "`where`", (holds(ctx, given, place),), place)
    if condition is None or not beside(ctx, "`where`", table, given, place):
        return POISON
    if not same_shape(condition[0].type.shape, table.shape) and condition[0].type.shape:
        return ctx.error(
            "E2002",
            "the condition of `where` has a truth value for each row",
            place,
            f"has shape {shape_name(condition[0].type.shape)}",
            Label(span, f"the table has {shape_name(table.shape)}"),
        )
    kept = broadcast(condition[0], table.shape)
    rows = both(ctx, true(table.shape, span) if table.rows is None else table.rows, kept, span)
    return as_rows_of(ctx, Table(table.columns, ctx.let("rows", rows, span)), sequences(ctx, table), span)


def _select(ctx: Context, table: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    """Columns by their names, as they are or written as texts, and new ones by `name = …`."""
    columns: list[tuple[str, Value]] = []
    for arg in args:
        if arg.name is not None:
            continue
        node = arg.value
        name = node.id if isinstance(node, syntax.Name) else node.value if isinstance(node, syntax.Text) else None
        if name is None:
            return ctx.error("E2003", "`select` takes names of columns", ctx.at(arg.span), help="`t.select(a, b)`")
        value = table.column(name)
        if value is None:
            return unknown_column(ctx, table, name, ctx.at(arg.span))
        columns.append((name, value))
    new = [arg for arg in args if arg.name is not None]
    names = [name for name, _ in columns] + [arg.name for arg in new]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return ctx.error("E2003", f"the column `{twice}` is named twice", span)
    if not names:
        return ctx.error("E2003", "`select` takes names of columns", span, help="`t.select(a, b)`")
    made = _added(ctx, table, new, span)
    if not isinstance(made, Table):
        return POISON
    fresh = dict(made.columns)
    return Table((*columns, *((arg.name, fresh[arg.name]) for arg in new if arg.name is not None)), table.rows)


def _added(ctx: Context, table: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    """The table with more columns, or others in the place of those that it has."""
    columns = dict(table.columns)
    for arg in args:
        assert arg.name is not None
        place = ctx.at(arg.span)
        value = as_named(ctx.evaluate(ctx, arg.value))
        if isinstance(value, Poison):
            return POISON
        made = _as_column(ctx, table, value, arg.name, place)
        if isinstance(made, Poison) or not beside(ctx, f"the column `{arg.name}`", table, made, place):
            return POISON
        columns[arg.name] = column_of(ctx, table, held(ctx, arg.name, made, place), place)
    return Table(tuple(columns.items()), table.rows)


def _ordered(ctx: Context, table: Table, name: str, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`t.sort_by(t.a, desc(t.b))`, `t.head(n)`, and `t.top(n, t.a)`: the n rows with the largest `a`."""
    if not table.shape:
        return ctx.error("E2001", f"`{name}` is for tables, not for {kind_name(table)}", span)
    least = 2 if name == "top" else 1
    if any(arg.name is not None for arg in args) or len(args) < least or (name == "head" and len(args) > 1):
        use = {"sort_by": "`t.sort_by(t.a, desc(t.b))`", "head": "`t.head(10)`", "top": "`t.top(10, t.a)`"}[name]
        return ctx.error("E2003", f"`{name}` takes other arguments", span, help=use)
    values = [ctx.evaluate(ctx, arg.value) for arg in args]
    if any(isinstance(value, Poison) for value in values):
        return POISON
    if name == "head":
        return ordering.head(ctx, table, values[0], span)
    by = values if name == "sort_by" else [ordering.descending(ctx, (value,), {}, span) for value in values[1:]]
    keys = ordering.keys_of(ctx, f"`{name}`", by, table.shape, table.rows, span)
    if keys is None or not all(beside(ctx, f"`{name}`", table, value, span) for value in by):
        return POISON
    made = ordering.moved(table, ordering.rank_of(ctx, keys, span), span)
    if name == "top":
        made = ordering.head(ctx, made, values[0], span)
    return in_sequence(ctx, made, span) if isinstance(made, Table) else made


def _as_column(ctx: Context, table: Table, value: Value, name: str, span: Span) -> Value:
    """The value as a column: which rows there are is the table's own affair."""
    if isinstance(value, TextValue | Nothing) or not isinstance(value, Expr | Texts | Masked):
        return ctx.error("E2001", f"a column holds values, not {kind_name(value)}", span)
    if isinstance(value, Masked) and value.rows is not None:
        value = Masked(value.value, value.valid)
    shape = first_shape(value)
    if isinstance(value, Expr) and not shape:
        return broadcast(value, table.shape)
    if shape is None or not same_shape(shape, table.shape):
        return ctx.error(
            "E2002",
            f"the column `{name}` needs a value for each row",
            span,
            f"has shape {shape_name(shape or ())}",
            help=f"the columns of this table have the shape {shape_name(table.shape)}",
        )
    return value
