"""`[element for target in items if condition]`: an array of the elements; its length is public.

Short ones are written out. A longer one is a loop that fills an array, each element once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..frontend import syntax
from ..intervals import Interval
from ..source import Span
from .assign import assign
from .carried import repeat
from .context import Context, Trip
from .loops import UNROLLED, item_at, trips_of
from .movement import listed
from .shapes import make, reshape, size_of
from .tree import Const, Expr, Ref
from .types import Bool, Dim, Int, Type
from .values import POISON, Poison, Value, constant, kind_name, known_bool, plain, ranged, whole


def comprehension(ctx: Context, node: syntax.Comprehension) -> Value:
    """The elements as an array."""
    names = dict(ctx.scope.names)
    found = len(ctx.findings.items)
    result = _list(ctx, node)
    ctx.scope.names = names
    if any(item.severity == "error" for item in ctx.findings.items[found:]):
        return POISON
    return result


def _list(ctx: Context, node: syntax.Comprehension) -> Value:
    span, first = ctx.at(node.span), node.generators[0]
    items = ctx.evaluate(ctx, first.iterable)
    dim = None if isinstance(items, Poison) else trips_of(ctx, items, ctx.at(first.iterable.span))
    if dim is None:
        return POISON
    if dim.value > UNROLLED:
        return _looped(ctx, node, items, dim, span)
    if dim.value == 0:
        return _empty(ctx, node, items, dim, span)
    seen: list[set[Dim]] = [set() for _ in node.generators]
    elements = [ctx.evaluate(ctx, node.element) for _ in _rounds(ctx, node.generators, seen)]
    array = listed(ctx, elements, span)
    if isinstance(array, Expr) and all(len(dims) == 1 for dims in seen):
        count = size_of([dims.pop() for dims in seen])
        if count.value == array.type.extents[0]:  # no condition left one out
            return reshape(array, (count, *array.type.shape[1:]), span)
    return array


def _rounds(ctx: Context, generators: tuple[syntax.Generator, ...], seen: list[set[Dim]]) -> Iterator[None]:
    """One step for each element of a list that is written out, with the targets assigned.

    The lengths of what each generator runs over are noted in `seen`.
    """
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
            f"behind a short `for` of a list another one has at most {UNROLLED} rounds, not {dim.value}",
            place,
            help="put the long one first; or compute with whole arrays: `x * 2` doubles each element",
        )
        return
    seen[0].add(dim)
    for position in range(dim.value):
        assign(ctx, first.target, item_at(ctx, items, whole(position, place)))
        chosen = [_chosen(ctx, condition) for condition in first.conditions]
        if all(chosen):
            yield from _rounds(ctx, rest, seen[1:])


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


# --------------------------------------------------------------------------- long ones


def _looped(ctx: Context, node: syntax.Comprehension, items: Value, dim: Dim, span: Span) -> Value:
    """A loop that fills an array; lists of lists are laid one behind the other."""
    first, element = node.generators[0], _inner(node)
    place = ctx.at(first.target.span)
    array, at = (syntax.Name(f" {word} {ctx.next_id}", span=node.span) for word in ("list", "at"))
    cell = syntax.Assign(syntax.Index(array, (at,), span=node.span), None, element, span=node.span)
    target = syntax.TupleDisplay((first.target, at), span=first.target.span)
    loop = syntax.For(target, first.iterable, (cell,), span=node.span)

    def enter(position: Ref) -> None:
        ctx.scope.names[at.id] = position
        assign(ctx, first.target, item_at(ctx, items, position))

    ctx.trips.append(Trip((), dim, False))
    try:
        sample = _sample(ctx, first, element, enter, dim, place)
        if sample is None:
            return POISON
        ctx.scope.names[array.id] = Const(Type(ranged(sample.elem, Interval(0, 0)), (dim, *sample.shape)), span, (0,))
        repeat(ctx, loop, enter, (0, 1, dim.value), place, span)
    finally:
        ctx.trips.pop()
    filled = ctx.scope.names[array.id]
    if not isinstance(filled, Expr):
        return POISON
    if not isinstance(sample.elem, Bool):  # no element is left as it was before the loop
        filled = make("refine", (filled,), sample.elem, filled.type.shape, span)
    return _flat(filled, len(node.generators), span)


def _inner(node: syntax.Comprehension) -> syntax.Expr:
    """What one round of the first `for` gives: the element, or the list of the other ones."""
    rest = node.generators[1:]
    return syntax.Comprehension(node.element, rest, span=node.span) if rest else node.element


def _sample(
    ctx: Context, first: syntax.Generator, element: syntax.Expr, enter: Callable[[Ref], None], dim: Dim, place: Span
) -> Type | None:
    """The type of an element; None after an error."""
    index = ctx.fresh("at", Type(Int(0, max(dim.value - 1, 0))))
    names, found = dict(ctx.scope.names), len(ctx.findings.items)
    with ctx.attempt() as undo, ctx.block():
        enter(Ref(index.type, place, var=index))
        chosen = [_chosen(ctx, condition) for condition in first.conditions]
        value = ctx.evaluate(ctx, element)
        failed = any(item.severity == "error" for item in ctx.findings.items[found:])
        if not failed:
            undo()
    ctx.scope.names = names
    if failed or isinstance(value, Poison):
        return None
    if not all(chosen):
        ctx.error("E2007", "a list without elements has no type", place, help="`zeros(0)`")
        return None
    if not isinstance(value, Expr):
        ctx.error(
            "E2001",
            f"a list of more than {UNROLLED} elements holds values of one array each, not {kind_name(value)}",
            place,
            help="compute with whole columns",
        )
        return None
    return plain(value).type


def _empty(ctx: Context, node: syntax.Comprehension, items: Value, dim: Dim, span: Span) -> Value:
    """A list over nothing: no elements, of the type that they would have."""
    first = node.generators[0]

    def enter(position: Ref) -> None:
        assign(ctx, first.target, item_at(ctx, items, position))

    dead, ctx.dead = ctx.dead, True
    try:
        sample = _sample(ctx, first, _inner(node), enter, dim, ctx.at(first.target.span))
    finally:
        ctx.dead = dead
    if sample is None:
        return POISON
    none = constant(sample.elem, (0,), (dim, *sample.shape), span)
    return _flat(none, len(node.generators), span)


def _flat(array: Expr, axes: int, span: Span) -> Expr:
    """The array with its first `axes` axes made one."""
    lead = array.type.shape[:axes]
    return reshape(array, (size_of(lead), *array.type.shape[axes:]), span)
