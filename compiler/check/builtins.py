"""The built-in functions: a row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..source import Span
from . import arithmetic, logic, reductions
from .context import Context
from .displays import joined
from .indexing import iota
from .operands import fit, is_bool, is_fixed, numbers, scaled
from .shapes import opaque
from .tree import Apply, Const, Expr, Reveal
from .types import Dim, Int, Type
from .values import (
    DEFAULT_FRAC,
    POISON,
    Poison,
    Tuple,
    Value,
    Zip,
    extent,
    kind_name,
    known_dim,
)

Arguments = dict[str, Value]
Rule = Callable[[Context, Sequence[Value], Arguments, Span], Value]


@dataclass(frozen=True)
class Row:
    """A built-in: how many positional arguments (most None: any number), which named ones, and its rule."""

    least: int
    most: int | None
    rule: Rule
    named: tuple[str, ...] = ()

    def call(self, ctx: Context, name: str, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        """The value of the call; reports E2003 when the arguments do not fit."""
        if len(args) < self.least or (self.most is not None and len(args) > self.most):
            return ctx.error("E2003", f"`{name}` takes {self._count()}, not {len(args)}", span)
        for key in named:
            if key not in self.named:
                return ctx.error("E2003", f"`{name}` has no argument named `{key}`", span)
        if any(isinstance(arg, Poison) for arg in (*args, *named.values())):
            return POISON
        return self.rule(ctx, args, named, span)

    def _count(self) -> str:
        if self.most == self.least:
            return f"{self.least} argument{'s' if self.least != 1 else ''}"
        if self.most is None:
            return f"at least {self.least} arguments"
        return f"{self.least} to {self.most} arguments"


def _number_rule(what: str, rule: Callable[[Context, Expr, Span], Value]) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        good = numbers(ctx, f"`{what}`", args, span)
        return POISON if good is None else rule(ctx, good[0], span)

    return apply


def _extreme(op: str) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        if len(args) == 1:
            return reductions.extreme_of(ctx, op, args[0], named.get("axis"), span)
        if named:
            return ctx.error("E2003", f"`{op}` of several values has no axis", span)
        good = numbers(ctx, f"`{op}`", args, span)
        return POISON if good is None else arithmetic.extreme(ctx, op, good, span)

    return apply


def _sum(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return reductions.total(ctx, args[0], named.get("axis"), span)


def _count(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return reductions.count(ctx, args[0], named.get("axis"), span)


def _quantified(op: str) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        return reductions.quantified(ctx, op, args[0], named.get("axis"), span)

    return apply


def _len(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    (value,) = args
    if isinstance(value, Tuple):
        return extent(Dim.of(len(value.items)), span)
    if not isinstance(value, Expr) or not value.type.shape:
        return ctx.error("E2001", f"`len` takes an array, not {kind_name(value)}", span)
    return extent(value.type.shape[0], span)


def _select(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    condition, then, otherwise = args
    return logic.select(ctx, "`select`", condition, then, otherwise, span)


def _clamp(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    good = numbers(ctx, "`clamp`", args, span)
    if good is None:
        return POISON
    raised = arithmetic.extreme(ctx, "max", good[:2], span)
    return arithmetic.extreme(ctx, "min", (raised, good[2]), span) if isinstance(raised, Expr) else POISON


def _int(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    (value,) = args
    if not isinstance(value, Expr):
        return ctx.error("E2001", f"`int` takes a truth value or a number, not {kind_name(value)}", span)
    if is_bool(value):
        return reductions.to_int(value, span)
    if is_fixed(value):
        return ctx.error(
            "E2001",
            "`int` does not say how a fixed-point number becomes whole",
            span,
            help="`round(x)` is the nearest whole number, `x // 1` the floor",
        )
    return value


def _fixed(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    good = numbers(ctx, "`fixed`", args, span)
    if good is None:
        return POISON
    value = fit(good[0], DEFAULT_FRAC)
    return value if is_fixed(value) else scaled(ctx, value, DEFAULT_FRAC) or POISON


def _filled(number: int) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        shape: list[Dim] = []
        for arg in args:
            dim = _public(ctx, arg, span)
            if dim is None:
                return POISON
            if dim.value < 0:
                return ctx.error("E2005", f"an array cannot have {dim.value} elements", span)
            shape.append(dim)
        return Const(Type(Int(number, number), tuple(shape)), span, (number,))

    return apply


def _range(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    dims = [_public(ctx, arg, span) for arg in args]
    known = [dim for dim in dims if dim is not None]
    if len(known) < len(dims):
        return POISON
    start = known[0] if len(known) > 1 else Dim.of(0)
    stop = known[0] if len(known) == 1 else known[1]
    step = known[2].value if len(known) == 3 else 1
    if step == 0:
        return ctx.error("E2005", "the step of `range` is not 0", span)
    count = len(range(start.value, stop.value, step))
    form = stop + start.times(-1) if step == 1 else opaque(f"len(range({start}, {stop}, {step}))", count)
    if count == 0 or not (start.terms or stop.terms):
        form = Dim.of(count)
    return iota(start.value, step, form, span)


def _public(ctx: Context, value: Value, span: Span) -> Dim | None:
    dim = known_dim(value)
    if dim is None:
        secret = isinstance(value, Expr) and value.type.secret
        ctx.error(
            "E3001" if secret else "E2006",
            "this takes public whole numbers known at compile time",
            value.span if isinstance(value, Expr) else span,
            f"is {kind_name(value)}",
        )
    return dim


def _concat(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return joined(ctx, args, span)


def _zip(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return Zip(tuple(args))


def _enumerate(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    (value,) = args
    first = value
    while isinstance(first, Zip):
        first = first.items[0]
    if not isinstance(first, Expr) or not first.type.shape:
        return ctx.error("E2001", f"`enumerate` takes an array, not {kind_name(value)}", span)
    return Zip((iota(0, 1, first.type.shape[0], span), value))


def _reveal(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    """Known to everybody from here on, though not at compile time."""
    (value,) = args
    if not isinstance(value, Expr):
        return ctx.error("E2001", f"`reveal` opens numbers and truth values, not {kind_name(value)}", span)
    if ctx.choice is not None:
        return ctx.error(
            "E2009",
            "`reveal` cannot stand in an `if` that is decided only at run time: both branches "
            "are computed, so it would open the value in any case",
            span,
            help="reveal before the `if`, or choose the value in the `if` and reveal it after",
        )
    if not value.type.secret:
        return value
    type_ = Type(value.type.elem, value.type.shape)
    text = ctx.text(span).removeprefix("reveal").strip()[1:-1].strip()
    ctx.reveals.append(Reveal(text, type_, span))
    return ctx.let("revealed", Apply(type_, span, op="reveal", args=(value,)), span)


BUILTINS: dict[str, Row] = {
    "abs": Row(1, 1, _number_rule("abs", arithmetic.absolute)),
    "all": Row(1, 1, _quantified("all"), ("axis",)),
    "any": Row(1, 1, _quantified("any"), ("axis",)),
    "clamp": Row(3, 3, _clamp),
    "concat": Row(1, None, _concat),
    "count": Row(1, 1, _count, ("axis",)),
    "enumerate": Row(1, 1, _enumerate),
    "fixed": Row(1, 1, _fixed),
    "int": Row(1, 1, _int),
    "len": Row(1, 1, _len),
    "max": Row(1, None, _extreme("max"), ("axis",)),
    "min": Row(1, None, _extreme("min"), ("axis",)),
    "ones": Row(1, None, _filled(1)),
    "range": Row(1, 3, _range),
    "reveal": Row(1, 1, _reveal),
    "round": Row(1, 1, _number_rule("round", arithmetic.rounded)),
    "select": Row(3, 3, _select),
    "sqrt": Row(1, 1, _number_rule("sqrt", arithmetic.sqrt)),
    "sum": Row(1, 1, _sum, ("axis",)),
    "zeros": Row(1, None, _filled(0)),
    "zip": Row(2, None, _zip),
}

HINTS = {
    "mean": "`from stats import mean`",
    "avg": "`from stats import mean`",
    "average": "`from stats import mean`",
    "std": "`from stats import std`",
    "variance": "`from stats import variance`",
    "print": "a result is an `output NAME = EXPR to …`",
    "where": "`select(mask, a, b)`",
    "float": "`fixed(x)`",
    "length": "`len(x)`",
    "maximum": "`max(a, b)`",
    "minimum": "`min(a, b)`",
}
"""What people from other languages look for."""
