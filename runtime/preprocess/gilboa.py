"""Products of a secret word of one party and secret ring elements of another, from oblivious transfers.

N. Gilboa, "Two party RSA key generation", CRYPTO 1999: with the 64 bits a_t of a as choices, the sender's two
hashes m0, m1 of transfer t and its correction m0 - m1 + b give the receiver m0 + a_t b; weighted by 2^t and
added up, the two hold shares of a b. The correction of bit t counts only modulo 2^(width - t), so that it
loses a byte for every eight bits. One word may multiply a whole vector b, for which the transfers are paid
once: elements beyond the first come from more hashes of the same block.

Arrays: `blocks` uint64[bits, n, 2] of n words a, of which so many bits choose, with the weights 2^first and up; ring
arrays of element shape (n, columns). A hash of 128 bits is two elements of Z_2^64 or one of Z_2^128.
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
#: Blocks that are hashed at one time: 512 KiB.
_CACHED = 1 << 15


def hash_count(r: Ring, columns: int) -> int:
    """Hashes of a transfer that a vector of `columns` elements takes."""
    return -(-columns * r.nbytes // 16)


def correction_bytes(r: Ring, elements: int, bits: int = 64, first: int = 0) -> int:
    """Bytes of the corrections for the products of words of so many bits with so many elements in all."""
    return elements * sum((high - low) * _size(r, low) for low, high in _groups(first, bits))


def send(r: Ring, blocks: Words, offset: Words, b: Words, hashes: Sequence[Hash], out: Bytes,
         first: int = 0) -> Words:
    """The sender's shares of the products with `b`; fills `out` with the corrections.

    `offset` is its secret of the extension, a block.
    """
    total = r.zeros(r.shape(b))
    others = shifted(blocks, offset)
    start = 0
    for columns, used in _lanes(r, total, hashes, blocks.shape[0]):
        zero, one = (_elements(r, side, used, columns) for side in (blocks, others))
        added = _spread(r, r.slice(b, [slice(None), columns]))
        share = r.slice(total, [slice(None), columns])
        for low, high in _groups(first, blocks.shape[0]):
            place = [slice(low - first, high - first)]
            mine = r.slice(zero, place)
            sent = r.sub(mine, r.slice(one, place))
            r.add(sent, added, out=sent)
            start += _pack(r, sent, low, out[start:])
            r.sub(share, _weighted(r, mine, low), out=share)
    return total


def receive(r: Ring, blocks: Words, a: Words, columns: int, hashes: Sequence[Hash], message: Bytes,
            first: int = 0) -> Words:
    """The receiver's shares of the products of its words `a`, uint64[n], with the sender's elements."""
    total = r.zeros((a.size, columns))
    start = 0
    for part, used in _lanes(r, total, hashes, blocks.shape[0]):
        chosen = _elements(r, blocks, used, part)
        share = r.slice(total, [slice(None), part])
        for low, high in _groups(first, blocks.shape[0]):
            mine = r.slice(chosen, [slice(low - first, high - first)])
            sent, length = _unpack(r, r.shape(mine), low, message[start:])
            start += length
            shifts = np.arange(low - first, high - first, dtype=np.uint64)[:, None]
            sent &= -((a >> shifts) & np.uint64(1))[:, :, None]
            r.add(sent, mine, out=sent)
            r.add(share, _weighted(r, sent, low), out=share)
    return total


def _groups(first: int, bits: int) -> Iterator[tuple[int, int]]:
    """The weights that are worked on at one time, from 2^low to 2^(high - 1)."""
    low, end = first, first + bits
    while low < end:
        high = min(low - low % _GROUP + _GROUP, end)
        yield low, high
        low = high


def _size(r: Ring, t: int) -> int:
    """Bytes of a correction with the weight 2^t."""
    return r.nbytes - t // 8


def _lanes(r: Ring, products: Words, hashes: Sequence[Hash], bits: int) -> Iterator[tuple[slice, Sequence[Hash]]]:
    """The columns that are worked on at one time, in the cache, and the hashes that serve them."""
    words, columns = r.shape(products)
    width = 16 // r.nbytes
    group = max(1, _CACHED // (bits * words))
    for first in range(0, hash_count(r, columns), group):
        used = hashes[first:min(first + group, hash_count(r, columns))]
        yield slice(first * width, min((first + len(used)) * width, columns)), used


def _elements(r: Ring, blocks: Words, hashes: Sequence[Hash], columns: slice) -> Words:
    """The ring array (bits, n, columns) in the hashes of blocks uint64[bits, n, 2]."""
    hashed = np.stack([h(blocks) for h in hashes], axis=2) if len(hashes) > 1 else hashes[0](blocks)
    if r.lead:
        return np.moveaxis(hashed.reshape(*blocks.shape[:2], -1, 2), -1, 0)
    return hashed.reshape(*blocks.shape[:2], -1)[..., :columns.stop - columns.start]


def _spread(r: Ring, b: Words) -> Words:
    """One more axis in front of the elements', for the bits."""
    return r.reshape(b, (1, *r.shape(b)))


def _weighted(r: Ring, elements: Words, t: int) -> Words:
    """The sum over the bits t.. of the first axis, each times its power of two."""
    shifts = np.arange(t, t + r.shape(elements)[0], dtype=np.uint64)[:, None, None]
    if not r.lead:
        return r.sum(elements << shifts, (0,))
    carried = (elements[0] >> np.uint64(1)) >> (np.uint64(63) - shifts)
    return r.sum(np.stack([elements[0] << shifts, (elements[1] << shifts) | carried]), (0,))


def _pack(r: Ring, values: Words, t: int, out: Bytes) -> int:
    """Writes the low bytes that count for the bits t.., of two words the lower one whole; their number."""
    top, start = (values[1], pack(values[0], 8, out, 0)) if r.lead else (values, 0)
    return pack(top, 8 - t // 8, out, start)


def _unpack(r: Ring, shape: tuple[int, ...], t: int, message: Bytes) -> tuple[Words, int]:
    """The values of `_pack`, and the bytes they took."""
    if not r.lead:
        return unpack(shape, 8 - t // 8, message, 0)
    low, start = unpack(shape, 8, message, 0)
    high, end = unpack(shape, 8 - t // 8, message, start)
    return np.stack([low, high]), end
