"""The extension of oblivious transfers: 128 base transfers become millions (SoftSpokenOT).

L. Roy, "SoftSpokenOT: quieter OT extension from small-field silent VOLE in the Minicrypt model", CRYPTO 2022,
eprint 2022/192, in its form against parties that follow the protocol; k = 1 is the extension of Ishai, Kilian,
Nissim and Petrank (CRYPTO 2003). The sender has a secret d of 128 bits, cut into 128/k digits; for each digit
the receiver has the seeds of 2^k streams and the sender all of them but stream d. Expanded to one bit for each
transfer, r_0 .. r_(N-1), the receiver has u = xor of all r_x and, for bit b of a digit, v_b = xor of the r_x
with bit b of x set; the sender, whose streams are in the order x xor d, finds w_b = v_b xor d_b u in the same
way. The receiver sends u xor choices for each digit, 128/k bits a transfer, and then for transfer j

    q_j = t_j xor choice_j d        (t_j, q_j: the j-th bits of all 128 rows v_b, w_b)

so that H(t_j) is one of the sender's H(q_j), H(q_j xor d): which one, only the receiver knows.

Transfers are numbered (r, w): bit r of word w of the choices. A batch is the rows uint64[128, words]; it is
turned into blocks of 128 bits a transfer in pieces that stay in the cache.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from numpy.typing import NDArray

from .. import bits

Words = NDArray[np.uint64]

#: Rows, and bits of a hash: the computational security.
SECURITY = 128

#: What `k` may be.
DIGITS = (1, 2, 4, 8)

#: Words of a piece that `Blocks` makes: 512 KiB of rows.
PIECE = 512

#: Leaves that are expanded before they are added up, and words of each where they are that many.
_GROUP = 16
_STRIPE = 1 << 12


def choice_words(k: int, words: int) -> int:
    """Words that the receiver sends for a batch of 64 * words transfers."""
    return (SECURITY // k) * words


class _Streams:
    """The bit streams of all leaves; `leaves` are uint64[2^k, 128/k, 2], the first `unknown` count as zeros."""

    def __init__(self, leaves: Words, unknown: int) -> None:
        self._trees = [[_stream(leaf.tobytes()) for leaf in tree[unknown:]] for tree in leaves.transpose(1, 0, 2)]
        self._unknown = unknown
        self._zeros = np.zeros(8 * _STRIPE, np.uint8)
        self.k = leaves.shape[0].bit_length() - 1

    def expand(self, sums: Words, rows: Words) -> None:
        """Adds the next bits of each digit's streams up: uint64[128/k, words], and its k rows, uint64[128, words]."""
        words, group = sums.shape[1], min(_GROUP, 1 << self.k)
        memory = np.empty(group * min(_STRIPE, words), np.uint64)
        for i, tree in enumerate(self._trees):
            for start in range(0, words, _STRIPE):
                stop = min(start + _STRIPE, words)
                buffer = memory[:group * (stop - start)].reshape(group, -1)
                self._add_up(tree, buffer, sums[i, start:stop], rows[i * self.k:(i + 1) * self.k, start:stop])

    def _add_up(self, tree: list[CipherContext], buffer: Words, total: Words, rows: Words) -> None:
        """Of one digit and stripe, a group of leaves after the other."""
        total[...] = 0
        rows[...] = 0
        low = buffer.shape[0].bit_length() - 1
        for first in range(0, 1 << self.k, buffer.shape[0]):
            self._fill(buffer, tree, first)
            group = _fold(buffer, rows[:low])
            for b in range(low, self.k):
                if first >> b & 1:
                    rows[b] ^= group
            total ^= group

    def _fill(self, buffer: Words, tree: list[CipherContext], first: int) -> None:
        """The next bits of the leaves from `first`."""
        zeros = self._zeros[:8 * buffer.shape[1]].data
        for place, row in enumerate(buffer, start=first - self._unknown):
            if place < 0:
                row[...] = 0
            else:
                tree[place].update_into(zeros, row.view(np.uint8).data)


def _stream(seed: bytes) -> CipherContext:
    return Cipher(algorithms.AES(seed), modes.CTR(bytes(16))).encryptor()


def _fold(leaves: Words, rows: Words) -> Words:
    """Adds to row b the sum of the leaves whose number has bit b; returns the sum of all, in place of leaf 0."""
    for b in range(rows.shape[0] - 1, -1, -1):
        half = 1 << b
        upper = leaves[half:2 * half]
        leaves[:half] ^= upper
        rows[b] ^= upper[0] if half == 1 else np.bitwise_xor.reduce(upper, axis=0)
    total: Words = leaves[0]
    return total


class ExtensionReceiver:
    """The side that chooses. `leaves` are all seeds, as `trees.full_trees` gives them."""

    def __init__(self, leaves: Words) -> None:
        self._streams = _Streams(leaves, 0)
        self._memory = deque((np.empty(0, np.uint64), np.empty(0, np.uint64)))

    def extend(self, choices: Words, message: Words) -> Words:
        """The rows t of a batch with these choice bits; fills the message uint64[128/k, words].

        They are valid until the next but one: a batch is asked for while the last one is answered.
        """
        self._memory.append(_room(self._memory.popleft(), SECURITY * choices.size))
        out = self._memory[-1][:SECURITY * choices.size].reshape(SECURITY, -1)
        self._streams.expand(message, out)
        message ^= choices
        return out


class ExtensionSender:
    """The side that has both values of each transfer.

    `leaves` are the seeds in the order x xor d, place 0 unknown (`trees.punctured_trees`); `digits` are the d.
    """

    def __init__(self, leaves: Words, digits: Words) -> None:
        self._streams = _Streams(leaves, 1)
        self._memory = np.empty(0, np.uint64)
        shifts = np.arange(self._streams.k, dtype=np.uint64)
        secret = ((digits[:, None] >> shifts) & np.uint64(1)).reshape(2, 64)
        self._masks = (-secret).reshape(-1, self._streams.k)
        #: The secret d as it stands in a block.
        self.offset: Words = np.bitwise_or.reduce(secret << np.arange(64, dtype=np.uint64), axis=1)

    def extend(self, message: Words) -> Words:
        """The rows q of the batch for which the receiver sent `message`, uint64[128/k, words]; valid until the next."""
        words, k = message.shape[1], self._streams.k
        self._memory = _room(self._memory, SECURITY * words)
        out = self._memory[:SECURITY * words].reshape(SECURITY, words)
        self._streams.expand(np.empty_like(message), out)
        chosen = np.empty(words, np.uint64)
        for row, mask, sent in zip(out, self._masks.reshape(-1), np.repeat(np.arange(SECURITY // k), k), strict=True):
            row ^= np.bitwise_and(message[sent], mask, out=chosen)
        return out


def _room(memory: Words, words: int) -> Words:
    """Memory for so many words, the same again where it is enough: fresh pages cost more than what is written."""
    return memory if memory.size >= words else np.empty(words, np.uint64)


class Blocks:
    """Turns rows into blocks, a piece at a time, in memory of its own."""

    def __init__(self) -> None:
        self._memory = np.empty(2 * SECURITY * PIECE, np.uint64)

    def __call__(self, rows: Words, start: int, stop: int) -> Words:
        """The blocks of the transfers of words start..stop-1 of a batch, uint64[64, n, 2]: valid until the next."""
        n = stop - start
        self._memory = _room(self._memory, 2 * SECURITY * n)
        square, out = self._memory[:2 * SECURITY * n].reshape(2, SECURITY, n)
        square[...] = rows[:, start:stop]
        bits.transpose(square)
        out = out.reshape(64, n, 2)
        out[:, :, 0] = square[:64]
        out[:, :, 1] = square[64:]
        return out


def shifted(blocks: Words, offset: Words) -> Words:
    """Every block xor the sender's offset: what the other value of each transfer is the hash of."""
    rows = blocks.reshape(blocks.shape[0], -1)
    return np.asarray(rows ^ np.tile(offset, blocks.shape[1])).reshape(blocks.shape)
