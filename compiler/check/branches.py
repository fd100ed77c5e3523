"""`if` on a condition known only at run time: both branches are computed, and the results selected."""

from __future__ import annotations

from ..frontend import syntax
from ..source import Span
from .alignment import throughout
from .composite import alike, first_shape, together
from .context import Context
from .operands import same_kind, unify
from .shapes import Shape, same_shape
from .tree import Block, Expr, If, Merge, Ref
from .types import Type
from .values import (
    POISON,
    Composite,
    Nothing,
    Poison,
    Tuple,
    Unassigned,
    Value,
    join_elems,
    kind_name,
    plain,
    shape_name,
)

RETURN_MEND = "assign the result to a name in each branch, and return it after the `if`"


def choose(ctx: Context, node: syntax.If, condition: Expr) -> None:
    """Check both branches, and merge what they assign."""
    span = ctx.at(node.span)
    condition = ctx.let("condition", condition, condition.span)
    before = dict(ctx.scope.names)
    then_names, then = _branch(ctx, node.then, span)
    ctx.scope.names = dict(before)
    other_names, otherwise = _branch(ctx, node.otherwise, span)
    ctx.scope.names = before
    merges: list[Merge] = []
    for name in {**then_names, **other_names}:
        a, b = then_names.get(name), other_names.get(name)
        if a is b or (isinstance(a, Ref) and isinstance(b, Ref) and a.var == b.var):
            continue
        merged = _merge(ctx, name, a, b, condition, merges, span)
        ctx.scope.names[name] = merged
        if ctx.at_top and isinstance(merged, Expr):
            ctx.types[span, name] = merged.type
    ctx.emit(If(condition, then, otherwise, tuple(merges), span))


def _branch(
    ctx: Context, statements: tuple[syntax.Statement, ...], span: Span
) -> tuple[dict[str, Value], Block]:
    saved = ctx.choice, ctx.no_return
    ctx.choice, ctx.no_return = span, RETURN_MEND
    with ctx.block() as block:
        ctx.run(ctx, statements)
    ctx.choice, ctx.no_return = saved
    return ctx.scope.names, tuple(block)


def _merge(
    ctx: Context,
    name: str,
    a: Value | None,
    b: Value | None,
    condition: Expr,
    merges: list[Merge],
    span: Span,
) -> Value:
    """The value of `name` after both branches."""
    if a is None or b is None:
        return Unassigned("it is assigned in one branch of an `if` only", span)
    if isinstance(a, Unassigned):
        return a
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items):
        return Tuple(
            tuple(
                _merge(ctx, name, x, y, condition, merges, span)
                for x, y in zip(a.items, b.items, strict=True)
            )
        )
    if isinstance(a, Poison) or isinstance(b, Poison):
        return POISON
    if isinstance(b, Unassigned):
        return b
    if isinstance(a, Composite | Nothing) or isinstance(b, Composite | Nothing):
        return _merge_parts(ctx, name, a, b, condition, merges, span)
    if not isinstance(a, Expr) or not isinstance(b, Expr):
        return b if a == b else Unassigned("it is no number in the branches of an `if`, and differs", span)
    if not same_shape(a.type.shape, b.type.shape):
        return _other_shapes(a.type.shape, b.type.shape, span)
    if not same_kind((a.type.elem, b.type.elem)):
        return Unassigned(
            f"it is {kind_name(a)} in one branch of an `if` and {kind_name(b)} in the other", span
        )
    pair = unify(ctx, f"`{name}`, assigned in both branches,", (a, b), span)
    if pair is None:
        return Unassigned("its values in the branches of an `if` do not fit together", span)
    secret = condition.type.secret or a.type.secret or b.type.secret
    var = ctx.fresh(name, Type(join_elems([part.type.elem for part in pair]), a.type.shape, secret))
    merges.append(Merge(var, plain(pair[0]), plain(pair[1])))
    return Ref(var.type, span, var=var)


def _other_shapes(then: Shape, otherwise: Shape, span: Span) -> Unassigned:
    have = f"it has the shape {shape_name(then)} in one branch of an `if` and {shape_name(otherwise)} in the other"
    return Unassigned(have, span)


def _merge_parts(
    ctx: Context,
    name: str,
    a: Value,
    b: Value,
    condition: Expr,
    merges: list[Merge],
    span: Span,
) -> Value:
    """A value of several arrays, merged part by part."""
    pair = alike(ctx, f"`{name}`, assigned in both branches,", (a, b), span)
    if pair is None:
        return Unassigned("its values in the branches of an `if` do not fit together", span)
    pair = [throughout(ctx, value, span) for value in pair]
    shapes = [first_shape(value) or () for value in pair]
    if not same_shape(shapes[0], shapes[1]):
        return _other_shapes(shapes[0], shapes[1], span)
    unmerged: list[Value] = []

    def merge(parts: list[Expr]) -> Value:
        value = _merge(ctx, name, parts[0], parts[1], condition, merges, span)
        unmerged.extend(() if isinstance(value, Expr) else (value,))
        return value

    merged = together(pair, merge)
    return unmerged[0] if unmerged else merged
