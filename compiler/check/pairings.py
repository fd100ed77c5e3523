"""Joins in which a key can stand several times on both sides: a place for every pair, in as many places as are allowed.

Every left row learns how many partners it has and where among the sorted right rows these begin. Running sums of the
numbers tell at which place of the result its pairs begin; it is brought there by sorting rows and places together, and
copied along until the next one begins. The partner of a place is then looked up by its number among the right rows.

Source: S. Krastnikov, F. Kerschbaum, D. Stebila, Efficient oblivious database joins, VLDB 2020 (arXiv 2003.09481),
with running values by groups in the place of its networks.
"""

from __future__ import annotations

from typing import NamedTuple

from ..intervals import Interval
from ..source import Span
from .composite import Table, both, each, filler, true
from .context import Context
from .grouping import at_most, bare
from .indexing import iota
from .logic import invert
from .merged import Merged, of_left, of_right, partners, sort, with_columns
from .ordering import Key, moved, rank_of, unmoved
from .reductions import to_int
from .scans import scan
from .segments import brought, copy_along, front, refined, window
from .shapes import broadcast, concat, make, reshape
from .tree import Const, Expr
from .types import Bool, Dim, Int, Type
from .values import Value, plain, whole


class _Places(NamedTuple):
    """What each left row needs, in sorted order: whether it has a partner, the number of the first one, and at which
    place it begins (behind all places where it has none); and how many places are taken in all."""

    matched: Expr
    partner: Expr
    place: Expr
    total: Expr


def paired(
    ctx: Context, left: Table, added: Table, rows: Merged, limit: Dim, keep: bool, span: Span
) -> Table | None:
    """The pairs of rows with equal keys, in the order of the keys, in `limit` places; with `keep` also each left row
    that has none, once. None after E2009 where the bound cannot be checked."""
    places = _places(ctx, left, rows, limit, keep, span)
    if not at_most(ctx, places.total, limit, span):
        return None
    columns = [of_left(ctx, rows, bare(value), span) for _, value in left.columns]
    carried = Table(tuple(("", value) for value in (*columns, places.matched, places.partner, places.place)))
    *columns, matched, partner, place = _spread(ctx, carried, places.place, limit, span)
    assert isinstance(matched, Expr)
    assert isinstance(partner, Expr)
    assert isinstance(place, Expr)
    numbers = iota(0, 1, limit, span)
    taken = ctx.let("taken", _less(numbers, broadcast(places.total, (limit,)), span), span)
    match = both(ctx, matched, taken, span)
    number = _number(ctx, match, partner, place, numbers, rows.right_dim, span)
    found = _looked_up(ctx, added, rows, number, span)
    names = [name for name, _ in left.columns]
    return with_columns(ctx, Table(tuple(zip(names, columns, strict=True))), found, match, taken, keep, span)


def _places(ctx: Context, left: Table, rows: Merged, limit: Dim, keep: bool, span: Span) -> _Places:
    shape = rows.right.type.shape
    matched = _and(_and(copy_along(ctx, rows.groups, rows.right, span), invert(rows.right, span), span),
                   rows.usable, span)
    matched = ctx.let("matched", matched, span)
    right = ctx.let("right", to_int(rows.right, span), span)
    count = Int(0, rows.right_dim.value)
    until = ctx.let("until", refined(_scanned(ctx, right, span), count, span), span)
    before = make("sub", (until, right), Int(-1, count.hi), shape, span)
    first = copy_along(ctx, rows.groups, refined(before, count, span), span)
    several = make("sub", (until, first), Int(-count.hi, count.hi), shape, span)
    none = broadcast(whole(0, span), shape)
    pairs = refined(make("select", (matched, several, none), Int(-count.hi, count.hi), shape, span), count, span)
    placed = matched
    if keep:
        rest = of_left(ctx, rows, true(left.shape, span) if left.rows is None else left.rows, span)
        assert isinstance(rest, Expr)
        placed = rest
        alone = to_int(_and(rest, invert(matched, span), span), span)
        pairs = make("add", (pairs, alone), Int(0, count.hi + 1), shape, span)
    pairs = ctx.let("pairs", pairs, span)
    running = ctx.let("running", _scanned(ctx, pairs, span), span)
    begin = make("sub", (running, pairs), Int(-pairs.type.elem.hi, running.type.elem.hi), shape, span)
    begin = refined(begin, Int(0, running.type.elem.hi), span)
    end = broadcast(whole(limit.value, span), shape)
    within = make("min", (begin, end), Int(0, limit.value), shape, span)
    place = make("select", (placed, within, end), Int(0, limit.value), shape, span)
    total = reshape(window(running, shape[0].value - 1, Dim.of(1), span), (), span)
    return _Places(matched, ctx.let("partner", first, span), ctx.let("place", place, span),
                   ctx.let("total", total, span))


def _spread(ctx: Context, carried: Table, place: Expr, limit: Dim, span: Span) -> list[Value]:
    """At each place of the result what the last left row that begins there or before carries."""
    numbers = iota(0, 1, limit, span)
    order = rank_of(ctx, [Key(ctx.let("place", concat(ctx, [place, numbers], 0, span), span))], span)
    sides = [Const(Type(Bool(), place.type.shape), span, (1,)), Const(Type(Bool(), (limit,)), span, (0,))]
    begins = moved(concat(ctx, sides, 0, span), order, span)
    assert isinstance(begins, Expr)
    begins = ctx.let("begins", begins, span)

    def spread(part: Expr) -> Expr:
        rest = Const(Type(part.type.elem, (limit, *part.type.shape[1:])), span, filler(part).values)
        line = moved(concat(ctx, [plain(part), rest], 0, span), order, span)
        assert isinstance(line, Expr)
        along = scan(ctx, "first", ctx.let("line", line, span), span, starts=begins)
        assert isinstance(along, Expr)
        back = unmoved(ctx.let("along", along, span), order, span)
        assert isinstance(back, Expr)
        return ctx.let("spread", window(back, place.type.extents[0], limit, span), span)

    made = each(carried, spread)
    assert isinstance(made, Table)
    return [value for _, value in made.columns]


def _number(
    ctx: Context, match: Expr, partner: Expr, place: Expr, numbers: Expr, count: Dim, span: Span
) -> Expr:
    """The number, among the sorted right rows, of the partner at each place; 0 where there is none."""
    last, most = place.type.elem.hi, max(count.value - 1, 0)
    shape = numbers.type.shape
    step = make("sub", (numbers, place), Int(-last, max(shape[0].value - 1, 0)), shape, span)
    own = Interval(partner.type.elem.lo + step.type.elem.lo, partner.type.elem.hi + step.type.elem.hi)
    reached = make("add", (partner, step), Int(own.lo, own.hi), shape, span)
    chosen = make("select", (match, reached, broadcast(whole(0, span), shape)),
                  Int(min(own.lo, 0), max(own.hi, 0)), shape, span)
    return ctx.let("number", refined(chosen, Int(0, most), span), span)


def _looked_up(ctx: Context, added: Table, rows: Merged, number: Expr, span: Span) -> Table:
    """The columns of the right row with that number, in the order of the keys, for each place."""
    if not added.columns:
        return added
    marks = ctx.let("right", _and(rows.right, rows.usable, span), span)
    way = front(ctx, marks, rows.right_dim, span)
    columns = [(name, brought(ctx, of_right(ctx, rows, value, span), way, span)) for name, value in added.columns]
    (limit,) = number.type.shape
    keys = concat(ctx, [iota(0, 1, rows.right_dim, span), number], 0, span)
    usable = concat(ctx, [true((rows.right_dim,), span), true((limit,), span)], 0, span)
    lined_up = sort(ctx, [keys], usable, (limit,), (rows.right_dim,), span)
    assert lined_up is not None, "numbers have an order"
    return partners(ctx, lined_up, Table(tuple(columns)), span)[1]


def _scanned(ctx: Context, x: Expr, span: Span) -> Expr:
    made = scan(ctx, "add", x, span)
    assert isinstance(made, Expr), "numbers of rows fit"
    return made


def _less(a: Expr, b: Expr, span: Span) -> Expr:
    return make("lt", (a, b), Bool(), a.type.shape, span)


def _and(a: Expr, b: Expr, span: Span) -> Expr:
    return make("and", (a, b), Bool(), a.type.shape, span)
