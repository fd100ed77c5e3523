"""`t.group_by(t.a, t.b).agg(total = sum(t.x), rows = count())`: a row for each group, its keys and what it adds up to.

Which rows are in one group, how many groups there are and how large they are stays secret: the result has as many
places as the table has rows, or as many as `at_most` says, and the groups stand in the first ones, in the order of
their keys. Missing keys are one group. What `agg` is given is computed for each group: in it `sum count min max any
all first count_distinct` of a column is a value for each group, and arithmetic on these works group by group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..frontend import syntax
from ..source import Span
from . import logic
from .alignment import beside
from .assumptions import require
from .coded import numbers_behind
from .composite import Masked, Table, Texts, first_shape, held, true
from .context import Context
from .ordering import Key, keys_of, moved
from .reductions import count
from .segments import Front, Segments, brought, front, resized, segments, sizes
from .shapes import opaque, same_shape
from .tree import Const, Expr
from .types import Bool, Category, Dim, Int, Type
from .values import (
    POISON,
    Poison,
    Thing,
    Value,
    kind_name,
    known_dim,
    shape_name,
    truth,
    whole,
)
from .values import named as as_named

BOUND = "at_most"
"""The argument that bounds how many rows a result has."""


@dataclass(frozen=True)
class Groups(Thing):
    """The rows of a table in groups. `keys` are the columns of the result by which they are grouped, at the heads, and
    `by` what the rows were sorted by."""

    called = "the groups of a table, which `.agg(…)` makes a table of"

    table: Table
    keys: tuple[tuple[str, Value], ...]
    by: tuple[Key, ...]
    segments: Segments
    front: Front

    def covers(self, value: Value) -> bool:
        """Whether the value has one element for each row of the table."""
        shape = first_shape(value)
        return shape is not None and same_shape(shape, self.table.shape)

    def sorted(self, x: Value, span: Span) -> Value:
        """Values of each row in the order of the groups."""
        return moved(at_least_one(x, span), self.segments.order, span)

    def sizes(self, ctx: Context, span: Span) -> Value:
        """How many rows each group has."""
        total: Value = whole(self.table.shape[0].value, span)
        if self.table.rows is not None:
            total = count(ctx, self.table.rows, None, span)
        elif not self.table.shape[0].value:
            return Const(Type(Int(1, 1), (self.front.dim,)), span, (1,))
        return sizes(ctx, self.segments, self.front, total, span) if isinstance(total, Expr) else POISON


def at_least_one(x: Value, span: Span) -> Value:
    """The rows, or one filler where there is none."""
    shape = first_shape(x)
    return resized(x, Dim.of(1), span) if shape and not shape[0].value else x


def group_by(ctx: Context, table: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`t.group_by(t.a, band = t.age // 30, at_most = 100)`."""
    form = "`t.group_by(t.a, band = t.age // 30)`"
    if not table.shape:
        return ctx.error("E2001", f"`group_by` is for tables, not for {kind_name(table)}", span)
    given = bound(ctx, args, span)
    if given is None:
        return POISON
    limit, args = given
    keys: list[tuple[str, Value]] = []
    for arg in args:
        name = column_name(arg)
        if name is None:
            return ctx.error("E2003", "this key has no name", ctx.at(arg.span), help=form)
        value = as_named(ctx.evaluate(ctx, arg.value))
        if isinstance(value, Poison) or not is_key(ctx, "`group_by`", value, table, ctx.at(arg.span)):
            return POISON
        keys.append((name, held(ctx, name, value, span)))
    if not keys or len({name for name, _ in keys}) < len(keys):
        problem = "takes the columns to group by" if not keys else "names two keys alike"
        return ctx.error("E2003", f"`group_by` {problem}", span, help=form)
    return grouped(ctx, table, keys, limit, f"groups({table.shape[0]})", span)


def grouped(
    ctx: Context, table: Table, keys: list[tuple[str, Value]], limit: Dim | None, title: str, span: Span
) -> Value:
    """The rows that there are, in groups; reports what cannot be a key. `title` names the extent of the result."""
    given = table.rows
    if given is None and not table.shape[0].value:
        given = Const(Type(Bool(), table.shape), span, (0,))
    rows = None if given is None else at_least_one(given, span)
    assert rows is None or isinstance(rows, Expr)
    values = [at_least_one(comparable(key, span), span) for _, key in keys]
    found = keys_of(ctx, "a key", values, first_shape(values[0]) or (), rows, span)
    if found is None:
        return POISON
    made = segments(ctx, found, rows, span)
    way = bounded_front(ctx, made.heads, limit, opaque(title, table.shape[0].value), span)
    if way is None:
        return POISON
    heads = [(name, brought(ctx, moved(at_least_one(bare(key), span), made.order, span), way, span))
             for name, key in keys]
    return Groups(table, tuple(heads), tuple(found), made, way)


def compact(ctx: Context, table: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`t.compact(at_most = 100)`: the rows that there are first, in their sequence, so that places say nothing else."""
    given = bound(ctx, args, span)
    if given is None:
        return POISON
    if given[1] or not table.shape:
        return ctx.error("E2003", "`compact` takes no columns", span, help="`t.compact()`, `t.compact(at_most = 100)`")
    rows = true(table.shape, span) if table.rows is None else table.rows
    way = bounded_front(ctx, rows, given[0], table.shape[0], span)
    if way is None:
        return POISON
    columns = [(name, brought(ctx, bare(value), way, span)) for name, value in table.columns]
    return Table(tuple(columns), way.marked)


def bounded_front(ctx: Context, marks: Expr, limit: Dim | None, dim: Dim, span: Span) -> Front | None:
    """The marked rows to the front: at most `limit` of them, which is checked in secret, or all."""
    if limit is None:
        return front(ctx, marks, dim, span)
    found = count(ctx, marks, None, span)
    if not isinstance(found, Expr) or not at_most(ctx, found, limit, span):
        return None
    return front(ctx, marks, limit, span)


def at_most(ctx: Context, found: Expr, limit: Dim, span: Span) -> bool:
    """Requires that a number of rows is within its bound; whether it could be required. It is stated for all sizes."""
    within: Value = truth(True, span)
    if found.type.elem.hi > limit.value:
        within = logic.compare(ctx, ("<=",), (found, whole(limit.value, span)), span)
    return isinstance(within, Expr) and require(ctx, within, f"at most {limit} rows: {ctx.text(span)}", span)


def is_key(ctx: Context, what: str, value: Value, table: Table, span: Span) -> bool:
    """Whether the value can tell the rows of the table apart; reports E2001, E2002 and E2014."""
    if not isinstance(value, Expr | Texts | Masked):
        ctx.error("E2001", f"{what} takes columns, not {kind_name(value)}", span)
        return False
    shape = first_shape(value) or ()
    if not same_shape(shape, table.shape):
        ctx.error("E2002", f"{what} needs a value for each row", span, f"has shape {shape_name(shape)}",
                  help=f"the columns of this table have the shape {shape_name(table.shape)}")
        return False
    return beside(ctx, what, table, value, span)


def bare(value: Value) -> Value:
    """A column as it stands in a table: which rows there are is the table's own affair."""
    return Masked(value.value, value.valid) if isinstance(value, Masked) else value


def comparable(value: Value, span: Span) -> Value:
    """The value as one that has an order, for sorting: levels by their places."""
    if isinstance(value, Masked):
        inner = comparable(value.value, span)
        return Masked(inner, value.valid) if isinstance(inner, Expr | Texts) else value
    if isinstance(value, Expr) and isinstance(value.type.elem, Category):
        return numbers_behind(value, span)
    return value


def column_name(arg: syntax.Argument) -> str | None:
    """What the column of an argument is called: its own name, or that of the column that it is."""
    match arg:
        case syntax.Argument(name=str(name)):
            return name
        case syntax.Argument(value=syntax.Attribute(name=name)) | syntax.Argument(value=syntax.Name(id=name)):
            return name
        case syntax.Argument(value=syntax.Index(items=(syntax.Text(value=name),))):
            return name
    return None


def bound(
    ctx: Context, args: Sequence[syntax.Argument], span: Span
) -> tuple[Dim | None, list[syntax.Argument]] | None:
    """The bound that `at_most` gives, and the other arguments; None after E2006."""
    rest = [arg for arg in args if arg.name != BOUND]
    own = [arg for arg in args if arg.name == BOUND]
    if not own:
        return None, rest
    limit = known_dim(ctx.evaluate(ctx, own[0].value))
    if limit is None or limit.value < 1:
        ctx.error("E2006", f"`{BOUND}` is a whole number from 1, known at compile time", ctx.at(own[0].span))
        return None
    return limit, rest
