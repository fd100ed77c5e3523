"""All seeds but one: (N-1)-out-of-N transfers, N = 2^k, from k transfers each, by trees of seeds.

One side draws a root and doubles it k times; the sums of all left and of all right children of a level are
sent under the two keys of a base transfer (Goldreich, Goldwasser, Micali 1986; as a punctured function from
transfers in Boyle et al., CCS 2019, eprint 2019/1159). Who has chosen the sides opposite to the bits of d, top
bit first, can fill in every leaf but leaf d. All trees of a session are made side by side.

The punctured place is a secret. So nothing is looked up by it: it is followed by masks, and in the end the
leaves are put in the order x xor d by masked swaps, which bring the missing leaf to place 0.

Arrays have the node's number first and the trees last, so that every step works on long rows: leaves uint64[2^k,
count, 2]; keys and messages uint64[k, 2, count, 2], top level first, for the left and the right children.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .hashing import Hash

Words = NDArray[np.uint64]

#: A hash for the left children, and one for the right ones.
Doubling = Sequence[Hash]


def full_trees(count: int, k: int, keys: Words, double: Doubling) -> tuple[Words, Words]:
    """Draws `count` trees. `keys` are those of both sides of each base transfer. Returns the leaves and the message."""
    level = np.frombuffer(os.urandom(16 * count), np.uint64).reshape(1, count, 2)
    message = np.empty((k, 2, count, 2), np.uint64)
    for depth in range(k):
        children = _children(level, double)
        np.bitwise_xor.reduce(children, axis=0, out=message[depth])
        level = children.reshape(-1, count, 2)
    message ^= keys
    return level, message


def punctured_trees(digits: Words, k: int, keys: Words, message: Words, double: Doubling) -> Words:
    """The leaves of the other side in the order x xor d; place 0, where none is known, holds zeros.

    `digits` are the secret places d, uint64[count]; `keys` are those that were chosen, uint64[k, count, 2]: at level l
    that of side 1 - (bit k-1-l of d). `message` came from `full_trees`.
    """
    level = np.zeros((1, len(digits), 2), np.uint64)
    for depth in range(k):
        bit = (digits >> np.uint64(k - 1 - depth)) & np.uint64(1)
        left, right = message[depth]
        sent = left ^ ((left ^ right) & _both(bit ^ np.uint64(1))) ^ keys[depth]
        level = _grow(level, digits >> np.uint64(k - depth), bit, sent, double)
    for b in range(k):
        pairs = level.reshape(-1, 2, 1 << b, *level.shape[1:])
        moved = (pairs[:, 0] ^ pairs[:, 1]) & _both((digits >> np.uint64(b)) & np.uint64(1))
        pairs[:, 0] ^= moved
        pairs[:, 1] ^= moved
    return level


def _grow(level: Words, path: Words, bit: Words, sent: Words, double: Doubling) -> Words:
    """One level more: the missing node is at `path` and its child at side 1 - bit is in the sum `sent`."""
    children = _children(level, double)
    places = np.arange(level.shape[0], dtype=np.uint64)[:, None]
    missing = _both((places == path).astype(np.uint64))[:, None]
    children &= ~missing
    sums = np.bitwise_xor.reduce(children, axis=0)
    found = (sums ^ sent) & _both(np.stack([bit, bit ^ np.uint64(1)]))
    children |= found & missing
    return children.reshape(-1, *level.shape[1:])


def _children(level: Words, double: Doubling) -> Words:
    """Both children of every node: uint64[nodes, side, count, 2]."""
    return np.stack([side(level) for side in double], axis=1)


def _both(bits: Words) -> Words:
    """Masks for both words of a node: all ones where the bit is 1."""
    return np.repeat(-bits[..., None], 2, axis=-1)
