"""Products of a secret word of one party and a secret row of another, digit by digit: fewer bytes than bit by bit.

For a digit d of k bits the sender has N = 2^k streams r_x over Z_2^64, as long as the row, and the chooser all of them
but stream d (`trees`, with k of the word's transfers as base). The sender has u, the sum of all r_x, and v, the
sum of the x r_x; the chooser w, the sum of the (x - d) r_x, in which r_d does not count: v - w = d u. So one correction
b - u makes it shares of d b, where Gilboa's products (`gilboa`) take one for each bit. It is SoftSpokenOT's small-field
VOLE (Roy, CRYPTO 2022, eprint 2022/192, section 3) over a ring; that of the digit with weight 2^t counts modulo
2^(64 - t) only and is cut to whole bytes. The trees cost 32 bytes a transfer, once for a row.

The chooser has the streams in the order y = x xor d, so that x - d is the sum of the 2^b (1 - 2 d_b) y_b, and the
missing one, y = 0, counts nowhere. Streams are hashes of the leaves: two elements each.

Arrays: `blocks` uint64[64, n, 2] of n words; leaves uint64[2^k, digits, n, 2]; rows (n, columns).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .hashing import Hash, room_for
from .low_bytes import pack, unpack
from .softspoken import shifted
from .trees import full_trees, punctured_trees

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

#: Leaves that are worked on at one time: 512 KiB.
_CACHED = 1 << 15
#: Hashes beside those of the columns: the keys of the transfers, and the two of a tree.
_OTHERS = 3
_TREE_BYTES = 64 * 32


def hash_count(columns: int) -> int:
    """Hashes of a transfer."""
    return _OTHERS + -(-columns // 2)


def reply_bytes(k: int, words: int, columns: int) -> int:
    """Bytes of what the sender sends for so many words: trees, and corrections of every digit."""
    return words * (_TREE_BYTES + columns * sum(8 // k * size for size in range(1, 9)))


def send(k: int, blocks: Words, offset: Words, b: Words, hashes: Sequence[Hash], out: Bytes) -> Words:
    """The sender's shares of the products with the rows `b`; fills `out`."""
    total = np.empty_like(b)
    start = 0
    for words in _chunks(k, b.shape[0]):
        part, rows = np.ascontiguousarray(blocks[:, words]), b[words]
        keys = np.stack([_keys(k, side, hashes) for side in (shifted(part, offset), part)], axis=1)
        leaves, sums = full_trees(keys.shape[2], k, keys, hashes[1:_OTHERS])
        start = _put(sums, out, start)
        powers = np.uint64(1) << np.arange(k, dtype=np.uint64).reshape(k, 1, 1, 1)
        whole, share = _sums(leaves.reshape(1 << k, 64 // k, -1, 2), hashes[_OTHERS:], rows.shape[1], powers)
        total[words] = _weighted(share, k)
        np.subtract(rows, whole, out=whole)
        for g in range(8):
            start = pack(whole[g * 8 // k:(g + 1) * 8 // k], 8 - g, out, start)
    return total


def receive(k: int, blocks: Words, a: Words, columns: int, hashes: Sequence[Hash], message: Bytes) -> Words:
    """The chooser's shares of the products of its words `a`, uint64[n]."""
    total = np.empty((a.size, columns), np.uint64)
    start = 0
    for words in _chunks(k, a.size):
        digits = _digits(k, a[words])
        keys = _keys(k, np.ascontiguousarray(blocks[:, words]), hashes)
        end = start + 2 * keys.nbytes
        sums = message[start:end].view(np.uint64).reshape(k, 2, -1, 2)
        start = end
        leaves = punctured_trees(digits.reshape(-1), k, keys, sums, hashes[1:_OTHERS])
        _, share = _sums(leaves.reshape(1 << k, 64 // k, -1, 2), hashes[_OTHERS:], columns, _signed(k, digits))
        for g in range(8):
            place = slice(g * 8 // k, (g + 1) * 8 // k)
            sent, start = unpack(share[place].shape, 8 - g, message, start)
            sent *= digits[place, :, None]
            share[place] += sent
        total[words] = _weighted(share, k)
    return total


def _chunks(k: int, words: int) -> Iterator[slice]:
    step = max(1, _CACHED // (64 // k << k))
    return (slice(first, min(first + step, words)) for first in range(0, words, step))


def _digits(k: int, a: Words) -> Words:
    """The digits of words, lowest first: uint64[64/k, n]."""
    places = np.arange(0, 64, k, dtype=np.uint64)[:, None]
    return np.asarray((a >> places) & np.uint64((1 << k) - 1))


def _keys(k: int, blocks: Words, hashes: Sequence[Hash]) -> Words:
    """The keys of transfers as the trees of all digits use them, top bit first: uint64[k, digits * n, 2]."""
    keys = hashes[0](blocks).reshape(64 // k, k, -1, 2)[:, ::-1]
    return keys.transpose(1, 0, 2, 3).reshape(k, -1, 2)


def _signed(k: int, digits: Words) -> Words:
    """-2^b (1 - 2 d_b) for each bit b of the digits, for both elements of a hash: uint64[k, digits, n, 2]."""
    places = np.arange(k, dtype=np.uint64).reshape(k, 1, 1)
    bits = (digits >> places) & np.uint64(1)
    return np.repeat((((bits << np.uint64(1)) - np.uint64(1)) << places)[..., None], 2, axis=3)


def _sums(leaves: Words, hashes: Sequence[Hash], columns: int, factors: Words) -> tuple[Words, Words]:
    """The sum of the streams, and the sum over b of `factors[b]` times that of the streams whose number has bit b.

    uint64[digits, n, columns] each: u and v of the sender, u without the missing stream and -w of the chooser.
    """
    k = leaves.shape[0].bit_length() - 1
    shape = leaves.shape[1:3]
    whole, share = (np.empty((*shape, columns + columns % 2), np.uint64) for _ in range(2))
    memory = room_for(leaves)
    for i in range(-(-columns // 2)):
        place = slice(2 * i, 2 * i + 2)
        streams = hashes[i](leaves, memory)
        total = np.zeros((*shape, 2), np.uint64)
        for b in range(k - 1, -1, -1):
            half = 1 << b
            upper = streams[half:2 * half]
            streams[:half] += upper
            total += upper.sum(axis=0) * factors[b]
        whole[:, :, place], share[:, :, place] = streams[0], total
    return whole[:, :, :columns], share[:, :, :columns]


def _weighted(share: Words, k: int) -> Words:
    """The sum over the digits, each times its weight."""
    weights = np.uint64(1) << np.arange(0, 64, k, dtype=np.uint64)
    return np.asarray(np.einsum("dnc,d->nc", share, weights))


def _put(words: Words, out: Bytes, start: int) -> int:
    end = start + words.nbytes
    out[start:end] = words.reshape(-1).view(np.uint8)
    return end
