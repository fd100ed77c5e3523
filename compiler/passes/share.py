"""Common subexpressions: equal pure nodes on equal operands are made once.

Leaves alone: inputs, outputs, reveals and loops. The first place in the source keeps the cost.

before                          after
    %2 = lt %0 %1                   %2 = lt %0 %1
    %3 = lt %0 %1
    %4 = and %2 %3                  %3 = and %2 %2
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node


def share_common(circuit: Circuit) -> Circuit:
    """The circuit with equal nodes merged (the builder finds them)."""
    return rebuild(circuit, _rewrite)


def _rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
    if node.body is not None:
        node = replace(node, body=share_common(node.body))
    return same(builder, node, args)
