"""Who knows what: the products in which a party knows a factor in the clear, told to the protocol.

A party knows its own inputs, its part of any value, and what is linear in these and in public values. Where the
protocol gains by it (`Protocol.one_sided`), each product is marked:

=======  ==================================================================================================
known    for each operand the party that knows it, SHARED where none does; equal ones: it multiplies alone
bit      the operand that is known and only ever 0 or 1, as ring element
narrow   an operand that is known, how many bits it has, and where its range begins, if that is cheaper (`narrow`)
at       of what takes a public constant into a sharing: in whose share it counts, party 0's where absent
=======  ==================================================================================================

A known value lies whole in its party's share, and the others hold zero; so a public constant that joins it has to
count there. What is only public counts wherever it is wanted, in several places if need be. Nothing here depends on
data: who knows what follows from the circuit alone.

before                              after
    %0 = input {name: 'x.a'}            %0 = input {name: 'x.a'}
    %1 = input {name: 'y.b'}            %1 = input {name: 'y.b'}
    %2 = invert %1                      %2 = invert %1 {at: 1}
    %3 = and %0 %2                      %3 = and %0 %2 {known: (0, 1)}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from cloister.runtime.preprocess.kinds import SHARED
from cloister.runtime.protocols.base import Protocol

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node
from .narrow import narrowed

#: In the place of a party: what is public, or zero in every share.
_EVERYBODY = -2

_PRODUCTS = frozenset({"mul", "dot", "matmul", "and"})
_MOVES = frozenset({"reshape", "broadcast", "transpose", "slice", "concat", "take", "take_at", "put_at", "pad"})
_LINEAR = _MOVES | {"share", "share_planes", "add", "sub", "neg", "scale", "sum", "cumsum", "matmul_public", "narrow",
                    "xor", "invert", "pick", "join", "xors", "fold_planes", "unfold_planes"}


@dataclass(frozen=True)
class Known:
    """Who knows a value: a party, SHARED or everybody; and whether it is a ring element that is 0 or 1."""

    party: int
    bit: bool = False


_NOBODY = Known(SHARED)
_PUBLIC = Known(_EVERYBODY)


def mark_known(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> Circuit:
    """The circuit with its products marked; as it is for a protocol that does not gain by it.

    `owners` gives the computing position that enters each input.
    """
    if not protocol.one_sided:
        return circuit
    return _marked(circuit, _Analysis(owners), {}, [0] * len(circuit.results), protocol, 1)


# --------------------------------------------------------------------------- who knows each value


@dataclass
class _Analysis:
    """Who knows each value of a circuit, and of the bodies of its loops (by node)."""

    owners: Mapping[str, int]
    bodies: dict[int, dict[int, Known]] = field(default_factory=dict)

    def circuit(self, circuit: Circuit, bound: Mapping[int, Known]) -> list[Known]:
        """`bound` are the arguments of a loop's body; those of a whole program are shares that an earlier one kept."""
        known: list[Known] = []
        for i, node in enumerate(circuit.nodes):
            known.append(self._node(circuit, i, node, known, bound))
        return known

    def _node(self, circuit: Circuit, i: int, node: Node, known: Sequence[Known], bound: Mapping[int, Known]) -> Known:
        secret = [known[a] for a in node.args if circuit.nodes[a].type.secret]
        if node.op == "loop":
            self.bodies[id(node)] = self._loop(node, [known[a] for a in node.args])
            return _NOBODY
        if node.op == "result":
            return self.bodies[id(circuit.nodes[node.args[0]])][1 + node.attrs["index"]]
        if node.op == "arg":
            return bound.get(node.attrs["index"], _NOBODY)
        if not node.type.secret:
            return _PUBLIC
        if node.op == "input":
            return Known(self.owners[node.attrs["name"]])
        if node.op == "part":
            return _part(node, _settled(secret[0], 0), circuit.nodes[node.args[0]].type.width)
        if node.op in _PRODUCTS:
            left, right = _operands(*secret)
            bit = node.op == "mul" and left.bit and right.bit  # the others add several up
            return Known(left.party, bit) if left.party == right.party else _NOBODY
        if node.op in _LINEAR:
            together = reduce(_joined, secret, _PUBLIC)
            return replace(together, bit=node.op in _MOVES and all(each.bit for each in secret))
        return _NOBODY

    def _loop(self, node: Node, given: Sequence[Known]) -> dict[int, Known]:
        """Who knows the arguments of the body: of what is carried, who knows it before and after every trip."""
        assert node.body is not None
        carried = node.attrs["carried"]
        bound = {0: _PUBLIC, **{k + 1: _settled(each, 0) if k >= carried else each for k, each in enumerate(given)}}
        bound = self._stable(node.body, bound)
        return self._stable(node.body, {k: _settled(each, 0) for k, each in bound.items()})

    def _stable(self, body: Circuit, bound: dict[int, Known]) -> dict[int, Known]:
        """Until a trip changes nothing any more: each time somebody knows less, so that it ends."""
        while True:
            inner = self.circuit(body, bound)
            after = {k + 1: _joined(bound[k + 1], inner[r]) for k, r in enumerate(body.results)}
            if after == {k: bound[k] for k in after}:
                return bound
            bound = bound | after


def _part(node: Node, of: Known, width: int) -> Known:
    """Part i is what party i holds: all of what it knows, nothing of what another one knows."""
    index, take = node.attrs["index"], node.attrs["take"]
    if of.party not in (SHARED, index):
        return _PUBLIC
    return Known(index, take in ("bit", "each") or (take == "planes" and width == 1))


def _operands(left: Known, right: Known) -> tuple[Known, Known]:
    """The operands of a product: what everybody knows is known to who knows the other one."""
    return (_settled(left, max(right.party, 0)), _settled(right, max(left.party, 0)))


def _settled(known: Known, party: int) -> Known:
    return Known(party, known.bit) if known.party == _EVERYBODY else known


def _joined(a: Known, b: Known) -> Known:
    """Who knows both."""
    bit = a.bit and b.bit
    if a.party in (b.party, _EVERYBODY):
        return Known(b.party, bit)
    return Known(a.party if b.party == _EVERYBODY else SHARED, bit)


# --------------------------------------------------------------------------- the marks


def _marked(circuit: Circuit, analysis: _Analysis, bound: Mapping[int, Known], places: Sequence[int],
            protocol: Protocol, times: int) -> Circuit:
    """`places`: in whose share each result has to lie if everybody knows it. The circuit is run `times` times."""
    marker = _Marker(circuit, analysis, analysis.circuit(circuit, bound), protocol, times)
    for i in range(len(circuit.nodes)):
        if marker.known[i].party != _EVERYBODY or not circuit.nodes[i].type.secret:
            marker.made(i, 0)
    return marker.builder.finish(marker.made(r, place) for r, place in zip(circuit.results, places, strict=True))


@dataclass
class _Marker:
    """Makes the circuit anew. What everybody knows is made where it is wanted."""

    circuit: Circuit
    analysis: _Analysis
    known: Sequence[Known]
    protocol: Protocol
    times: int
    builder: Builder = field(init=False)
    _made: dict[tuple[int, int], Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = Builder(self.circuit.stage)

    def made(self, i: int, place: int) -> Value:
        """Node i; where everybody knows it, in the share of party `place`."""
        node = self.circuit.nodes[i]
        movable = self.known[i].party == _EVERYBODY and node.type.secret
        key = i, place if movable else 0
        if key not in self._made:
            where = place if movable else max(self.known[i].party, 0)
            self.builder.span = node.span
            self._made[key] = self._make(node, where)
        return self._made[key]

    def _make(self, node: Node, place: int) -> Value:
        attrs, body, places = dict(node.attrs), node.body, [place] * len(node.args)
        if node.op in _PRODUCTS:
            attrs |= self._mark(node)
            attrs.pop("ranges", None)
            places = [max(party, 0) for party in attrs.get("known", (SHARED, SHARED))]
        elif node.op == "loop":
            assert node.body is not None
            bound = self.analysis.bodies[id(node)]
            places = [max(bound[k + 1].party, 0) for k in range(len(node.args))]
            body = _marked(node.body, self.analysis, bound, places[:attrs["carried"]], self.protocol,
                           self.times * int(attrs["trips"]))
        elif node.op == "part":
            places = [0]
        elif place and self._takes_constant(node):
            attrs["at"] = place
        args = tuple(self.made(a, where).id for a, where in zip(node.args, places, strict=True))
        return self.builder.append(Node(node.op, args, attrs, node.type, node.span, body))

    def _takes_constant(self, node: Node) -> bool:
        if node.op in ("add", "sub"):
            return any(not self.circuit.nodes[a].type.secret for a in node.args)
        return node.op in ("share", "share_planes", "invert")

    def _mark(self, node: Node) -> dict[str, Any]:
        left, right = _operands(*(self.known[a] for a in node.args))
        if left.party == right.party == SHARED:
            return {}
        marks: dict[str, Any] = {"known": (left.party, right.party)}
        if node.op in ("mul", "dot") and left.party != right.party:
            bits = [k for k, each in enumerate((left, right)) if each.bit and each.party != SHARED]
            if bits:
                return {**marks, "bit": bits[0]}
        if left.party == right.party:
            return marks
        types = [self.circuit.nodes[a].type for a in node.args]
        return narrowed(node, types, marks, self.protocol, self.times)
