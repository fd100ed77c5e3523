"""`giver(x)`: which party each row of an input `from each` is from."""

from __future__ import annotations

from collections.abc import Sequence

from ..source import Span
from .composite import Masked, Table, along_rows, first_shape, masked
from .context import Context, variables
from .shapes import concat, same_shape
from .tree import Const, Expr
from .types import Category, Dim, Type
from .values import POISON, Value, kind_name


def giver(ctx: Context, args: Sequence[Value], named: dict[str, Value], span: Span) -> Value:
    """A category of the parties, public but for which rows there are; of an input, a column of it, or some of its rows.

    Reports E2001 for what is not in the sequence in which the parties gave it.
    """
    (value,) = args
    shape = first_shape(value) or ()
    parts = _given(ctx, value)
    if parts is None or not shape:
        return ctx.error("E2001", f"`giver` takes what was given `from each`, not {kind_name(value)}", span,
                         help="a column of it before: `t.with(giver = giver(t)).sort_by(t.a)`")
    pieces: list[Expr] = []
    for place, part in enumerate(parts.values()):
        rows = first_shape(part) or (Dim.of(1),)
        pieces.append(Const(Type(Category(tuple(parts), place, place), rows[:1]), span, (place,)))
    found = concat(ctx, pieces, 0, span)
    if not same_shape(found.type.shape, shape[:1]):
        return POISON
    hidden = value.rows if isinstance(value, Masked | Table) else None
    return found if hidden is None else masked(found, along_rows(hidden, found.type.shape, span), hidden)


def _given(ctx: Context, value: Value) -> dict[str, Value] | None:
    """The parts of the input that the value is, or is a column or some rows of."""
    own = set(variables(value))
    return next((parts for key, parts in ctx.inputs.parts.items() if own & set(key)), None)
