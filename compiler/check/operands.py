"""Operands: numbers or truth values, of one shape and of equal fractional bits; and results that fit."""

from __future__ import annotations

from collections.abc import Sequence

from .. import intervals
from ..diagnostics import Label
from ..intervals import Interval
from ..source import Span
from .context import Context
from .shapes import broadcast, common_shape, make
from .tree import Const, Expr
from .types import Bool, Category, Date, Elem, Fixed, Int, Ip4, Word
from .values import (
    DEFAULT_FRAC,
    Literal,
    Poison,
    Value,
    constant,
    elem_name,
    kind_name,
    nearest,
    number_elem,
    range_name,
)

MAX_BITS = 127
"""Bits of the widest number, its sign included."""

MAX_NUMERATOR_BITS = 120
"""Bits of the widest shifted numerator of a division or square root, its sign included."""

NARROW = (
    "declare a narrower range (`in lo..hi`), hold a value with `clamp(x, lo, hi)`, "
    "or use fewer fractional bits"
)


def is_bool(expr: Expr) -> bool:
    """Whether the elements are truth values."""
    return isinstance(expr.type.elem, Bool)


def is_fixed(expr: Expr) -> bool:
    """Whether the elements are fixed-point numbers."""
    return isinstance(expr.type.elem, Fixed)


def numbers(ctx: Context, what: str, args: Sequence[Value], span: Span) -> list[Expr] | None:
    """The arguments when all are numbers; otherwise None, and E2001 has been reported."""
    good: list[Expr] = []
    for arg in args:
        if isinstance(arg, Poison):
            return None
        if not isinstance(arg, Expr):
            ctx.error("E2001", f"{what} takes numbers, not {kind_name(arg)}", span)
            return None
        if not isinstance(arg.type.elem, Int | Fixed):
            ctx.error(
                "E2001",
                f"{what} takes numbers, not {_NO_NUMBERS[type(arg.type.elem)][0]}",
                span,
                "",
                Label(arg.span, f"is {kind_name(arg)}"),
                help=_NO_NUMBERS[type(arg.type.elem)][1],
            )
            return None
        good.append(arg)
    return good


_NO_NUMBERS: dict[type[Elem], tuple[str, str]] = {
    Bool: ("truth values", "`int(mask)` makes 0 and 1 of it; `select(mask, x, 0)` picks; `count(mask)` counts"),
    Ip4: ("addresses", '`x == ip4("10.1.2.3")` and `x in ip4("10.0.0.0/8")` compare it'),
    Date: ("dates", "`d.year`, `d.month`, `d.day`, `d.weekday` are numbers, and so is the difference of two dates"),
    Category: ("levels", '`x == "level"` compares; `int(x)` is the place of the level among all, from 0'),
    Word: ("texts", '`x == "text"` compares it'),
}


def ordered(ctx: Context, what: str, args: Sequence[Value], span: Span) -> list[Expr] | None:
    """The arguments when all are numbers, or all dates, or all addresses; otherwise None, and E2001 is reported."""
    given = [arg for arg in args if isinstance(arg, Expr) and isinstance(arg.type.elem, Date | Ip4)]
    if len(given) == len(args) and same_kind([arg.type.elem for arg in given]):
        return given
    return numbers(ctx, what, args, span)


def same_kind(elems: Sequence[Elem]) -> bool:
    """Whether the elements can stand in one array: all numbers, or all of one other kind."""
    kinds = [(int,) if isinstance(e, Int | Fixed) else (type(e), elem_name(e)) for e in elems]
    return all(kind == kinds[0] for kind in kinds)


def bools(ctx: Context, what: str, args: Sequence[Value], span: Span) -> list[Expr] | None:
    """The arguments when all are truth values; otherwise None, and E2001 has been reported."""
    good: list[Expr] = []
    for arg in args:
        if isinstance(arg, Poison):
            return None
        if not isinstance(arg, Expr) or not is_bool(arg):
            place = arg.span if isinstance(arg, Expr) else span
            ctx.error(
                "E2001",
                f"{what} takes truth values, not {kind_name(arg)}",
                span,
                "",
                Label(place, f"is {kind_name(arg)}"),
                help="compare it: `x != 0`",
            )
            return None
        good.append(arg)
    return good


def fit(arg: Expr, frac: int | None) -> Expr:
    """A literal with a fraction takes `frac` fractional bits (sixteen where nothing says otherwise)."""
    if not isinstance(arg, Literal) or not is_fixed(arg):
        return arg
    bits = DEFAULT_FRAC if frac is None else frac
    n = nearest(arg.exact, bits)
    return constant(number_elem(True, bits, Interval(n, n)), (n,), arg.type.shape, arg.span)


def fit_all(args: Sequence[Expr]) -> list[Expr]:
    """Every literal takes the fractional bits of what it meets."""
    fracs = [arg.type.elem.frac for arg in args if is_fixed(arg) and not isinstance(arg, Literal)]
    return [fit(arg, max(fracs) if fracs else None) for arg in args]


def trimmed(arg: Expr) -> Expr:
    """A public number without fractional bits that are zero: the same number, and less work with it."""
    if not isinstance(arg, Const) or len(arg.values) != 1 or not is_fixed(arg):
        return arg
    n, frac = arg.values[0], arg.type.elem.frac
    while frac and n % 2 == 0:
        n, frac = n // 2, frac - 1
    return constant(number_elem(True, frac, Interval(n, n)), (n,), arg.type.shape, arg.span)


def scaled(ctx: Context, arg: Expr, frac: int) -> Expr | None:
    """The number with `frac` fractional bits (no fewer than it has): exact. None when it does not fit."""
    bits = frac - arg.type.elem.frac
    range_ = intervals.scale(arg.type.elem.range, 1 << bits)
    if bits == 0 and is_fixed(arg):
        return arg
    if not fits(ctx, "this number with its fractional bits", range_, arg.span, (arg,)):
        return None
    return make("scale", (arg,), number_elem(True, frac, range_), arg.type.shape, arg.span, bits=bits)


def unify(
    ctx: Context, what: str, args: Sequence[Expr], span: Span, same_shape: bool = True
) -> list[Expr] | None:
    """The arguments as one kind of element, of equal fractional bits, and of one shape."""
    if not all(isinstance(arg.type.elem, Int | Fixed) for arg in args):
        if not same_kind([arg.type.elem for arg in args]):
            some = all(isinstance(arg.type.elem, Int | Fixed | Bool) for arg in args)
            ctx.error(
                "E2001",
                f"{what} takes numbers or truth values, not both" if some else f"{what} takes values of one kind",
                span,
                "",
                *(Label(arg.span, f"is {kind_name(arg)}") for arg in args),
            )
            return None
        result = list(args)
    else:
        result = fit_all(args)
        if any(is_fixed(arg) for arg in result):
            frac = max(arg.type.elem.frac for arg in result)
            brought = [scaled(ctx, arg, frac) for arg in result]
            result = [arg for arg in brought if arg is not None]
            if len(result) < len(args):
                return None
    if not same_shape:
        return result
    shape = common_shape(ctx, result, span)
    return None if shape is None else [broadcast(arg, shape) for arg in result]


def fits(
    ctx: Context, what: str, range_: Interval, span: Span, args: Sequence[Expr], most: int = MAX_BITS
) -> bool:
    """Whether the range can be computed with; reports E4001 with where it comes from."""
    bits = range_.signed_bits
    if bits <= most:
        return True
    ctx.error(
        "E4001",
        f"{what} can need {bits} bits; {most} is the most that can be computed with",
        span,
        f"up to {bits} bits",
        *(Label(arg.span, f"is {element_name(arg.type.elem)}") for arg in args),
        help=NARROW,
    )
    return False


def element_name(elem: Elem) -> str:
    """An element type with its range, in the units of the program."""
    range_ = range_name(elem)
    return f"{elem_name(elem)} in {range_}" if range_ else elem_name(elem)
