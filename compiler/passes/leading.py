"""Sorts of which only the first rows are read become choices of these rows, which need not sort all of them.

Leaves alone: orders of which more than the first half is read, or whose numbers are; orders that everybody knows.

before                                                  after
    %1 = rank %0 {..} <1000>                                %1 = leaders %0 {count: 10, ..} <10>
    %2 = move %x %1 <1000>                                  %2 = led %x %1 <10>
    %3 = slice %2 {counts: (10,), starts: (0,), ..} <10>
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node
from .fold import changes_nothing


def lead_rows(circuit: Circuit) -> Circuit:
    """The circuit with the first rows chosen where nothing else of an order is read."""
    counts = _counts(circuit)
    position = iter(range(len(circuit.nodes)))

    def rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
        if node.body is not None:
            node = replace(node, body=lead_rows(node.body))
        count = counts.get(next(position))
        if count is not None:
            return builder.add("leaders", *args, **node.attrs, count=count)
        if node.op == "move" and builder.nodes[args[1].id].op == "leaders":
            return builder.add("led", *args)
        if _takes_all(builder, node, args):
            return args[0]
        return same(builder, node, args)

    return rebuild(circuit, rewrite)


def _takes_all(builder: Builder, node: Node, args: Sequence[Value]) -> bool:
    """Whether these are all of the rows that were chosen, as they are: a slice may also turn them round."""
    if node.op != "slice" or builder.nodes[args[0].id].op != "led":
        return False
    return args[0].type.shape == node.type.shape and changes_nothing(node)


def _counts(circuit: Circuit) -> dict[int, int]:
    """How many rows are read at most, of the orders of which only first rows are."""
    readers = defaultdict[int, set[int]](set)
    for i, node in enumerate(circuit.nodes):
        for a in node.args:
            readers[a].add(i)
    for result in circuit.results:
        readers[result].add(-1)
    found = {i: _read(circuit, readers, i) for i, node in enumerate(circuit.nodes)
             if node.op == "rank" and node.type.secret}
    return {i: count for i, count in found.items() if 0 < count <= circuit.nodes[i].type.shape[0] // 2}


def _read(circuit: Circuit, readers: dict[int, set[int]], rank: int) -> int:
    """How many first rows are read of what moves along an order; 0 where something else is."""
    most = 0
    for i in readers[rank]:
        if i < 0 or not _moves(circuit.nodes[i], rank):
            return 0
        for j in readers[i]:
            if j < 0 or circuit.nodes[j].op != "slice":
                return 0
            most = max(most, _end(circuit.nodes[j]))
    return most


def _moves(node: Node, order: int) -> bool:
    return node.op == "move" and node.args[1] == order != node.args[0]


def _end(node: Node) -> int:
    """The number of rows up to the last one that a slice takes."""
    start, step, count = (node.attrs[name][0] for name in ("starts", "steps", "counts"))
    return max(start, start + (count - 1) * step) + 1 if count else 0
