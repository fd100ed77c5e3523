"""Rows in the order of keys: groups of rows that are equal by them, and marked rows brought to the front.

Rows that are equal by all keys stand together once they are sorted. A group is known by its first row, its head. What
is summed of a group is the difference of two running sums, each taken at a head, so that it needs no message beyond
moving the heads to the front; minima and the like are running values of each group, from its last row to its head.

Sources: S. Badrinarayanan et al., Secret-shared joins with multiplicity from aggregation trees, CCS 2022 (eprint
2022/1600), for running values by groups of sorted rows; S. Laur, R. Talviste, J. Willemson, From oblivious AES to
efficient and secure database join in the multiparty setting, ACNS 2013 (eprint 2013/203).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from .. import intervals
from ..source import Span
from .composite import each, filler
from .context import Context
from .indexing import iota
from .logic import invert
from .operands import fits, is_bool, is_fixed
from .ordering import Key, moved, rank_of
from .reductions import to_int
from .scans import scan
from .shapes import broadcast, concat, make, reshape
from .tree import Const, Expr
from .types import Bool, Dim, Elem, Int, Type
from .values import POISON, Composite, Value, is_known, number_elem, plain


class Segments(NamedTuple):
    """Rows sorted by keys. `starts` says where the keys differ from those of the row before, `heads` where a group of
    rows that are there begins; both of shape (n,), in sorted order, with n at least 1."""

    order: Expr
    starts: Expr
    heads: Expr


class Front(NamedTuple):
    """How marked rows come to the front: their order, how many places are left, and at which of these one stands."""

    order: Expr
    dim: Dim
    marked: Expr


def segments(ctx: Context, keys: Sequence[Key], rows: Expr | None, span: Span) -> Segments:
    """The rows sorted by keys (see `ordering.keys_of`, which puts rows that are not there last)."""
    keys = [key._replace(value=ctx.let("key", plain(key.value), span)) for key in keys]
    order = rank_of(ctx, keys, span)
    starts = changes(ctx, [named(ctx, moved(key.value, order, span), span) for key in keys], span)
    if rows is None:
        return Segments(order, starts, starts)
    there = named(ctx, moved(rows, order, span), span)
    heads = make("and", (starts, there), Bool(), starts.type.shape, span)
    return Segments(order, starts, ctx.let("heads", heads, span))


def changes(ctx: Context, columns: Sequence[Expr], span: Span) -> Expr:
    """Where a row differs in any of the columns, of shape (n,), from the row before; the first row does."""
    (dim,) = columns[0].type.shape
    first = Const(Type(Bool(), (Dim.of(1),)), span, (1,))
    if dim.value == 1:
        return reshape(first, (dim,), span)
    different = [_differ(window(c, 1, dim + Dim.of(-1), span), window(c, 0, dim + Dim.of(-1), span), span)
                 for c in columns]
    return ctx.let("starts", reshape(concat(ctx, [first, any_of(different, span)], 0, span), (dim,), span), span)


def _differ(a: Expr, b: Expr, span: Span) -> Expr:
    if is_bool(a):
        return make("xor", (a, b), Bool(), a.type.shape, span)
    return invert(make("eq", (a, b), Bool(), a.type.shape, span), span)


def any_of(values: Sequence[Expr], span: Span) -> Expr:
    """Where any of some truth values, of one shape, holds."""
    result = values[0]
    for value in values[1:]:
        result = make("or", (result, value), Bool(), value.type.shape, span)
    return result


# --------------------------------------------------------------------------- to the front


def front(ctx: Context, marks: Expr, dim: Dim, span: Span) -> Front:
    """The rows marked, in their sequence, at the first places of `dim`; those beyond it are left out."""
    order = rank_of(ctx, [Key(invert(marks, span))], span)
    marked = resized(named(ctx, moved(marks, order, span), span), dim, span)
    assert isinstance(marked, Expr)
    return Front(order, dim, ctx.let("marked", marked, span))


def brought(ctx: Context, rows: Value, way: Front, span: Span) -> Value:
    """Arrays, texts, columns and tables with the marked rows in front; anything in the places without one."""
    result = resized(moved(rows, way.order, span), way.dim, span)
    return each(result, partial(_let, ctx, span)) if isinstance(result, Composite) else named(ctx, result, span)


def resized(rows: Value, dim: Dim, span: Span) -> Value:
    """The first rows, `dim` of them; where there are fewer, fillers come after them."""
    if isinstance(rows, Composite):
        return each(rows, lambda part: resized(part, dim, span))
    if not isinstance(rows, Expr):
        return POISON
    own, rest = rows.type.shape[0], rows.type.shape[1:]
    if own.value >= dim.value:
        return reshape(window(rows, 0, dim, span), (dim, *rest), span)
    more = Const(Type(rows.type.elem, (Dim.of(dim.value - own.value), *rest)), span, filler(rows).values)
    return make("concat", (rows, more), rows.type.elem, (dim, *rest), span, axis=0)


def window(x: Expr, start: int, dim: Dim, span: Span, step: int = 1) -> Expr:
    """`dim` rows from `start` on."""
    rank = len(x.type.shape)
    if start == 0 and step == 1 and dim.value == x.type.shape[0].value:
        return reshape(x, (dim, *x.type.shape[1:]), span)
    return make("slice", (plain(x),), x.type.elem, (dim, *x.type.shape[1:]), span,
                starts=(start, *(0,) * (rank - 1)), steps=(step, *(1,) * (rank - 1)))


# --------------------------------------------------------------------------- of each group


def totals(ctx: Context, groups: Segments, way: Front, x: Expr, span: Span) -> Value:
    """The sum of x, numbers in sorted order, over each group, at the front; 0 at the places without a group.

    What stands in rows of no group has to be 0. Local but for one choice of n numbers and their move. Reports E4001.
    """
    (n,) = x.type.extents
    x = ctx.let("summed", x, span)
    running = scan(ctx, "add", x, span)
    if not isinstance(running, Expr):
        return POISON
    running = ctx.let("running", running, span)
    elem = number_elem(is_fixed(x), x.type.elem.frac, _partial(x, n))
    before = make("sub", (running, x), elem, x.type.shape, span)
    last = ctx.let("total", reshape(window(running, n - 1, Dim.of(1), span), (), span), span)
    return _between(ctx, groups, way, before, last, _partial(x, n), span)


def sizes(ctx: Context, groups: Segments, way: Front, count: Expr, span: Span) -> Value:
    """How many rows each group has, at the front, and 1 at the places without a group; `count` rows are in one.

    The rows in groups come first, so that as many as its own place come before a head.
    """
    (dim,) = groups.heads.type.shape
    range_ = intervals.Interval(0, dim.value)
    found = _between(ctx, groups, way, iota(0, 1, dim, span), count, range_, span)
    if not isinstance(found, Expr):
        return POISON
    more = make("add", (found, to_int(invert(way.marked, span), span)), Int(0, dim.value + 1), found.type.shape, span)
    return ctx.let("sizes", refined(more, Int(1, max(dim.value, 1)), span), span)


def refined(value: Expr, elem: Elem, span: Span) -> Expr:
    """The same value, known to lie in the range of `elem`; of what is known its range is too."""
    return value if is_known(value) else make("refine", (value,), elem, value.type.shape, span)


def _partial(x: Expr, n: int) -> intervals.Interval:
    """The range of a sum of any of the n elements."""
    zero = intervals.Interval(0, 0)
    return intervals.join(zero, intervals.total(intervals.join(zero, x.type.elem.range), n))


def _between(
    ctx: Context, groups: Segments, way: Front, before: Expr, last: Expr, range_: intervals.Interval, span: Span
) -> Value:
    """From what comes before each row, and what comes before the end: how much of it is each group's."""
    elem = number_elem(is_fixed(before), before.type.elem.frac, range_)
    wide = intervals.sub(range_, range_)
    if not fits(ctx, "this sum of a group", wide, span, (before,)):
        return POISON
    ends = broadcast(last, before.type.shape)
    at = make("select", (groups.heads, before, ends), elem, before.type.shape, span)
    heads = moved(ctx.let("before", at, span), way.order, span)
    beyond = max(way.dim.value + 1 - before.type.extents[0], 1)
    assert isinstance(heads, Expr)
    fences = ctx.let("fences", concat(ctx, [heads, broadcast(last, (Dim.of(beyond),))], 0, span), span)
    pair = window(fences, 1, way.dim, span), window(fences, 0, way.dim, span)
    found = make("sub", pair, number_elem(is_fixed(before), elem.frac, wide), (way.dim,), span)
    return ctx.let("totals", refined(found, elem, span), span)


def combined(ctx: Context, combine: str, groups: Segments, way: Front, x: Expr, span: Span) -> Value:
    """The elements of each group, in sorted order, combined (`scans.scan`), at the front."""
    made = scan(ctx, combine, backwards(x, span), span, starts=ends(ctx, groups.starts, span))
    if not isinstance(made, Expr):
        return POISON
    return brought(ctx, ctx.let("combined", backwards(made, span), span), way, span)


def ends(ctx: Context, starts: Expr, span: Span) -> Expr:
    """Where, going backwards, groups begin: at their last rows."""
    (dim,) = starts.type.shape
    last = Const(Type(Bool(), (Dim.of(1),)), span, (1,))
    if dim.value == 1:
        return reshape(last, (dim,), span)
    rest = window(starts, dim.value - 1, dim + Dim.of(-1), span, -1)
    return ctx.let("ends", reshape(concat(ctx, [last, rest], 0, span), (dim,), span), span)


def backwards(x: Expr, span: Span) -> Expr:
    """The elements from the last to the first."""
    (dim,) = x.type.shape
    return window(x, dim.value - 1, dim, span, -1) if dim.value > 1 else x


def copied(ctx: Context, groups: Segments, value: Value, span: Span) -> Value:
    """What stands in the first row of each group, in sorted order, in all its rows."""
    if isinstance(value, Composite):
        return each(value, lambda part: copy_along(ctx, groups, part, span))
    return copy_along(ctx, groups, value, span) if isinstance(value, Expr) else POISON


def copy_along(ctx: Context, groups: Segments, part: Expr, span: Span) -> Expr:
    """The same for one array."""
    return named(ctx, scan(ctx, "first", part, span, starts=groups.starts), span)


def named(ctx: Context, value: Value, span: Span) -> Expr:
    """The array as a variable."""
    assert isinstance(value, Expr)
    return ctx.let("sorted", value, span)


def _let(ctx: Context, span: Span, part: Expr) -> Value:
    return ctx.let("front", part, span)
