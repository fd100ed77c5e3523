"""Outputs: the value as it may be opened, and the flag that says where it is shown."""

from __future__ import annotations

from typing import Any

from ..check.tree import Output
from ..check.types import Bool, Elem, Fixed
from ..ir.build import Builder, Value
from ..ir.nodes import Type
from .expressions import expression
from .scope import Scope


def output(scope: Scope, node: Output) -> None:
    """One `output` node: the value, masked to 0 where its condition does not hold, the condition, and the token of
    the assumptions that are checked before (`settled`)."""
    value = expression(scope, node.value)
    flags = [] if node.condition is None else [expression(scope, node.condition)]
    scope.builder.span = node.span
    for flag in flags:
        value = _masked(scope.builder, value, flag)
    attrs: dict[str, Any] = {
        "name": node.name,
        "receivers": tuple(node.receivers),
        "element": element(node.value.type.elem),
        "frac": node.value.type.elem.frac,
        "flagged": bool(flags),
    }
    tokens = scope.checked()
    if tokens:
        attrs["settled"] = True
    scope.builder.add("output", value, *flags, *tokens, **attrs)


def element(elem: Elem) -> str:
    """int, fixed or bool: how the elements of an output are read."""
    return "bool" if isinstance(elem, Bool) else "fixed" if isinstance(elem, Fixed) else "int"


def _masked(builder: Builder, value: Value, flag: Value) -> Value:
    """The value where the flag is 1 and 0 elsewhere, so that nothing else is ever opened."""
    shape = value.type.shape
    if flag.type.shape != shape:
        trailing = len(shape) - len(flag.type.shape)
        flag = builder.add("reshape", flag, shape=flag.type.shape + (1,) * trailing)
        flag = builder.add("broadcast", flag, shape=shape)
    if value.type.domain == "bit":
        return builder.add("and", value, flag)
    zero = builder.add("const", type=Type("num", shape, 0, 0, 0, False), values=(0,))
    return builder.add("select", flag, value, zero)
