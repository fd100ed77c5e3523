"""Orders of rows: sorting arrays and tables, ranks, and the builders that other operations on tables are made with.

An order is an array of whole numbers that says for each row where it goes: `rank_of` makes one from keys, `moved` takes
anything along it, `unmoved` takes it back. Orders are stable: rows that are equal by all keys keep their sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..source import Span
from . import indexing
from .composite import Masked, Table, Texts, each, filler, first_shape, masked, opposite
from .context import Context
from .movement import index
from .shapes import Shape, make, same_shape
from .tree import Expr
from .types import Category, Dim, Int
from .values import (
    POISON,
    Composite,
    Descending,
    Nothing,
    Poison,
    TextValue,
    Value,
    kind_name,
    known_bool,
    known_dim,
    shape_name,
)


class Key(NamedTuple):
    """What rows are sorted by: numbers or truth values, one for each row.

    Of a `bytewise` one, a word of a text, the lowest byte counts most.
    """

    value: Expr
    descending: bool = False
    bytewise: bool = False


def rank_of(ctx: Context, keys: Sequence[Key], span: Span) -> Expr:
    """Where each row goes in the stable order by the keys, of one shape (n,), the first of which counts most: (n,).

    Nothing of it is public. Sorting n rows by k bits takes in the order of n k bytes, and a number of rounds that
    grows with k and not with n. What moves along the order costs a few elements a row and no further sorting.
    """
    shape = keys[0].value.type.shape
    flags = {"descending": tuple(key.descending for key in keys), "bytewise": tuple(key.bytewise for key in keys)}
    elem = Int(0, max(shape[0].value - 1, 0))
    return ctx.let("rank", make("rank", [key.value for key in keys], elem, shape, span, **flags), span)


def moved(x: Value, order: Expr, span: Span) -> Value:
    """Row i of an array (along its first axis), a text, a column or a table at the place order[i]."""
    return _along("move", x, order, span)


def unmoved(x: Value, order: Expr, span: Span) -> Value:
    """At place i the row that stands at order[i]: what was computed of moved rows, back where they came from."""
    return _along("unmove", x, order, span)


def _along(op: str, x: Value, order: Expr, span: Span) -> Value:
    if isinstance(x, Composite):
        return each(x, lambda part: _along(op, part, order, span))
    if not isinstance(x, Expr):
        return POISON
    return make(op, (x, order), x.type.elem, x.type.shape, span)


# --------------------------------------------------------------------------- keys


def keys_of(ctx: Context, what: str, values: Sequence[Value], shape: Shape, rows: Expr | None,
            span: Span) -> list[Key] | None:
    """The keys for sorting by values of `shape`, the first counting most; hidden rows and missing values come last.

    `rows` says which rows there are. None after an error: E2001 for what has no order, E2002 for other shapes.
    """
    keys = [] if rows is None else [Key(opposite(ctx, rows, span))]
    for value in values:
        found = _keys(ctx, what, value, span)
        if found is None:
            return None
        own = found[0].value.type.shape
        if len(own) != 1 or not same_shape(own, shape):
            wanted = f"the shape {shape_name(shape)}" if len(shape) == 1 else "one dimension"
            ctx.error("E2002", f"{what} takes arrays of {wanted}", span, f"has shape {shape_name(own)}")
            return None
        keys += found
    return keys


def _keys(ctx: Context, what: str, value: Value, span: Span) -> list[Key] | None:
    """The keys of one value."""
    if isinstance(value, Descending):
        inner = _keys(ctx, what, value.value, span)
        absent = isinstance(value.value, Masked)
        return inner and [key._replace(descending=not (absent and i == 0)) for i, key in enumerate(inner)]
    if isinstance(value, Masked):
        there = ctx.let("present", value.valid, span)
        inner = _keys(ctx, what, _filled(value, there, span), span)
        return inner and [Key(opposite(ctx, there, span)), *inner]
    if isinstance(value, Texts):
        return [Key(word, bytewise=True) for word in value.words]
    if not isinstance(value, Expr):
        if not isinstance(value, Poison):
            ctx.error("E2001", f"{what} takes arrays, not {kind_name(value)}", span)
        return None
    if isinstance(value.type.elem, Category):
        ctx.error("E2001", f"{what} takes what has an order, and levels have none", span,
                  help="`int(x)` is the place of the level among all")
        return None
    return [Key(value)]


def _filled(value: Masked, there: Expr, span: Span) -> Expr | Texts:
    """The values, all alike where there is none."""
    def fill(part: Expr) -> Expr:
        return make("select", (there, part, filler(part)), part.type.elem, part.type.shape, span)

    inner = value.value
    return inner.with_parts([fill(word) for word in inner.words]) if isinstance(inner, Texts) else fill(inner)


# --------------------------------------------------------------------------- the built-in functions


def order_of(ctx: Context, what: str, value: Value, descending: bool, span: Span) -> Expr | None:
    """The order of an array or a column by its own values."""
    if isinstance(value, Table | TextValue | Nothing | Descending):
        ctx.error("E2001", f"{what} takes an array, not {kind_name(value)}", span,
                  help="`t.sort_by(t.a, t.b)` sorts the rows of a table" if isinstance(value, Table) else "")
        return None
    rows = value.rows if isinstance(value, Masked) else None
    by: list[Value] = [Descending(value) if descending else value]
    keys = keys_of(ctx, what, by, first_shape(value) or (), rows, span)
    return None if keys is None else rank_of(ctx, keys, span)


def sort(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`sort(x)`: the elements in order, missing ones last."""
    descending = flag(ctx, named, "descending", span)
    order = None if descending is None else order_of(ctx, "`sort`", args[0], descending, span)
    return POISON if order is None else moved(args[0], order, span)


def rank(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`rank(x)`: for each element how many come before it in the sorted array; missing where it is missing."""
    (value,) = args
    descending = flag(ctx, named, "descending", span)
    order = None if descending is None else order_of(ctx, "`rank`", value, descending, span)
    if order is None:
        return POISON
    return masked(order, value.valid, value.rows) if isinstance(value, Masked) else order


def largest(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`largest(x, k)`: the k largest elements, the largest first; all of them where there are fewer."""
    value, count = args
    order = order_of(ctx, "`largest`", value, True, span)
    return POISON if order is None else head(ctx, moved(value, order, span), count, span)


def descending(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """`desc(x)`: in `sort_by` the largest first."""
    (value,) = args
    if isinstance(value, Descending):
        return value.value
    return Descending(value)


def head(ctx: Context, value: Value, count: Value, span: Span) -> Value:
    """The first elements or rows, as many as there are at most."""
    dim = known_dim(count)
    if dim is None or dim.value < 0:
        return ctx.error("E2006", "how many are wanted is a whole number known at compile time", span)
    if not first_shape(value):
        return ctx.error("E2001", f"there are no first rows of {kind_name(value)}", span)
    items = [indexing.SliceItem(Dim.of(0), dim, 1, span)]
    if isinstance(value, Composite):
        return index(ctx, value, items, span)
    return indexing.index(ctx, value, items, span) if isinstance(value, Expr) else POISON


def flag(ctx: Context, named: dict[str, Value], name: str, span: Span) -> bool | None:
    """A named argument that is `true` or `false`; false where it is not given. None after E2006."""
    if name not in named:
        return False
    known = known_bool(named[name])
    if known is None:
        ctx.error("E2006", f"`{name}` is `true` or `false`, known at compile time", span)
    return known
