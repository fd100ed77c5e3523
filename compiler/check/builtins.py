"""The built-in functions: a row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..source import Span
from . import (
    addresses,
    arithmetic,
    dates,
    distinct,
    givers,
    movement,
    ordering,
    quantiles,
    reductions,
    roots,
    sets,
    validity,
)
from .coded import all_levels, numbers_behind
from .composite import Masked, Texts
from .context import Context
from .displays import joined
from .exponentials import exp
from .indexing import iota
from .logarithms import log
from .operands import fit, is_bool, is_fixed, numbers, ordered, scaled
from .shapes import opaque
from .sigmoids import sigmoid
from .tree import Apply, Const, Expr, Reveal
from .types import Category, Coded, Dim, Int, Type
from .validity import strict
from .values import (
    DEFAULT_FRAC,
    POISON,
    Composite,
    Nothing,
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
        named = {key: arg for key, arg in named.items() if not isinstance(arg, Nothing)}
        return self.rule(ctx, args, named, span)

    def _count(self) -> str:
        if self.most == self.least:
            return f"{self.least} argument{'s' if self.least != 1 else ''}"
        if self.most is None:
            return f"at least {self.least} arguments"
        return f"{self.least} to {self.most} arguments"


def _number_rule(what: str, rule: Callable[[Context, Expr, Span], Value]) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        return strict(ctx, f"`{what}`", args, span, lambda value: checked(ctx, value, span))

    def checked(ctx: Context, value: Value, span: Span) -> Value:
        good = numbers(ctx, f"`{what}`", (value,), span)
        return POISON if good is None else rule(ctx, good[0], span)

    return apply


def _logarithm(name: str, base: int | None) -> Rule:
    return _number_rule(name, lambda ctx, x, span: log(ctx, name, base, x, span))


def _extreme(op: str) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        if len(args) == 1:
            (value,) = args
            if isinstance(value, Masked):
                return validity.extreme(ctx, op, value, named.get("axis"), span)
            return reductions.extreme_of(ctx, op, value, named.get("axis"), span)
        if named:
            return ctx.error("E2003", f"`{op}` of several values has no axis", span)
        return strict(ctx, f"`{op}`", args, span, lambda *values: of_several(ctx, values, span))

    def of_several(ctx: Context, values: Sequence[Value], span: Span) -> Value:
        good = ordered(ctx, f"`{op}`", values, span)
        return POISON if good is None else arithmetic.extreme(ctx, op, good, span)

    return apply


def _sum(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    (value,) = args
    if isinstance(value, Masked):
        return validity.total(ctx, value, named.get("axis"), span)
    return reductions.total(ctx, value, named.get("axis"), span)


def _count(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return validity.count(ctx, args[0], named.get("axis"), span)


def _quantified(op: str) -> Rule:
    def apply(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
        (value,) = args
        if isinstance(value, Masked):
            return validity.quantified(ctx, op, value, named.get("axis"), span)
        return reductions.quantified(ctx, op, value, named.get("axis"), span)

    return apply


def _len(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    (value,) = args
    if isinstance(value, Tuple):
        return extent(Dim.of(len(value.items)), span)
    return validity.length(ctx, value, span)


def _select(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    condition, then, otherwise = args
    return validity.select(ctx, "`select`", condition, then, otherwise, span)


def _clamp(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return strict(ctx, "`clamp`", args, span, lambda *values: _clamped(ctx, values, span))


def _clamped(ctx: Context, args: Sequence[Value], span: Span) -> Value:
    good = ordered(ctx, "`clamp`", args, span)
    if good is None:
        return POISON
    raised = arithmetic.extreme(ctx, "max", good[:2], span)
    return arithmetic.extreme(ctx, "min", (raised, good[2]), span) if isinstance(raised, Expr) else POISON


def _int(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return strict(ctx, "`int`", args, span, lambda value: _to_int(ctx, value, span))


def _to_int(ctx: Context, value: Value, span: Span) -> Value:
    if isinstance(value, Expr) and isinstance(value.type.elem, Category):
        return numbers_behind(value, span)
    if not isinstance(value, Expr) or isinstance(value.type.elem, Coded):
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
    return strict(ctx, "`fixed`", args, span, lambda value: _to_fixed(ctx, value, span))


def _to_fixed(ctx: Context, arg: Value, span: Span) -> Value:
    good = numbers(ctx, "`fixed`", (arg,), span)
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
    if form.value != count or not (start.terms or stop.terms):
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
    if any(isinstance(arg, Composite) for arg in args):
        return movement.concatenated(ctx, args, span)
    return joined(ctx, args, span)


def _zip(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return Zip(tuple(args))


def _enumerate(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    (value,) = args
    first = value
    while isinstance(first, Zip):
        first = first.items[0]
    dim = Dim.of(len(first.items)) if isinstance(first, Tuple) else validity.first_dim(first)
    if dim is None:
        return ctx.error("E2001", f"`enumerate` takes an array, not {kind_name(value)}", span)
    return Zip((iota(0, 1, dim, span), value))


def _reveal(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    """Known to everybody from here on, though not at compile time."""
    (value,) = args
    if isinstance(value, Masked) and value.rows is not None:
        return ctx.error(
            "E2009",
            "`reveal` would show which rows there are",
            span,
            f"is {kind_name(value)}",
            help="`reveal(sum(x))`, `reveal(len(x))`; `coalesce(x[i], 0)` is one value",
        )
    if isinstance(value, Masked | Texts):
        return movement.element(
            validity.cleared(value, span) if isinstance(value, Masked) else value,
            lambda part: _reveal(ctx, (part,), {}, span),
        )
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


def _coalesce(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return validity.coalesce(ctx, args, span)


def _missing(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return validity.missing(ctx, args[0], span)


def _present(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return validity.present(ctx, args[0], span)


def _date(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return dates.literal(ctx, args[0], span)


def _ip4(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    return addresses.literal(ctx, args[0], span)


def _levels(ctx: Context, args: Sequence[Value], named: Arguments, span: Span) -> Value:
    value = args[0].value if isinstance(args[0], Masked) else args[0]
    if not isinstance(value, Expr) or not isinstance(value.type.elem, Category):
        return ctx.error("E2001", f"`levels` takes a category, not {kind_name(args[0])}", span)
    return all_levels(value.type.elem, span)


BUILTINS: dict[str, Row] = {
    "abs": Row(1, 1, _number_rule("abs", arithmetic.absolute)),
    "all": Row(1, 1, _quantified("all"), ("axis",)),
    "any": Row(1, 1, _quantified("any"), ("axis",)),
    "ceil": Row(1, 1, _number_rule("ceil", arithmetic.ceil)),
    "clamp": Row(3, 3, _clamp),
    "concat": Row(1, None, _concat),
    "coalesce": Row(2, None, _coalesce),
    "count": Row(1, 1, _count, ("axis",)),
    "count_distinct": Row(1, 1, distinct.count_of_array),
    "date": Row(1, 1, _date),
    "desc": Row(1, 1, ordering.descending),
    "distinct": Row(1, 1, distinct.of_array),
    "enumerate": Row(1, 1, _enumerate),
    "exp": Row(1, 1, _number_rule("exp", exp)),
    "fixed": Row(1, 1, _fixed),
    "floor": Row(1, 1, _number_rule("floor", arithmetic.floor)),
    "in_at_least": Row(2, None, sets.in_at_least),
    "giver": Row(1, 1, givers.giver),
    "int": Row(1, 1, _int),
    "ip4": Row(1, 1, _ip4),
    "largest": Row(2, 2, ordering.largest),
    "len": Row(1, 1, _len),
    "levels": Row(1, 1, _levels),
    "log": Row(1, 1, _logarithm("log", None)),
    "log10": Row(1, 1, _logarithm("log10", 10)),
    "log2": Row(1, 1, _logarithm("log2", 2)),
    "max": Row(1, None, _extreme("max"), ("axis",)),
    "median": Row(1, 1, quantiles.median),
    "min": Row(1, None, _extreme("min"), ("axis",)),
    "missing": Row(1, 1, _missing),
    "ones": Row(1, None, _filled(1)),
    "present": Row(1, 1, _present),
    "percentile": Row(2, 2, quantiles.percentile),
    "quantile": Row(2, 2, quantiles.quantile),
    "range": Row(1, 3, _range),
    "rank": Row(1, 1, ordering.rank, ("descending",)),
    "reveal": Row(1, 1, _reveal),
    "round": Row(1, 1, _number_rule("round", arithmetic.rounded)),
    "rsqrt": Row(1, 1, _number_rule("rsqrt", roots.rsqrt)),
    "select": Row(3, 3, _select),
    "sigmoid": Row(1, 1, _number_rule("sigmoid", sigmoid)),
    "sort": Row(1, 1, ordering.sort, ("descending",)),
    "sqrt": Row(1, 1, _number_rule("sqrt", roots.sqrt)),
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
    "sorted": "`sort(x)`",
    "argsort": "`rank(x)`, or `t.sort_by(t.a)` for the rows of a table",
    "order_by": "`t.sort_by(t.a, desc(t.b))`",
}
"""What people from other languages look for."""
