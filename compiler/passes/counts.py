"""Sums of truth values become counts, which need not bring every bit into the ring first.

Leaves alone: truth values that are wanted as numbers elsewhere too; their sum then costs nothing more.

before                                  after
    %1 = to_num %0 <1000>                   %1 = count %0 {axes: (0,)} <>
    %2 = sum %1 {axes: (0,)} <>
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node


def count_bits(circuit: Circuit) -> Circuit:
    """The circuit with sums of truth values as counts."""
    uses = circuit.uses()
    alone = {i for i, node in enumerate(circuit.nodes) if node.op == "to_num" and node.type.secret and uses[i] == 1}

    def rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
        if node.body is not None:
            return same(builder, replace(node, body=count_bits(node.body)), args)
        if node.op == "sum" and node.args[0] in alone:
            bits = builder.nodes[args[0].id].args[0]
            return builder.add("count", Value(bits, builder.nodes[bits].type), axes=node.attrs["axes"])
        return same(builder, node, args)

    return rebuild(circuit, rewrite)
