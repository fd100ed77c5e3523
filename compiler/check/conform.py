"""Values as ones of a declared type: of its kind and its shape, and within its range."""

from __future__ import annotations

from dataclasses import replace

from ..frontend import syntax
from ..intervals import covers
from ..source import Span
from .columns import unknown_column
from .composite import Masked, Table, Texts, first_shape, inner_parts, level_literal, word_literal
from .context import Context, variables
from .operands import element_name, fit, is_bool, is_fixed, same_kind, scaled
from .shapes import same_shape
from .tree import Expr
from .types import Category, Coded, Elem, Fixed, Word
from .values import POISON, Literal, Poison, TextValue, Value, kind_name, plain, shape_name
from .written import Written, read_dims, read_type


def conform(
    ctx: Context, value: Value, type_: syntax.TypeExpr, what: str, span: Span, binds_sizes: bool = False
) -> Value:
    """The value as one of the declared type: of its kind, its shape, and within its range."""
    written = read_type(ctx, type_)
    if written is None or isinstance(value, Poison):
        return POISON
    text = ctx.text(type_.span)
    right = isinstance(value, Table) if written.columns else isinstance(value, Expr | Masked | Texts | TextValue)
    if not right:
        return ctx.error("E2001", f"{what} is declared `{text}`", span, f"is {kind_name(value)}")
    given = first_shape(value) or ()
    shape = read_dims(ctx, written, given if binds_sizes else None)
    if shape is None:
        return POISON
    if isinstance(value, Table):
        converted = _table(ctx, value, written, what, text, span)
    else:
        converted = _cells(ctx, value, written.elem, written.optional, what, text, span)
    if not isinstance(converted, Poison) and not same_shape(shape, given):
        return ctx.error(
            "E2002",
            f"{what} is declared with the shape {shape_name(shape)}",
            span,
            f"has shape {shape_name(given)}",
        )
    return converted


def _table(ctx: Context, value: Table, written: Written, what: str, text: str, span: Span) -> Value:
    """The table with its columns as declared; it may have more."""
    columns = dict(value.columns)
    for field in written.columns:
        if field.name not in columns:
            return unknown_column(ctx, value, field.name, span)
        title = f"the column `{field.name}` of {what}"
        converted = _cells(ctx, columns[field.name], field.elem, field.optional, title, text, span)
        if isinstance(converted, Poison):
            return POISON
        columns[field.name] = converted
    return replace(value, columns=tuple(columns.items()))


def _cells(
    ctx: Context, value: Value, elem: Elem | None, optional: bool, what: str, text: str, span: Span
) -> Value:
    """The values as ones of this element type; missing ones only where they are declared."""
    if isinstance(value, Masked):
        if not optional and (value.rows is None or variables(value.valid) != variables(value.rows)):
            return ctx.error(
                "E2001",
                f"{what} is declared `{text}`, and values can be missing",
                span,
                f"is {kind_name(value)}",
                help="declare it `optional`, or put something in their place: `coalesce(x, 0)`",
            )
        inner = _cells(ctx, value.value, elem, False, what, text, span)
        return replace(value, value=inner) if isinstance(inner, Expr | Texts) else POISON
    converted = _kind(ctx, value, elem, what, text, span)
    if converted is None:
        return POISON
    for part in inner_parts(converted):
        if elem is not None and not covers(elem.range, part.type.elem.range):
            return ctx.error(
                "E4004",
                f"{what} can leave its declared range: {element_name(elem)}",
                span,
                f"is {element_name(part.type.elem)}",
                help="`clamp(x, lo, hi)` keeps it inside",
            )
    return converted


def _kind(ctx: Context, value: Value, elem: Elem | None, what: str, text: str, span: Span) -> Value | None:
    """The value as one of the declared kind; None after E2001."""
    if isinstance(value, TextValue) and isinstance(elem, Word | Category):
        if isinstance(elem, Word):
            made = word_literal(ctx, value, elem.length, span)
        else:
            made = level_literal(ctx, value, elem, span)
        return None if isinstance(made, Poison) else made
    if isinstance(value, Texts) and isinstance(elem, Word) and value.length == elem.length:
        return value
    if isinstance(value, Expr) and isinstance(elem, Fixed):
        value = fit(value, elem.frac) if isinstance(value, Literal) else value
        if same_kind((elem, value.type.elem)) and value.type.elem.frac <= elem.frac:
            return scaled(ctx, value, elem.frac)
    elif isinstance(value, Expr) and not is_fixed(value) and _same(value, elem):
        return value if not isinstance(value, Literal) else plain(value)
    fraction = isinstance(value, Expr) and is_fixed(value)
    ctx.error(
        "E2001",
        f"{what} is declared `{text}`",
        span,
        f"is {kind_name(value)}",
        help="`round(x)` is the nearest whole number, `x // 1` the floor" if fraction else "",
    )
    return None


def _same(value: Expr, elem: Elem | None) -> bool:
    """Whether the values are of that kind; of plain `int` (None) whole numbers are."""
    if elem is None:
        return not is_bool(value) and not isinstance(value.type.elem, Coded)
    return same_kind((elem, value.type.elem))
