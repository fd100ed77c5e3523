"""The price of a circuit: rounds, bytes and gates, from the messages that the protocol declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloister.runtime.protocols.base import Message, Protocol
from cloister.runtime.traffic import padded

from ..ir.nodes import Circuit, Node
from ..ir.ops import OPS
from ..schedule.convert import instruction, value_type
from .network import Network


@dataclass(frozen=True)
class Price:
    """`rounds` on the critical path; `bytes` sent by the busiest party; `ands` and `muls` in elements."""

    rounds: int
    bytes: int
    ands: int
    muls: int

    def seconds(self, network: Network) -> float:
        """The time on a network: sending and waiting; the parties' own work is not counted."""
        return network.seconds(self.rounds, self.bytes)


@dataclass
class _Sum:
    sent: list[int]
    ands: int = 0
    muls: int = 0


def price(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int] | None = None) -> Price:
    """The price of a protocol-stage circuit. Where it has results, only what they depend on is counted.

    `owners` gives the computing position that enters each input; it may be left out where there is none.
    Every exchange goes out as soon as its operands are there: the rounds are those of the best schedule. A
    loop costs its body times its trips.
    """
    total = _Sum([0] * protocol.parties)
    rounds = _add(circuit, protocol, owners or {}, total, 1)
    return Price(rounds, max(total.sent), total.ands, total.muls)


def _add(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int], total: _Sum, times: int) -> int:
    """Adds a circuit that runs `times` times to the totals; the rounds of one run."""
    needed = _needed(circuit)
    depth = [0] * len(circuit.nodes)
    for i, node in enumerate(circuit.nodes):
        if i not in needed:
            continue
        depth[i] = max((depth[a] for a in node.args), default=0)
        if node.body is not None:
            trips = int(node.attrs["trips"])
            depth[i] += trips * _add(node.body, protocol, owners, total, times * trips)
        elif OPS[circuit.stage][node.op].exchanges:
            messages = _messages(circuit, node, protocol, owners)
            depth[i] += any(message.nbytes for message in messages)
            for message in messages:
                total.sent[message.src] += times * padded(message.nbytes)
            total.ands += times * _ands(node)
            total.muls += times * _muls(circuit, node)
    return max(depth, default=0)


def _needed(circuit: Circuit) -> set[int]:
    """The nodes on which the results depend; all of them in a circuit without results."""
    if not circuit.results:
        return set(range(len(circuit.nodes)))
    needed = set(circuit.results)
    for i in range(len(circuit.nodes) - 1, -1, -1):
        if i in needed:
            needed.update(circuit.nodes[i].args)
    return needed


def _messages(circuit: Circuit, node: Node, protocol: Protocol,
              owners: Mapping[str, int]) -> tuple[Message, ...]:
    args = [value_type(circuit.nodes[a].type) for a in node.args]
    return protocol.messages(instruction(node, (), ()), args, [value_type(node.type)], owners)


def _ands(node: Node) -> int:
    return node.type.width * node.type.size if node.op == "and" else 0


def _muls(circuit: Circuit, node: Node) -> int:
    """Ring products: for a product of matrices every scalar product."""
    if node.op == "matmul":
        return node.type.size * circuit.nodes[node.args[0]].type.shape[-1]
    return circuit.nodes[node.args[0]].type.size if node.op in ("mul", "dot") else 0
