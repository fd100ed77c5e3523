"""How far one trip of a loop can move a carried value, read off the tree.

A value `inside + e` with e in d moves by d in each trip, whatever `inside` is; so after k trips it lies
within k * d of where it began. What is no such sum has no growth (None), and must be shown to stay in its
range.
"""

from __future__ import annotations

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
_CHOOSING = {"select": (1, 2), "min": (0, 1), "max": (0, 1), "concat": None, "put_at": (0, 2)}


def growth(ctx: Context, value: Expr, inside: Var) -> Interval | None:
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
        return None if first is None else intervals.sub(first, value.args[1].type.elem.range)
    if value.op in _CHOOSING:
        places = _CHOOSING[value.op]
        args = value.args if places is None else tuple(value.args[i] for i in places)
        return _joined([growth(ctx, arg, inside) for arg in args])
    return None


def _of_variable(ctx: Context, value: Ref, inside: Var) -> Interval | None:
    if value.var == inside:
        return Interval(0, 0)
    known = ctx.growth.get(value.var.id)
    if known is not None:
        start = growth(ctx, known.init, inside)
        return None if start is None else intervals.add(start, known.range)
    definitions = ctx.definitions.get(value.var.id)
    return None if definitions is None else _joined([growth(ctx, part, inside) for part in definitions])


def _of_sum(ctx: Context, value: Apply, inside: Var) -> Interval | None:
    for part, rest in (value.args, value.args[::-1]):
        moved = growth(ctx, part, inside)
        if moved is not None:
            return intervals.add(moved, rest.type.elem.range)
    return None


def _joined(parts: list[Interval | None]) -> Interval | None:
    result: Interval | None = None
    for part in parts:
        if part is None:
            return None
        result = part if result is None else intervals.join(result, part)
    return result
