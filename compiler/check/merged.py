"""The rows of two tables sorted together by their keys, and what the right one has to say to each row of the left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..source import Span
from . import movement
from .composite import Masked, Table, Texts, both, each, filler, is_true, true
from .context import Context
from .displays import joined
from .grouping import at_least_one, comparable
from .join_keys import Pair
from .logic import invert
from .ordering import keys_of, moved, unmoved
from .scans import scan
from .segments import Segments, backwards, copied, ends, segments, window
from .shapes import Shape, concat, make
from .tree import Const, Expr
from .types import Bool, Category, Dim, Type
from .values import Composite, Value, plain


class Merged(NamedTuple):
    """Both tables' rows, the right ones first, in groups of equal keys. `right`, in sorted order, says where one is
    from the right, `usable` which rows are there and miss no key; `left_dim` and `right_dim` count the rows of each."""

    groups: Segments
    right: Expr
    usable: Expr
    left_dim: Dim
    right_dim: Dim


def merged(ctx: Context, left: Table, right: Table, pairs: Sequence[Pair], span: Span) -> Merged | None:
    """The rows of both, sorted by the pairs of keys. None after E2001 for keys of different kinds."""
    values: list[Value] = []
    for pair in pairs:
        sides = [comparable(_inner(value), span) for value in (pair.right, pair.left)]
        if not _same_levels(pair):
            ctx.error("E2001", "the keys are categories of different levels", span)
            return None
        texts = any(isinstance(side, Texts) for side in sides)
        column = movement.concatenated(ctx, sides, span) if texts else joined(ctx, sides, span)
        if not isinstance(column, Expr | Texts):
            return None
        values.append(column)
    usable = concat(ctx, [_usable(ctx, right, [pair.right for pair in pairs], span),
                          _usable(ctx, left, [pair.left for pair in pairs], span)], 0, span)
    return sort(ctx, values, ctx.let("usable", usable, span), left.shape, right.shape, span)


def sort(
    ctx: Context, values: Sequence[Value], usable: Expr, left: Shape, right: Shape, span: Span
) -> Merged | None:
    """Right rows and, after them, left ones sorted by their values; those that are not usable come last."""
    there = at_least_one(usable, span)
    assert isinstance(there, Expr)
    rows = None if is_true(there) else there
    keys = keys_of(ctx, "a key", [at_least_one(value, span) for value in values], there.type.shape, rows, span)
    if keys is None:
        return None
    groups = segments(ctx, keys, rows, span)
    sides = [Const(Type(Bool(), right), span, (1,)), Const(Type(Bool(), left), span, (0,))]
    tags = at_least_one(concat(ctx, sides, 0, span), span)
    from_right = moved(tags, groups.order, span)
    kept = there if rows is None else moved(rows, groups.order, span)
    assert isinstance(from_right, Expr)
    assert isinstance(kept, Expr)
    return Merged(groups, ctx.let("right", from_right, span), ctx.let("usable", kept, span), left[0], right[0])


def repeated(ctx: Context, rows: Merged, span: Span) -> Expr:
    """Where, in sorted order, a key stands on the right for another time."""
    (dim,) = rows.right.type.shape
    if dim.value < 2:
        return Const(Type(Bool(), (dim,)), span, (0,))
    rest = dim + Dim.of(-1)
    marks = [window(rows.right, 1, rest, span), window(rows.right, 0, rest, span), window(rows.usable, 1, rest, span),
             invert(window(rows.groups.starts, 1, rest, span), span)]
    result = marks[0]
    for mark in marks[1:]:
        result = make("and", (result, mark), Bool(), (rest,), span)
    return result


def partners(ctx: Context, rows: Merged, added: Table, span: Span) -> tuple[Expr, Table]:
    """For each left row, in its place: whether there is an equal one on the right, and the first such of `added`."""
    first = copied(ctx, rows.groups, rows.right, span)
    assert isinstance(first, Expr)
    match = home(ctx, rows, make("and", (first, rows.usable), Bool(), first.type.shape, span), span)
    assert isinstance(match, Expr)
    if not added.columns:
        return match, added
    found = home(ctx, rows, copied(ctx, rows.groups, of_right(ctx, rows, added, span), span), span)
    assert isinstance(found, Table)
    return match, found


def home(ctx: Context, rows: Merged, value: Value, span: Span) -> Value:
    """What was found for sorted rows, at the places of the left rows."""
    if isinstance(value, Composite):
        return each(value, lambda part: home(ctx, rows, part, span))
    assert isinstance(value, Expr)
    back = unmoved(ctx.let("found", value, span), rows.groups.order, span)
    assert isinstance(back, Expr)
    return ctx.let("found", window(back, rows.right_dim.value, rows.left_dim, span), span)


def right_matched(ctx: Context, rows: Merged, span: Span) -> Expr:
    """Which rows of the right, in their places, have an equal one on the left, which is then the last of its group."""
    left = backwards(ctx.let("left", invert(rows.right, span), span), span)
    last = scan(ctx, "first", left, span, starts=ends(ctx, rows.groups.starts, span))
    assert isinstance(last, Expr)
    last = backwards(ctx.let("last", last, span), span)
    both_sides = make("and", (last, rows.usable), Bool(), rows.usable.type.shape, span)
    back = unmoved(ctx.let("matched", both_sides, span), rows.groups.order, span)
    assert isinstance(back, Expr)
    return ctx.let("matched", window(back, 0, rows.right_dim, span), span)


def of_left(ctx: Context, rows: Merged, value: Value, span: Span) -> Value:
    """Values of the left rows in sorted order, with fillers at the right ones."""
    return _lined_up(ctx, rows, value, False, span)


def of_right(ctx: Context, rows: Merged, value: Value, span: Span) -> Value:
    """Values of the right rows in sorted order, with fillers at the left ones."""
    return _lined_up(ctx, rows, value, True, span)


def _lined_up(ctx: Context, rows: Merged, value: Value, right: bool, span: Span) -> Value:
    if isinstance(value, Composite):
        return each(value, lambda part: _lined_up(ctx, rows, part, right, span))
    assert isinstance(value, Expr)
    return ctx.let("sorted", _in_order(ctx, rows, value, right, span), span)


def _in_order(ctx: Context, rows: Merged, part: Expr, right: bool, span: Span) -> Expr:
    """An array of the rows of one side in sorted order, with fillers at those of the other."""
    other = rows.left_dim if right else rows.right_dim
    rest = Const(Type(part.type.elem, (other, *part.type.shape[1:])), span, filler(part).values)
    both_sides = concat(ctx, [plain(part), rest] if right else [rest, plain(part)], 0, span)
    made = moved(at_least_one(both_sides, span), rows.groups.order, span)
    assert isinstance(made, Expr)
    return made


def with_columns(
    ctx: Context, left: Table, added: Table, match: Expr, rows: Expr, optional: bool, span: Span
) -> Table:
    """The left table with what was found on the right: missing, if `optional`, where nothing matched."""
    columns: list[tuple[str, Value]] = list(left.columns)
    for name, value in added.columns:
        if not optional:
            columns.append((name, value))
        elif isinstance(value, Masked):
            columns.append((name, Masked(value.value, both(ctx, value.valid, match, span))))
        else:
            assert isinstance(value, Expr | Texts)
            columns.append((name, Masked(value, match)))
    return Table(tuple(columns), rows)


def _inner(value: Value) -> Value:
    return value.value if isinstance(value, Masked) else value


def _usable(ctx: Context, table: Table, keys: Sequence[Value], span: Span) -> Expr:
    """Which rows of a table are there and miss none of the keys."""
    result: Expr = true(table.shape, span) if table.rows is None else table.rows
    for key in keys:
        if isinstance(key, Masked):
            result = both(ctx, key.valid, result, span)
    return plain(result)


def _same_levels(pair: Pair) -> bool:
    """Whether both keys, if they are levels, are of one category."""
    kinds = [inner.type.elem for inner in (_inner(pair.left), _inner(pair.right)) if isinstance(inner, Expr)]
    levels = [kind.levels if isinstance(kind, Category) else None for kind in kinds]
    return len(set(levels)) < 2
