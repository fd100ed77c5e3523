"""Values that are used beside the rows of a table stand in the same sequence (see `origins`)."""

from __future__ import annotations

from ..source import Span
from .composite import Table, inner_parts
from .context import Context
from .origins import NOWHERE, Origins, origins
from .tree import Ref
from .values import Descending, Value


def in_sequence(ctx: Context, table: Table, span: Span) -> Table:
    """The table as one whose rows stand in a sequence of its own; one and the same where it was made before."""
    parts = [ctx.let("rows", part, span) for part in table.parts()]
    numbers = tuple(ctx.numbers.of(part, ctx.definitions) for part in parts)
    own = ctx.sequences.setdefault(numbers, ctx.sequence())
    ctx.origins.update({part.var.id: own for part in parts if isinstance(part, Ref)})
    return table.with_parts(parts)


def beside(ctx: Context, what: str, table: Table, value: Value, span: Span) -> bool:
    """Whether a value may stand beside the rows of a table; reports E2014."""
    own, theirs = _of_value(ctx, table), _of_value(ctx, value)
    if not own or theirs <= own:
        return True
    ctx.error(
        "E2014", f"{what} takes values of the table's own rows, and these stand in another sequence", span,
        help="name the column of this table (`s.x` after `s = t.sort_by(t.k)`); what a table lacks is added with "
             "`t.with(…)` before its rows are moved")
    return False


def _of_value(ctx: Context, value: Value) -> Origins:
    if isinstance(value, Descending):
        return _of_value(ctx, value.value)
    return NOWHERE.union(*(origins(part, ctx.origins) for part in inner_parts(value)))
