"""Expressions: each becomes one node, and a `refine` where the checker knows a narrower range."""

from __future__ import annotations

from typing import Any

from ..check.tree import Apply, Const, Expr, Iota, Ref
from ..ir.build import Value
from .scope import Scope
from .types import narrowed, node_type

#: Operations that the circuit calls by another name; all others have the same.
_NAMES = {"to_int": "to_num", "div": "divround"}


def expression(scope: Scope, expr: Expr) -> Value:
    """The value of an expression in the circuit of the scope."""
    match expr:
        case Ref():
            return scope.read(expr.var)
        case Const():
            return _leaf(scope, expr, "const", values=expr.values)
        case Iota():
            return _leaf(scope, expr, "iota", start=expr.start, step=expr.step)
        case Apply():
            args = [expression(scope, arg) for arg in expr.args]
            scope.builder.span = expr.span
            return narrowed(scope.builder, _apply(scope, expr, args), expr.type)
        case _:
            raise TypeError(f"no expression: {expr!r}")


def _leaf(scope: Scope, expr: Expr, op: str, **attrs: Any) -> Value:
    scope.builder.span = expr.span
    return scope.builder.add(op, type=node_type(expr.type), **attrs)


def _apply(scope: Scope, expr: Apply, args: list[Value]) -> Value:
    add = scope.builder.add
    if expr.op == "refine":
        return args[0]
    if expr.op == "reveal":
        return add("reveal", *args, *scope.checked())
    if expr.op == "eq" and args[0].type.domain == "bit":
        return add("not", add("xor", *args))
    return add(_NAMES.get(expr.op, expr.op), *args, **_attrs(expr))


def _attrs(expr: Apply) -> dict[str, Any]:
    """The attributes of the node: those of the expression, with what a node says in its own attributes."""
    match expr.op:
        case "scale":
            return {"by": 1 << expr.attrs["bits"]}
        case "matmul":
            return {}
        case "reshape" | "broadcast":
            return {"shape": expr.type.extents}
        case "slice":
            return {**_plain(expr.attrs), "counts": expr.type.extents}
        case _:
            return _plain(expr.attrs)


def _plain(attrs: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in attrs.items()}
