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

from collections.abc import Iterator

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from numpy.typing import NDArray

from .. import bits

Words = NDArray[np.uint64]

#: Rows, and bits of a hash: the computational security.
SECURITY = 128

#: What `k` may be.
DIGITS = (1, 2, 4, 8)

#: Words of a piece that `blocks` makes: 512 KiB of rows.
PIECE = 512

#: Leaves that are expanded before they are added up.
_GROUP = 16


def choice_words(k: int, words: int) -> int:
    """Words that the receiver sends for a batch of 64 * words transfers."""
    return (SECURITY // k) * words


class _Streams:
    """The bit streams of all leaves; `leaves` are uint64[128/k, 2^k, 2]."""

    def __init__(self, leaves: Words, first: int) -> None:
        self._trees = [[_stream(leaf.tobytes()) for leaf in tree[first:]] for tree in leaves]
        self._first = first
        self.k = leaves.shape[1].bit_length() - 1

    def expand(self, words: int) -> Iterator[tuple[Words, Words]]:
        """For each digit: the sum of its streams, uint64[words], and the k rows; valid until the next."""
        zeros = np.zeros(8 * words, np.uint8).data
        buffer = np.empty((min(_GROUP, 1 << self.k), words), np.uint64)
        for tree in self._trees:
            rows = np.zeros((self.k, words), np.uint64)
            total = np.zeros(words, np.uint64)
            for start in range(0, 1 << self.k, _GROUP):
                self._fill(buffer, tree, start, zeros)
                low = buffer.shape[0].bit_length() - 1
                group = _fold(buffer, rows[:low])
                for b in range(low, self.k):
                    if start >> b & 1:
                        rows[b] ^= group
                total ^= group
            yield total, rows

    def _fill(self, buffer: Words, tree: list[CipherContext], start: int, zeros: memoryview) -> None:
        """The next bits of the leaves from `start`; a leaf before the first known one counts as zeros."""
        for place in range(buffer.shape[0]):
            leaf = start + place - self._first
            if leaf < 0:
                buffer[place] = 0
            else:
                tree[leaf].update_into(zeros, buffer[place].view(np.uint8).data)


def _stream(seed: bytes) -> CipherContext:
    return Cipher(algorithms.AES(seed), modes.CTR(bytes(16))).encryptor()


def _fold(leaves: Words, rows: Words) -> Words:
    """Adds to row b the sum of the leaves whose number has bit b; returns the sum of all, in place of leaf 0."""
    for b in range(rows.shape[0] - 1, -1, -1):
        half = 1 << b
        upper = leaves[half:2 * half]
        leaves[:half] ^= upper
        rows[b] ^= np.bitwise_xor.reduce(upper, axis=0)
    total: Words = leaves[0]
    return total


class ExtensionReceiver:
    """The side that chooses. `leaves` are all seeds, as `trees.full_trees` gives them."""

    def __init__(self, leaves: Words) -> None:
        self._streams = _Streams(leaves, 0)

    def extend(self, choices: Words, message: Words) -> Words:
        """The rows t of a batch with these choice bits; fills the message uint64[128/k, words]."""
        out = np.empty((SECURITY, choices.size), np.uint64)
        k = self._streams.k
        for i, (total, rows) in enumerate(self._streams.expand(choices.size)):
            out[i * k:(i + 1) * k] = rows
            np.bitwise_xor(total, choices, out=message[i])
        return out


class ExtensionSender:
    """The side that has both values of each transfer.

    `leaves` are the seeds in the order x xor d, place 0 unknown (`trees.punctured_trees`); `digits` are the d.
    """

    def __init__(self, leaves: Words, digits: Words) -> None:
        self._streams = _Streams(leaves, 1)
        shifts = np.arange(self._streams.k, dtype=np.uint64)
        secret = ((digits[:, None] >> shifts) & np.uint64(1)).reshape(2, 64)
        self._masks = (-secret).reshape(-1, self._streams.k)
        #: The secret d as it stands in a block.
        self.offset: Words = np.bitwise_or.reduce(secret << np.arange(64, dtype=np.uint64), axis=1)

    def extend(self, message: Words) -> Words:
        """The rows q of the batch for which the receiver sent `message`, uint64[128/k, words]."""
        out = np.empty((SECURITY, message.shape[1]), np.uint64)
        k = self._streams.k
        for i, (_, rows) in enumerate(self._streams.expand(message.shape[1])):
            np.bitwise_and(message[i], self._masks[i][:, None], out=out[i * k:(i + 1) * k])
            out[i * k:(i + 1) * k] ^= rows
        return out


def blocks(rows: Words, start: int, stop: int) -> Words:
    """The blocks of the transfers of words start..stop-1 of a batch: uint64[64, stop - start, 2]."""
    square = rows[:, start:stop].copy()
    bits.transpose(square)
    out = np.empty((64, stop - start, 2), np.uint64)
    out[:, :, 0] = square[:64]
    out[:, :, 1] = square[64:]
    return out


def shifted(blocks: Words, offset: Words) -> Words:
    """Every block xor the sender's offset: what the other value of each transfer is the hash of."""
    rows = blocks.reshape(blocks.shape[0], -1)
    return np.asarray(rows ^ np.tile(offset, blocks.shape[1])).reshape(blocks.shape)
