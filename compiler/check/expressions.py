"""Expressions: from what was written to typed values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..frontend import syntax
from ..source import Span
from . import arithmetic, logic, reductions
from .builtins import BUILTINS, HINTS
from .calls import call_function
from .comprehensions import comprehension
from .context import Context
from .displays import stack
from .indexing import index
from .items import read_items
from .operands import numbers
from .scope import suggestion
from .shapes import make
from .tree import Expr, Ref
from .types import Dim
from .values import (
    POISON,
    Builtin,
    Extent,
    Function,
    ModuleValue,
    Poison,
    TextValue,
    Tuple,
    Unassigned,
    Value,
    extent,
    kind_name,
    known_bool,
    known_dim,
    literal,
    truth,
)


def evaluate(ctx: Context, node: syntax.Expr) -> Value:
    """The value of an expression. Errors are reported, and the value is then POISON."""
    return _EVALUATORS[type(node)](ctx, node)


def _name(ctx: Context, node: syntax.Name) -> Value:
    span = ctx.at(node.span)
    value = ctx.scope.find(node.id)
    if isinstance(value, Unassigned):
        from_here = value
        return ctx.error(
            "E1007",
            f"`{node.id}` may have no value here",
            span,
            from_here.reason,
            help=f"assign to `{node.id}` before",
        )
    if value is not None:
        if isinstance(value, Ref):
            ctx.inputs.used.add(ctx.inputs.names.get(value.var.id, ""))
            return Ref(value.type, span, var=value.var)
        return _placed(value, span)
    if node.id in BUILTINS:
        return Builtin(node.id)
    if ctx.scope.hidden(node.id):
        return ctx.error(
            "E1001",
            f"`{node.id}` is a value of the program, which a function does not see",
            span,
            help=f"give it to the function as an argument: `def …(…, {node.id})`",
        )
    if node.id in HINTS:
        return ctx.error("E1001", f"unknown name `{node.id}`", span, HINTS[node.id])
    return ctx.error(
        "E1001", f"unknown name `{node.id}`", span, suggestion(node.id, [*ctx.scope.visible(), *BUILTINS])
    )


def _placed(value: Value, span: Span) -> Value:
    """A known value, standing where its name is used, so that messages point there."""
    if isinstance(value, Expr):
        fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
        return type(value)(**{**fields, "span": span})
    return value


def _number(ctx: Context, node: syntax.Number) -> Value:
    return literal(node.value, ctx.at(node.span), node.is_int)


def _boolean(ctx: Context, node: syntax.Boolean) -> Value:
    return truth(node.value, ctx.at(node.span))


def _text(ctx: Context, node: syntax.Text) -> Value:
    return TextValue(node.value)


def _none(ctx: Context, node: syntax.NoneLiteral) -> Value:
    return ctx.error("E2009", "`none` is not supported yet", ctx.at(node.span))


def _unary(ctx: Context, node: syntax.Unary) -> Value:
    span = ctx.at(node.span)
    value = evaluate(ctx, node.operand)
    if node.op == "-":
        return arithmetic.negate(ctx, value, span)
    if node.op == "+":
        return POISON if numbers(ctx, "`+`", (value,), span) is None else value
    return logic.inverse(ctx, node.op, value, span)


def _binary(ctx: Context, node: syntax.Binary) -> Value:
    span = ctx.at(node.span)
    left = evaluate(ctx, node.left)
    if node.op in ("and", "or") and known_bool(left) is (node.op == "or"):
        return left
    return operate(ctx, node.op, left, evaluate(ctx, node.right), span)


def operate(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`left op right` for every operator with two operands."""
    if op == "@":
        return reductions.matmul(ctx, left, right, span)
    if op in ("and", "or", "&", "|", "^"):
        return logic.boolean(ctx, op, left, right, span)
    return arithmetic.binary(ctx, op, left, right, span)


def _compare(ctx: Context, node: syntax.Compare) -> Value:
    return logic.compare(
        ctx, node.ops, [evaluate(ctx, operand) for operand in node.operands], ctx.at(node.span)
    )


def _conditional(ctx: Context, node: syntax.Conditional) -> Value:
    condition = evaluate(ctx, node.condition)
    known = known_bool(condition)
    if known is not None:
        return evaluate(ctx, node.then if known else node.otherwise)
    if isinstance(condition, Expr) and condition.type.shape:
        return ctx.error(
            "E2001",
            "the condition of `… if … else …` is a single truth value",
            condition.span,
            f"is {kind_name(condition)}",
            help="`select(mask, a, b)` picks for each element",
        )
    then, otherwise = evaluate(ctx, node.then), evaluate(ctx, node.otherwise)
    return logic.select(ctx, "`… if … else …`", condition, then, otherwise, ctx.at(node.span))


def _call(ctx: Context, node: syntax.Call) -> Value:
    span = ctx.at(node.span)
    if isinstance(node.function, syntax.Attribute):
        method = _method(ctx, node.function, span)
        if method is not None:
            return method
    function = evaluate(ctx, node.function)
    positional: list[Value] = []
    named: dict[str, Value] = {}
    for arg in node.args:
        value = evaluate(ctx, arg.value)
        if arg.name is None:
            positional.append(value)
        elif arg.name in named:
            return ctx.error("E2003", f"the argument `{arg.name}` is given twice", ctx.at(arg.span))
        else:
            named[arg.name] = value
    if isinstance(function, Poison):
        return POISON
    if isinstance(function, Builtin):
        return BUILTINS[function.name].call(ctx, function.name, positional, named, span)
    if isinstance(function, Function):
        return call_function(ctx, function, positional, named, span)
    return ctx.error("E1005", f"{kind_name(function)} cannot be called", ctx.at(node.function.span))


def _method(ctx: Context, node: syntax.Attribute, span: Span) -> Value | None:
    """The error for `x.sum()`; None when the attribute is a function of a module."""
    base = evaluate(ctx, node.value)
    if isinstance(base, ModuleValue):
        return None
    if isinstance(base, Poison):
        return POISON
    mend = f"`{node.name}({ctx.text(node.value.span)})`" if node.name in BUILTINS else ""
    return ctx.error("E1005", f"{kind_name(base)} has no method `{node.name}`", span, help=mend)


def _attribute(ctx: Context, node: syntax.Attribute) -> Value:
    span = ctx.at(node.span)
    base = evaluate(ctx, node.value)
    if isinstance(base, Poison):
        return POISON
    if isinstance(base, ModuleValue):
        return _module_name(ctx, base, node, span)
    if isinstance(base, Extent) and node.name in ctx.parties:
        return _size_part(ctx, base, node, span)
    if isinstance(base, Ref) and base.var.id in ctx.inputs.parts:
        parts = ctx.inputs.parts[base.var.id]
        if node.name in parts:
            part = parts[node.name]
            assert isinstance(part, Ref)
            return Ref(part.type, span, var=part.var)
        return ctx.error(
            "E5001", f"no party is called `{node.name}`", span, suggestion(node.name, list(parts))
        )
    if isinstance(base, Expr) and node.name == "T":
        return transpose(base, span)
    return ctx.error("E1005", f"{kind_name(base)} has no attribute `{node.name}`", span)


def _module_name(ctx: Context, module: ModuleValue, node: syntax.Attribute, span: Span) -> Value:
    value = module.scope.names.get(node.name)
    if value is None or node.name.startswith("_"):
        known = [name for name in module.scope.names if not name.startswith("_")]
        return ctx.error(
            "E1003", f"the module `{module.name}` has no `{node.name}`", span, suggestion(node.name, known)
        )
    return value


def _size_part(ctx: Context, base: Extent, node: syntax.Attribute, span: Span) -> Value:
    names = [name for name, factor in base.dim.terms if factor == 1]
    if len(base.dim.terms) == 1 and not base.dim.constant and names and names[0] in ctx.each_sizes:
        part = f"{names[0]}.{node.name}"
        return extent(Dim.size(part, ctx.sizes[part]), span)
    return ctx.error("E1005", "only a size that counts rows `from each` party has a part for each", span)


def transpose(value: Expr, span: Span) -> Expr:
    """The array with its axes in reverse order."""
    axes = tuple(reversed(range(len(value.type.shape))))
    if len(axes) < 2:
        return value
    return make(
        "transpose", (value,), value.type.elem, tuple(value.type.shape[a] for a in axes), span, axes=axes
    )


def _index(ctx: Context, node: syntax.Index) -> Value:
    base = evaluate(ctx, node.value)
    items = read_items(ctx, node.items)
    if isinstance(base, Tuple) and items is not None:
        position = known_dim(items[0]) if len(items) == 1 and isinstance(items[0], Expr) else None
        if position is None or not -len(base.items) <= position.value < len(base.items):
            return ctx.error("E2005", f"there are {len(base.items)} values", ctx.at(node.span))
        return base.items[position.value]
    if isinstance(base, Poison) or items is None:
        return POISON
    if not isinstance(base, Expr):
        return ctx.error("E2001", f"{kind_name(base)} has no elements", ctx.at(node.value.span))
    return index(ctx, base, items, ctx.at(node.span))


def _list(ctx: Context, node: syntax.ListDisplay) -> Value:
    span = ctx.at(node.span)
    return stack(ctx, [evaluate(ctx, item) for item in node.items], "a list", span)


def _tuple(ctx: Context, node: syntax.TupleDisplay) -> Value:
    return Tuple(tuple(evaluate(ctx, item) for item in node.items))


_EVALUATORS: dict[type[syntax.Expr], Callable[[Context, Any], Value]] = {
    syntax.Name: _name,
    syntax.Number: _number,
    syntax.Boolean: _boolean,
    syntax.Text: _text,
    syntax.NoneLiteral: _none,
    syntax.Unary: _unary,
    syntax.Binary: _binary,
    syntax.Compare: _compare,
    syntax.Conditional: _conditional,
    syntax.Call: _call,
    syntax.Attribute: _attribute,
    syntax.Index: _index,
    syntax.ListDisplay: _list,
    syntax.TupleDisplay: _tuple,
    syntax.Comprehension: comprehension,
}
