"""Types as written: what `uint8[rows] in 0..119` means."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..frontend import syntax
from ..intervals import Interval, covers
from ..source import Span
from .context import Context
from .facts import Field
from .kinds import KINDS, coded
from .scope import suggestion
from .types import Bool, Dim, Elem
from .values import (
    DEFAULT_FRAC,
    POISON,
    Poison,
    extent,
    kind_name,
    known_dim,
    known_number,
    nearest,
    number_elem,
)

WIDTHS = {
    f"{sign}int{bits}": Interval(*((0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)))
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
}

FIXED_LIMIT = 1 << 31
"""A fixed-point value for which nothing else is declared lies in ±2^31."""

MAX_FRAC = 48

@dataclass(frozen=True)
class Written:
    """A type as written: its element (None for plain `int`, which bounds nothing, and for a table), and its
    dimensions; the columns of a table.
    """

    elem: Elem | None
    dims: tuple[syntax.Expr, ...]
    span: Span
    optional: bool = False
    columns: tuple[Field, ...] = ()


def read_type(ctx: Context, type_: syntax.TypeExpr) -> Written | None:
    """The type; reports E2007 for an unknown or wrong one and E4004 for a range outside of the width."""
    span = ctx.at(type_.span)
    if type_.name == "table":
        return _table(ctx, type_)
    if type_.name not in (*WIDTHS, "bool", "int", "fixed", *KINDS):
        known = [*WIDTHS, "bool", "int", "fixed", *KINDS, "table"]
        ctx.error(
            "E2007",
            f"unknown type `{type_.name}`",
            span,
            suggestion(type_.name, known),
            help="bool, int8 to int64, uint8 to uint64, fixed, fixed[16], ip4, date, text[8], category(…), table(…)",
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
    elem: Elem | Poison | None
    if type_.name in KINDS:
        elem = coded(ctx, type_, brackets)
    else:
        elem = _bool(ctx, type_) if type_.name == "bool" else _number(ctx, type_, frac)
    if isinstance(elem, Poison):
        return None
    if len(brackets) > 1:
        ctx.error("E2007", "a shape stands in one pair of brackets: `uint8[rows, 4]`", span)
        return None
    return Written(elem, brackets[0] if brackets else (), span, type_.optional)


def _table(ctx: Context, type_: syntax.TypeExpr) -> Written | None:
    """`table(name: type, …)[rows]`; reports E2007 for columns that are wrong."""
    span, fields, good = ctx.at(type_.span), {}, True
    for column in type_.columns:
        place, written = ctx.at(column.span), read_type(ctx, column.type)
        problem = ""
        if column.name in fields:
            problem = f"the column `{column.name}` is named twice"
        elif written is not None and (written.dims or written.columns):
            problem = "a column holds one value in each row: the rows stand behind the table, `table(…)[rows]`"
        elif written is not None and written.elem is None:
            problem = "a column of type `int` needs a width or a range"
        if problem:
            ctx.error("E2007", problem, place)
        if problem or written is None or written.elem is None:
            good = False
        else:
            fields[column.name] = Field(column.name, written.elem, written.optional)
    if not type_.columns or len(type_.brackets) > 1 or type_.optional or type_.low is not None:
        ctx.error(
            "E2007",
            "a table has columns, and one extent",
            span,
            help="`table(ip: ip4, seen: uint8 in 1..10)[rows]`; a column can be `optional`",
        )
        return None
    dims = type_.brackets[0] if type_.brackets else ()
    if len(dims) > 1:
        ctx.error("E2007", "the rows of a table have one extent", span)
        return None
    return Written(None, dims, span, columns=tuple(fields.values())) if good else None


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
