"""Chains of selects become trees: an `if` with k branches takes the logarithm of k selects in sequence, not k.

A branch is a condition and a value; two neighbours are one branch with `c1 or c2` and `select(c1, a, b)`. The last
value of a chain is a branch that always holds. Every select is there as before, and one `or` for each pair of branches.
Leaves alone: chains of fewer than four selects, which a tree does not shorten enough to pay the conditions.

before                                  after
    %9 = select %c4 %x4 %y                  %9 = select %c4 %x4 %y
    %10 = select %c3 %x3 %9                 %10 = select %c3 %x3 %9
    %11 = select %c2 %x2 %10                %11 = or %c1 %c2
    %12 = select %c1 %x1 %11                %12 = select %c1 %x1 %x2
                                            %13 = select %11 %12 %10
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node

#: Selects of the shortest chain that becomes a tree.
SHORTEST = 4

#: A condition (None: always) and the value where it holds.
Branch = tuple[Value | None, Value]


def balance_selects(circuit: Circuit) -> Circuit:
    """The circuit with chains of selects as trees."""
    builder = Builder(circuit.stage)
    uses = circuit.uses()
    new: dict[int, Value] = {}
    inside: set[int] = set()
    chains: dict[int, tuple[list[int], int]] = {}
    for i in reversed(range(len(circuit.nodes))):
        if circuit.nodes[i].op == "select" and i not in inside:
            spine, rest = _chain(circuit.nodes, uses, i)
            inside.update(spine)
            if len(spine) >= SHORTEST:
                chains[i] = spine, rest
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        if node.body is not None:
            node = replace(node, body=balance_selects(node.body))
        if i in chains:
            spine, rest = chains[i]
            branches = [(new[circuit.nodes[s].args[0]], new[circuit.nodes[s].args[1]]) for s in spine]
            new[i] = _refined(builder, _tree(builder, [*branches, (None, new[rest])])[1], node)
        else:
            new[i] = builder.append(replace(node, args=tuple(new[a].id for a in node.args)))
    return builder.finish(new[r] for r in circuit.results)


def _chain(nodes: Sequence[Node], uses: Sequence[int], i: int) -> tuple[list[int], int]:
    """The selects along the sides that do not hold, each read by the one before alone; and the last such side."""
    spine = [i]
    while True:
        rest = nodes[spine[-1]].args[2]
        end, alone = rest, uses[rest] == 1
        while nodes[end].op == "refine":
            end = nodes[end].args[0]
            alone = alone and uses[end] == 1
        if nodes[end].op != "select" or not alone:
            return spine, rest
        spine.append(end)


def _tree(builder: Builder, branches: Sequence[Branch]) -> Branch:
    if len(branches) == 1:
        return branches[0]
    half = len(branches) // 2
    (first, a), (second, b) = _tree(builder, branches[:half]), _tree(builder, branches[half:])
    assert first is not None, "only the last branch holds always"
    either = None if second is None else builder.add("or", first, second)
    return either, builder.add("select", first, a, b)


def _refined(builder: Builder, made: Value, node: Node) -> Value:
    if made.type.domain == "bit" or made.type.range == node.type.range:
        return made
    return builder.add("refine", made, lo=node.type.lo, hi=node.type.hi)
