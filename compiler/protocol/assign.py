"""The sharing of every number: arithmetic or bit planes, by a minimum cut under the price of conversions.

Sums and products want ring shares, comparisons and extremes work on bits, and inputs, selects and shapes can be
either. Each number is a node of a flow network; being on the source's side means arithmetic. An operation that
has one natural form is tied to its side, an operation that can be either costs its price on each side, and a
value that is wanted on the other side pays its conversion once, however many want it.
(After Büscher et al., "HyCC", CCS 2018, and Mohassel and Rindal, "ABY3", eprint 2018/403.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from ..ir.nodes import Circuit, Node
from ..price.network import Network

if TYPE_CHECKING:
    import networkx as nx

Form = Literal["arith", "planes"]

_ARITH = frozenset({
    "add", "sub", "mul", "neg", "abs", "scale", "sum", "dot", "matmul", "round", "divround", "floordiv", "mod", "sqrt",
    "take_at", "put_at", "loop", "arg", "result",
})
_PLANES = frozenset({"min", "max", "reduce_min", "reduce_max"})
_CONSUMERS = frozenset({"lt", "eq"})
_FREE = frozenset({"const", "iota"})


def assign(circuit: Circuit, widths: Sequence[int], network: Network) -> list[Form]:
    """The form of each node's number; for comparisons the form in which they read their operands."""
    wanted = {_tied(node) for node in circuit.nodes} - {None}
    if "arith" not in wanted:
        return ["planes"] * len(circuit.nodes)
    return _cut(circuit, widths, network)


def _tied(node: Node) -> Form | None:
    if node.op in _ARITH and node.type.domain in ("num", "none"):
        return "arith"
    return "planes" if node.op in _PLANES else None


def _chooses(node: Node) -> bool:
    """Whether the node's number has a form at all, or, for a comparison or a loop, what it reads."""
    if node.op in _CONSUMERS:
        return True
    return node.op == "loop" or (node.type.domain == "num" and node.op not in _FREE and node.type.secret)


def _cut(circuit: Circuit, widths: Sequence[int], network: Network) -> list[Form]:
    import networkx as nx  # a quarter of a second that programs without a choice do not pay

    flow: nx.DiGraph = nx.DiGraph()
    flow.add_nodes_from(("arith", "planes"))
    price = _Price(network)
    for i, node in enumerate(circuit.nodes):
        if _chooses(node):
            _add_node(flow, i, node, circuit, widths, price)
    _, (arith_side, _) = nx.minimum_cut(flow, "arith", "planes")
    return ["arith" if i in arith_side else "planes" for i in range(len(circuit.nodes))]


def _add_node(flow: nx.DiGraph, i: int, node: Node, circuit: Circuit, widths: Sequence[int], price: _Price) -> None:
    tied = _tied(node)
    if tied == "arith":
        flow.add_edge("arith", i)  # no capacity: never cut
    elif tied == "planes":
        flow.add_edge(i, "planes")
    else:
        as_arith, as_planes = price.of(node, circuit, widths[i])
        _add_capacity(flow, "arith", i, as_planes)
        _add_capacity(flow, i, "planes", as_arith)
    for a in set(node.args):
        operand = circuit.nodes[a]
        if operand.type.domain != "num" or not _chooses(operand):
            continue
        _convert(flow, a, i, price.to_planes(operand), price.to_arith(operand, widths[a]))


def _convert(flow: nx.DiGraph, a: int, user: int, to_planes: float, to_arith: float) -> None:
    """Value `a` is converted once for all users on the other side: an auxiliary node for each direction."""
    bits, ring = ("bits of", a), ("ring of", a)
    _set_capacity(flow, a, bits, to_planes)
    flow.add_edge(bits, user)
    _set_capacity(flow, ring, a, to_arith)
    flow.add_edge(user, ring)


def _add_capacity(flow: nx.DiGraph, a: object, b: object, capacity: float) -> None:
    if flow.has_edge(a, b):
        flow[a][b]["capacity"] += capacity
    else:
        flow.add_edge(a, b, capacity=capacity)


def _set_capacity(flow: nx.DiGraph, a: object, b: object, capacity: float) -> None:
    if not flow.has_edge(a, b):
        flow.add_edge(a, b, capacity=capacity)


class _Price:
    """Seconds of the choices, from bits a value on the wire and rounds that a conversion adds.

    Rough on purpose: it ranks forms; what the chosen circuit costs is priced from its messages later.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def _seconds(self, bits: float, rounds: float) -> float:
        return bits / 8 / self._network.bandwidth + rounds * self._network.latency + 1e-9

    def of(self, node: Node, circuit: Circuit, width: int) -> tuple[float, float]:
        """The price in arithmetic and in planes of an operation that can be either; shapes cost nothing.

        A comparison in the ring is one re-sharing of the difference, without decomposing its operands.
        """
        choices: dict[str, Callable[[Node, Circuit, int], tuple[float, float]]] = {
            "input": self._input, "select": self._select, "to_num": self._bit, "lt": self._compare, "eq": self._compare,
        }
        choice = choices.get(node.op)
        return choice(node, circuit, width) if choice else (0.0, 0.0)

    def _input(self, node: Node, circuit: Circuit, width: int) -> tuple[float, float]:
        n = node.type.size
        return self._seconds(width * n, 0), self._seconds(node.type.range.bits * n, 0)

    def _select(self, node: Node, circuit: Circuit, width: int) -> tuple[float, float]:
        n = node.type.size
        return self._seconds(3 * width * n, 3), self._seconds(node.type.range.bits * n, 1)

    def _bit(self, node: Node, circuit: Circuit, width: int) -> tuple[float, float]:
        return self._seconds(2 * width * node.type.size, 2), 0.0

    def _compare(self, node: Node, circuit: Circuit, width: int) -> tuple[float, float]:
        bits = max(circuit.nodes[a].type.range.bits for a in node.args) + 1
        return self._seconds(bits * node.type.size, 1), 0.0

    def to_planes(self, node: Node) -> float:
        """Decomposing a ring value: a re-sharing of its bits and a parallel-prefix adder."""
        bits = node.type.range.bits
        levels = max(1, bits.bit_length())
        return self._seconds(bits * node.type.size * (2 + levels), 1 + levels)

    def to_arith(self, node: Node, width: int) -> float:
        """Composing a ring value from its bits: two ring elements a bit."""
        return self._seconds(2 * width * node.type.range.bits * node.type.size, 2)
