"""The facts of the protocol: its model, the messages of its primitives and what they consume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ...preprocess.kinds import Need
from ...preprocess.material import Material
from ...program import Instr, ValueType
from ..base import Backend, Message, Protocol, Security
from . import narrow, one_sided, orders
from .backend import AdditiveBackend
from .triples import need, sides
from .wire import nbytes


class Additive(Protocol):
    """Additive secret sharing over Z_2^64, Z_2^128 and Z_2 (Goldreich, Micali and Wigderson, STOC 1987).

    A secret is x = x_0 + .. + x_(n-1) and party i holds x_i, which is also part i. A product consumes a triple
    (Beaver, CRYPTO 1991) that the parties have made before with oblivious transfers (`preprocess`): each sends its
    shares of x - a and y - b to every other, one round. A dot or matrix product opens each *input* once. Where one
    party knows a factor in the clear half of that is needed or less (`one_sided`, and `narrow` where the factor has few
    bits), and where it knows both nothing.

    **Protects** against all parties but one that follow the protocol, put together what they see and try to
    learn from it. **Does not protect** against a party that deviates: it can falsify results and so learn.

    An input is free: the owner's share is the input, the others' are 0. So that no opening shows a share, every
    one first adds a fresh sharing of zero from pairwise keys; with two parties a share shows nothing that the
    result and one's own share do not.
    """

    name: ClassVar[str] = "additive"
    one_sided: ClassVar[bool] = True

    def __init__(self, parties: int) -> None:
        if parties < 2:
            raise ValueError(f"additive is a protocol for 2 computing parties or more, not {parties}")
        super().__init__(parties)

    @property
    def security(self) -> Security:
        return Security(parties=self.parties, corrupted=self.parties - 1, malicious=False)

    @property
    def parts(self) -> int:
        return self.parties

    @property
    def passes(self) -> int:
        return self.parties

    def messages(self, instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType],
                 owners: Mapping[str, int]) -> tuple[Message, ...]:
        everybody = range(self.parties)
        if instr.op == "permute":
            return orders.messages(instr, outs[0], self.parties)
        if instr.op in ("reveal", "open_masked"):
            receivers = sorted(set(instr.attrs["to"])) if instr.op == "reveal" else list(everybody)
            size = nbytes(args[0])
        elif need(instr, args) is None:
            return ()
        elif "narrow" in instr.attrs:
            return narrow.messages(instr, args, self.parties)
        elif max(sides(instr)) >= 0:
            return one_sided.messages(instr, args, self.parties)
        else:
            receivers = list(everybody)
            size = nbytes(args[0]) + nbytes(args[1])
        return tuple(Message(src, dst, size) for src in everybody for dst in receivers if src != dst and size)

    def needs(self, instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType]) -> tuple[Need, ...]:
        found = orders.need(instr, outs[0]) if instr.op == "permute" else need(instr, args)
        return (found,) if found is not None else ()

    def backend(self, me: int, keys: Mapping[int, bytes], owners: Mapping[str, int],
                material: Material | None = None) -> Backend:
        return AdditiveBackend(me, keys, owners, material or Material((), ()))
