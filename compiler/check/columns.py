"""A column of a table, by its name."""

from __future__ import annotations

from ..source import Span
from .composite import Masked, Table, along_rows, both, masked
from .context import Context
from .scope import suggestion
from .values import Poison, Value


def column(ctx: Context, table: Table, name: str, span: Span) -> Value:
    """`t.name`: its values, of the rows that there are."""
    value = table.column(name)
    if value is None:
        return unknown_column(ctx, table, name, span)
    if table.rows is None:
        return value
    inner, valid = (value.value, value.valid) if isinstance(value, Masked) else (value, None)
    rows = along_rows(table.rows, table.shape, span)
    there = rows if valid is None else both(ctx, valid, rows, span)
    return masked(inner, there, table.rows if table.shape else None)


def unknown_column(ctx: Context, table: Table, name: str, span: Span) -> Poison:
    """The error for a column that does not exist."""
    names = [own for own, _ in table.columns]
    close = suggestion(name, names)
    return ctx.error("E1001", f"there is no column `{name}`", span, close, help=f"columns: {', '.join(names)}")
