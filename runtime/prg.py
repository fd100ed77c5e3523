"""Pseudo-random streams that two parties share: AES-128 in counter mode under a key of their own.

Both holders run the same instructions in the same order and so draw the same bytes at the same position; how
a draw is cut into calls does not change the stream. Nothing is ever drawn twice.
"""

from __future__ import annotations

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_CHUNK = 1 << 17
_ZEROS = np.zeros(_CHUNK, np.uint8)
_ZEROS.flags.writeable = False


class Stream:
    """The stream of a 32-byte `key` for one purpose. `position` counts the bytes drawn.

    The cipher's key comes from `key` by HKDF-SHA256 (RFC 5869) with `purpose` as its info, so that streams
    for different purposes under one session key are independent. A key lives for one run only.
    """

    def __init__(self, key: bytes, purpose: bytes) -> None:
        if len(key) != 32:
            raise ValueError("a session key has 32 bytes")
        info = b"cloister stream: " + purpose
        derived = HKDF(algorithm=SHA256(), length=16, salt=None, info=info).derive(key)
        self._cipher = Cipher(algorithms.AES(derived), modes.CTR(bytes(16))).encryptor()
        self.position = 0

    def fill(self, out: Words) -> None:
        """Overwrites a contiguous array with the next bytes of the stream."""
        target = _bytes(out)
        for start in range(0, target.size, _CHUNK):
            piece = target[start:start + _CHUNK]
            self._cipher.update_into(_ZEROS[:piece.size].data, piece.data)
        self.position += target.size

    def words(self, n: int) -> Words:
        """The next n words."""
        out = np.empty(n, np.uint64)
        self.fill(out)
        return out

    def mask(self, data: Words) -> None:
        """XORs the next bytes of the stream into a contiguous array: what encryption in counter mode does."""
        target = _bytes(data)
        self._cipher.update_into(target.data, target.data)
        self.position += target.size


def _bytes(data: Words) -> NDArray[np.uint8]:
    """The array's own bytes: never those of a copy."""
    if not data.flags.c_contiguous:
        raise ValueError("a stream writes into contiguous arrays only")
    return data.reshape(-1).view(np.uint8)
