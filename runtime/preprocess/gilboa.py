"""Products of a secret word of one party and secret ring elements of another, from oblivious transfers.

N. Gilboa, "Two party RSA key generation", CRYPTO 1999: with the 64 bits a_t of a as choices, the sender's two
hashes m0, m1 of transfer t and its correction m0 - m1 + b give the receiver m0 + a_t b; weighted by 2^t and
added up, the two hold shares of a b. The correction of bit t counts only modulo 2^(width - t), so that it
loses a byte for every eight bits. One word may multiply a whole vector b, for which the transfers are paid
once: elements beyond the first come from more hashes of the same block.

Arrays: `blocks` uint64[64, n, 2] of n words a; ring arrays of element shape (n, columns). A hash of 128 bits is
two elements of Z_2^64 or one of Z_2^128.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..ring import Ring
from .hashing import Hash
from .low_bytes import pack, unpack
from .softspoken import shifted

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

#: Bits of a word that are worked on at one time; their corrections have one length.
_GROUP = 8
#: Blocks that are hashed at one time, for each bit: 512 KiB.
_CACHED = 512


def hash_count(r: Ring, columns: int) -> int:
    """Hashes of a transfer that a vector of `columns` elements takes."""
    return -(-columns * r.nbytes // 16)


def correction_bytes(r: Ring, elements: int) -> int:
    """Bytes of the corrections for the products of words with so many elements in all."""
    return elements * sum(_GROUP * (r.nbytes - t // 8) for t in range(0, 64, _GROUP))


def send(r: Ring, blocks: Words, offset: Words, b: Words, hashes: Sequence[Hash], out: Bytes) -> Words:
    """The sender's shares of the products with `b`; fills `out` with the corrections.

    `offset` is its secret of the extension, a block.
    """
    total = r.zeros(r.shape(b))
    others = shifted(blocks, offset)
    start = 0
    for columns, used in _lanes(r, total, hashes):
        zero, one = (_elements(r, side, used, columns) for side in (blocks, others))
        added = _spread(r, r.slice(b, [slice(None), columns]))
        share = r.slice(total, [slice(None), columns])
        for t in range(0, 64, _GROUP):
            mine = _rows(r, zero, t)
            sent = r.sub(mine, _rows(r, one, t))
            r.add(sent, added, out=sent)
            start += _pack(r, sent, t, out[start:])
            r.sub(share, _weighted(r, mine, t), out=share)
    return total


def receive(r: Ring, blocks: Words, a: Words, columns: int, hashes: Sequence[Hash], message: Bytes) -> Words:
    """The receiver's shares of the products of its words `a`, uint64[n], with the sender's elements."""
    total = r.zeros((a.size, columns))
    start = 0
    for part, used in _lanes(r, total, hashes):
        chosen = _elements(r, blocks, used, part)
        share = r.slice(total, [slice(None), part])
        for t in range(0, 64, _GROUP):
            mine = _rows(r, chosen, t)
            sent, length = _unpack(r, r.shape(mine), t, message[start:])
            start += length
            shifts = np.arange(t, t + _GROUP, dtype=np.uint64)[:, None]
            sent &= -((a >> shifts) & np.uint64(1))[:, :, None]
            r.add(sent, mine, out=sent)
            r.add(share, _weighted(r, sent, t), out=share)
    return total


def _lanes(r: Ring, products: Words, hashes: Sequence[Hash]) -> Iterator[tuple[slice, Sequence[Hash]]]:
    """The columns that are worked on at one time, in the cache, and the hashes that serve them."""
    words, columns = r.shape(products)
    width = 16 // r.nbytes
    group = max(1, _CACHED // words)
    for first in range(0, hash_count(r, columns), group):
        used = hashes[first:min(first + group, hash_count(r, columns))]
        yield slice(first * width, min((first + len(used)) * width, columns)), used


def _elements(r: Ring, blocks: Words, hashes: Sequence[Hash], columns: slice) -> Words:
    """The ring array (64, n, columns) in the hashes of blocks uint64[64, n, 2]."""
    hashed = np.stack([h(blocks) for h in hashes], axis=2) if len(hashes) > 1 else hashes[0](blocks)
    if r.lead:
        return np.moveaxis(hashed.reshape(*blocks.shape[:2], -1, 2), -1, 0)
    return hashed.reshape(*blocks.shape[:2], -1)[..., :columns.stop - columns.start]


def _rows(r: Ring, elements: Words, t: int) -> Words:
    return r.slice(elements, [slice(t, t + _GROUP)])


def _spread(r: Ring, b: Words) -> Words:
    """One more axis in front of the elements', for the bits."""
    return r.reshape(b, (1, *r.shape(b)))


def _weighted(r: Ring, elements: Words, t: int) -> Words:
    """The sum over the bits t.. of the first axis, each times its power of two."""
    shifts = np.arange(t, t + _GROUP, dtype=np.uint64)[:, None, None]
    if not r.lead:
        return r.sum(elements << shifts, (0,))
    carried = (elements[0] >> np.uint64(1)) >> (np.uint64(63) - shifts)
    return r.sum(np.stack([elements[0] << shifts, (elements[1] << shifts) | carried]), (0,))


def _pack(r: Ring, values: Words, t: int, out: Bytes) -> int:
    """Writes the low bytes that count for the bits t..t+7, of two words the lower one whole; their number."""
    top, start = (values[1], pack(values[0], 8, out, 0)) if r.lead else (values, 0)
    return pack(top, 8 - t // 8, out, start)


def _unpack(r: Ring, shape: tuple[int, ...], t: int, message: Bytes) -> tuple[Words, int]:
    """The values of `_pack`, and the bytes they took."""
    if not r.lead:
        return unpack(shape, 8 - t // 8, message, 0)
    low, start = unpack(shape, 8, message, 0)
    high, end = unpack(shape, 8 - t // 8, message, start)
    return np.stack([low, high]), end
