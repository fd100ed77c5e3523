"""From the checked tree to the circuit: numbers with ranges and truth values, as whole arrays.

Nothing is optimised here: constants are nodes, public values are nodes that are not secret. What a branch or
a loop of the tree means is settled here (see `statements`); how numbers are held is not.
"""

from __future__ import annotations

from ..check.tree import Checked
from ..ir.build import Builder
from ..ir.nodes import Circuit
from .assumptions import settle
from .outputs import output
from .scope import Scope
from .statements import block
from .types import node_type


def lower(checked: Checked) -> Circuit:
    """The circuit of a checked program: inputs first, in the order of the program, and outputs last."""
    scope = Scope(Builder("circuit"))
    for given in checked.inputs:
        scope.builder.span = given.span
        key = f"{given.name}.{given.party}"
        scope.bind(given.var, scope.builder.add("input", type=node_type(given.var.type), name=key))
    block(scope, checked.body)
    settle(scope)
    for result in checked.outputs:
        output(scope, result)
    return scope.builder.finish()
