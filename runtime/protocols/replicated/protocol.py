"""The facts of the protocol: its model and the messages of its primitives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ... import bits
from ...preprocess.material import Material
from ...program import Instr, ValueType
from .. import movable
from ..base import Backend, Message, Protocol, Security
from . import orders
from .backend import ReplicatedBackend

#: What is sent is as long as the operand.
_OPENINGS = frozenset({"reveal", "open_masked"})


class Replicated(Protocol):
    """Replicated secret sharing over Z_2^64, Z_2^128 and Z_2 (Araki et al., CCS 2016, eprint 2016/768).

    A secret is x = x_0 + x_1 + x_2 and party i holds (x_i, x_{i+1}), indices modulo 3. A product costs each
    party one element sent to its left neighbour, masked by a sharing of zero that the pairwise keys give for
    nothing. Dot and matrix products cost one element an output. Changing between arithmetic and Boolean
    shares starts from two pieces, x_0 + x_1 which party 0 knows and x_2 which parties 1 and 2 know (ABY3,
    eprint 2018/403).

    **Protects** against one party that follows the protocol and tries to learn from all it sees: its view can
    be simulated from its own inputs and outputs. **Does not protect** against two parties that put their
    views together (they hold every secret), nor against a party that deviates: it can falsify results and so
    learn.

    An input of party j is x_j from the key of j and j-1, x_{j+1} = x - x_j sent to j+1, and 0. Party j+1 does
    not have that key, so that what it gets is uniform to it; party j-1 gets nothing that depends on x.
    """

    name: ClassVar[str] = "replicated"
    copies: ClassVar[int] = 2

    def __init__(self, parties: int) -> None:
        if parties != 3:
            raise ValueError(f"replicated is a protocol for 3 computing parties, not {parties}")
        super().__init__(parties)

    @property
    def security(self) -> Security:
        return Security(parties=3, corrupted=1, malicious=False)

    @property
    def parts(self) -> int:
        return 2

    @property
    def passes(self) -> int:
        return 3

    def messages(self, instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType],
                 owners: Mapping[str, int]) -> tuple[Message, ...]:
        links = _links(instr, owners)
        nbytes = _nbytes(args[0] if instr.op in _OPENINGS else outs[0]) if links else 0
        return tuple(Message(src, dst, nbytes) for src, dst in links) if nbytes else ()

    def backend(self, me: int, keys: Mapping[int, bytes], owners: Mapping[str, int],
                material: Material | None = None) -> Backend:
        return ReplicatedBackend(me, keys, owners)


def _links(instr: Instr, owners: Mapping[str, int]) -> list[tuple[int, int]]:
    """Who sends to whom; each sends one copy of the instruction's size."""
    if instr.op in ("mul", "dot", "matmul", "and"):
        return [(i, (i + 2) % 3) for i in range(3)]
    if instr.op == "reveal":
        return [((i + 2) % 3, i) for i in sorted(set(instr.attrs["to"]))]
    if instr.op == "permute":
        return orders.links(instr.attrs["index"])
    if instr.op == "open_masked":
        return [(i, (i + 1) % 3) for i in range(3)]
    if instr.op == "input":
        owner = owners[instr.attrs["name"]]
        return [(owner, (owner + 1) % 3)]
    if instr.op == "part" and instr.attrs["index"] == 0:
        return [(0, 1)]
    return []


def _nbytes(of: ValueType) -> int:
    """The bytes of one component."""
    return bits.wire_bytes(of.width, of.size) if of.kind == "planes" else movable.nbytes(of)
