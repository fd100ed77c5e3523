"""Different rows and values: `t.distinct(t.a)`, `distinct(x)`, `count_distinct(x)`."""

from __future__ import annotations

from collections.abc import Sequence

from ..frontend import syntax
from ..source import Span
from .composite import Masked, Table, Texts, first_shape, held
from .context import Context
from .grouping import Groups, at_least_one, bare, bound, comparable, grouped, is_key
from .ordering import keys_of, moved, unmoved
from .reductions import count
from .segments import brought, changes, segments
from .shapes import make
from .tree import Apply, Const, Expr, Iota, Ref
from .types import Bool
from .values import POISON, Poison, Value, kind_name, whole
from .values import named as as_named


def of_table(ctx: Context, table: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`t.distinct()`, `t.distinct(t.a, at_most = 100)`: of rows with equal keys the first, in the order of the keys.

    Without keys it is by all columns.
    """
    given = bound(ctx, args, span)
    if given is None:
        return POISON
    limit, args = given
    if any(arg.name is not None for arg in args) or not table.shape:
        return ctx.error("E2003", "`distinct` takes columns of a table", span, help="`t.distinct(t.a, t.b)`")
    keys: list[tuple[str, Value]] = [(name, bare(value)) for name, value in table.columns]
    if args:
        keys = [("", as_named(ctx.evaluate(ctx, arg.value))) for arg in args]
    for _, key in keys:
        if isinstance(key, Poison) or not is_key(ctx, "`distinct`", key, table, span):
            return POISON
    keys = [(name, held(ctx, "key", key, span)) for name, key in keys]
    groups = grouped(ctx, table, keys, limit, f"distinct({table.shape[0]})", span)
    if not isinstance(groups, Groups):
        return POISON
    columns = [(name, brought(ctx, groups.sorted(bare(value), span), groups.front, span))
               for name, value in table.columns]
    return Table(tuple(columns), groups.front.marked)


def of_array(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`distinct(x)`: the different values that there are, in order; how many is secret."""
    table = as_table(ctx, "`distinct`", args[0], span)
    if table is None:
        return POISON
    groups = grouped(ctx, table, list(table.columns), None, f"distinct({table.shape[0]})", span)
    return hidden(groups.keys[0][1], groups.front.marked) if isinstance(groups, Groups) else POISON


def count_of_array(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`count_distinct(x)`: how many different values there are; missing ones do not count."""
    table = as_table(ctx, "`count_distinct`", args[0], span)
    if table is None:
        return POISON
    if not table.shape[0].value:
        return whole(0, span)
    keys = keys_of(ctx, "`count_distinct`", [comparable(table.columns[0][1], span)], table.shape, table.rows, span)
    return POISON if keys is None else count(ctx, segments(ctx, keys, table.rows, span).heads, None, span)


def as_table(ctx: Context, what: str, value: Value, span: Span) -> Table | None:
    """An array as a table of one column, of the rows where it has values; reports E2001."""
    shape = first_shape(value)
    if not isinstance(value, Expr | Texts | Masked) or shape is None or len(shape) != 1:
        mend = "`t.distinct(t.a, t.b)`" if isinstance(value, Table) else ""
        ctx.error("E2001", f"{what} takes an array of one dimension, not {kind_name(value)}", span, help=mend)
        return None
    inner = value.value if isinstance(value, Masked) else value
    return Table((("value", held(ctx, "value", inner, span)),), value.valid if isinstance(value, Masked) else None)


def hidden(value: Value, rows: Expr) -> Value:
    """Values of a hidden number of rows."""
    assert isinstance(value, Expr | Texts)
    return Masked(value, rows, rows)


# --------------------------------------------------------------------------- in groups


def first_of_each(ctx: Context, groups: Groups, value: Value, there: Expr | None, span: Span) -> Expr | None:
    """Where, in the order of the groups, a value of a group stands for the first time; `there` says where it counts."""
    if isinstance(value, Expr) and ascending(ctx, value):
        other = changes(ctx, [ctx.let("sorted", _expr(groups.sorted(value, span)), span)], span)
        marks = make("or", (groups.segments.starts, other), Bool(), other.type.shape, span)
        return marks if there is None else _and(marks, groups.sorted(there, span), span)
    column = at_least_one(comparable(bare(value), span), span)
    keys = keys_of(ctx, "`count_distinct`", [column], first_shape(column) or (), None, span)
    if keys is None:
        return None
    finer = segments(ctx, [*groups.by, *keys], None, span)
    marks = finer.starts
    if there is not None:
        marks = _and(marks, moved(at_least_one(there, span), finer.order, span), span)
    made = groups.sorted(ctx.let("firsts", _expr(unmoved(marks, finer.order, span)), span), span)
    return _expr(made)


def _and(marks: Expr, there: Value, span: Span) -> Expr:
    return make("and", (marks, _expr(there)), Bool(), marks.type.shape, span)


def _expr(value: Value) -> Expr:
    assert isinstance(value, Expr)
    return value


def ascending(ctx: Context, value: Expr) -> bool:
    """Whether the elements are known at compile time never to fall: within a group they then stand in order already."""
    if isinstance(value, Iota):
        return value.step >= 0
    if isinstance(value, Const):
        return all(a <= b for a, b in zip(value.values, value.values[1:], strict=False))
    if isinstance(value, Ref):
        made = ctx.definitions.get(value.var.id, ())
        return len(made) == 1 and ascending(ctx, made[0])
    if not isinstance(value, Apply) or value.op not in ("concat", "refine", "broadcast"):
        return False
    if value.op == "broadcast" and value.args[0].type.shape:
        return False
    steps = zip(value.args, value.args[1:], strict=False)
    return all(ascending(ctx, part) for part in value.args) and all(
        a.type.elem.hi <= b.type.elem.lo for a, b in steps
    )
