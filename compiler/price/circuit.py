"""The price of a circuit: rounds, bytes and gates, from the messages that the protocol declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import padded

from ..ir.nodes import Circuit, Node
from ..ir.ops import OPS
from ..protocol.known import mark_known
from ..schedule.convert import instruction, value_type
from .network import Network
from .transfers import item_bytes

#: Seconds of a party's own work for an AND of two bits and for a product of two ring elements, with the local
#: operations around it: what `cloister calibrate` measured for long rows, the same for every machine, so that all
#: parties compile alike.
AND_SECONDS, MUL_SECONDS = 0.2e-9, 5e-9


@dataclass(frozen=True)
class Price:
    """`rounds` on the critical path; `bytes` sent by the busiest party; `ands` and `muls` in elements.

    `prepared` are the bytes that a party sends for the correlated randomness that is consumed: what an item adds
    where many are made.
    """

    rounds: int
    bytes: int
    ands: int
    muls: int
    prepared: int = 0

    def seconds(self, network: Network) -> float:
        """The time on a network: sending, waiting, and the work on what is multiplied.

        A byte of the preprocessing counts as one of the run: where nothing was made ahead of time, both are waited
        for. Its rounds are few, and the same whatever is chosen.
        """
        work = self.ands * AND_SECONDS + self.muls * MUL_SECONDS
        return network.seconds(self.rounds, self.bytes + self.prepared) + work


@dataclass
class _Sum:
    sent: list[int]
    ands: int = 0
    muls: int = 0
    prepared: float = 0.0


def price(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int] | None = None) -> Price:
    """The price of a protocol-stage circuit. Where it has results, only what they depend on is counted.

    `owners` gives the computing position that enters each input; it may be left out where there is none.
    Every exchange goes out as soon as its operands are there: the rounds are those of the best schedule. A
    loop costs its body times its trips. What one party knows is cheaper where the protocol gains by it.
    """
    owners, total = owners or {}, _Sum([0] * protocol.parties)
    rounds = _add(mark_known(circuit, protocol, owners), protocol, owners, total, 1)
    return Price(rounds, max(total.sent), total.ands, total.muls, round(total.prepared))


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
            args, outs = [value_type(circuit.nodes[a].type) for a in node.args], [value_type(node.type)]
            messages = protocol.messages(instruction(node, (), ()), args, outs, owners)
            for need in protocol.needs(instruction(node, (), ()), args, outs):
                total.prepared += times * need.count * item_bytes(need.kind, protocol.parties)
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


def _ands(node: Node) -> int:
    return node.type.width * node.type.size if node.op == "and" else 0


def _muls(circuit: Circuit, node: Node) -> int:
    """Ring products: for a product of matrices every scalar product."""
    if node.op == "matmul":
        return node.type.size * circuit.nodes[node.args[0]].type.shape[-1]
    return circuit.nodes[node.args[0]].type.size if node.op in ("mul", "dot") else 0
