"""What each pass saved: the circuit after every one of them, legalised and priced as if it were the last."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir.graph import depth
from ..ir.nodes import Circuit, Node
from ..pipeline import Compiled
from ..price.circuit import price
from ..schedule.rounds import rounds

_PRODUCTS = frozenset({"mul", "dot", "matmul", "and"})


@dataclass(frozen=True)
class Stage:
    """A circuit after the pass `name`.

    `ands` and `muls` count gates by elements; `depth` is the longest chain of products and ANDs, trips counted;
    `rounds` are those of its schedule; `bytes` what the busiest party sends, without the headers of frames; `nodes` how
    large the circuit is.
    """

    name: str
    ands: int
    muls: int
    depth: int
    rounds: int
    bytes: int
    nodes: int


def savings(compiled: Compiled) -> list[Stage]:
    """The stages of a compilation in order, from `lower` on: each row against the one before is what a pass saved."""
    return [_measured(name, compiled) for name, _ in compiled.stages]


def _measured(name: str, compiled: Compiled) -> Stage:
    circuit, protocol, owners = compiled.expanded(name), compiled.protocol, compiled.owners
    cost = price(circuit, protocol, owners)
    return Stage(name, cost.ands, cost.muls, multiplicative_depth(circuit), rounds(circuit, protocol, owners),
                 cost.bytes, _size(circuit))


def multiplicative_depth(circuit: Circuit) -> int:
    """The longest chain of products and ANDs; a region counts its trips."""
    return depth(circuit, lambda node: int(node.op in _PRODUCTS))


def _size(circuit: Circuit) -> int:
    return sum(1 + _inside(node) for node in circuit.nodes)


def _inside(node: Node) -> int:
    return 0 if node.body is None else _size(node.body)
