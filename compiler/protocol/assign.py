"""The sharing of every number: arithmetic or bit planes, by a minimum cut under the price of conversions.

Sums and products want ring shares, comparisons and extremes work on bits, and inputs, selects and shapes can be
either. Each number is a node of a flow network; being on the source's side means arithmetic. An operation that
has one natural form is tied to its side, an operation that can be either costs its price on each side, and a
value that is wanted on the other side pays its conversion once, however many want it.
(After Büscher et al., "HyCC", CCS 2018, and Mohassel and Rindal, "ABY3", eprint 2018/403.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Literal

from ..gadgets.kit import Choice
from ..ir.nodes import Circuit, Node, Type
from ..price.circuit import Price
from .entered import entered_again
from .units import Amount, Units

if TYPE_CHECKING:
    import networkx as nx

Form = Literal["arith", "planes"]

_ARITH = frozenset({
    "add", "sub", "mul", "neg", "abs", "scale", "dot", "matmul", "round", "divround", "floordiv", "mod", "sqrt",
    "take_at", "put_at", "loop", "arg", "result", "recurrence", "polynomial", "load", "keep",
})
_PLANES = frozenset({"nth", "reduce_min", "reduce_max"})
_SCANS: dict[str, Form] = {"add": "arith", "min": "planes", "max": "planes"}
_CONSUMERS = frozenset({"lt", "eq"})
_FREE = frozenset({"const", "iota"})
_MOVES = frozenset({"move", "unmove"})

#: Operations that may be cheaper in the ring although nothing else asks for it.
_FASTER_IN_A_RING = frozenset({"count", "sum"})


def assign(circuit: Circuit, widths: Sequence[int], units: Units) -> list[Form]:
    """The form of each node's number; for comparisons the form in which they read their operands."""
    if not any(_tied(node) == "arith" or node.op in _FASTER_IN_A_RING for node in circuit.nodes):
        return ["planes"] * len(circuit.nodes)
    return _cut(circuit, widths, units)


def _tied(node: Node) -> Form | None:
    if node.op == "scan":
        return _SCANS.get(node.attrs["combine"])
    if node.op in _ARITH and node.type.domain in ("num", "none"):
        return "arith"
    return "planes" if node.op in _PLANES else None


def _chooses(node: Node) -> bool:
    """Whether the node's number has a form at all, or, for a comparison or a loop, what it reads."""
    if node.op in _CONSUMERS:
        return True
    return node.op in ("loop", "keep") or (node.type.domain == "num" and node.op not in _FREE and node.type.secret)


def _cut(circuit: Circuit, widths: Sequence[int], units: Units) -> list[Form]:
    import networkx as nx  # a quarter of a second that programs without a choice do not pay

    flow: nx.DiGraph = nx.DiGraph()
    flow.add_nodes_from(("arith", "planes"))
    price, again = _Price(units), entered_again(circuit)
    for i, node in enumerate(circuit.nodes):
        if _chooses(node):
            _add_node(flow, i, circuit, widths, again, price)
    _, (arith_side, _) = nx.minimum_cut(flow, "arith", "planes")
    return ["arith" if _side(i, node) in arith_side else "planes" for i, node in enumerate(circuit.nodes)]


def _side(i: int, node: Node) -> object:
    """The node of the flow network that stands for node i: what is tied to a side is that side."""
    return (_tied(node) or i) if _chooses(node) else i


def _add_node(flow: nx.DiGraph, i: int, circuit: Circuit, widths: Sequence[int], again: Sequence[bool],
              price: _Price) -> None:
    node = circuit.nodes[i]
    if _tied(node) is None:
        as_arith, as_planes = (price.weight(p) for p in price.of(node, circuit, widths[i]))
        _add_capacity(flow, "arith", i, as_planes)
        _add_capacity(flow, i, "planes", as_arith)
    for a in set(node.args):
        operand = circuit.nodes[a]
        reader = _reader(node, i, a, operand)
        if operand.type.domain == "num" and _chooses(operand) and reader is not None:
            to_planes, to_arith = price.conversions(operand, circuit, widths[a], again[a])
            _convert(flow, a, _side(a, operand), reader, price.weight(to_planes), price.weight(to_arith))


def _reader(node: Node, i: int, a: int, operand: Node) -> object:
    """In whose form node i reads operand a: its own, for keys planes, for an order that was not ranked the ring."""
    if node.op == "rank":
        return "planes"
    if node.op in _MOVES and a == node.args[1]:
        return None if operand.op == "rank" else "arith"
    return _side(i, node)


def _convert(flow: nx.DiGraph, a: int, held: object, user: object, to_planes: int, to_arith: int) -> None:
    """Value `a` is converted once for all users on the other side: an auxiliary node for each direction.

    An edge without a capacity is never cut. What is tied needs no edge that could only lead back to its side.
    """
    bits, ring = ("bits of", a), ("ring of", a)
    if held != "planes" and user != "arith":
        _set_capacity(flow, held, bits, to_planes)
        flow.add_edge(bits, user)
    if held != "arith" and user != "planes":
        _set_capacity(flow, ring, held, to_arith)
        flow.add_edge(user, ring)


def _add_capacity(flow: nx.DiGraph, a: object, b: object, capacity: int) -> None:
    if flow.has_edge(a, b):
        flow[a][b]["capacity"] += capacity
    else:
        flow.add_edge(a, b, capacity=capacity)


def _set_capacity(flow: nx.DiGraph, a: object, b: object, capacity: int) -> None:
    if not flow.has_edge(a, b):
        flow.add_edge(a, b, capacity=capacity)


class _Price:
    """What the choices cost: so many of the protocol's units, and the rounds that a conversion adds.

    Rough on purpose: it ranks forms; what the chosen circuit costs is priced from its messages later.
    """

    def __init__(self, units: Units) -> None:
        self._units = units

    def seconds(self, price: Price) -> float:
        """The time on the network, and a trifle so that of equals the shorter way wins."""
        return self._units.kit.cost(price) + 1e-9

    def weight(self, price: Price) -> int:
        """The same in whole picoseconds: sums of them are exact, so that a cut is the same on every machine."""
        return round(self.seconds(price) * 1e12)

    def of(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """The price in arithmetic and in planes of an operation that can be either; shapes cost nothing.

        A comparison in the ring is one re-sharing of the difference, without decomposing its operands.
        """
        choices: dict[str, Callable[[Node, Circuit, int], tuple[Price, Price]]] = {
            "input": self._input, "select": self._select, "to_num": self._bit, "lt": self._compare, "eq": self._compare,
            "count": self._count, "min": self._extreme, "max": self._extreme, "scan": self._copied,
            "sum": self._sum,
            "move": self._moved, "unmove": self._moved,
        }
        choice = choices.get(node.op)
        return choice(node, circuit, width) if choice else (_FREE_OF_CHARGE, _FREE_OF_CHARGE)

    def _input(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        entered = self._units.entered
        return (entered(width) * node.type.size).price(0), (entered(node.type.range.bits) * node.type.size).price(0)

    def _select(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        chosen, n = self._units.chosen(width), node.type.size
        return (chosen.amount * n).price(chosen.rounds), self._ands(node.type.range.bits * n, 1)

    def _bit(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        return self._injected(node.type.size, width), _FREE_OF_CHARGE

    def _count(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """Every bit into the ring, or full adders over planes, one AND a bit; the rounds were counted."""
        bits, results = circuit.nodes[node.args[0]].type.size, max(node.type.size, 1)
        planes = self._ands(bits, 5 * max(1, bits // results).bit_length() // 4)
        composed = self.to_arith(node, width)
        added = Price(planes.rounds + composed.rounds, planes.bytes + composed.bytes, planes.ands + composed.ands,
                      planes.muls + composed.muls, planes.prepared + composed.prepared)
        return min(self._injected(bits, width), added, key=self.seconds), planes

    def _sum(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """Local, or full adders over planes, one AND a bit, and an adder for the rest."""
        added, bits = circuit.nodes[node.args[0]].type, node.type.range.bits
        levels = 5 * max(1, added.size // max(node.type.size, 1)).bit_length() // 3
        return _FREE_OF_CHARGE, self._ands(added.size * added.range.bits + 4 * bits * node.type.size,
                                           levels + 1 + bits.bit_length())

    def _copied(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """A scan that copies the first value of a segment on, and whether there is one: a gate for each a level."""
        values = circuit.nodes[node.args[0]].type
        levels = max(values.shape[node.attrs["axis"]] - 1, 1).bit_length()
        steps = values.size if node.attrs.get("last") else values.size * levels // 2
        in_ring, planes = self._units.injected(width), self._ands((node.type.range.bits + 1) * steps, levels)
        return (in_ring.amount * steps).price(levels + in_ring.rounds), planes

    def _moved(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """The passes of the rows."""
        shape, moved = circuit.nodes[node.args[0]].type.shape, self._units.moved
        rows = Type("rows", shape[:1], max(1, node.type.range.bits * prod(shape[1:])))
        return moved(Type("arith", shape, width)), moved(rows)

    def _extreme(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """A comparison, then a choice: of ring values by a bit that is brought into the ring.

        Planes are compared with a constant from its lowest one bit on, and with 0 by their sign.
        """
        bits, n = max(circuit.nodes[a].type.range.bits for a in node.args) + 1, node.type.size
        chosen = self._units.chosen(width)
        in_ring = ((self._units.conjunction() * (4 * bits) + chosen.amount) * n).price(
            bits.bit_length() + 2 + chosen.rounds)
        for a in node.args:
            number = circuit.nodes[a].attrs["values"][0] if circuit.nodes[a].op == "const" else None
            if number is not None:
                left = bits - min(bits - 1, (number & -number).bit_length() - 1 if number else bits)
                return in_ring, self._ands((bits + left) * n, (left - 1).bit_length() + 1)
        return in_ring, self._ands(4 * bits * n, bits.bit_length() + 2)

    def _compare(self, node: Node, circuit: Circuit, width: int) -> tuple[Price, Price]:
        """In the ring the parts of the difference are shared as bits, and those beyond two added up."""
        bits = max(circuit.nodes[a].type.range.bits for a in node.args) + 1
        return (self._parted() * (bits * node.type.size)).price(1), _FREE_OF_CHARGE

    def conversions(self, node: Node, circuit: Circuit, width: int, again: bool) -> tuple[Price, Price]:
        """To planes, and to arithmetic; what can be entered again is entered instead."""
        if again:
            arith, planes = self._input(node, circuit, width)
            return planes, arith
        return self.to_planes(node), self.to_arith(node, width)

    def to_planes(self, node: Node) -> Price:
        """Decomposing a ring value: its parts shared as bits, and a parallel-prefix adder."""
        bits = node.type.range.bits
        levels = max(1, bits.bit_length())
        each = self._parted() + self._units.conjunction() * (1 + levels)
        return (each * (bits * node.type.size)).price(1 + levels)

    def to_arith(self, node: Node, width: int) -> Price:
        """Composing a ring value from its bits, each brought into the ring."""
        return self._injected(node.type.range.bits * node.type.size, width)

    def _ands(self, bits: int, rounds: int) -> Price:
        return (self._units.conjunction() * bits).price(rounds)

    def _injected(self, bits: int, width: int) -> Price:
        unit = self._units.injected(width)
        return (unit.amount * bits).price(unit.rounds)

    def _parted(self) -> Amount:
        """A bit of all parts, of which two are left to be added: full adders take one AND a bit."""
        return self._units.parted() + self._units.conjunction() * max(self._units.parts - 2, 0)


_FREE_OF_CHARGE = Price(0, 0, 0, 0)


def form_choices(circuit: Circuit, widths: Sequence[int], units: Units, forms: Sequence[Form]) -> list[Choice]:
    """What was chosen for each operation that could be either, and what it costs by itself in both forms.

    The cut weighs these prices together with those of the conversions around them.
    """
    price, found = _Price(units), []
    for i, node in enumerate(circuit.nodes):
        if _chooses(node) and _tied(node) is None:
            arith, planes = price.of(node, circuit, widths[i])
            if (arith, planes) != (_FREE_OF_CHARGE, _FREE_OF_CHARGE):
                found.append(Choice(f"sharing of {node.op}", node.span, forms[i], {"arith": arith, "planes": planes}))
    return found
