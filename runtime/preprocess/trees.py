"""All seeds but one: (N-1)-out-of-N transfers, N = 2^k, from k transfers each, by trees of seeds.

One side draws a root and doubles it k times; the sums of all left and of all right children of a level are
sent under the two keys of a base transfer (Goldreich, Goldwasser, Micali 1986; as a punctured function from
transfers in Boyle et al., CCS 2019, eprint 2019/1159). Who has chosen the sides opposite to the bits of d, top
bit first, can fill in every leaf but leaf d. All trees of a session are made side by side.

The punctured place is a secret. So nothing is looked up by it: it is followed by masks, and in the end the
leaves are put in the order x xor d by masked swaps, which bring the missing leaf to place 0.
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
    """Draws `count` trees of 2^k leaves.

    `keys` are both keys of each base transfer: uint64[count * k, 2, 2]. Returns the leaves uint64[count, 2^k, 2]
    and the message uint64[count * k, 2, 2].
    """
    level = np.frombuffer(os.urandom(16 * count), np.uint64).reshape(count, 1, 2)
    message = np.empty((count, k, 2, 2), np.uint64)
    for depth in range(k):
        children = _children(level, double)
        message[:, depth] = np.bitwise_xor.reduce(children, axis=1)
        level = children.reshape(count, -1, 2)
    out = message.reshape(count * k, 2, 2)
    out ^= keys
    return level, out


def punctured_trees(digits: Words, k: int, keys: Words, message: Words, double: Doubling) -> Words:
    """The leaves of the other side in the order x xor d; place 0, where none is known, holds zeros.

    `digits` are the secret places d, uint64[count]; `keys` are those chosen with 1 - (bit k-1-l of d) at level
    l: uint64[count * k, 2]. `message` came from `full_trees`. Returns uint64[count, 2^k, 2].
    """
    count = len(digits)
    keys, message = keys.reshape(count, k, 2), message.reshape(count, k, 2, 2)
    level = np.zeros((count, 1, 2), np.uint64)
    for depth in range(k):
        bit = (digits >> np.uint64(k - 1 - depth)) & np.uint64(1)
        chosen = -(bit ^ np.uint64(1))
        sent = _select(chosen[:, None], message[:, depth, 0], message[:, depth, 1]) ^ keys[:, depth]
        level = _grow(level, digits >> np.uint64(k - depth), bit, sent, double)
    for b in range(k):
        pairs = level.reshape(count, -1, 2, 1 << b, 2)
        swap = -((digits >> np.uint64(b)) & np.uint64(1))
        moved = (pairs[:, :, 0] ^ pairs[:, :, 1]) & swap[:, None, None, None]
        pairs[:, :, 0] ^= moved
        pairs[:, :, 1] ^= moved
    return level


def _grow(level: Words, path: Words, bit: Words, sent: Words, double: Doubling) -> Words:
    """One level more: the missing node is at `path` and its child at side 1 - bit is in the sum `sent`."""
    children = _children(level, double)
    missing = -(np.arange(level.shape[1], dtype=np.uint64) == path[:, None]).astype(np.uint64)
    children &= ~missing[:, :, None, None]
    sums = np.bitwise_xor.reduce(children, axis=1)
    sides = -np.stack([bit, bit ^ np.uint64(1)], axis=1)
    found = (sums ^ sent[:, None]) & sides[:, :, None]
    children |= found[:, None] & missing[:, :, None, None]
    return children.reshape(len(level), -1, 2)


def _children(level: Words, double: Doubling) -> Words:
    """Both children of every node: uint64[count, nodes, side, 2]."""
    return np.stack([side(level) for side in double], axis=2)


def _select(mask: Words, zero: Words, one: Words) -> Words:
    """`one` where the mask is all ones, `zero` where it is 0."""
    return np.asarray(zero ^ ((zero ^ one) & mask))
