"""Elements of values of several arrays: taken out, put in, and joined, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..source import Span
from . import indexing
from .addresses import Block
from .composite import Masked, Table, Texts, alike, each, first_shape, together
from .context import Context
from .displays import joined, stack
from .indexing import Item
from .operands import is_bool
from .shapes import same_shape
from .tree import Expr
from .validity import select
from .values import POISON, Composite, Nothing, Poison, TextValue, Tuple, Value, kind_name


def index(ctx: Context, base: Composite, items: Sequence[Item], span: Span) -> Value:
    """`base[items]` of texts, of values that can be missing, or of a table (rows)."""
    if isinstance(base, Table) and len(items) > 1:
        return ctx.error("E2005", "a table is indexed by rows", span, help="name the column: `t.column[i]`")
    if isinstance(base, Masked):
        return _index_masked(ctx, base, items, span)
    return each(base, lambda part: indexing.index(ctx, part, items, span))


def _index_masked(ctx: Context, base: Masked, items: Sequence[Item], span: Span) -> Value:
    """A single element is there or not; of an array of hidden rows it stays hidden which there are."""
    inner = base.value
    if isinstance(inner, Composite):
        value = each(inner, lambda part: indexing.index(ctx, part, items, span))
    else:
        value = indexing.index(ctx, inner, items, span)
    valid = indexing.index(ctx, base.valid, items, span)
    rows: Value | None = None
    if base.rows is not None:
        rows = indexing.index(ctx, base.rows, items[:1], span)
    if not isinstance(value, Expr | Texts) or not isinstance(valid, Expr) or isinstance(rows, Poison):
        return POISON
    kept = isinstance(rows, Expr) and bool(rows.type.shape)
    return Masked(value, valid, rows if kept and isinstance(rows, Expr) else None)


def put(ctx: Context, base: Value, items: Sequence[Item], value: Value, span: Span) -> Value:
    """A copy of `base` with `base[items]` replaced by `value`."""
    if isinstance(base, Expr) and isinstance(value, Expr):
        return indexing.put(ctx, base, items, value, span)
    mask = items[0] if len(items) == 1 else None
    if isinstance(mask, Expr) and is_bool(mask) and not isinstance(base, Table):
        if first_shape(value) != () or not same_shape(mask.type.shape, first_shape(base) or ()):
            return ctx.error("E2002", "a mask has the shape of the array, and the value is a single one", span)
        return select(ctx, "this assignment", mask, value, base, span)
    pair = alike(ctx, "the array and what is put into it", (base, value), span)
    if pair is None:
        return POISON
    whole, element = pair
    if isinstance(whole, Masked) and whole.rows is not None:
        return ctx.error(
            "E2009",
            "an element of a hidden number of rows cannot be assigned to",
            span,
            help="`select(condition, value, x)` makes a new array",
        )
    return together((whole, element), lambda pair: indexing.put(ctx, pair[0], items, pair[1], span))


def concatenated(ctx: Context, values: Sequence[Value], span: Span) -> Value:
    """`concat(a, b, …)`."""
    for value in values:
        if not first_shape(value):
            return ctx.error("E2001", f"`concat` takes arrays, not {kind_name(value)}", span)
    same = alike(ctx, "`concat`", values, span)
    return POISON if same is None else together(same, lambda parts: joined(ctx, parts, span))


def listed(ctx: Context, values: Sequence[Value], span: Span) -> Value:
    """`[a, b, …]`: an array; of texts and blocks of addresses, which exist at compile time only, the values as such."""
    named = [value for value in values if isinstance(value, TextValue | Block)]
    if named and all(isinstance(value, TextValue | Block | Expr) for value in values):
        return Tuple(tuple(values))
    if any(isinstance(value, Composite | Nothing) for value in values):
        return stacked(ctx, values, "a list", span)
    return stack(ctx, values, "a list", span)


def stacked(ctx: Context, values: Sequence[Value], what: str, span: Span) -> Value:
    """`[a, b, …]`, where some of the values are of several arrays."""
    bare = [Masked(v.value, v.valid) if isinstance(v, Masked) and v.rows is None else v for v in values]
    if any(isinstance(v, Masked) and v.rows is not None for v in bare):
        return ctx.error("E2001", f"{what} holds values, not columns of a hidden number of rows", span)
    if any(isinstance(v, Table) and v.shape for v in bare):
        return ctx.error("E2001", f"{what} holds values or rows, not tables", span, help="`concat(a, b)` joins tables")
    same = alike(ctx, what, bare, span)
    return POISON if same is None else together(same, lambda parts: stack(ctx, parts, what, span))


def element(value: Composite, pick: Callable[[Expr], Value]) -> Value:
    """One element along the first axis: `pick` gives that of a part."""
    if not isinstance(value, Masked):
        return each(value, pick)
    inner = each(value.value, pick) if isinstance(value.value, Composite) else pick(value.value)
    valid = pick(value.valid)
    if not isinstance(inner, Expr | Texts) or not isinstance(valid, Expr):
        return POISON
    return Masked(inner, valid)
