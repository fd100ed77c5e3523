"""How the preprocessing of a program extends oblivious transfers: bytes against computing, by the network.

With digits of k bits the receiver sends 128 / k bits a transfer and both sides compute 2^k / k streams of bits. The
seconds were measured by `benchmarks/additive.py` on one core of a virtual x86-64 server (AMD EPYC, 2026); what
matters is how they compare, which is much the same elsewhere.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations

from cloister.runtime.preprocess.kinds import Kind, Need
from cloister.runtime.preprocess.pair import choice_bytes
from cloister.runtime.preprocess.phase import DIGIT_BITS
from cloister.runtime.preprocess.pieces import batches
from cloister.runtime.program import DigitBits

from .network import Network

#: Items whose bytes are averaged: of some kinds every other piece goes the other way.
_MANY = 64

#: Seconds of a party for a transfer that it receives and one that it sends, hashes included.
_SECONDS: dict[DigitBits, float] = {1: 75e-9, 2: 62e-9, 4: 80e-9, 8: 270e-9}


def digit_bits(network: Network) -> DigitBits:
    """The k with which transfers take the fewest seconds on a network."""
    return min(_SECONDS, key=lambda k: _SECONDS[k] + choice_bytes(k, 1) / 64 / network.bandwidth)


@cache
def item_bytes(kind: Kind, parties: int) -> float:
    """Bytes that a party sends, on the average of all, for an item of correlated randomness when many are made."""
    sent = 0
    for batch in batches((Need(kind, _MANY),), DIGIT_BITS):
        for pair in permutations(range(parties), 2):
            sent += sum(choice_bytes(DIGIT_BITS, piece.words) + piece.reply for piece in batch.between(*pair).pieces)
    return sent / parties / _MANY
