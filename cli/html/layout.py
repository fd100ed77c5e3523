"""Where the boxes of a circuit stand: layers by the longest path from the inputs, crossings kept few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
from cloister.compiler.ir.nodes import Circuit, Node

#: Circuits of more boxes than this are drawn with alike operations of a layer and line together.
MOST_BOXES = 400
#: What always has a box of its own.
_ALONE = frozenset({"input", "output", "loop"})
#: How often the order in the layers is brought in line with the neighbours.
_SWEEPS = 6


@dataclass(frozen=True)
class Box:
    """One operation, or `count` alike ones; `layer` and `row` are its place in the drawing."""

    id: str
    nodes: tuple[Node, ...]
    label: str
    layer: int
    row: float

    @property
    def node(self) -> Node:
        """The first of them, for what all have in common."""
        return self.nodes[0]


@dataclass(frozen=True)
class Drawing:
    """The boxes of one circuit and the arrows between them, by the boxes' ids; `rows` is how many it is high."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]
    layers: int
    rows: int


def lay_out(circuit: Circuit, prefix: str) -> Drawing:
    """Public constants are written where they are read and are no boxes. `prefix` begins every id."""
    view = nx.DiGraph()
    drawn = [i for i, node in enumerate(circuit.nodes) if node.op != "const"]
    view.add_nodes_from(drawn)
    kept = set(drawn)
    view.add_edges_from((arg, i) for i in drawn for arg in circuit.nodes[i].args if arg in kept)
    layer = {i: number for number, found in enumerate(nx.topological_generations(view)) for i in found}
    group = _groups(circuit, drawn, layer)
    members: dict[int, list[int]] = {}
    for i in drawn:
        members.setdefault(group[i], []).append(i)
    arrows = dict.fromkeys((group[a], group[b]) for a, b in view.edges if group[a] != group[b])
    place = _ordered(members, layer, arrows)
    boxes = tuple(_box(circuit, f"{prefix}{first}", found, layer[first], place[first])
                  for first, found in members.items())
    heights = Counter(layer[first] for first in members)
    named = tuple((f"{prefix}{a}", f"{prefix}{b}") for a, b in arrows)
    return Drawing(boxes, named, max(layer.values(), default=-1) + 1, max(heights.values(), default=0))


def _groups(circuit: Circuit, drawn: Sequence[int], layer: Mapping[int, int]) -> dict[int, int]:
    """For each node the first of those that it is drawn with."""
    if len(drawn) <= MOST_BOXES:
        return {i: i for i in drawn}
    first: dict[tuple[object, ...], int] = {}
    found = {}
    for i in drawn:
        node = circuit.nodes[i]
        alone = i if node.op in _ALONE else -1
        found[i] = first.setdefault((layer[i], node.op, node.span.origin.line, alone), i)
    return found


def _box(circuit: Circuit, name: str, found: Sequence[int], layer: int, row: float) -> Box:
    nodes = tuple(circuit.nodes[i] for i in found)
    times = f" × {len(nodes)}" if len(nodes) > 1 else ""
    return Box(name, nodes, f"{_label(circuit, nodes[0])}{times}", layer, row)


def _label(circuit: Circuit, node: Node) -> str:
    """The operation with the public constants that it reads, or the name of an input."""
    if node.op == "input":
        return str(node.attrs["name"])
    if node.op == "arg":
        return f"value {node.attrs['index']}" if node.attrs["index"] else "number of the trip"
    if node.op == "loop":
        return f"loop, {node.attrs['trips']:,} trips"
    constants = [circuit.nodes[a].attrs.get("values", ()) for a in node.args if circuit.nodes[a].op == "const"]
    known = [f" {values[0]}" for values in constants if len(values) == 1]
    return f"{node.op}{''.join(known)}"


def _ordered(members: Iterable[int], layer: Mapping[int, int], arrows: Iterable[tuple[int, int]]) -> dict[int, float]:
    """The row of each box: layers are centred, and ordered again and again by the middle of their neighbours."""
    layers: list[list[int]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for first in members:
        layers[layer[first]].append(first)
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for a, b in arrows:
        after.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    row: dict[int, float] = {}
    for found in layers:
        _set_rows(found, row)
    for sweep in range(_SWEEPS):
        beside, order = (before, layers) if sweep % 2 == 0 else (after, layers[::-1])
        for found in order:
            found.sort(key=lambda i: (_middle([row[j] for j in beside.get(i, ())], row[i]), row[i]))
            _set_rows(found, row)
    return row


def _middle(rows: Sequence[float], own: float) -> float:
    return sum(rows) / len(rows) if rows else own


def _set_rows(found: Sequence[int], row: dict[int, float]) -> None:
    for position, i in enumerate(found):
        row[i] = position - (len(found) - 1) / 2
