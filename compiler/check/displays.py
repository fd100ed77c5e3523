"""Arrays from parts: lists, and arrays one after another."""

from __future__ import annotations

from collections.abc import Sequence

from ..source import Span
from .context import Context
from .operands import unify
from .shapes import concat, reshape, same_shape
from .tree import Expr
from .types import Dim
from .values import POISON, Poison, Value, kind_name, shape_name


def stack(ctx: Context, items: Sequence[Value], what: str, span: Span) -> Value:
    """The items, of one shape, as an array with one axis more in front."""
    parts: list[Expr] = []
    for item in items:
        if isinstance(item, Poison):
            return POISON
        if not isinstance(item, Expr):
            return ctx.error("E2001", f"{what} holds values of one kind, not {kind_name(item)}", span)
        parts.append(item)
    if not parts:
        return ctx.error("E2007", f"{what} without elements has no type", span, help="`zeros(0)`")
    same = unify(ctx, what, parts, span)
    if same is None:
        return POISON
    rows = [reshape(part, (Dim.of(1), *part.type.shape), span) for part in same]
    return concat(ctx, rows, 0, span)


def joined(ctx: Context, items: Sequence[Value], span: Span) -> Value:
    """`concat(a, b, …)`: arrays one after another along their first axis."""
    parts: list[Expr] = []
    for item in items:
        if isinstance(item, Poison):
            return POISON
        if not isinstance(item, Expr) or not item.type.shape:
            return ctx.error("E2001", f"`concat` takes arrays, not {kind_name(item)}", span)
        parts.append(item)
    same = unify(ctx, "`concat`", parts, span, same_shape=False)
    if same is None:
        return POISON
    for part in same[1:]:
        if not same_shape(part.type.shape[1:], same[0].type.shape[1:]):
            return ctx.error(
                "E2002",
                f"the shapes {shape_name(same[0].type.shape)} and {shape_name(part.type.shape)} "
                "differ in more than the first axis",
                span,
            )
    return concat(ctx, same, 0, span)
