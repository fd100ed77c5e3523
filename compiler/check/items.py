"""What stands between the brackets of an index."""

from __future__ import annotations

from ..frontend import syntax
from .context import Context
from .indexing import Item, SliceItem
from .tree import Expr
from .types import Dim
from .validity import holds
from .values import Poison, kind_name, known_dim


def read_items(ctx: Context, items: tuple[syntax.Expr | syntax.Slice, ...]) -> list[Item] | None:
    """What stands between the brackets of an index; None after an error."""
    result: list[Item | None] = [
        _slice(ctx, item) if isinstance(item, syntax.Slice) else _position(ctx, item) for item in items
    ]
    good = [item for item in result if item is not None]
    return good if len(good) == len(result) else None


def _position(ctx: Context, node: syntax.Expr) -> Expr | None:
    value = holds(ctx, ctx.evaluate(ctx, node), ctx.at(node.span))
    if isinstance(value, Expr):
        return value
    if not isinstance(value, Poison):
        ctx.error("E2001", f"an index is a whole number, not {kind_name(value)}", ctx.at(node.span))
    return None


def _slice(ctx: Context, node: syntax.Slice) -> SliceItem | None:
    ends: list[Dim | None] = []
    for part in (node.start, node.stop, node.step):
        if part is None:
            ends.append(None)
            continue
        value = ctx.evaluate(ctx, part)
        dim = known_dim(value)
        if dim is None:
            if not isinstance(value, Poison):
                ctx.error(
                    "E2006",
                    "the ends of a slice are public whole numbers known at compile time",
                    ctx.at(part.span),
                    f"is {kind_name(value)}",
                )
            return None
        ends.append(dim)
    step = 1 if ends[2] is None else ends[2].value
    if step == 0:
        ctx.error("E2005", "the step of a slice is not 0", ctx.at(node.span))
        return None
    return SliceItem(ends[0], ends[1], step, ctx.at(node.span))
