"""Dead code: nodes that no output, reveal or result depends on are dropped.

Leaves alone: outputs, reveals, assumptions, and loops of which any result is read. An unused input is dropped too:
it is never shared (the checker has warned).

before                          after
    %0 = input {name: 'a.p'}        %0 = input {name: 'a.p'}
    %1 = mul %0 %0
    %2 = output %0                  %1 = output %0
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node

ROOTS = frozenset({"output", "keep", "reveal", "assume", "require", "arg"})


def drop_dead(circuit: Circuit) -> Circuit:
    """The circuit without what nobody needs."""
    alive = _alive(circuit)
    if all(alive) and all(node.body is None for node in circuit.nodes):
        return circuit
    return rebuild(circuit, _rewrite, lambda i: alive[i])


def _alive(circuit: Circuit) -> list[bool]:
    alive = [node.op in ROOTS for node in circuit.nodes]
    for result in circuit.results:
        alive[result] = True
    for i in reversed(range(len(circuit.nodes))):
        if alive[i]:
            for arg in circuit.nodes[i].args:
                alive[arg] = True
    return alive


def _rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
    if node.body is not None:
        node = replace(node, body=drop_dead(node.body))
    return same(builder, node, args)
