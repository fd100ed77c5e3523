"""Products of a secret word of one party and a secret row of another, digit by digit: fewer bytes than bit by bit.

For a digit d of k bits the sender has N = 2^k streams r_x over Z_2^64, as long as the row, and the chooser all of them
but stream d (`trees`, with k of the word's transfers as base). The sender has u, the sum of all r_x, and v, the
sum of the x r_x; the chooser w, the sum of the (x - d) r_x, in which r_d does not count: v - w = d u. So one correction
b - u makes it shares of d b, where Gilboa's products (`gilboa`) take one for each bit. It is SoftSpokenOT's small-field
VOLE (Roy, CRYPTO 2022, eprint 2022/192, section 3) over a ring; that of the digit with weight 2^t counts modulo
2^(64 - t) only and is cut to whole bytes. The trees cost 32 bytes a transfer, once for a row.

The chooser has the streams in the order y = x xor d, so that x - d is the sum of the 2^b (1 - 2 d_b) y_b, and the
missing one, y = 0, counts nowhere. Streams are hashes of the leaves: two elements each.

Words may have fewer than 64 bits; the last digit takes what is left.

Arrays: `blocks` uint64[bits, n, 2] of n words; leaves uint64[2^k, digits, n, 2]; rows (n, columns).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
#: Bytes of a level of a tree, which is a transfer.
_LEVEL_BYTES = 32


@dataclass(frozen=True)
class _Digits:
    """Digits of one size, `count` of `k` bits, of which the lowest begins at bit `first` of a word."""

    first: int
    count: int
    k: int

    @property
    def end(self) -> int:
        """The bit after the last of them."""
        return self.first + self.count * self.k

    @property
    def bits(self) -> slice:
        """Their bits among those of a word."""
        return slice(self.first, self.end)

    @property
    def places(self) -> NDArray[np.uint64]:
        """Where each begins."""
        return np.arange(self.first, self.end, self.k, dtype=np.uint64)

    def lengths(self) -> Iterator[tuple[slice, int]]:
        """Digits of which corrections have the same number of bytes, and that number."""
        start = 0
        while start < self.count:
            low = self.first + start * self.k
            stop = min(self.count, start + -(-(8 - low % 8) // self.k))
            yield slice(start, stop), 8 - low // 8
            start = stop


def hash_count(columns: int) -> int:
    """Hashes of a transfer."""
    return _OTHERS + -(-columns // 2)


def reply_bytes(k: int, words: int, columns: int, bits: int = 64) -> int:
    """Bytes of what the sender sends for words of so many bits: trees, and corrections of every digit."""
    lengths = (8 - low // 8 for digits in _cut(k, bits) for low in range(digits.first, digits.end, digits.k))
    return words * (_LEVEL_BYTES * bits + columns * sum(lengths))


def send(k: int, blocks: Words, offset: Words, b: Words, hashes: Sequence[Hash], out: Bytes) -> Words:
    """The sender's shares of the products with the rows `b`; fills `out`."""
    total = np.zeros_like(b)
    start = 0
    for digits in _cut(k, blocks.shape[0]):
        powers = np.uint64(1) << np.arange(digits.k, dtype=np.uint64).reshape(-1, 1, 1, 1)
        for words in _chunks(digits, b.shape[0]):
            part, rows = np.ascontiguousarray(blocks[digits.bits, words]), b[words]
            keys = np.stack([_keys(digits, side, hashes) for side in (shifted(part, offset), part)], axis=1)
            leaves, sums = full_trees(keys.shape[2], digits.k, keys, hashes[1:_OTHERS])
            start = _put(sums, out, start)
            whole, share = _sums(_by_digit(digits, leaves), hashes[_OTHERS:], rows.shape[1], powers)
            total[words] += _weighted(digits, share)
            np.subtract(rows, whole, out=whole)
            for place, size in digits.lengths():
                start = pack(whole[place], size, out, start)
    return total


def receive(k: int, blocks: Words, a: Words, columns: int, hashes: Sequence[Hash], message: Bytes) -> Words:
    """The chooser's shares of the products of its words `a`, uint64[n], of which `blocks` says how many bits count."""
    total = np.zeros((a.size, columns), np.uint64)
    start = 0
    for digits in _cut(k, blocks.shape[0]):
        for words in _chunks(digits, a.size):
            chosen = (a[words] >> digits.places[:, None]) & np.uint64((1 << digits.k) - 1)
            keys = _keys(digits, np.ascontiguousarray(blocks[digits.bits, words]), hashes)
            end = start + 2 * keys.nbytes
            sums = message[start:end].view(np.uint64).reshape(digits.k, 2, -1, 2)
            start = end
            leaves = punctured_trees(chosen.reshape(-1), digits.k, keys, sums, hashes[1:_OTHERS])
            _, share = _sums(_by_digit(digits, leaves), hashes[_OTHERS:], columns, _signed(digits.k, chosen))
            for place, size in digits.lengths():
                sent, start = unpack(share[place].shape, size, message, start)
                sent *= chosen[place, :, None]
                share[place] += sent
            total[words] += _weighted(digits, share)
    return total


def _cut(k: int, bits: int) -> Iterator[_Digits]:
    """The digits of words of so many bits, those of one size together."""
    whole, rest = divmod(bits, k)
    if whole:
        yield _Digits(0, whole, k)
    if rest:
        yield _Digits(whole * k, 1, rest)


def _chunks(digits: _Digits, words: int) -> Iterator[slice]:
    step = max(1, _CACHED // (digits.count << digits.k))
    return (slice(first, min(first + step, words)) for first in range(0, words, step))


def _keys(digits: _Digits, blocks: Words, hashes: Sequence[Hash]) -> Words:
    """The keys of transfers as the trees of all digits use them, top bit first: uint64[k, digits * n, 2]."""
    keys = hashes[0](blocks).reshape(digits.count, digits.k, -1, 2)[:, ::-1]
    return keys.transpose(1, 0, 2, 3).reshape(digits.k, -1, 2)


def _by_digit(digits: _Digits, leaves: Words) -> Words:
    return leaves.reshape(1 << digits.k, digits.count, -1, 2)


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


def _weighted(digits: _Digits, share: Words) -> Words:
    """The sum over the digits, each times its weight."""
    return np.asarray(np.einsum("dnc,d->nc", share, np.uint64(1) << digits.places))


def _put(words: Words, out: Bytes, start: int) -> int:
    end = start + words.nbytes
    out[start:end] = words.reshape(-1).view(np.uint8)
    return end
