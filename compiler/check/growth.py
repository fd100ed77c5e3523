"""How far one trip of a loop can move a carried value, read off the tree.

A value `inside + e` with e in d moves by d in each trip, whatever `inside` is; so after k trips it lies
within k * d of where it began. Where a condition chooses between such a sum and what has nothing to do with
`inside`, it may begin anew there; and a product with what lies in 0..1 lies between its other factor and 0, as if it
might begin anew with 0. What is no such sum has no growth (None), and must be shown to stay in its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .. import intervals
from ..intervals import Interval
from .context import Context
from .tree import Apply, Expr, Ref, Var

_PASSING = (
    "slice",
    "take",
    "take_at",
    "reshape",
    "broadcast",
    "transpose",
    "refine",
    "reduce_min",
    "reduce_max",
)
_CHOOSING = {"min": (0, 1), "max": (0, 1), "concat": None, "put_at": (0, 2)}


class Moved(NamedTuple):
    """What a trip does to a value: it adds something in `step`, or begins anew in `anew`, where that is not None."""

    step: Interval
    anew: Interval | None = None

    def plus(self, range_: Interval) -> Moved:
        return Moved(intervals.add(self.step, range_), self.anew and intervals.add(self.anew, range_))

    def covers(self, other: Moved) -> bool:
        if other.anew is not None and (self.anew is None or not intervals.covers(self.anew, other.anew)):
            return False
        return intervals.covers(self.step, other.step)

    def join(self, other: Moved) -> Moved:
        anew = [range_ for range_ in (self.anew, other.anew) if range_ is not None]
        return Moved(intervals.join(self.step, other.step), intervals.join(anew[0], anew[-1]) if anew else None)


def growth(ctx: Context, value: Expr, inside: Var) -> Moved | None:
    """The range of `value - inside` over all pairs of elements that meet; None when there is no such sum."""
    if isinstance(value, Ref):
        return _of_variable(ctx, value, inside)
    if not isinstance(value, Apply):
        return None
    if value.op in _PASSING:
        return growth(ctx, value.args[0], inside)
    if value.op == "matmul" and value.attrs.get("picks"):
        return growth(ctx, value.args[1], inside)
    if value.op == "add":
        return _of_sum(ctx, value, inside)
    if value.op == "sub":
        first = growth(ctx, value.args[0], inside)
        return None if first is None else first.plus(intervals.neg(value.args[1].type.elem.range))
    if value.op == "mul":
        return _shrunk(ctx, value, 0, inside)
    if value.op == "round" and isinstance(value.args[0], Apply) and value.args[0].op == "mul":
        return _shrunk(ctx, value.args[0], value.attrs["bits"], inside)
    if value.op == "select":
        return _chosen(ctx, value.args[1:], inside)
    if value.op in _CHOOSING:
        places = _CHOOSING[value.op]
        args = value.args if places is None else tuple(value.args[i] for i in places)
        return _joined([growth(ctx, arg, inside) for arg in args])
    return None


def _of_variable(ctx: Context, value: Ref, inside: Var) -> Moved | None:
    if value.var == inside:
        return Moved(Interval(0, 0))
    known = ctx.growth.get(value.var.id)
    if known is not None:
        start = growth(ctx, known.init, inside)
        return None if start is None else start.plus(known.range)
    definitions = ctx.definitions.get(value.var.id)
    return None if definitions is None else _chosen(ctx, definitions, inside)


def _chosen(ctx: Context, parts: Sequence[Expr], inside: Var) -> Moved | None:
    """Of what a condition chooses from."""
    moved = [growth(ctx, part, inside) for part in parts]
    step = next((one.step for one in moved if one is not None), None)
    if step is None:
        return None
    return _joined([one or (Moved(step, part.type.elem.range) if _independent(ctx, part, inside, set()) else None)
                    for one, part in zip(moved, parts, strict=True)])


def _shrunk(ctx: Context, product: Apply, bits: int, inside: Var) -> Moved | None:
    """Of a product, `bits` of it rounded away, with a factor that may be 1: one that is less is bounded otherwise."""
    for part, factor in (product.args, product.args[::-1]):
        if factor.type.elem.lo >= 0 and factor.type.elem.hi == 1 << bits:
            moved = growth(ctx, part, inside)
            return moved and moved.join(Moved(moved.step, Interval(0, 0)))
    return None


def _independent(ctx: Context, value: Expr, inside: Var, seen: set[int]) -> bool:
    """Whether a value has nothing to do with `inside` of this trip."""
    if isinstance(value, Apply):
        return all(_independent(ctx, arg, inside, seen) for arg in value.args)
    if not isinstance(value, Ref) or value.var.id in seen:
        return True
    seen.add(value.var.id)
    if value.var == inside or value.var.id in ctx.growth:
        return False
    return all(_independent(ctx, part, inside, seen) for part in ctx.definitions.get(value.var.id, ()))


def _of_sum(ctx: Context, value: Apply, inside: Var) -> Moved | None:
    for part, rest in (value.args, value.args[::-1]):
        moved = growth(ctx, part, inside)
        if moved is not None:
            return moved.plus(rest.type.elem.range)
    return None


def _joined(parts: list[Moved | None]) -> Moved | None:
    result: Moved | None = None
    for part in parts:
        if part is None:
            return None
        result = part if result is None else result.join(part)
    return result
