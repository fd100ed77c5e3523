"""Expressions: from what was written to typed values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..frontend import syntax
from ..source import Span
from . import aggregates, arithmetic, columns, comparison, dates, logic, movement, reductions, sets, tables, validity
from .builtins import BUILTINS, HINTS
from .calls import call_function
from .composite import Masked, Table, Texts, absent
from .comprehensions import comprehension
from .context import Context, variables
from .grouping import Groups
from .indexing import index
from .items import read_items
from .operands import numbers
from .scope import suggestion
from .shapes import make
from .tree import Expr
from .types import Dim
from .unknown import meant
from .values import (
    POISON,
    Builtin,
    Composite,
    Extent,
    Function,
    ModuleValue,
    Nothing,
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
        ctx.inputs.used.update(ctx.inputs.names.get(identity, "") for identity in variables(value))
        return _placed(value, span)
    if node.id in BUILTINS or (ctx.groups is not None and node.id in aggregates.ALONE):
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
    return ctx.error("E1001", f"unknown name `{node.id}`", span, meant(ctx, node.id))


def _placed(value: Value, span: Span) -> Value:
    """A value, standing where its name is used, so that messages point there."""
    if isinstance(value, Composite):
        return value.with_parts([part for part in (_placed(p, span) for p in value.parts()) if isinstance(part, Expr)])
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
    return Nothing(ctx.at(node.span))


def _unary(ctx: Context, node: syntax.Unary) -> Value:
    span = ctx.at(node.span)
    value = evaluate(ctx, node.operand)
    return validity.strict(ctx, f"`{node.op}`", (value,), span, lambda a: _sign(ctx, node.op, a, span))


def _sign(ctx: Context, op: str, value: Value, span: Span) -> Value:
    """`-x`, `+x`, `not x`, `~x`."""
    if op == "-":
        return arithmetic.negate(ctx, value, span)
    if op == "+":
        return POISON if numbers(ctx, "`+`", (value,), span) is None else value
    return logic.inverse(ctx, op, value, span)


def _binary(ctx: Context, node: syntax.Binary) -> Value:
    span = ctx.at(node.span)
    left = evaluate(ctx, node.left)
    if node.op in ("and", "or") and known_bool(left) is (node.op == "or"):
        return left
    return operate(ctx, node.op, left, evaluate(ctx, node.right), span)


def operate(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`left op right` for every operator with two operands."""
    if op == "@":
        if isinstance(left, Masked) or isinstance(right, Masked):
            return validity.product(ctx, left, right, span)
        return reductions.matmul(ctx, left, right, span)
    if op in ("and", "or", "&", "|", "^"):
        return validity.boolean(ctx, op, left, right, span)
    return validity.strict(ctx, f"`{op}`", (left, right), span, lambda a, b: _arithmetic(ctx, op, a, b, span))


def _arithmetic(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    if isinstance(left, Expr) and isinstance(right, Expr) and (dates.is_date(left) or dates.is_date(right)):
        return dates.binary(ctx, op, left, right, span)
    return arithmetic.binary(ctx, op, left, right, span)


def _compare(ctx: Context, node: syntax.Compare) -> Value:
    values = [evaluate(ctx, operand) for operand in node.operands]
    return comparison.compare(ctx, node.ops, values, ctx.at(node.span))


def _conditional(ctx: Context, node: syntax.Conditional) -> Value:
    condition = validity.holds(ctx, evaluate(ctx, node.condition), ctx.at(node.condition.span))
    known = known_bool(condition)
    if known is not None:
        chosen = evaluate(ctx, node.then if known else node.otherwise)
        other = node.otherwise if known else node.then
        return _of_a_kind(ctx, chosen, other) if isinstance(chosen, Nothing) else chosen
    if isinstance(condition, Expr) and condition.type.shape:
        return ctx.error(
            "E2001",
            "the condition of `… if … else …` is a single truth value",
            condition.span,
            f"is {kind_name(condition)}",
            help="`select(mask, a, b)` picks for each element",
        )
    then, otherwise = evaluate(ctx, node.then), evaluate(ctx, node.otherwise)
    return validity.select(ctx, "`… if … else …`", condition, then, otherwise, ctx.at(node.span))


def _of_a_kind(ctx: Context, chosen: Nothing, other: syntax.Expr) -> Value:
    """`none` as a missing value of the kind of the other side, which is looked at for that alone.

    So what is missing at some sizes only (`mean(x) if n > 0 else none`) is a value at these too.
    """
    found = len(ctx.findings.items)
    with ctx.attempt() as undo, ctx.block():
        sample = evaluate(ctx, other)
        failed = len(ctx.findings.items) > found
        undo()
    return chosen if failed else absent(sample, chosen)


def _call(ctx: Context, node: syntax.Call) -> Value:
    span = ctx.at(node.span)
    if isinstance(node.function, syntax.Name) and node.function.id == "fast":
        return _fast(ctx, node, span)
    if isinstance(node.function, syntax.Attribute):
        method = _method(ctx, node.function, node.args, span)
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
        if ctx.groups is not None:
            found = aggregates.called(ctx, ctx.groups, function.name, positional, named, span)
            if found is not None:
                return found
        return BUILTINS[function.name].call(ctx, function.name, positional, named, span)
    if isinstance(function, Function):
        return call_function(ctx, function, positional, named, span)
    return ctx.error("E1005", f"{kind_name(function)} cannot be called", ctx.at(node.function.span))


def _fast(ctx: Context, node: syntax.Call, span: Span) -> Value:
    """`fast(expression)`: the expression, its products truncated."""
    if len(node.args) != 1 or node.args[0].name is not None:
        return ctx.error("E2003", "`fast` takes one expression", span)
    before, ctx.fast = ctx.fast, True
    try:
        return evaluate(ctx, node.args[0].value)
    finally:
        ctx.fast = before


def _method(
    ctx: Context, node: syntax.Attribute, args: tuple[syntax.Argument, ...], span: Span
) -> Value | None:
    """A method of a table, the error for `x.sum()`; None when the attribute is a function of a module."""
    base = evaluate(ctx, node.value)
    if isinstance(base, ModuleValue):
        return None
    if isinstance(base, Poison):
        return POISON
    if isinstance(base, Table):
        return tables.method(ctx, base, node.name, args, span)
    if isinstance(base, Groups) and node.name == "agg":
        return aggregates.agg(ctx, base, args, span)
    if node.name in sets.METHODS and isinstance(base, Expr | Texts | Masked):
        return sets.method(ctx, base, node.name, args, span)
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
    if isinstance(base, Table) and base.column(node.name) is not None:
        return columns.column(ctx, base, node.name, span)
    if node.name in dates.PARTS and dates.is_date(base.value if isinstance(base, Masked) else base):
        return validity.strict(ctx, f"`.{node.name}`", (base,), span, lambda a: dates.part(ctx, node.name, a, span))
    parts = ctx.inputs.parts.get(variables(base), {})
    if node.name in parts:
        return _placed(parts[node.name], span)
    if isinstance(base, Expr) and node.name == "T":
        return transpose(base, span)
    if isinstance(base, Table):
        return columns.unknown_column(ctx, base, node.name, span)
    if parts:
        return ctx.error(
            "E5001", f"no party is called `{node.name}`", span, suggestion(node.name, list(parts))
        )
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
    match base, node.items:
        case Table(), (syntax.Text(value=name),):
            return columns.column(ctx, base, name, ctx.at(node.span))
    items = read_items(ctx, node.items)
    if isinstance(base, Tuple) and items is not None:
        position = known_dim(items[0]) if len(items) == 1 and isinstance(items[0], Expr) else None
        if position is None or not -len(base.items) <= position.value < len(base.items):
            return ctx.error("E2005", f"there are {len(base.items)} values", ctx.at(node.span))
        return base.items[position.value]
    if isinstance(base, Poison) or items is None:
        return POISON
    if isinstance(base, Composite):
        return movement.index(ctx, base, items, ctx.at(node.span))
    if not isinstance(base, Expr):
        return ctx.error("E2001", f"{kind_name(base)} has no elements", ctx.at(node.value.span))
    return index(ctx, base, items, ctx.at(node.span))


def _list(ctx: Context, node: syntax.ListDisplay) -> Value:
    span = ctx.at(node.span)
    return movement.listed(ctx, [evaluate(ctx, item) for item in node.items], span)


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
