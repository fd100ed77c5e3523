"""`assume(condition)`: what is checked in secret before anything is opened, and the ranges that follow from it."""

from __future__ import annotations

from collections.abc import Iterator

from ..frontend import syntax
from ..intervals import Interval
from ..source import Span
from .context import Context
from .operands import bools
from .shapes import make
from .tree import Apply, Assume, Assumed, Expr, Ref, Var
from .validity import unless_missing
from .values import known_bool, plain, ranged

Fact = tuple[Var, Interval]
"""A variable all of whose elements lie in a range."""

MAX_PASSES = 8
"""How often facts are drawn from a condition, until no range becomes narrower: `a <= b and b <= c and c <= 9`."""


def assume(ctx: Context, node: syntax.Assume) -> None:
    """The condition holds from here on; what it says about ranges is used."""
    span, place = ctx.at(node.span), ctx.at(node.condition.span)
    word = "assume" if node.checked else "assume_unchecked"
    if not _allowed(ctx, f"`{word}`", span, "assume `not condition or …` before the `if`"):
        return
    given = unless_missing(ctx, ctx.evaluate(ctx, node.condition), place)
    checked = bools(ctx, f"`{word}`", (given,), place)
    if checked is None:
        return
    condition = plain(checked[0])
    known = known_bool(condition)
    if known is False:
        ctx.error("E4005", "this assumption never holds", place)
    if known is not None:
        return
    condition = ctx.let("assumed", condition, place)
    _emit(ctx, condition, node.checked, ctx.text(node.condition.span), span)
    _narrow(ctx, node, condition)


def require(ctx: Context, condition: Expr, text: str, span: Span) -> bool:
    """What an operation on tables takes for granted: checked in secret like `assume`, and stated as `text` whatever the
    sizes are, so that all parties agree to the same.

    Whether it could be required; reports E2009 in an `if` that is decided only at run time.
    """
    if not _allowed(ctx, "what is checked in secret", span, "do it before the `if`, and choose from the result"):
        return False
    _emit(ctx, ctx.let("assumed", plain(condition), span), True, text, span)
    return True


def _emit(ctx: Context, condition: Expr, checked: bool, text: str, span: Span) -> None:
    ctx.assumptions.append(Assumed(text, checked, span))
    if known_bool(condition) is not True:
        ctx.emit(Assume(condition, checked, text, span))


def _allowed(ctx: Context, what: str, span: Span, mend: str) -> bool:
    """Whether something can be assumed here; reports E2009."""
    if ctx.choice is None:
        return True
    ctx.error(
        "E2009",
        f"{what} cannot stand in an `if` that is decided only at run time: it would have to hold in any case",
        span,
        help=mend,
    )
    return False


def _narrow(ctx: Context, node: syntax.Assume, condition: Expr) -> None:
    """The variables that the condition speaks of have narrower ranges from here on."""
    ranges: dict[int, tuple[Var, Interval]] = {}
    for _ in range(MAX_PASSES):
        before = dict(ranges)
        for var, known in _facts(ctx, condition, True, ranges):
            now = ranges.get(var.id, (var, var.type.elem.range))[1]
            ranges[var.id] = var, Interval(max(now.lo, known.lo), min(now.hi, known.hi))
            if ranges[var.id][1].lo > ranges[var.id][1].hi:
                ctx.error(
                    "E4005",
                    f"this assumption never holds: no value of `{var.name}` is left",
                    ctx.at(node.condition.span),
                )
                return
        if ranges == before:
            break
    for var, range_ in ranges.values():
        if range_ != var.type.elem.range:
            _rename(ctx, var, range_, node)


def _rename(ctx: Context, var: Var, range_: Interval, node: syntax.Assume) -> None:
    """Every name of the variable means the same value with the narrower range."""
    span, type_ = ctx.at(node.span), var.type
    known = make("refine", (Ref(type_, span, var=var),), ranged(type_.elem, range_), type_.shape, span)
    narrower = ctx.let(var.name, known, span)
    assert isinstance(narrower, Ref)
    for name, value in ctx.scope.names.items():
        if isinstance(value, Ref) and value.var == var:
            ctx.scope.names[name] = narrower
            if ctx.at_top and not name.startswith(" "):
                ctx.types[span, name] = narrower.type
    if var.id in ctx.inputs.names:
        ctx.inputs.names[narrower.var.id] = ctx.inputs.names[var.id]
    if (var.id,) in ctx.inputs.parts:
        ctx.inputs.parts[narrower.var.id,] = ctx.inputs.parts[var.id,]


# --------------------------------------------------------------------------- what a condition says


Ranges = dict[int, tuple[Var, Interval]]


def _facts(ctx: Context, condition: Expr, holds: bool, ranges: Ranges) -> Iterator[Fact]:
    """The ranges that follow when the condition holds everywhere, or (`holds` False) nowhere."""
    if isinstance(condition, Ref):
        made = ctx.definitions.get(condition.var.id, ())
        if len(made) == 1:
            yield from _facts(ctx, made[0], holds, ranges)
    if not isinstance(condition, Apply):
        return
    match condition.op, holds:
        case "not", _:
            yield from _facts(ctx, condition.args[0], not holds, ranges)
        case ("and", True) | ("or", False) | ("all", True) | ("any", False):
            for part in condition.args:
                yield from _facts(ctx, part, holds, ranges)
        case ("lt", _) | ("eq", True):
            yield from _compared(condition, holds, ranges)


def _compared(node: Apply, holds: bool, ranges: Ranges) -> Iterator[Fact]:
    """a < b, a >= b or a == b, element by element."""
    a, b = node.args
    low, high = _range(a, ranges), _range(b, ranges)
    if node.op == "eq":
        yield from _bounded(a, high.lo, high.hi)
        yield from _bounded(b, low.lo, low.hi)
    elif holds:
        yield from _bounded(a, None, high.hi - 1)
        yield from _bounded(b, low.lo + 1, None)
    else:
        yield from _bounded(a, high.lo, None)
        yield from _bounded(b, None, low.hi)


def _variable(side: Expr) -> tuple[Var, int] | None:
    """The variable of which this is 2^bits times, element by element."""
    bits = 0
    while isinstance(side, Apply) and side.op in ("scale", "refine"):
        bits += side.attrs.get("bits", 0)
        side = side.args[0]
    return (side.var, bits) if isinstance(side, Ref) else None


def _range(side: Expr, ranges: Ranges) -> Interval:
    """The range of one side of a comparison, with what is known of its variable so far."""
    own, found = side.type.elem.range, _variable(side)
    if found is None or found[0].id not in ranges:
        return own
    known = ranges[found[0].id][1]
    return Interval(max(own.lo, known.lo << found[1]), min(own.hi, known.hi << found[1]))


def _bounded(side: Expr, lo: int | None, hi: int | None) -> Iterator[Fact]:
    if isinstance(side, Apply) and side.op == "abs" and hi is not None:
        side, lo = side.args[0], -hi
    found = _variable(side)
    if found is not None:
        var, bits = found
        now = var.type.elem.range
        yield var, Interval(
            now.lo if lo is None else max(now.lo, -(-lo >> bits)), now.hi if hi is None else min(now.hi, hi >> bits)
        )
