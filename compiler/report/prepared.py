"""What each instruction has a share in of the preprocessing: the bytes of the correlated randomness it consumes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from cloister.runtime.preprocess.kinds import Kind, Need
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.pair import choice_bytes
from cloister.runtime.preprocess.pieces import batches
from cloister.runtime.program import Program
from cloister.runtime.protocols.base import Protocol


class Items:
    """The bytes that all parties send for one item of each kind that a program consumes, its start left out."""

    def __init__(self, program: Program, protocol: Protocol) -> None:
        consumed = needs(program, protocol)
        sent: dict[Kind, int] = {need.kind: 0 for need in consumed}
        k = program.digit_bits
        for batch in batches(consumed, k):
            for pair in permutations(range(protocol.parties), 2):
                for piece in batch.between(*pair).pieces:
                    sent[piece.kind] += choice_bytes(k, piece.words) + piece.reply
        self._bytes = {need.kind: sent[need.kind] / need.count for need in consumed}

    def bytes_of(self, found: Iterable[Need]) -> float:
        """What so many items take."""
        return sum(need.count * self._bytes[need.kind] for need in found)
