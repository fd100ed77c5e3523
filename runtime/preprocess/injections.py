"""Products of a secret bit of one party and a secret ring element of another, from oblivious transfers.

One correlated transfer each: `gilboa` for a number of one bit. The sender's two hashes m0, m1 and its correction
m0 - m1 + b give the receiver m0 + a b, and the sender keeps -m0. The element of transfer (r, w) stands at [r, w]: ring
arrays of element shape (64, n) for the choices uint64[n] and `blocks` uint64[64, n, 2]. A hash of 128 bits is one
element of either ring.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ring import Ring
from .hashing import Hash
from .softspoken import shifted

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

_PLACES = np.arange(64, dtype=np.uint64)[:, None]


def correction_bytes(r: Ring, words: int) -> int:
    """Bytes of the corrections for so many words of choices."""
    return 64 * words * r.nbytes


def send(r: Ring, blocks: Words, offset: Words, b: Words, hashed: Hash, out: Bytes) -> Words:
    """The sender's shares of the products with `b`; fills `out` with the corrections."""
    zero = _elements(r, hashed(blocks))
    sent = r.view(out, r.shape(b))
    r.sub(zero, _elements(r, hashed(shifted(blocks, offset))), out=sent)
    r.add(sent, b, out=sent)
    return r.neg(zero)


def receive(r: Ring, blocks: Words, a: Words, hashed: Hash, message: Bytes) -> Words:
    """The receiver's shares of the products of its bits a, uint64[n], with the sender's elements."""
    chosen = r.view(message, (64, a.size)) & -unpacked(a)
    return r.add(chosen, _elements(r, hashed(blocks)))


def unpacked(a: Words) -> Words:
    """The bits of words uint64[n] as 0 and 1: uint64[64, n]."""
    return np.asarray((a >> _PLACES) & np.uint64(1))


def _elements(r: Ring, hashed: Words) -> Words:
    return np.moveaxis(hashed, -1, 0) if r.lead else hashed[..., 0]
