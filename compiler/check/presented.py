"""Values as outputs show them: one array, and where there is a value in it."""

from __future__ import annotations

from ..source import Span
from .composite import Masked, Texts, along_rows, both
from .context import Context
from .shapes import concat, reshape
from .tree import Expr
from .types import Dim
from .values import Value, kind_name, plain


def presented(
    ctx: Context, name: str, value: Value, condition: Expr | None, span: Span
) -> tuple[Expr, Expr | None] | None:
    """The array of an output and where it is shown; None after an error.

    E2009 where it would show which rows there are, though their number is hidden, and no condition of each row says
    that they may be seen.
    """
    inner = value.value if isinstance(value, Masked) else value
    if isinstance(inner, Texts):
        inner = packed(ctx, inner, span)
    if not isinstance(inner, Expr):
        mend = f"`output {name}_COLUMN = {name}.COLUMN to …`" if "table" in kind_name(value) else ""
        ctx.error("E2001", f"an output is a value or an array, not {kind_name(value)}", span, help=mend)
        return None
    if not isinstance(value, Masked):
        return plain(inner), condition
    if value.rows is not None and (condition is None or not condition.type.shape):
        ctx.error(
            "E2009",
            "this output would show which rows there are",
            span,
            f"is {kind_name(value)}",
            help=f"`output {name} = … to … if present({name})` says that they may be seen; or show a `sum`, a `count`",
        )
        return None
    if condition is None:
        return plain(inner), value.valid
    return plain(inner), both(ctx, along_rows(condition, value.shape, span), value.valid, span)


def packed(ctx: Context, texts: Texts, span: Span) -> Expr:
    """The words of texts along one axis more."""
    words = [reshape(plain(word), (*word.type.shape, Dim.of(1)), span) for word in texts.words]
    return concat(ctx, words, len(words[0].type.shape) - 1, span)
