"""What `agg` adds up for each group: sums, counts, extremes, the first value; and the table that it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..frontend import syntax
from ..source import Span
from . import distinct, logic, validity
from .alignment import beside, in_sequence
from .arithmetic import to_frac
from .composite import Masked, Table, Texts, both, first_shape, masked
from .context import Context
from .grouping import Groups, bare
from .operands import bools, is_bool, is_fixed, numbers, ordered
from .reductions import to_int, unrounded
from .segments import brought, combined, totals
from .shapes import make, same_shape
from .tree import Const, Expr, Ref
from .types import Type
from .values import POISON, Poison, Value, kind_name, plain, whole

#: An aggregate of values, one for each row, at the front.
Rule = Callable[[Context, Groups, Value, Span], Value]

ELEMENTWISE = frozenset((
    "abs", "ceil", "clamp", "coalesce", "exp", "fixed", "floor", "giver", "int", "log", "log10", "log2", "max", "min",
    "missing", "present", "round", "rsqrt", "select", "sigmoid", "sqrt",
))
"""What keeps to each row, so that it means in `agg` what it means elsewhere."""

ALONE = frozenset(("first",))
"""What there is in `agg` alone."""

FORM = "`t.group_by(t.a).agg(rows = count(), total = sum(t.x))`"


def agg(ctx: Context, groups: Groups, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`groups.agg(total = sum(t.x), …)`: the keys and what is computed for each group, a table."""
    columns: dict[str, Value] = dict(groups.keys)
    outer, ctx.groups = ctx.groups, groups
    try:
        for arg in args:
            place = ctx.at(arg.span)
            if arg.name is None or arg.name in columns:
                problem = "has no name" if arg.name is None else f"`{arg.name}` is there already"
                return ctx.error("E2003", f"this column {problem}", place, help=FORM)
            value = _column(ctx, groups, ctx.evaluate(ctx, arg.value), place)
            if isinstance(value, Poison):
                return POISON
            columns[arg.name] = value
    finally:
        ctx.groups = outer
    return in_sequence(ctx, Table(tuple(columns.items()), groups.front.marked), span)


def _column(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
    """A value for each group; reports E2002 for any other."""
    if isinstance(value, Poison):
        return POISON
    shape = first_shape(value)
    if not isinstance(value, Expr | Texts | Masked) or shape is None or not same_shape(shape, (groups.front.dim,)):
        return ctx.error(
            "E2002", f"`agg` takes a value for each group, not {kind_name(value)}", span, help=FORM
        )
    return ctx.let("aggregate", plain(value), span) if isinstance(value, Expr) else value


def called(
    ctx: Context, groups: Groups, name: str, args: Sequence[Value], named: dict[str, Value], span: Span
) -> Value | None:
    """A built-in function in `agg`: what it gives for each group; None where it means what it means elsewhere.

    Reports E2009 for what is not known for each group.
    """
    if any(isinstance(arg, Poison) for arg in (*args, *named.values())):
        return POISON
    if not args and not named and name == "count":
        return groups.sizes(ctx, span)
    if not all(beside(ctx, f"`{name}`", groups.table, arg, span) for arg in args if groups.covers(arg)):
        return POISON
    if name in ALONE and not (len(args) == 1 and groups.covers(args[0])):
        return ctx.error("E2001", f"`{name}` takes a column of the table", span, help=FORM)
    if not any(groups.covers(arg) for arg in args) or (name in ELEMENTWISE and len(args) > 1):
        return None
    if name in AGGREGATES and len(args) == 1 and not [v for v in named.values() if isinstance(v, Expr)]:
        return AGGREGATES[name](ctx, groups, args[0], span)
    if name in ELEMENTWISE:
        return None
    known = ", ".join(f"`{known}`" for known in sorted(AGGREGATES))
    return ctx.error("E2009", f"`{name}` is not computed for each group", span, help=f"in `agg` there is {known}")


# --------------------------------------------------------------------------- each aggregate


def _optional(groups: Groups, value: Value) -> Masked | None:
    """The value where it can be missing in a row of a group; a column of the table itself is there in all of them."""
    rows = groups.table.rows
    if isinstance(value, Masked) and isinstance(value.valid, Ref) and isinstance(rows, Ref):
        return None if value.valid.var == rows.var else value
    return value if isinstance(value, Masked) else None


def _there(ctx: Context, groups: Groups, value: Value, span: Span) -> Expr | None:
    """Where a value counts: in the rows that there are, and where it is not missing. None: everywhere."""
    optional, rows = _optional(groups, value), groups.table.rows
    if optional is None or rows is None:
        return rows if optional is None else optional.valid
    return both(ctx, optional.valid, rows, span)


def _sum(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
    inner = value.value if isinstance(value, Masked) else value
    good = numbers(ctx, "`sum`", (inner,), span)
    if good is None:
        return POISON
    there, arg = _there(ctx, groups, value, span), plain(good[0])
    if there is not None:
        chosen = logic.select(ctx, "`sum`", there, arg, whole(0, span), span)
        if not isinstance(chosen, Expr):
            return POISON
        arg = plain(chosen)
    frac, exact = arg.type.elem.frac, unrounded(arg)
    x = groups.sorted(exact, span)
    if not isinstance(x, Expr):
        return POISON
    result = totals(ctx, groups.segments, groups.front, x, span)
    if not isinstance(result, Expr) or not is_fixed(result):
        return result
    return to_frac(ctx, result, frac, span)


def _count(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
    """How many hold; of other values how many there are."""
    inner = value.value if isinstance(value, Masked) else value
    held = validity.holds(ctx, value, span) if isinstance(inner, Expr) and is_bool(inner) else None
    if isinstance(held, Expr):
        there = _there(ctx, groups, held, span)
        return _counted(ctx, groups, held if there is None else both(ctx, held, there, span), span)
    there = _there(ctx, groups, value, span)
    if there is None or _optional(groups, value) is None:
        return groups.sizes(ctx, span)
    return _counted(ctx, groups, there, span)


def _counted(ctx: Context, groups: Groups, marks: Expr, span: Span) -> Value:
    """How many rows of each group are marked; the marks are in rows that there are."""
    x = groups.sorted(to_int(marks, span), span)
    return totals(ctx, groups.segments, groups.front, x, span) if isinstance(x, Expr) else POISON


def _len(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
    return groups.sizes(ctx, span)


def _extreme(op: str) -> Rule:
    def rule(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
        inner = value.value if isinstance(value, Masked) else value
        good = ordered(ctx, f"`{op}`", (inner,), span)
        if good is None:
            return POISON
        x, optional = plain(good[0]), _optional(groups, value)
        if optional is None:
            return _running(ctx, groups, op, x, span)
        elem = x.type.elem
        neutral = Const(Type(elem, x.type.shape), span, (elem.hi if op == "min" else elem.lo,))
        filled = make("select", (optional.valid, x, neutral), elem, x.type.shape, span)
        some = _running(ctx, groups, "or", optional.valid, span)
        result = _running(ctx, groups, op, filled, span)
        return masked(result, some) if isinstance(some, Expr) and isinstance(result, Expr) else POISON

    return rule


def _quantified(op: str) -> Rule:
    def rule(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
        inner = value.value if isinstance(value, Masked) else value
        good = bools(ctx, f"`{op}`", (inner,), span)
        if good is None:
            return POISON
        x, optional = good[0], _optional(groups, value)
        if optional is not None:
            certain = validity.holds(ctx, value, span) if op == "any" else validity.unless_missing(ctx, value, span)
            assert isinstance(certain, Expr)
            x = certain
        return _running(ctx, groups, "or" if op == "any" else "and", x, span)

    return rule


def _running(ctx: Context, groups: Groups, combine: str, x: Expr, span: Span) -> Value:
    made = groups.sorted(x, span)
    return combined(ctx, combine, groups.segments, groups.front, made, span) if isinstance(made, Expr) else POISON


def _first(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
    """What stands in the first row of the group, in the sequence of the table; missing where it is missing there."""
    optional = _optional(groups, value)
    kept = value.value if isinstance(value, Masked) and optional is None else bare(value)
    return brought(ctx, groups.sorted(kept, span), groups.front, span)


def _count_distinct(ctx: Context, groups: Groups, value: Value, span: Span) -> Value:
    """How many different values a group has."""
    marks = distinct.first_of_each(ctx, groups, value, _there(ctx, groups, value, span), span)
    return POISON if marks is None else totals(ctx, groups.segments, groups.front, to_int(marks, span), span)


AGGREGATES: dict[str, Rule] = {
    "all": _quantified("all"),
    "any": _quantified("any"),
    "count": _count,
    "count_distinct": _count_distinct,
    "first": _first,
    "len": _len,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "sum": _sum,
}
