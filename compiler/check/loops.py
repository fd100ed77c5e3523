"""`for`: short loops are written out, long ones stay loops with carried values."""

from __future__ import annotations

from math import prod

from ..frontend import syntax
from ..source import Span
from . import outputs
from .assign import assign
from .carried import repeat
from .context import Context, Trip
from .indexing import index
from .shapes import make
from .tree import Expr, Iota, Ref
from .types import Dim, Int, Type
from .values import Poison, Tuple, Value, Zip, kind_name, known_int, whole

UNROLLED = 64
"""Loops of at most so many trips are written out, each trip with its index known."""

UNROLLED_TOGETHER = 4096
"""Trips of nested loops that are written out."""


def loop(ctx: Context, node: syntax.For) -> Value | None:
    """Check a loop; the value that it returned from its function, None when it did not."""
    span = ctx.at(node.span)
    items = ctx.evaluate(ctx, node.iterable)
    if isinstance(items, Poison):
        return None
    dim = trips_of(ctx, items, ctx.at(node.iterable.span))
    if dim is None:
        return None
    around = prod(trip.dim.value for trip in ctx.trips if trip.known)
    known = dim.value <= UNROLLED and around * dim.value <= UNROLLED_TOGETHER
    ctx.trips.append(Trip(tuple(counters(node.target, items)), dim, known))
    try:
        if dim.value == 0:
            _never(ctx, node, items)
            return None
        if known:
            return _unrolled(ctx, node, items, dim.value)
        _kept(ctx, node, items, dim, span)
        return None
    finally:
        ctx.trips.pop()


def trips_of(ctx: Context, items: Value, span: Span) -> Dim | None:
    """How many trips a loop over `items` has."""
    if isinstance(items, Zip):
        dims = [trips_of(ctx, item, span) for item in items.items]
        known = [dim for dim in dims if dim is not None]
        if len(known) < len(dims):
            return None
        for dim in known[1:]:
            if not dim.same(known[0]):
                ctx.error(
                    "E2008", f"`zip` goes over sequences of equal length, not {known[0]} and {dim}", span
                )
                return None
        return known[0]
    if isinstance(items, Expr) and items.type.shape:
        return items.type.shape[0]
    if not isinstance(items, Poison):
        mend = f"`range({ctx.text(span)})`" if known_int(items) is not None else ""
        ctx.error("E2001", f"a loop goes over a `range` or an array, not {kind_name(items)}", span, help=mend)
    return None


def counters(target: syntax.Expr, items: Value) -> list[str]:
    """The names among the targets that count the trips from 0."""
    if isinstance(target, syntax.Name):
        return [target.id] if isinstance(items, Iota) and (items.start, items.step) == (0, 1) else []
    if isinstance(target, syntax.TupleDisplay) and isinstance(items, Zip):
        return [
            name
            for part, item in zip(target.items, items.items, strict=False)
            for name in counters(part, item)
        ]
    return []


def item_at(ctx: Context, items: Value, position: Expr) -> Value:
    """The element of a sequence at `position`, a number known at compile time or the index of a loop."""
    if isinstance(items, Zip):
        return Tuple(tuple(item_at(ctx, item, position) for item in items.items))
    assert isinstance(items, Expr)
    if ctx.dead and not isinstance(items, Iota):
        type_ = Type(items.type.elem, items.type.shape[1:], items.type.secret)
        return Ref(type_, position.span, var=ctx.fresh("element", type_))
    number = known_int(position)
    if not isinstance(items, Iota):
        return index(ctx, items, (position,), position.span)
    if number is not None:
        return whole(items.start + items.step * number, position.span)
    return _counted(items, position)


def _counted(items: Iota, position: Expr) -> Expr:
    """start + step * position."""
    result, range_ = position, position.type.elem.range
    if items.step != 1:
        ends = sorted(end * items.step for end in range_)
        result = make(
            "mul", (result, whole(items.step, position.span)), Int(ends[0], ends[1]), (), position.span
        )
    if items.start:
        lo, hi = (end + items.start for end in result.type.elem.range)
        result = make("add", (result, whole(items.start, position.span)), Int(lo, hi), (), position.span)
    return result


def _unrolled(ctx: Context, node: syntax.For, items: Value, trips: int) -> Value | None:
    place = ctx.at(node.target.span)
    found = len(ctx.findings.items)
    for position in range(trips):
        assign(ctx, node.target, item_at(ctx, items, whole(position, place)))
        result = ctx.run(ctx, node.body)
        if result is not None:
            return result
        if any(item.severity == "error" for item in ctx.findings.items[found:]):
            ctx.spoiled_outputs.update(outputs.indexed(node.body))
            return None
    return None


def _never(ctx: Context, node: syntax.For, items: Value) -> None:
    """A loop without trips: its body is looked at for the outputs that it declares, and leaves no more."""
    names, dead = dict(ctx.scope.names), ctx.dead
    ctx.dead = True
    with ctx.attempt() as forget, ctx.block():
        assign(ctx, node.target, item_at(ctx, items, whole(0, ctx.at(node.target.span))))
        ctx.run(ctx, node.body)
        forget()
    ctx.scope.names, ctx.dead = names, dead


def _kept(ctx: Context, node: syntax.For, items: Value, dim: Dim, span: Span) -> None:
    start, step = (items.start, items.step) if isinstance(items, Iota) else (0, 1)
    place = ctx.at(node.target.span)

    def enter(position: Ref) -> None:
        assign(ctx, node.target, position if isinstance(items, Iota) else item_at(ctx, items, position))

    repeat(ctx, node, enter, (start, step, dim.value), place, span)
