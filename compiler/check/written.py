"""Types as written: what `uint8[rows] in 0..119` means."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..frontend import syntax
from ..intervals import Interval, covers
from ..source import Span
from .context import Context
from .operands import element_name, fit, is_bool, is_fixed, scaled
from .scope import suggestion
from .shapes import same_shape
from .tree import Expr
from .types import Bool, Dim, Elem, Fixed
from .values import (
    DEFAULT_FRAC,
    POISON,
    Literal,
    Poison,
    Value,
    extent,
    kind_name,
    known_dim,
    known_number,
    nearest,
    number_elem,
    plain,
    shape_name,
)

WIDTHS = {
    f"{sign}int{bits}": Interval(*((0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)))
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
}

FIXED_LIMIT = 1 << 31
"""A fixed-point value for which nothing else is declared lies in ±2^31."""

MAX_FRAC = 48

LATER = ("table", "ip4", "date", "text", "category")


@dataclass(frozen=True)
class Written:
    """A type as written: its element (None for plain `int`, which bounds nothing), and its dimensions."""

    elem: Elem | None
    dims: tuple[syntax.Expr, ...]
    span: Span


def read_type(ctx: Context, type_: syntax.TypeExpr) -> Written | None:
    """The type; reports E2007 for an unknown or wrong one and E4004 for a range outside of the width."""
    span = ctx.at(type_.span)
    if type_.name in LATER or type_.optional:
        what = "optional" if type_.optional else type_.name
        ctx.error("E2009", f"`{what}` is not supported yet", span)
        return None
    if type_.name not in (*WIDTHS, "bool", "int", "fixed"):
        known = [*WIDTHS, "bool", "int", "fixed"]
        ctx.error(
            "E2007",
            f"unknown type `{type_.name}`",
            span,
            suggestion(type_.name, known),
            help="bool, int8 to int64, uint8 to uint64, fixed, fixed[16]",
        )
        return None
    brackets, frac = list(type_.brackets), DEFAULT_FRAC
    if type_.name == "fixed" and brackets and _is_frac(brackets[0]):
        number = brackets.pop(0)[0]
        assert isinstance(number, syntax.Number)
        frac = int(number.value)
        if frac > MAX_FRAC:
            ctx.error("E2007", f"at most {MAX_FRAC} fractional bits", ctx.at(number.span))
            return None
    if len(brackets) > 1:
        ctx.error("E2007", "a shape stands in one pair of brackets: `uint8[rows, 4]`", span)
        return None
    elem = _bool(ctx, type_) if type_.name == "bool" else _number(ctx, type_, frac)
    if elem is POISON:
        return None
    assert not isinstance(elem, Poison)
    return Written(elem, brackets[0] if brackets else (), span)


def _is_frac(bracket: tuple[syntax.Expr, ...]) -> bool:
    return len(bracket) == 1 and isinstance(bracket[0], syntax.Number) and bracket[0].is_int


def _bool(ctx: Context, type_: syntax.TypeExpr) -> Elem | Poison:
    if type_.low is not None:
        return ctx.error("E2007", "a bool has no range", ctx.at(type_.span))
    return Bool()


def _number(ctx: Context, type_: syntax.TypeExpr, frac: int) -> Elem | Poison | None:
    fixed = type_.name == "fixed"
    if fixed:
        width: Interval | None = Interval(-(FIXED_LIMIT << frac), FIXED_LIMIT << frac)
    else:
        width, frac = WIDTHS.get(type_.name), 0
    if type_.low is None or type_.high is None:
        return None if width is None else number_elem(fixed, frac, width)
    ends = [_end(ctx, end, fixed, frac) for end in (type_.low, type_.high)]
    if ends[0] is None or ends[1] is None:
        return POISON
    range_ = Interval(ends[0], ends[1])
    if range_.lo > range_.hi:
        return ctx.error("E2007", "the range is empty: its start is above its end", ctx.at(type_.low.span))
    if width is not None and not fixed and not covers(width, range_):
        return ctx.error(
            "E4004",
            f"the declared range does not fit `{type_.name}`, which holds {width.lo}..{width.hi}",
            ctx.at(type_.low.span.to(type_.high.span)),
        )
    return number_elem(fixed, frac, range_)


def _end(ctx: Context, expr: syntax.Expr, fixed: bool, frac: int) -> int | None:
    """One end of a declared range, scaled."""
    value = ctx.evaluate(ctx, expr)
    if isinstance(value, Poison):
        return None
    number = known_number(value)
    if number is None:
        ctx.error(
            "E2006",
            "the end of a range is a public number known at compile time",
            ctx.at(expr.span),
            f"is {kind_name(value)}",
        )
        return None
    if not fixed and number.denominator != 1:
        ctx.error("E2007", "the range of a whole number ends in whole numbers", ctx.at(expr.span))
        return None
    return nearest(Fraction(number), frac)


def read_dims(ctx: Context, written: Written, have: tuple[Dim, ...] | None = None) -> tuple[Dim, ...] | None:
    """The shape as written. A name unknown so far takes its extent from `have`, the shape of an argument."""
    shape: list[Dim] = []
    for axis, expr in enumerate(written.dims):
        if (
            have is not None
            and axis < len(have)
            and isinstance(expr, syntax.Name)
            and ctx.scope.find(expr.id) is None
        ):
            from_argument = have[axis]
            ctx.scope.names[expr.id] = extent(from_argument, ctx.at(expr.span))
            shape.append(from_argument)
            continue
        value = ctx.evaluate(ctx, expr)
        if isinstance(value, Poison):
            return None
        dim = known_dim(value)
        if dim is None or dim.value < 0:
            ctx.error(
                "E2006",
                "an extent is a public whole number known at compile time, at least 0",
                ctx.at(expr.span),
                f"is {kind_name(value)}" if dim is None else f"is {dim.value}",
            )
            return None
        shape.append(dim)
    return tuple(shape)


def conform(
    ctx: Context, value: Value, type_: syntax.TypeExpr, what: str, span: Span, binds_sizes: bool = False
) -> Value:
    """The value as one of the declared type: of its kind, its shape, and within its range."""
    written = read_type(ctx, type_)
    if written is None or isinstance(value, Poison):
        return POISON
    if not isinstance(value, Expr):
        return ctx.error(
            "E2001", f"{what} is declared `{ctx.text(type_.span)}`", span, f"is {kind_name(value)}"
        )
    shape = read_dims(ctx, written, value.type.shape if binds_sizes else None)
    if shape is None:
        return POISON
    converted = _kind(ctx, value, written, what, ctx.text(type_.span), span)
    if converted is None:
        return POISON
    if not same_shape(shape, converted.type.shape):
        return ctx.error(
            "E2002",
            f"{what} is declared with the shape {shape_name(shape)}",
            span,
            f"has shape {shape_name(converted.type.shape)}",
        )
    elem = converted.type.elem
    if written.elem is not None and not covers(written.elem.range, elem.range):
        return ctx.error(
            "E4004",
            f"{what} can leave its declared range: {element_name(written.elem)}",
            span,
            f"is {element_name(elem)}",
            help="`clamp(x, lo, hi)` keeps it inside",
        )
    return converted


def _kind(ctx: Context, value: Expr, written: Written, what: str, text: str, span: Span) -> Expr | None:
    elem = written.elem
    if isinstance(elem, Fixed):
        if isinstance(value, Literal):
            value = fit(value, elem.frac)
        if not is_bool(value) and value.type.elem.frac <= elem.frac:
            return scaled(ctx, value, elem.frac)
    elif isinstance(elem, Bool) == is_bool(value) and not is_fixed(value):
        return value if not isinstance(value, Literal) else plain(value)
    ctx.error(
        "E2001",
        f"{what} is declared `{text}`",
        span,
        f"is {kind_name(value)}",
        help="`round(x)` is the nearest whole number, `x // 1` the floor" if is_fixed(value) else "",
    )
    return None
