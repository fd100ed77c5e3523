"""Comparisons of values of every kind, and looking for a value among others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..source import Span
from . import addresses, logic, validity
from .composite import Masked, Table, Texts
from .context import Context
from .tree import Expr
from .types import Category, Date, Ip4
from .values import POISON, Composite, Nothing, Poison, TextValue, Tuple, Value, elem_name, kind_name, truth


def compare(ctx: Context, ops: Sequence[str], values: Sequence[Value], span: Span) -> Value:
    """A chain of comparisons: all of them hold."""
    result: Value | None = None
    for op, (left, right) in zip(ops, pairwise(values), strict=True):
        step = _step(ctx, op, left, right, span)
        result = step if result is None else validity.boolean(ctx, "and", result, step, span)
    return POISON if result is None else result


def _step(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    if isinstance(left, Poison) or isinstance(right, Poison):
        return POISON
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        mend = "`missing(x)`, `present(x)`"
        return ctx.error("E2001", f"`{op}` with `none` is always missing, as in SQL", span, help=mend)
    if op in ("in", "not in"):
        return _member(ctx, op, left, right, span)
    inner = [value.value if isinstance(value, Masked) else value for value in (left, right)]
    for value, other in (inner, inner[::-1]):
        if isinstance(value, TextValue) and isinstance(other, Expr) and isinstance(other.type.elem, Date | Ip4):
            mend = f'`{elem_name(other.type.elem)}("{value.text}")`'
            return ctx.error("E2001", f"`{op}` compares {kind_name(other)} with a text", span, help=mend)
    if op in ("==", "!="):
        return validity.strict(
            ctx, f"`{op}`", (left, right), span, lambda a, b: validity.equal(ctx, op, a, b, span)
        )
    for value in inner:
        if isinstance(value, Texts | TextValue):
            return ctx.error("E2001", f"`{op}` orders numbers and dates, not texts", span, help="`==`, `!=` and `in`")
        if isinstance(value, Expr) and isinstance(value.type.elem, Category):
            mend = "`==`, `!=` and `in`; `int(x)` is the place of a level in the order of declaration"
            return ctx.error("E2001", f"`{op}` orders numbers and dates, not levels", span, help=mend)
    return validity.strict(ctx, f"`{op}`", (left, right), span, lambda a, b: logic.compare(ctx, (op,), (a, b), span))


def _member(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`x in [a, b]`, `x in ip4("10.0.0.0/8")`."""
    if isinstance(right, Table | Masked):
        return ctx.error(
            "E2001",
            f"`{op}` looks in values that are all there, not in {kind_name(right)}",
            span,
            help="`any(column == x)` looks for one value",
        )
    if isinstance(right, addresses.Block):
        block = right
        return validity.strict(ctx, f"`{op}`", (left,), span, lambda a: addresses.member(ctx, op, a, block, span))
    if isinstance(right, Texts):
        return _among(ctx, op, left, _elements(ctx, right, span), span)
    if isinstance(right, Tuple):
        return _among(ctx, op, left, right.items, span)
    if isinstance(left, TextValue | Composite) and not isinstance(left, Masked):
        return ctx.error("E2001", f"`{op}` does not find {kind_name(left)} in {kind_name(right)}", span)
    return validity.strict(ctx, f"`{op}`", (left,), span, lambda a: logic.compare(ctx, (op,), (a, right), span))


def _elements(ctx: Context, among: Texts, span: Span) -> Sequence[Value]:
    """A single text is looked in as the only one."""
    if not among.words[0].type.shape:
        return (among,)
    return [
        ctx.error(
            "E2009", "looking for texts in a column of texts is not supported", span, help='`name in ["a", "b"]`'
        )
    ]


def _among(ctx: Context, op: str, item: Value, options: Sequence[Value], span: Span) -> Value:
    """The value equals one of the options, or lies in one that is a block of addresses."""
    found: Value = truth(False, span)
    for option in options:
        name = "in" if isinstance(option, addresses.Block) else "=="
        found = validity.boolean(ctx, "or", found, _step(ctx, name, item, option, span), span)
    if op == "in":
        return found
    return validity.strict(ctx, f"`{op}`", (found,), span, lambda a: logic.inverse(ctx, "not", a, span))
