"""The circuit as a networkx graph: what whole-circuit questions are asked of.

A weight says what a node costs on a path, for example 1 for a product and 0 for what is local. A loop weighs
its trips times the depth of its body: trips follow one another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import networkx as nx

from .nodes import Circuit, Node

Weight = Callable[[Node], int]

#: A node before all others, so that the first node of a path weighs too.
_START = -1


def graph(circuit: Circuit) -> nx.DiGraph:
    """Positions of nodes, an edge from each argument to its reader; `node` is the node itself."""
    view = nx.DiGraph()
    for i, node in enumerate(circuit.nodes):
        view.add_node(i, node=node)
        view.add_edges_from((arg, i) for arg in node.args)
    return view


def depth(circuit: Circuit, weight: Weight) -> int:
    """The weight of the heaviest path."""
    return cast(int, nx.dag_longest_path_length(_weighted(circuit, weight), weight="weight"))


def critical_path(circuit: Circuit, weight: Weight) -> list[int]:
    """The positions along a heaviest path, from its first node; [] for an empty circuit."""
    path = cast(list[int], nx.dag_longest_path(_weighted(circuit, weight), weight="weight"))
    return [i for i in path if i != _START]


def layers(circuit: Circuit, weight: Weight) -> list[list[int]]:
    """Positions by depth: layer d holds the nodes whose heaviest path, own weight included, is d."""
    view = _weighted(circuit, weight)
    reached = {_START: 0}
    for i in range(len(circuit.nodes)):
        reached[i] = max(reached[before] + data["weight"] for before, _, data in view.in_edges(i, data=True))
    del reached[_START]
    grouped: list[list[int]] = [[] for _ in range(max(reached.values(), default=-1) + 1)]
    for i, level in reached.items():
        grouped[level].append(i)
    return grouped


def _weighted(circuit: Circuit, weight: Weight) -> nx.DiGraph:
    """The graph with a start, and the weight of the reader on each edge."""
    view = graph(circuit)
    for i, node in enumerate(circuit.nodes):
        view.add_edge(_START, i)
        cost = _cost(node, weight)
        for before in (_START, *node.args):
            view[before][i]["weight"] = cost
    return view


def _cost(node: Node, weight: Weight) -> int:
    if node.body is None:
        return weight(node)
    return cast(int, node.attrs["trips"]) * depth(node.body, weight)
