"""Running values along an axis, also by groups: what lies behind cumulative sums and aggregates of sorted groups."""

from __future__ import annotations

from .. import intervals
from ..source import Span
from .context import Context
from .operands import fits, is_fixed
from .shapes import broadcast, make
from .tree import Expr
from .types import Bool
from .values import POISON, Value, number_elem


def scan(ctx: Context, combine: str, arg: Expr, span: Span, axis: int = 0, starts: Expr | None = None) -> Value:
    """Element i along `axis` is elements 0..i of `arg` combined, or those since the last true of `starts`.

    `combine`: add, min, max on numbers (and what else has an order), and, or, xor on truth values, and first, which
    needs `starts` and gives the element at the last true of it. `starts` are truth values of a shape that broadcasts to
    that of `arg`; whether the first one is true does not matter. Whoever has sorted rows by a key finds the minimum of
    each group, in the last row of it, as `scan(ctx, "min", value, span, starts=key_changed)`. An array of no elements
    gives the same. Takes about log2 n levels; sums without `starts` no message at all. Fixed-point values are added
    exactly. Reports E4001 where a sum could need more bits than can be computed with.
    """
    elem = arg.type.elem
    if combine == "add":
        assert not isinstance(elem, Bool), "a number expected"
        range_ = intervals.join(elem.range, intervals.total(elem.range, arg.type.extents[axis]))
        if not fits(ctx, f"this running sum of {arg.type.extents[axis]} values", range_, span, (arg,)):
            return POISON
        elem = number_elem(is_fixed(arg), elem.frac, range_)
    args = (arg,) if starts is None else (arg, broadcast(starts, arg.type.shape))
    return make("scan", args, elem, arg.type.shape, span, axis=axis, combine=combine)
