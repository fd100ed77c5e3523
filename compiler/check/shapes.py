"""Shapes: which agree, how they broadcast, and how an expression gets another one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..diagnostics import Label
from ..source import Span
from .context import Context
from .fold import fold
from .tree import Apply, Const, Expr
from .types import Dim, Elem, Type
from .values import join_elems, plain, shape_name

Shape = tuple[Dim, ...]


def make(op: str, args: Sequence[Expr], elem: Elem, shape: Shape, span: Span, **attrs: Any) -> Expr:
    """The operation on `args`, computed at once when all of them are known."""
    parts = tuple(plain(arg) for arg in args)
    type_ = Type(elem, shape, any(arg.type.secret for arg in parts))
    known = fold(op, parts, attrs, type_, span)
    return known if known is not None else Apply(type_, span, op=op, args=parts, attrs=attrs)


def settle(ctx: Context, dim: Dim) -> Dim:
    """The form of an extent with `rows.north + rows.south + …` of all parties written as `rows`."""
    terms = dict(dim.terms)
    for name in ctx.each_sizes:
        parts = [f"{name}.{party}" for party in ctx.parties]
        factors = {terms.get(part, 0) for part in parts}
        if len(factors) == 1 and (factor := factors.pop()):
            for part in parts:
                del terms[part]
            terms[name] = terms.get(name, 0) + factor
    return Dim(dim.value, tuple(sorted((n, f) for n, f in terms.items() if f)), dim.constant)


def opaque(text: str, value: int) -> Dim:
    """An extent that is no linear form of the sizes; two agree when they were made alike."""
    return Dim(value, ((text, 1),), 0)


def size_of(shape: Sequence[Dim]) -> Dim:
    """The number of elements."""
    named = [dim for dim in shape if dim.terms]
    count = prod(dim.value for dim in shape if not dim.terms)
    if len(named) < 2:
        return named[0].times(count) if named else Dim.of(count)
    return opaque(" * ".join(map(operand, shape)), prod(dim.value for dim in shape))


def operand(dim: Dim) -> str:
    """The extent as a part of a longer text."""
    text = str(dim)
    return f"({text})" if " " in text else text


def broadcast_shapes(a: Shape, b: Shape) -> Shape | None:
    """The common shape by numpy's rules, or None."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    lead = len(longer) - len(shorter)
    result = list(longer[:lead])
    for left, right in zip(longer[lead:], shorter, strict=True):
        if left.same(right) or right.is_one:
            result.append(left)
        elif left.is_one:
            result.append(right)
        else:
            return None
    return tuple(result)


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are equal in every binding."""
    return len(a) == len(b) and all(x.same(y) for x, y in zip(a, b, strict=True))


def common_shape(ctx: Context, args: Sequence[Expr], span: Span) -> Shape | None:
    """The shape that all broadcast to; reports E2002 with both shapes when there is none."""
    shape: Shape = ()
    for index, arg in enumerate(args):
        joined = broadcast_shapes(shape, arg.type.shape)
        if joined is None:
            other = next(a for a in args[:index] if broadcast_shapes(a.type.shape, arg.type.shape) is None)
            ctx.error(
                "E2002",
                f"the shapes {shape_name(other.type.shape)} and {shape_name(arg.type.shape)} do not match",
                span,
                "",
                Label(other.span, f"has shape {shape_name(other.type.shape)}"),
                Label(arg.span, f"has shape {shape_name(arg.type.shape)}"),
                notes=("sizes agree by name: two sizes that are equal in one run need not be in another",),
            )
            return None
        shape = joined
    return shape


def broadcast(expr: Expr, shape: Shape) -> Expr:
    """`expr` repeated to `shape`, which its own shape broadcasts to."""
    if same_shape(expr.type.shape, shape):
        return expr
    if isinstance(expr, Const) and len(expr.values) == 1:
        return Const(Type(expr.type.elem, shape), expr.span, expr.values)
    return make("broadcast", (expr,), expr.type.elem, shape, expr.span)


def reshape(expr: Expr, shape: Shape, span: Span) -> Expr:
    """The elements of `expr`, in order, in another shape of as many elements."""
    if same_shape(expr.type.shape, shape):
        return expr
    return make("reshape", (expr,), expr.type.elem, shape, span)


def concat(ctx: Context, parts: Sequence[Expr], axis: int, span: Span) -> Expr:
    """The parts, of one kind of element each, one after another along `axis`."""
    if len(parts) == 1:
        return parts[0]
    total = Dim.of(0)
    for part in parts:
        total = total + part.type.shape[axis]
    first = parts[0].type
    shape = (*first.shape[:axis], settle(ctx, total), *first.shape[axis + 1 :])
    elem = join_elems([part.type.elem for part in parts])
    return make("concat", parts, elem, shape, span, axis=axis)
