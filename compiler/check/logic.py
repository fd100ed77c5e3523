"""Truth values: comparisons, Boolean operators, and choosing by them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .. import intervals
from ..source import Span
from .context import Context
from .operands import bools, fits, is_bool, unify
from .shapes import broadcast, common_shape, make, reshape
from .tree import Expr
from .types import Bool, Dim
from .values import POISON, Poison, Value, join_elems, kind_name, plain

_NAMES = {"and": "and", "or": "or", "&": "and", "|": "or", "^": "xor"}


def compare(ctx: Context, ops: Sequence[str], values: Sequence[Value], span: Span) -> Value:
    """A chain of comparisons: all of them hold."""
    result: Value | None = None
    for op, (left, right) in zip(ops, pairwise(values), strict=True):
        step = _compare(ctx, op, left, right, span)
        result = step if result is None else boolean(ctx, "and", result, step, span)
    return POISON if result is None else result


def _compare(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    if isinstance(left, Poison) or isinstance(right, Poison):
        return POISON
    for value in (left, right):
        if not isinstance(value, Expr):
            return ctx.error(
                "E2001", f"`{op}` compares numbers or truth values, not {kind_name(value)}", span
            )
    assert isinstance(left, Expr)
    assert isinstance(right, Expr)
    if op in ("in", "not in"):
        return _member(ctx, op, left, right, span)
    args = unify(ctx, f"`{op}`", (left, right), span)
    if args is None:
        return POISON
    if op in ("==", "!="):
        return _equal(args, op == "!=", span)
    if is_bool(args[0]):
        return ctx.error(
            "E2001", f"`{op}` orders numbers, not truth values", span, help="`==` and `!=` compare them"
        )
    a, b = args if op in ("<", ">=") else (args[1], args[0])
    if not fits(
        ctx,
        "the difference of what is compared",
        intervals.sub(a.type.elem.range, b.type.elem.range),
        span,
        (left, right),
    ):
        return POISON
    less = make("lt", (a, b), Bool(), a.type.shape, span)
    return less if op in ("<", ">") else invert(less, span)


def _equal(args: Sequence[Expr], negated: bool, span: Span) -> Expr:
    shape = args[0].type.shape
    if is_bool(args[0]):
        differ = make("xor", args, Bool(), shape, span)
        return differ if negated else invert(differ, span)
    equal = make("eq", args, Bool(), shape, span)
    return invert(equal, span) if negated else equal


def _member(ctx: Context, op: str, item: Expr, among: Expr, span: Span) -> Value:
    """`x in [a, b, c]`: x equals one of them, for each element of x."""
    if len(among.type.shape) != 1:
        return ctx.error(
            "E2001",
            f"`{op}` looks in a list or an array of one dimension",
            span,
            help="to compare two values, `==`",
        )
    column = reshape(plain(item), (*item.type.shape, Dim.of(1)), span)
    args = unify(ctx, f"`{op}`", (column, among), span)
    if args is None:
        return POISON
    found = make(
        "any", (_equal(args, False, span),), Bool(), item.type.shape, span, axes=(len(item.type.shape),)
    )
    return found if op == "in" else invert(found, span)


def boolean(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`and or & | ^` of truth values, elementwise."""
    if isinstance(left, Poison) or isinstance(right, Poison):
        return POISON
    args = bools(ctx, f"`{op}`", (left, right), span)
    if args is None:
        return POISON
    shape = common_shape(ctx, args, span)
    if shape is None:
        return POISON
    return make(_NAMES[op], [broadcast(arg, shape) for arg in args], Bool(), shape, span)


def inverse(ctx: Context, op: str, value: Value, span: Span) -> Value:
    """`not` or `~` of truth values, elementwise."""
    args = bools(ctx, f"`{op}`", (value,), span)
    return POISON if args is None else invert(args[0], span)


def invert(arg: Expr, span: Span) -> Expr:
    """The opposite of a truth value."""
    return make("not", (arg,), Bool(), arg.type.shape, span)


def select(ctx: Context, what: str, condition: Value, then: Value, otherwise: Value, span: Span) -> Value:
    """`then` where the condition holds, `otherwise` elsewhere, elementwise."""
    if isinstance(then, Poison) or isinstance(otherwise, Poison):
        return POISON
    checked = bools(ctx, f"the condition of {what}", (condition,), span)
    if checked is None:
        return POISON
    for value in (then, otherwise):
        if not isinstance(value, Expr):
            return ctx.error("E2001", f"{what} picks numbers or truth values, not {kind_name(value)}", span)
    assert isinstance(then, Expr)
    assert isinstance(otherwise, Expr)
    branches = unify(ctx, what, (then, otherwise), span)
    if branches is None:
        return POISON
    shape = common_shape(ctx, (checked[0], branches[0]), span)
    if shape is None:
        return POISON
    elem = join_elems([branch.type.elem for branch in branches])
    args = [broadcast(arg, shape) for arg in (checked[0], *branches)]
    return make("select", args, elem, shape, span)
