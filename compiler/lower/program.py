"""From the checked tree to the circuit: numbers with ranges and truth values, as whole arrays.

Nothing is optimised here: constants are nodes, public values are nodes that are not secret. What a branch or
a loop of the tree means is settled here (see `statements`); how numbers are held is not.
"""

from __future__ import annotations

from ..check.tree import Checked
from ..ir.build import Builder
from ..ir.nodes import Circuit
from .assumptions import settle
from .expressions import expression
from .outputs import output
from .scope import Scope
from .statements import block
from .types import node_type


def lower(checked: Checked) -> Circuit:
    """The circuit of a checked program: what comes in first, in the order of the program, what goes out last."""
    scope = Scope(Builder("circuit"))
    for given in checked.inputs:
        scope.builder.span = given.span
        key = f"{given.name}.{given.party}"
        scope.bind(given.var, scope.builder.add("input", type=node_type(given.var.type), name=key))
    for loaded in checked.loads:
        scope.builder.span = loaded.span
        scope.bind(loaded.var, scope.builder.add("load", type=node_type(loaded.var.type), name=loaded.key))
    block(scope, checked.body)
    settle(scope)
    for kept in checked.keeps:
        value = expression(scope, kept.value)
        scope.builder.span = kept.span
        elem = kept.value.type.elem
        scope.builder.add("keep", value, name=kept.key, lo=elem.lo, hi=elem.hi)
    for result in checked.outputs:
        output(scope, result)
    return scope.builder.finish()
