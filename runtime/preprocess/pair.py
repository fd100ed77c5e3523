"""One party's side of the transfers with one peer, in both directions: as receiver and as sender."""

from __future__ import annotations

import os
from collections import deque

import numpy as np
from numpy.typing import NDArray

from ..prg import Stream
from .base_ot import KEY_BYTES, POINT_BYTES, BaseReceiver, BaseSender
from .hashing import Hash, hashes
from .pieces import Batch
from .softspoken import SECURITY, Blocks, ExtensionReceiver, ExtensionSender, choice_words
from .trees import full_trees, punctured_trees

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

#: Bytes of the messages that start a session with a peer, one each way in each of three rounds.
START_BYTES = (POINT_BYTES, SECURITY * POINT_BYTES, SECURITY * 2 * KEY_BYTES)


class _Public:
    """The keys of the hashes for one direction: from the pair's session key, the same at both ends."""

    def __init__(self, key: bytes, receiver: int, sender: int) -> None:
        name = b"transfers to %d from %d: " % (receiver, sender)
        self.trees = hashes(Stream(key, name + b"trees"), 2)
        self.batches = Stream(key, name + b"batches")


class Pair:
    """The state between `me` and `peer`; `key` is what the two agreed on in the handshake, `k` see `softspoken`."""

    def __init__(self, me: int, peer: int, key: bytes, k: int) -> None:
        self._k = k
        self._as_receiver = _Public(key, me, peer)
        self._as_sender = _Public(key, peer, me)
        # The extension's receiver is the sender of the base transfers.
        self._base_sender = BaseSender(b"%d %d " % (peer, me) + key)
        self._base_choices = np.frombuffer(os.urandom(SECURITY), np.uint8) & np.uint8(1)
        self._context = b"%d %d " % (me, peer) + key
        self._rows: deque[Words] = deque()
        self._blocks = Blocks()

    # -- the start: three rounds ----------------------------------------------------------------------------

    def offer(self, out: Bytes) -> None:
        """First message: the point of the base transfers that this party sends."""
        out[...] = np.frombuffer(self._base_sender.message, np.uint8)

    def choose_bases(self, message: Bytes, out: Bytes) -> None:
        """Second message: the points of those that it receives. Raises PeerError for a bad point."""
        self._base_receiver = BaseReceiver(self._context, self._base_choices, message.tobytes())
        out[...] = self._base_receiver.message.reshape(-1)

    def plant(self, message: Bytes, out: Bytes) -> None:
        """Third message: the sums of its trees. It is then ready to receive extended transfers."""
        points = message.reshape(SECURITY, POINT_BYTES)
        keys = self._base_sender.keys(points).view(np.uint64).reshape(-1, self._k, 2, 2).transpose(1, 2, 0, 3)
        leaves, sums = full_trees(SECURITY // self._k, self._k, keys, self._as_receiver.trees)
        self._receiver = ExtensionReceiver(leaves)
        out[...] = sums.reshape(-1).view(np.uint8)

    def harvest(self, message: Bytes) -> None:
        """The end of the start: it is then ready to send extended transfers."""
        k = self._k
        # The secret digits have the opposite of the choices as their bits, top bit first.
        secret = (self._base_choices ^ np.uint8(1)).reshape(-1, k).astype(np.uint64)
        digits = np.bitwise_or.reduce(secret << np.arange(k - 1, -1, -1, dtype=np.uint64), axis=1)
        keys = self._base_receiver.keys().view(np.uint64).reshape(-1, k, 2).transpose(1, 0, 2)
        sums = message.view(np.uint64).reshape(k, 2, -1, 2)
        leaves = punctured_trees(digits, k, keys, sums, self._as_sender.trees)
        self._sender = ExtensionSender(leaves, digits)
        del self._base_sender, self._base_receiver, self._base_choices

    # -- a batch: two rounds --------------------------------------------------------------------------------

    def choose(self, choices: Words, out: Bytes) -> None:
        """The receiver's message of a batch for its words of choices."""
        message = out.view(np.uint64).reshape(-1, choices.size)
        self._rows.append(self._receiver.extend(choices, message))

    def sent(self, batch: Batch, message: Bytes) -> tuple[Transfers, Words]:
        """The sender's rows of what it answers of a batch, for the receiver's message; and its secret offset."""
        words = message.view(np.uint64).reshape(-1, batch.words)
        rows = self._sender.extend(words)
        return Transfers(rows, self._blocks, hashes(self._as_sender.batches, batch.hashes)), self._sender.offset

    def received(self, batch: Batch) -> Transfers:
        """The receiver's rows of the oldest batch whose choices were sent."""
        return Transfers(self._rows.popleft(), self._blocks, hashes(self._as_receiver.batches, batch.hashes))


class Transfers:
    """One side's rows of a batch and the hashes for it; blocks are made piece by piece."""

    def __init__(self, rows: Words, turn: Blocks, hashed: tuple[Hash, ...]) -> None:
        self._rows = rows
        self._turn = turn
        self.hashes = hashed

    def blocks(self, start: int, words: int) -> Words:
        """The blocks of the transfers of some words; valid until others are asked for."""
        return self._turn(self._rows, start, start + words)


def choice_bytes(k: int, words: int) -> int:
    """Bytes of the receiver's message of a batch."""
    return 8 * choice_words(k, words)
