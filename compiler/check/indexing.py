"""Indexing: by numbers known at compile time, by a loop's index, by slices, and by lists of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..source import Span
from .context import Context
from .fold import array
from .logic import select
from .lookup import lookup, replaced
from .operands import element_name, is_bool, unify
from .shapes import broadcast, broadcast_shapes, concat, make, opaque, operand, reshape, same_shape
from .tree import Const, Expr, Iota
from .types import Dim, Int, Type
from .values import POISON, Value, join_elems, kind_name, known_dim, plain, shape_name, type_name, whole


@dataclass(frozen=True)
class SliceItem:
    """`start:stop:step` with parts known at compile time."""

    start: Dim | None
    stop: Dim | None
    step: int
    span: Span


Item = Expr | SliceItem


@dataclass(frozen=True)
class Pick:
    """What becomes of an axis: a stretch, one element (`drop`), an element by a run-time index, a list of known
    places, or what is found at `secret` places, one or many."""

    start: int
    step: int
    count: Dim
    drop: bool = False
    dynamic: Expr | None = None
    taken: tuple[int, ...] | None = None
    secret: Expr | None = None


def index(ctx: Context, base: Expr, items: Sequence[Item], span: Span) -> Value:
    """`base[items]`."""
    if not base.type.shape:
        return ctx.error("E2001", "only an array has elements", base.span, f"is {type_name(base.type)}")
    if len(items) > len(base.type.shape):
        return ctx.error(
            "E2005",
            f"{len(items)} indices, and the array has {len(base.type.shape)} dimensions",
            span,
            f"has shape {shape_name(base.type.shape)}",
        )
    picks: list[Pick] = []
    for dim, item in zip(base.type.shape, items, strict=False):
        pick = _pick(ctx, dim, item, span)
        if pick is None:
            return POISON
        picks.append(pick)
    picks += [Pick(0, 1, dim) for dim in base.type.shape[len(items) :]]
    if not _one_list(ctx, picks, span):
        return POISON
    return _dynamic(_static(plain(base), picks, span), [pick for pick in picks if not pick.drop], span)


def _static(base: Expr, picks: list[Pick], span: Span) -> Expr:
    """Takes the stretches, and drops the axes of which one element is wanted."""
    shape = tuple(pick.count for pick in picks)
    if isinstance(base, Iota):
        pick = picks[0]
        base = iota(base.start + base.step * pick.start, base.step * pick.step, pick.count, span)
    elif not all(
        pick.start == 0 and pick.step == 1 and pick.count.same(dim)
        for pick, dim in zip(picks, base.type.shape, strict=True)
    ):
        base = make(
            "slice",
            (base,),
            base.type.elem,
            shape,
            span,
            starts=tuple(pick.start for pick in picks),
            steps=tuple(pick.step for pick in picks),
        )
    kept = tuple(pick.count for pick in picks if not pick.drop)
    if isinstance(base, Iota) and not kept:
        return whole(base.start, span)
    return reshape(base, kept, span)


def _dynamic(base: Expr, picks: list[Pick], span: Span) -> Expr:
    """Takes elements by run-time indices and by lists, axis by axis."""
    axis = 0
    for pick in picks:
        if pick.taken is not None:
            shape = (*base.type.shape[:axis], Dim.of(len(pick.taken)), *base.type.shape[axis + 1 :])
            base = make("take", (base,), base.type.elem, shape, span, axis=axis, indices=pick.taken)
        if pick.secret is not None:
            kept = len(pick.secret.type.shape)
            base = _forward(lookup(_to_front(base, axis, span), pick.secret, span), axis, kept, span)
            axis += kept
        elif pick.dynamic is None:
            axis += 1
        else:
            base = _to_front(base, axis, span)
            base = make("take_at", (base, pick.dynamic), base.type.elem, base.type.shape[1:], span)
    return base


def _to_front(base: Expr, axis: int, span: Span) -> Expr:
    """The array with one axis before all others."""
    return _turned(base, (axis, *(a for a in range(len(base.type.shape)) if a != axis)), span)


def _forward(base: Expr, axis: int, count: int, span: Span) -> Expr:
    """The array with its first `count` axes moved to the place of `axis`."""
    rank = len(base.type.shape)
    return _turned(base, (*range(count, count + axis), *range(count), *range(count + axis, rank)), span)


def _turned(base: Expr, order: tuple[int, ...], span: Span) -> Expr:
    if order == tuple(range(len(order))):
        return base
    shape = tuple(base.type.shape[a] for a in order)
    return make("transpose", (base,), base.type.elem, shape, span, axes=order)


def _one_list(ctx: Context, picks: Sequence[Pick], span: Span) -> bool:
    """Whether at most one index is an array; numpy pairs several, which few expect."""
    arrays = [pick for pick in picks if pick.taken is not None or (pick.secret is not None and pick.secret.type.shape)]
    if len(arrays) > 1:
        ctx.error("E2009", "only one of the indices can be an array", span, help="index one axis after the other")
    return len(arrays) <= 1


def iota(start: int, step: int, dim: Dim, span: Span) -> Iota:
    """The public array start, start + step, …"""
    last = start + step * max(dim.value - 1, 0)
    return Iota(Type(Int(min(start, last), max(start, last)), (dim,)), span, start, step)


def _pick(ctx: Context, dim: Dim, item: Item, span: Span) -> Pick | None:
    if isinstance(item, SliceItem):
        return _stretch(dim, item)
    position = known_dim(item)
    if position is not None:
        return _one(ctx, dim, position.value, item)
    if is_bool(item):
        ctx.error(
            "E2009",
            "a mask cannot be an index: how many elements it picks would be known",
            item.span,
            f"is {type_name(item.type)}",
            help="keep the shape and pick by value: `select(mask, x, 0)`, `sum(select(mask, x, 0))`",
        )
        return None
    if not isinstance(item.type.elem, Int):
        ctx.error("E2001", f"an index is a whole number, not {kind_name(item)}", item.span)
        return None
    if isinstance(item, Const | Iota) and len(item.type.shape) == 1:
        positions = [_position(ctx, dim, int(i), item) for i in array(item)]
        known = tuple(p for p in positions if p is not None)
        return Pick(0, 1, dim, taken=known) if len(known) == len(positions) else None
    place = _run_time(ctx, dim, item, span)
    if place is None:
        return None
    if item.type.secret or item.type.shape:
        return Pick(0, 1, dim, secret=place)
    return Pick(0, 1, dim, dynamic=place)


def _one(ctx: Context, dim: Dim, position: int, item: Expr) -> Pick | None:
    found = _position(ctx, dim, position, item)
    return None if found is None else Pick(found, 1, Dim.of(1), drop=True)


def _position(ctx: Context, dim: Dim, position: int, item: Expr) -> int | None:
    """The element's place from the front; reports E2005 when there is none."""
    if -dim.value <= position < dim.value:
        return position % dim.value
    if ctx.dead:
        return 0
    place = f"in an axis of {dim} elements" if dim.terms else ""
    ctx.error("E2005", f"index {position} is out of bounds: there are {dim.value} elements", item.span, place)
    return None


def _run_time(ctx: Context, dim: Dim, item: Expr, span: Span) -> Expr | None:
    """The index counted from the front; reports E2005 where it can be out of bounds."""
    range_ = item.type.elem.range
    if ctx.dead or (range_.lo >= 0 and range_.hi < dim.value):
        return plain(item)
    if -dim.value <= range_.lo and range_.hi < 0:
        return make(
            "add",
            (plain(item), broadcast(whole(dim.value, item.span), item.type.shape)),
            Int(range_.lo + dim.value, range_.hi + dim.value),
            item.type.shape,
            span,
        )
    ctx.error(
        "E2005",
        f"the index can be out of bounds: there are {dim.value} elements",
        item.span,
        f"is {element_name(item.type.elem)}",
        help=f"`clamp(i, 0, {dim} - 1)` keeps it inside; `assume(0 <= i and i < {dim})` where it is known to be",
    )
    return None


def _stretch(dim: Dim, item: SliceItem) -> Pick:
    """The part of an axis that a slice means, clipped to the axis as in Python."""
    start, stop = (None if d is None else d.value for d in (item.start, item.stop))
    first, last, step = slice(start, stop, item.step).indices(dim.value)
    count = len(range(first, last, step))
    if count == 0:
        return Pick(0, step, Dim.of(0))
    forms = [d for d in (dim, item.start, item.stop) if d is not None]
    if not any(d.terms for d in forms):
        return Pick(first, step, Dim.of(count))
    if step < 0:
        text = f"len({operand(dim)}[{item.start or ''}:{item.stop or ''}:{step}])"
        return Pick(first, step, dim if step == -1 and len(forms) == 1 else opaque(text, count))
    begin = _clipped(dim, item.start) if item.start is not None else Dim.of(0)
    end = _clipped(dim, item.stop) if item.stop is not None else dim
    length = end + begin.times(-1)
    if step == 1:
        return Pick(first, step, length)
    return Pick(
        first,
        step,
        opaque(f"{operand(length)} / {step} rounded up", count) if length.terms else Dim.of(count),
    )


def _clipped(dim: Dim, end: Dim) -> Dim:
    """An end of a slice as a place in the axis: negative ones count from its end."""
    place = dim + end if end.value < 0 else end
    if place.value < 0:
        return Dim.of(0)
    return dim if place.value > dim.value else place


# --------------------------------------------------------------------------- assignment


def put(ctx: Context, base: Expr, items: Sequence[Item], value: Expr, span: Span) -> Value:
    """A copy of `base` with `base[items]` replaced by `value`."""
    if len(items) == 1 and isinstance(items[0], Expr) and is_bool(items[0]):
        return _put_masked(ctx, base, items[0], value, span)
    parts = unify(ctx, "the array and what is put into it", (base, value), span, same_shape=False)
    if parts is None:
        return POISON
    base, value = (plain(part) for part in parts)
    if len(items) > len(base.type.shape):
        return ctx.error(
            "E2005",
            f"{len(items)} indices, and the array has {len(base.type.shape)} dimensions",
            span,
            f"has shape {shape_name(base.type.shape)}",
        )
    head, rest = items[0], items[1:]
    if isinstance(head, SliceItem):
        if rest or head.step != 1:
            return ctx.error("E2009", "only one slice of step 1 can be assigned to", head.span)
        return _put_stretch(ctx, base, head, value, span)
    pick = _pick(ctx, base.type.shape[0], head, span)
    if pick is None:
        return POISON
    if pick.taken is not None or (pick.secret is not None and pick.secret.type.shape):
        return ctx.error(
            "E2009",
            "assigning to a list of elements is not supported",
            head.span,
            help="assign to them one by one in a loop",
        )
    inner: Value = value
    if rest:
        row = index(ctx, base, (head,), span)
        assert isinstance(row, Expr)
        inner = put(ctx, row, rest, value, span)
    element = _shaped(ctx, inner, base.type.shape[1:], span)
    if element is None:
        return POISON
    if pick.secret is not None:
        return replaced(base, pick.secret, element, span)
    place = pick.dynamic if pick.dynamic is not None else whole(pick.start, head.span)
    return make(
        "put_at",
        (base, place, element),
        join_elems([base.type.elem, element.type.elem]),
        base.type.shape,
        span,
    )


def _put_masked(ctx: Context, base: Expr, mask: Expr, value: Expr, span: Span) -> Value:
    """`x[mask] = v`: the value where the mask holds."""
    if not same_shape(mask.type.shape, base.type.shape) or value.type.shape:
        return ctx.error(
            "E2002",
            "a mask has the shape of the array, and the value is a single one",
            span,
            help="`x = select(mask, y, x)` takes arrays",
        )
    return select(ctx, "this assignment", mask, value, base, span)


def _put_stretch(ctx: Context, base: Expr, item: SliceItem, value: Expr, span: Span) -> Value:
    pick = _stretch(base.type.shape[0], item)
    middle = _shaped(ctx, value, (pick.count, *base.type.shape[1:]), span)
    if middle is None:
        return POISON
    dim, parts = base.type.shape[0], [middle]
    if pick.start:
        parts.insert(0, _rows(base, 0, Dim.of(pick.start), span))
    end = pick.start + pick.count.value
    if end < dim.value:
        rest = dim + pick.count.times(-1) + Dim.of(-pick.start)
        parts.append(_rows(base, end, rest, span))
    whole_array = concat(ctx, parts, 0, span)
    return reshape(whole_array, base.type.shape, span)


def _rows(base: Expr, start: int, count: Dim, span: Span) -> Expr:
    rank = len(base.type.shape)
    return make(
        "slice",
        (base,),
        base.type.elem,
        (count, *base.type.shape[1:]),
        span,
        starts=(start, *(0,) * (rank - 1)),
        steps=(1,) * rank,
    )


def _shaped(ctx: Context, value: Value, shape: tuple[Dim, ...], span: Span) -> Expr | None:
    """The value broadcast to the shape of what it replaces."""
    if not isinstance(value, Expr):
        return None
    joined = broadcast_shapes(value.type.shape, shape)
    if joined is None or not same_shape(joined, shape):
        ctx.error(
            "E2002",
            f"a value of shape {shape_name(value.type.shape)} does not fit into the shape "
            f"{shape_name(shape)}",
            span,
        )
        return None
    return broadcast(value, shape)
