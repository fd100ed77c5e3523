"""Arrays as sets: `x.union(y)`, `x.intersection(y, z)`, `x.difference(y)`, `in_at_least(2, x, y, z)`.

The arrays are sorted together. How many of them hold a value is how often, in a group of equal values, the array
changes, as rows of one array stay together. The result is sorted, without repetition, in the first of as many places
as it can have at most: neither whose element one was nor what else there is shows. `len` of it is secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from ..frontend import syntax
from ..source import Span
from . import displays, distinct, logic, movement
from .composite import Masked, Table, Texts, first_shape
from .context import Context
from .grouping import Groups, grouped
from .reductions import to_int
from .segments import brought, front, totals
from .shapes import concat, make, opaque
from .tree import Const, Expr
from .types import Bool, Dim, Int, Type
from .values import POISON, Poison, Value, known_int, whole

METHODS = ("union", "intersection", "difference")


def method(ctx: Context, base: Value, name: str, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`x.union(y, …)`, `x.intersection(y, …)`: in all of them, `x.difference(y, …)`: in x and in none of the others."""
    if not args or any(arg.name is not None for arg in args):
        return ctx.error("E2003", f"`{name}` takes other arrays", span, help=f"`x.{name}(y)`")
    values = [base, *(ctx.evaluate(ctx, arg.value) for arg in args)]
    stacked = _stacked(ctx, f"`{name}`", values, span)
    if stacked is None:
        return POISON
    table, lengths = stacked
    if name == "union":
        return distinct.of_array(ctx, (_column(table),), {}, span)
    if name == "intersection":
        return _held_by(ctx, table, lengths, len(values), _least(lengths), span)
    return _difference(ctx, table, lengths, span)


def in_at_least(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`in_at_least(k, x, y, z)`: the values that at least k of the arrays hold."""
    least, *values = args
    number = known_int(least)
    if number is None or not 1 <= number <= len(values):
        return ctx.error("E2006", f"of {len(values)} arrays at least 1 to {len(values)} hold a value: a number known "
                         "at compile time", span, help="`in_at_least(2, x, y, z)`")
    stacked = _stacked(ctx, "`in_at_least`", values, span)
    if stacked is None:
        return POISON
    table, lengths = stacked
    total = reduce(Dim.__add__, lengths)
    most = opaque(f"({total}) / {number}", total.value // number)
    return _held_by(ctx, table, lengths, number, most, span)


def _stacked(
    ctx: Context, what: str, values: Sequence[Value], span: Span
) -> tuple[Table, list[Dim]] | None:
    """The arrays one after another as a table of one column, and how long they are; None after E2001 or E2002."""
    if any(isinstance(value, Poison) for value in values):
        return None
    lengths: list[Dim] = []
    for value in values:
        shape = first_shape(value)
        if isinstance(value, Table) or shape is None or len(shape) != 1:
            distinct.as_table(ctx, what, value, span)  # says what is wrong with it
            return None
        lengths.append(shape[0])
    numbers = all(isinstance(value, Expr) for value in values)
    joined = displays.joined(ctx, values, span) if numbers else movement.concatenated(ctx, values, span)
    table = None if isinstance(joined, Poison) else distinct.as_table(ctx, what, joined, span)
    return None if table is None else (table, lengths)


def _column(table: Table) -> Value:
    """The column of a table of one, of the rows that there are."""
    ((_, value),) = table.columns
    assert isinstance(value, Expr | Texts)
    return value if table.rows is None else Masked(value, table.rows, table.rows)


def _least(lengths: Sequence[Dim]) -> Dim:
    """The smallest extent: no more elements can be in all."""
    return opaque(f"min({', '.join(map(str, lengths))})", min(dim.value for dim in lengths))


def _sources(lengths: Sequence[Dim], ctx: Context, span: Span) -> Expr:
    """The number of the array that each row is of."""
    parts = [Const(Type(Int(i, i), (dim,)), span, (i,)) for i, dim in enumerate(lengths)]
    return ctx.let("source", concat(ctx, parts, 0, span), span)


def _held_by(ctx: Context, table: Table, lengths: Sequence[Dim], number: int, most: Dim, span: Span) -> Value:
    """The values that at least `number` of the arrays hold, of which there are at most `most`."""
    groups = _groups(ctx, table, span)
    if groups is None:
        return POISON
    firsts = distinct.first_of_each(ctx, groups, _sources(lengths, ctx, span), table.rows, span)
    assert firsts is not None
    found = totals(ctx, groups.segments, groups.front, to_int(firsts, span), span)
    enough = logic.compare(ctx, (">=",), (found, whole(number, span)), span)
    return _chosen(ctx, groups, enough, most, span)


def _difference(ctx: Context, table: Table, lengths: Sequence[Dim], span: Span) -> Value:
    """The values of which no row is of another array than the first."""
    groups = _groups(ctx, table, span)
    if groups is None:
        return POISON
    others: Value = logic.compare(ctx, ("!=",), (_sources(lengths, ctx, span), whole(0, span)), span)
    if table.rows is not None:
        others = logic.boolean(ctx, "and", others, table.rows, span)
    assert isinstance(others, Expr)
    marks = groups.sorted(to_int(others, span), span)
    assert isinstance(marks, Expr)
    found = totals(ctx, groups.segments, groups.front, marks, span)
    none = logic.compare(ctx, ("==",), (found, whole(0, span)), span)
    return _chosen(ctx, groups, none, lengths[0], span)


def _groups(ctx: Context, table: Table, span: Span) -> Groups | None:
    made = grouped(ctx, table, list(table.columns), None, f"union({table.shape[0]})", span)
    return made if isinstance(made, Groups) else None


def _chosen(ctx: Context, groups: Groups, condition: Value, most: Dim, span: Span) -> Value:
    """The values of the groups for which the condition holds."""
    assert isinstance(condition, Expr)
    marks = make("and", (condition, groups.front.marked), Bool(), condition.type.shape, span)
    way = front(ctx, ctx.let("chosen", marks, span), most, span)
    return distinct.hidden(brought(ctx, groups.keys[0][1], way, span), way.marked)
