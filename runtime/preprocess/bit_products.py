"""ANDs of a secret bit of one party with secret bits of another, from oblivious transfers.

The same as `gilboa` over Z_2: of each hash the low `fan` bits count, the correction is m0 xor m1 xor b, and the
two hold shares m0 and m0 xor a b. Everything is packed, 64 transfers to a word: `blocks` are uint64[64, n, 2]
for the choices uint64[n], and planes are uint64[fan, n].
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .. import bits
from .hashing import Hash
from .softspoken import shifted

Words = NDArray[np.uint64]

#: Bits of one hash.
_HASH_BITS = 128
#: Bit r of word r.
_PLACES = np.uint64(1) << np.arange(64, dtype=np.uint64)[:, None]


def hash_count(fan: int) -> int:
    """Hashes of a transfer for so many bits."""
    return -(-fan // _HASH_BITS)


def send(blocks: Words, offset: Words, b: Words, hashes: Sequence[Hash], out: Words) -> Words:
    """The sender's shares, uint64[fan, n]; writes the corrections, of the same shape, into `out`."""
    zero = _planes(blocks, b.shape[0], hashes)
    np.bitwise_xor(zero, _planes(shifted(blocks, offset), b.shape[0], hashes), out=out)
    out ^= b
    return zero


def receive(blocks: Words, a: Words, hashes: Sequence[Hash], message: Words) -> Words:
    """The receiver's shares from the sender's corrections uint64[fan, n]."""
    share = message & a
    share ^= _planes(blocks, message.shape[0], hashes)
    return share


def _planes(blocks: Words, fan: int, hashes: Sequence[Hash]) -> Words:
    """The low `fan` bits of the hashes as planes over the transfers."""
    out = np.empty((fan, blocks.shape[1]), np.uint64)
    for i in range(hash_count(fan)):
        hashed = hashes[i](blocks)
        for half in range(2):
            start = i * _HASH_BITS + 64 * half
            if start < fan:
                _pack(hashed[:, :, half], out[start:start + 64])
    return out


def _pack(words: Words, out: Words) -> None:
    """Of the words uint64[64, n] as many bits as `out` has rows, as planes over the transfers.

    Bit j of a word is its row j. Of one bit any serves: transfer r gives bit r, which stands where it is wanted.
    """
    if out.shape[0] > 1:
        square = words.copy()
        bits.transpose(square)
        out[...] = square[:out.shape[0]]
        return
    np.bitwise_or.reduce(words & _PLACES, axis=0, out=out[0])
