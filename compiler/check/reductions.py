"""Reductions and products of matrices. A sum of products rounds once, after the sum."""

from __future__ import annotations

from math import prod

from .. import intervals
from ..diagnostics import Label
from ..source import Span
from .arithmetic import to_frac
from .context import Context
from .operands import bools, fit_all, fits, is_fixed, numbers, ordered
from .shapes import make, reshape
from .tree import Apply, Expr
from .types import Bool, Dim, Int
from .values import (
    POISON,
    Value,
    known_int,
    number_elem,
    plain,
    shape_name,
    type_name,
)


def reduced_axes(ctx: Context, arg: Expr, axis: Value | None, span: Span) -> tuple[int, ...] | None:
    """The axes that go: all of them, or the one given as `axis=`."""
    rank = len(arg.type.shape)
    if axis is None:
        if rank == 0:
            ctx.error(
                "E2001",
                "this reduces an array, and the value is a single one",
                arg.span,
                f"is {type_name(arg.type)}",
            )
            return None
        return tuple(range(rank))
    number = known_int(axis)
    if number is None or not -rank <= number < rank:
        ctx.error("E2005", f"`axis` is a number from 0 to {rank - 1}, known at compile time", span)
        return None
    return (number % rank,)


def _kept(arg: Expr, axes: tuple[int, ...]) -> tuple[Dim, ...]:
    return tuple(dim for axis, dim in enumerate(arg.type.shape) if axis not in axes)


def total(ctx: Context, value: Value, axis: Value | None, span: Span) -> Value:
    """`sum`: over all elements or one axis; an empty sum is 0."""
    args = numbers(ctx, "`sum`", (value,), span)
    if args is None:
        return POISON
    arg = plain(args[0])
    axes = reduced_axes(ctx, arg, axis, span)
    if axes is None:
        return POISON
    frac = arg.type.elem.frac
    exact = unrounded(arg)
    count = prod(arg.type.extents[a] for a in axes)
    range_ = intervals.total(exact.type.elem.range, count)
    if not fits(ctx, f"this sum of {count} values", range_, span, (exact,)):
        return POISON
    elem = number_elem(is_fixed(arg), exact.type.elem.frac, range_)
    result = make("sum", (exact,), elem, _kept(arg, axes), span, axes=axes)
    return to_frac(ctx, result, frac, span) if is_fixed(arg) else result


def unrounded(arg: Expr) -> Expr:
    """The product before its rounding, when `arg` is a product, or picks between a product and more."""
    if not isinstance(arg, Apply):
        return arg
    if (
        arg.op == "round"
        and isinstance(arg.args[0], Apply)
        and arg.args[0].op in ("mul", "matmul")
        and is_fixed(arg)
    ):
        return arg.args[0]
    if arg.op == "broadcast":
        inner = unrounded(arg.args[0])
        return make("broadcast", (inner,), inner.type.elem, arg.type.shape, arg.span)
    if arg.op == "select":
        return _unrounded_select(arg)
    return arg


def _unrounded_select(arg: Apply) -> Expr:
    condition, then, otherwise = arg.args
    parts = [unrounded(then), unrounded(otherwise)]
    if parts == [then, otherwise]:
        return arg
    frac = max(part.type.elem.frac for part in parts)
    exact = []
    for part in parts:
        bits = frac - part.type.elem.frac
        range_ = intervals.scale(part.type.elem.range, 1 << bits)
        elem = number_elem(True, frac, range_)
        exact.append(make("scale", (part,), elem, part.type.shape, part.span, bits=bits) if bits else part)
    range_ = intervals.join(exact[0].type.elem.range, exact[1].type.elem.range)
    return make("select", (condition, *exact), number_elem(True, frac, range_), arg.type.shape, arg.span)


def extreme_of(ctx: Context, op: str, value: Value, axis: Value | None, span: Span) -> Value:
    """`min` or `max` of the elements of an array."""
    args = ordered(ctx, f"`{op}`", (value,), span)
    if args is None:
        return POISON
    arg = plain(args[0])
    axes = reduced_axes(ctx, arg, axis, span)
    if axes is None:
        return POISON
    shape = _kept(arg, axes)
    if any(arg.type.extents[a] == 0 for a in axes):
        return ctx.error(
            "E4003", f"`{op}` of an empty array", arg.span, f"has shape {shape_name(arg.type.shape)}"
        )
    return make(f"reduce_{op}", (arg,), arg.type.elem, shape, span, axes=axes)


def quantified(ctx: Context, op: str, value: Value, axis: Value | None, span: Span) -> Value:
    """`any` or `all` of an array of truth values; of an empty one false and true."""
    args = bools(ctx, f"`{op}`", (value,), span)
    if args is None:
        return POISON
    arg = plain(args[0])
    axes = reduced_axes(ctx, arg, axis, span)
    return POISON if axes is None else make(op, (arg,), Bool(), _kept(arg, axes), span, axes=axes)


def count(ctx: Context, value: Value, axis: Value | None, span: Span) -> Value:
    """How many elements are true."""
    args = bools(ctx, "`count`", (value,), span)
    return POISON if args is None else total(ctx, to_int(args[0], span), axis, span)


def to_int(arg: Expr, span: Span) -> Expr:
    """Truth values as 0 and 1."""
    return make("to_int", (arg,), Int(0, 1), arg.type.shape, span)


def matmul(ctx: Context, left: Value, right: Value, span: Span) -> Value:
    """`a @ b`: matrices, or vectors (a row on the left, a column on the right); each result rounds once."""
    args = numbers(ctx, "`@`", (left, right), span)
    if args is None:
        return POISON
    a, b = (plain(arg) for arg in fit_all(args))
    ranks = (len(a.type.shape), len(b.type.shape))
    if ranks[0] not in (1, 2) or ranks[1] not in (1, 2):
        return ctx.error(
            "E2002",
            "`@` multiplies vectors and matrices",
            span,
            "",
            *(Label(arg.span, f"is {type_name(arg.type)}") for arg in (a, b)),
        )
    inner, other = a.type.shape[-1], b.type.shape[0]
    if not inner.same(other):
        return ctx.error(
            "E2002",
            f"the shapes {shape_name(a.type.shape)} and {shape_name(b.type.shape)} do not "
            "match: `@` sums over the last axis of the left and the first of the right",
            span,
            "",
            Label(a.span, f"has {inner} columns"),
            Label(b.span, f"has {other} rows"),
        )
    rows = reshape(a, (Dim.of(1), *a.type.shape), a.span) if ranks[0] == 1 else a
    columns = reshape(b, (*b.type.shape, Dim.of(1)), b.span) if ranks[1] == 1 else b
    each = intervals.mul(a.type.elem.range, b.type.elem.range)
    range_ = intervals.total(each, inner.value)
    if not fits(ctx, f"this sum of {inner.value} products", range_, span, (a, b)):
        return POISON
    fixed = is_fixed(a) or is_fixed(b)
    elem = number_elem(fixed, a.type.elem.frac + b.type.elem.frac, range_)
    shape = (rows.type.shape[0], columns.type.shape[1])
    exact = make("matmul", (rows, columns), elem, shape, span)
    result = to_frac(ctx, exact, max(a.type.elem.frac, b.type.elem.frac), span) if fixed else exact
    kept = ((shape[0],) if ranks[0] == 2 else ()) + ((shape[1],) if ranks[1] == 2 else ())
    return reshape(result, kept, span) if isinstance(result, Expr) else result
