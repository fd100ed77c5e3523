"""What is kept for a later program, and what an earlier one kept: secret shares under a name.

A value is kept as its parts, each an array: `""` is the value itself, `.age` a column, `?` (`.age?`) where there are
values, `?rows` which rows there are. Loading asks for the parts that a declaration of the same type would have.
"""

from __future__ import annotations

import re

from cloister.runtime.data.wanted import ROWS

from ..diagnostics import Label
from ..frontend import syntax
from ..source import Span
from .composite import Masked, Table, Texts
from .context import Context
from .presented import packed
from .tree import Expr, KeptPart
from .values import POISON, Composite, Poison, Value, kind_name, plain

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a kept value may be called: it is the name of a file too."""


def keep(ctx: Context, node: syntax.Keep) -> None:
    """`keep VALUE as "name"`: nobody learns the value; each party stores its share."""
    span = ctx.at(node.span)
    value = ctx.evaluate(ctx, node.value)
    if not (_allowed(ctx, span) and is_name(ctx, node.store, span)) or isinstance(value, Poison):
        return
    if not isinstance(value, Expr | Composite):
        ctx.error("E2001", f"what is kept is a value, an array or a table, not {kind_name(value)}", span)
        return
    before = next((part for part in ctx.kept if part.store == node.store), None)
    if before is not None:
        ctx.error("E2010", f'"{node.store}" is kept twice', span, "", Label(before.span, "kept here first"))
        return
    if not ctx.dead:
        text = ctx.text(node.value.span)
        ctx.kept += [
            KeptPart(node.store, part, ctx.let(node.store, plain(array), span), text, span)
            for part, array in _parts(ctx, value, span)
        ]


def is_name(ctx: Context, store: str, span: Span) -> bool:
    """Whether something can be kept under this name; reports E0003."""
    if NAME.fullmatch(store):
        return True
    ctx.error("E0003", f'"{store}" is no name to keep something under', span,
              help="up to 64 letters, digits, `-` and `_`, with a letter or digit first")
    return False


def _allowed(ctx: Context, span: Span) -> bool:
    if ctx.choice is not None:
        ctx.error("E2009", "`keep` cannot stand in an `if` that is decided only at run time", span, "",
                  Label(ctx.choice, "this `if`"), help="keep the value after the `if`")
        return False
    if any(not trip.known for trip in ctx.trips):
        ctx.error("E2009", "`keep` cannot stand in a loop of more than 64 trips", span,
                  help="collect the values in an array, and keep it after the loop")
        return False
    return True


def _parts(ctx: Context, value: Value, span: Span) -> list[tuple[str, Expr]]:
    """The arrays of a value by the names of its parts."""
    match value:
        case Table():
            columns = [(f".{name}{part}", array) for name, column in value.columns
                       for part, array in _parts(ctx, column, span)]
            return [*columns, *_rows(value.rows)]
        case Masked():
            return [*_parts(ctx, value.value, span), ("?", value.valid), *_rows(value.rows)]
        case Texts():
            return [("", packed(ctx, value, span))]
        case Expr():
            return [("", value)]
    assert value is POISON
    return []


def _rows(rows: Expr | None) -> list[tuple[str, Expr]]:
    return [] if rows is None else [(ROWS, rows)]
