"""Names that are declared: functions and imports."""

from __future__ import annotations

from collections.abc import Mapping

from ..frontend import syntax
from ..source import Span
from .assign import may_bind
from .builtins import BUILTINS
from .context import Context
from .scope import Scope, suggestion
from .values import POISON, Function, ModuleValue, Value


def enter(ctx: Context, module: syntax.Module, scopes: Mapping[str, Scope]) -> None:
    """Imports and functions are names of their module from the start; reports E1002, E1003 and E1006."""
    for node in module.statements:
        if isinstance(node, syntax.Import):
            _import(ctx, node, scopes)
        elif isinstance(node, syntax.Def):
            _declare(ctx, node.name.id, Function(node, ctx.scope), node.name.span)
            _parameters(ctx, node)


def _parameters(ctx: Context, node: syntax.Def) -> None:
    seen: set[str] = set()
    for parameter in node.parameters:
        if parameter.name in BUILTINS:
            ctx.error(
                "E1006",
                f"`{parameter.name}` is a built-in function and cannot be a parameter",
                parameter.span,
                help="choose another name",
            )
        elif parameter.name in seen:
            ctx.error("E1002", f"`{node.name.id}` has two parameters `{parameter.name}`", parameter.span)
        seen.add(parameter.name)


def _import(ctx: Context, node: syntax.Import, scopes: Mapping[str, Scope]) -> None:
    scope = scopes.get(node.module)
    if scope is None:
        return
    if not node.is_from:
        _declare(ctx, node.alias or node.module, ModuleValue(node.module, scope), node.span)
    for name, alias in node.names:
        value = scope.names.get(name.id)
        if value is None or name.id.startswith("_"):
            known = [known for known in scope.names if not known.startswith("_")]
            there = name.id in BUILTINS
            ctx.error(
                "E1003",
                f"the module `{node.module}` has no `{name.id}`",
                name.span,
                "" if there else suggestion(name.id, known),
                help=f"`{name.id}` is a built-in function and needs no import" if there else "",
            )
            if there and alias is None:
                continue
            value = POISON
        _declare(ctx, alias or name.id, value, name.span)


def _declare(ctx: Context, name: str, value: Value, span: Span) -> None:
    if may_bind(ctx, name, span):
        ctx.scope.names[name] = value
        ctx.scope.fixed.add(name)
        ctx.scope.places[name] = span
