"""Dead code: nodes that no output, reveal or result depends on are dropped.

Leaves alone: outputs, reveals, assumptions, and loops of which any result is read. An unused input is dropped too:
it is never shared (the checker has warned).

before                          after
    %0 = input {name: 'a.p'}        %0 = input {name: 'a.p'}
    %1 = mul %0 %0
    %2 = output %0                  %1 = output %0
"""

from __future__ import annotations

from ..ir.nodes import Circuit, Node

ROOTS = frozenset({"output", "keep", "reveal", "assume", "require", "arg"})


def drop_dead(circuit: Circuit) -> Circuit:
    """The circuit without what nobody needs."""
    alive = _alive(circuit)
    if all(alive) and all(node.body is None for node in circuit.nodes):
        return circuit
    new: dict[int, int] = {}
    nodes: list[Node] = []
    for i, node in enumerate(circuit.nodes):
        if alive[i]:
            new[i] = len(nodes)
            body = node.body and drop_dead(node.body)
            nodes.append(Node(node.op, tuple([new[a] for a in node.args]), node.attrs, node.type, node.span, body))
    return Circuit(circuit.stage, tuple(nodes), tuple(new[r] for r in circuit.results))


def _alive(circuit: Circuit) -> list[bool]:
    alive = [node.op in ROOTS for node in circuit.nodes]
    for result in circuit.results:
        alive[result] = True
    for i in reversed(range(len(circuit.nodes))):
        if alive[i]:
            for arg in circuit.nodes[i].args:
                alive[arg] = True
    return alive
