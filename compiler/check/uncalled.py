"""Functions that nobody calls: nothing is known of their arguments, but the names in them are checked."""

from __future__ import annotations

from collections.abc import Iterator

from ..frontend import syntax
from ..frontend.syntax import nodes
from .builtins import BUILTINS
from .context import Context
from .scope import Scope, suggestion
from .values import Function


def check_uncalled(ctx: Context, home: Scope) -> None:
    """Report E1001 for unknown names in the functions declared in a module that were never called."""
    for value in home.names.values():
        if isinstance(value, Function) and value.home is home and value.definition.span not in ctx.called:
            _check(ctx, value.definition, home)


def _check(ctx: Context, definition: syntax.Def, home: Scope) -> None:
    scope = Scope(home=home)
    own = {parameter.name for parameter in definition.parameters}
    for node in nodes(definition):
        own |= _bound(node)
    for parameter in definition.parameters:  # a name in the shape of an argument takes its extent
        if parameter.type is not None:
            own |= {node.id for node in nodes(parameter.type) if isinstance(node, syntax.Name)}
    known = {*own, *scope.visible(), *BUILTINS, "fast"}
    for node in nodes(definition):
        if isinstance(node, syntax.Name) and node is not definition.name and node.id not in known:
            ctx.error("E1001", f"unknown name `{node.id}`", node.span, suggestion(node.id, sorted(known)))


def _bound(node: syntax.Node) -> set[str]:
    """The names that a statement or a generator gives a value."""
    match node:
        case syntax.Assign(target=target) | syntax.For(target=target) | syntax.Generator(target=target):
            return {part.id for part in _targets(target)}
    return set()


def _targets(target: syntax.Expr) -> Iterator[syntax.Name]:
    if isinstance(target, syntax.Name):
        yield target
    elif isinstance(target, syntax.TupleDisplay):
        for item in target.items:
            yield from _targets(item)
