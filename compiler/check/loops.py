"""`for`: short loops are written out, long ones stay loops with carried values."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import prod

from ..frontend import syntax
from ..frontend.syntax import nodes
from ..source import Span
from . import outputs
from .assign import assign, assigned_names, target_names
from .carried import repeat
from .composite import first_shape
from .context import Context, Trip
from .indexing import index
from .movement import element
from .shapes import make
from .tree import Expr, Iota, Ref
from .types import Dim, Int, Type
from .values import POISON, Composite, Poison, Tuple, Value, Zip, kind_name, known_int, whole

UNROLLED = 64
"""Loops of at most so many trips are written out, each trip with its index known."""

UNROLLED_TOGETHER = 4096
"""Trips of nested loops that are written out."""

UNROLLED_GLADLY = 256
"""Beyond so many trips of nested loops the inner one stays a loop where that is as good."""


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
        if known and around > 1 and around * dim.value > UNROLLED_GLADLY and _stays(ctx, node, items, dim, span):
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
    if isinstance(items, Tuple):
        return Dim.of(len(items.items))
    shape = first_shape(items)
    if shape:
        return shape[0]
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
    if isinstance(items, Tuple):
        return _listed(ctx, items, position)
    if isinstance(items, Composite):
        return element(items, lambda part: item_at(ctx, part, position))
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


def _listed(ctx: Context, items: Tuple, position: Expr) -> Value:
    """One of some values that exist at compile time only."""
    number = known_int(position)
    if number is None:
        return ctx.error("E2006", "a loop over texts is written out for at most 64 of them", position.span)
    return items.items[number] if items.items else POISON


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


def _stays(ctx: Context, node: syntax.For, items: Value, dim: Dim, span: Span) -> bool:
    """Whether a short loop inside of others can stay a loop; if not, nothing of the attempt is left."""
    if _leaves_names(ctx, node):
        return False
    names, written, spoiled = dict(ctx.scope.names), outputs.copied(ctx.outputs), set(ctx.spoiled_outputs)
    trip, found = ctx.trips.pop(), len(ctx.findings.items)
    ctx.trips.append(replace(trip, known=False))
    with ctx.attempt() as forget, ctx.block() as block:
        _kept(ctx, node, items, dim, span)
        failed = any(item.severity == "error" for item in ctx.findings.items[found:])
        if failed:
            forget()
    ctx.trips[-1] = trip
    if failed:
        ctx.scope.names, ctx.outputs, ctx.spoiled_outputs = names, written, spoiled
        return False
    ctx.blocks[-1].extend(block)
    return True


def _leaves_names(ctx: Context, node: syntax.For) -> bool:
    """Whether a name that gets its first value in the loop is also written outside of it: a loop that stays a loop
    leaves no such value."""
    names = {*assigned_names(node.body), *target_names(node.target)}
    fresh = {name for name in names if not isinstance(ctx.scope.names.get(name), Expr)}
    around = ctx.calls[-1][0].definition.body if ctx.calls else ctx.statements
    return any(count > _mentions(node, fresh)[name] for name, count in _mentions(around, fresh).items())


def _mentions(written: object, names: set[str]) -> Counter[str]:
    return Counter(part.id for part in nodes(written) if isinstance(part, syntax.Name) and part.id in names)


def _never(ctx: Context, node: syntax.For, items: Value) -> None:
    """A loop without trips: its body is looked at for what it discloses, and leaves no more."""
    names, dead = dict(ctx.scope.names), ctx.dead
    opened, assumed = len(ctx.reveals), len(ctx.assumptions)
    ctx.dead = True
    with ctx.attempt() as forget, ctx.block():
        assign(ctx, node.target, item_at(ctx, items, whole(0, ctx.at(node.target.span))))
        ctx.run(ctx, node.body)
        said = ctx.reveals[opened:], ctx.assumptions[assumed:]
        forget()
    ctx.reveals += said[0]
    ctx.assumptions += said[1]
    ctx.scope.names, ctx.dead = names, dead


def _kept(ctx: Context, node: syntax.For, items: Value, dim: Dim, span: Span) -> None:
    start, step = (items.start, items.step) if isinstance(items, Iota) else (0, 1)
    place = ctx.at(node.target.span)

    def enter(position: Ref) -> None:
        assign(ctx, node.target, position if isinstance(items, Iota) else item_at(ctx, items, position))

    repeat(ctx, node, enter, (start, step, dim.value), place, span)
