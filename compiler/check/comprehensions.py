"""`[element for target in items if condition]`: an array of the elements; its length is public."""

from __future__ import annotations

from collections.abc import Iterator

from ..frontend import syntax
from .assign import assign
from .context import Context
from .displays import stack
from .loops import UNROLLED, item_at, trips_of
from .values import POISON, Poison, Value, known_bool, whole


def comprehension(ctx: Context, node: syntax.Comprehension) -> Value:
    """The elements as an array; each loop is written out."""
    span = ctx.at(node.span)
    names = dict(ctx.scope.names)
    found = len(ctx.findings.items)
    items = [ctx.evaluate(ctx, node.element) for _ in _rounds(ctx, node.generators)]
    ctx.scope.names = names
    if any(item.severity == "error" for item in ctx.findings.items[found:]):
        return POISON
    return stack(ctx, items, "a list", span)


def _rounds(ctx: Context, generators: tuple[syntax.Generator, ...]) -> Iterator[None]:
    """One step for each element, with the targets assigned."""
    if not generators:
        yield
        return
    first, rest = generators[0], generators[1:]
    items = ctx.evaluate(ctx, first.iterable)
    if isinstance(items, Poison):
        return
    place = ctx.at(first.iterable.span)
    dim = trips_of(ctx, items, place)
    if dim is None:
        return
    if dim.value > UNROLLED:
        ctx.error(
            "E2009",
            f"a list is written out for at most {UNROLLED} elements, not {dim.value}",
            place,
            help="compute with whole arrays: `x * 2` doubles each element; or fill an array in a loop",
        )
        return
    for position in range(dim.value):
        assign(ctx, first.target, item_at(ctx, items, whole(position, place)))
        chosen = [_chosen(ctx, condition) for condition in first.conditions]
        if all(chosen):
            yield from _rounds(ctx, rest)


def _chosen(ctx: Context, condition: syntax.Expr) -> bool:
    value = ctx.evaluate(ctx, condition)
    known = known_bool(value)
    if known is None and not isinstance(value, Poison):
        ctx.error(
            "E2006",
            "whether an element belongs to a list is known at compile time",
            ctx.at(condition.span),
            help="keep the element and pick by value: `select(mask, x, 0)`",
        )
    return bool(known)
