"""Values that are used beside the rows of a table stand in the same sequence (see `origins`)."""

from __future__ import annotations

from ..source import Span
from .composite import Table, inner_parts
from .context import Context
from .origins import NOWHERE, Sequences, of_rows
from .tree import Const, Expr, Let, Ref
from .values import Composite, Descending, Value, plain


def in_sequence(ctx: Context, table: Table, span: Span) -> Table:
    """The table as one whose rows stand in a sequence of its own; one and the same where it was made before."""
    parts = [ctx.let("rows", part, span) for part in table.parts()]
    numbers = tuple(ctx.numbers.of(part, ctx.definitions) for part in parts)
    return as_rows_of(ctx, table.with_parts(parts), frozenset({ctx.origins.sequence_of(("table", numbers))}), span)


def as_rows_of(ctx: Context, table: Table, own: Sequences, span: Span) -> Table:
    """The table, all of which stands in these sequences from here on."""
    return table.with_parts([_as_row_of(ctx, part, own, span) for part in table.parts()])


def throughout(ctx: Context, value: Composite, span: Span) -> Composite:
    """A table with its origin also for what is the same in each row, before another one may take its place."""
    own = sequences(ctx, value) if isinstance(value, Table) else NOWHERE
    if not isinstance(value, Table) or not own or not value.shape:
        return value
    return value.with_parts([_named(ctx, part, own, span) if isinstance(part, Const) else part
                             for part in value.parts()])


def column_of(ctx: Context, table: Table, value: Value, span: Span) -> Value:
    """The value as a column of the table, beside whose rows it stands from here on: also what stood in no sequence."""
    own = sequences(ctx, table)
    if isinstance(value, Composite):
        return value.with_parts([_as_row_of(ctx, part, own, span) for part in value.parts()])
    return _as_row_of(ctx, value, own, span) if isinstance(value, Expr) else value


def _as_row_of(ctx: Context, part: Expr, own: Sequences, span: Span) -> Expr:
    """The array under a name of its own, where it stands in other sequences; what is the same in each row in all."""
    if not own or not part.type.shape or (isinstance(part, Const) and len(part.values) == 1):
        return part
    if isinstance(part, Ref) and ctx.origins.rows(part) == own:
        return part
    return _named(ctx, part, own, span)


def _named(ctx: Context, part: Expr, own: Sequences, span: Span) -> Expr:
    var = ctx.fresh("rows", part.type)
    ctx.emit(Let(var, plain(part), span))
    ctx.origins.known[var.id] = of_rows(own, part.type)
    return Ref(part.type, span, var=var)


def given(ctx: Context, value: Value, own: Sequences) -> None:
    """Says of what a party gives, or was kept, in which sequences it stands."""
    for part in inner_parts(value):
        if isinstance(part, Ref):
            ctx.origins.known[part.var.id] = of_rows(own, part.type)


def beside(ctx: Context, what: str, table: Table, value: Value, span: Span) -> bool:
    """Whether a value may stand beside the rows of a table; reports E2014."""
    own, theirs = sequences(ctx, table), sequences(ctx, value)
    if not own or theirs <= own:
        return True
    ctx.error(
        "E2014", f"{what} takes values of the table's own rows, and these stand in another sequence", span,
        help="name the column of this table (`s.x` after `s = t.sort_by(t.k)`); what a table lacks is added with "
             "`t.with(…)` before its rows are moved")
    return False


def sequences(ctx: Context, value: Value) -> Sequences:
    """The sequences in which the rows of a value stand."""
    if isinstance(value, Descending):
        return sequences(ctx, value.value)
    return NOWHERE.union(*map(ctx.origins.rows, inner_parts(value)))
