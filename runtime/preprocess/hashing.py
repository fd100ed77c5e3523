"""Correlation-robust hashing of whole batches, by AES under fixed public keys.

H(x) = AES(x) xor x (Matyas-Meyer-Oseas) is correlation robust in the ideal-cipher model, which is what the
extension against parties that follow it asks for (Guo, Katz, Wang, Yu, "Efficient and secure multiparty
computation from fixed-key block ciphers", S&P 2020, eprint 2019/074). A hash of l blocks for one input takes
l keys. Keys come from the session and are fresh for every batch, so that what is computed for one key helps
against no other batch and no other session (the multi-instance bound of the same authors, eprint 2019/1168).
"""

from __future__ import annotations

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from ..prg import Stream

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

#: The library asks for room beyond what it writes.
_SLACK = 16


class Hash:
    """One fixed key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def __call__(self, blocks: Words, memory: Bytes | None = None) -> Words:
        """H of each block of two words, contiguous uint64[.., 2], in its shape: new, or in `memory` (`room_for`)."""
        room = memory if memory is not None else room_for(blocks)
        self._cipher.update_into(blocks.reshape(-1).view(np.uint8).data, room.data)
        out = room[:blocks.nbytes].view(np.uint64).reshape(blocks.shape)
        out ^= blocks
        return out


def room_for(blocks: Words) -> Bytes:
    """Memory for the hashes of so many blocks: taken once where many hashes follow, it stays in the cache."""
    return np.empty(blocks.nbytes + _SLACK, np.uint8)


def hashes(stream: Stream, count: int) -> tuple[Hash, ...]:
    """`count` hashes under the next keys of a stream that both sides have; the keys are no secret."""
    words = stream.words(2 * count).reshape(count, 2)
    return tuple(Hash(key.tobytes()) for key in words)
