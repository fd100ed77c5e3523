"""The preprocessing of a program, as a phase of its own: before the inputs are shared, or long before.

Two rounds of base transfers between all; then in round i the trees (i = 2 only), the choices of batch i - 2 and the
answers to batch i - 3: with b batches 3 + b rounds. Who sends how much to whom follows from what the program consumes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from ..prg import Stream
from ..program import DigitBits, Program
from ..protocols.base import Protocol
from ..traffic import Traffic
from ..transport.base import HEADER_BYTES, Round, Transport
from .kinds import Needs
from .material import Material
from .needs import needs
from .pair import START_BYTES, Pair, choice_bytes
from .pieces import Batch, batches
from .pools import Pool, pool

Bytes = NDArray[np.uint8]

#: Called after each round with the rounds done and how many there are.
Progress = Callable[[int, int], None]

#: Bits of a digit of the extension, where a program does not say: 128/k bits a transfer are sent, 2^k/k of the work.
DIGIT_BITS: DigitBits = 4


@dataclass(frozen=True)
class Plan:
    """What is sent in a round, in this order: messages of the start, choices of one batch, answers to another."""

    start: int
    asked: Batch
    answered: Batch
    k: int

    def choices(self, src: int, dst: int) -> int:
        """Bytes of the choices of one party towards another."""
        return choice_bytes(self.k, self.asked.between(src, dst).words)

    def nbytes(self, src: int, dst: int) -> int:
        """Bytes of the body from one party to another."""
        return self.start + self.choices(src, dst) + self.answered.between(dst, src).reply


_NOTHING = Batch(())


def rounds(wanted: Needs, k: int) -> Iterator[Plan]:
    """All rounds, with digits of k bits; none where nothing is consumed."""
    asked = _NOTHING
    for batch in batches(wanted, k):
        if asked is _NOTHING:
            yield from (Plan(nbytes, _NOTHING, _NOTHING, k) for nbytes in START_BYTES[:2])
        yield Plan(START_BYTES[2] if asked is _NOTHING else 0, batch, asked, k)
        asked = batch
    if asked is not _NOTHING:
        yield Plan(0, _NOTHING, asked, k)


def preprocessing_traffic(program: Program, protocol: Protocol) -> Traffic:
    """Rounds and bytes of the preprocessing of a program, exact."""
    total = Traffic(0, [0] * protocol.parties)
    for plan in rounds(needs(program, protocol), program.digit_bits):
        total.rounds += 1
        for src, dst in permutations(range(protocol.parties), 2):
            nbytes = plan.nbytes(src, dst)
            total.bytes_sent[src] += HEADER_BYTES + nbytes if nbytes else 0
    return total


def prepare(wanted: Needs, transport: Transport, keys: Mapping[int, bytes], progress: Progress | None = None,
            k: int = DIGIT_BITS) -> Material:
    """Makes what `wanted` says, together with all peers, who do the same.

    `keys[peer]` is the 32-byte key agreed with that peer in the handshake. Raises PeerError when a peer fails or
    sends what it should not.
    """
    random = Stream(os.urandom(32), b"preprocessing")
    me = transport.me
    pools = [pool(need, me, random) for need in wanted]
    plans = list(rounds(wanted, k))
    phase = _Phase(me, pools, {peer: Pair(me, peer, key, k) for peer, key in keys.items()} if plans else {})
    for number, plan in enumerate(plans):
        outgoing = {peer: size for peer in phase.pairs if (size := plan.nbytes(me, peer))}
        incoming = {peer: size for peer in phase.pairs if (size := plan.nbytes(peer, me))}
        link = transport.begin(number, outgoing, incoming)
        phase.send(number, plan, link)
        phase.take(number, plan, link.finish())
        if progress is not None:
            progress(number + 1, len(plans))
    return Material(wanted, [made.arrays for made in pools])


class _Phase:
    """The side of party `me`; `inbox` is what the last round brought."""

    def __init__(self, me: int, pools: Sequence[Pool], pairs: dict[int, Pair]) -> None:
        self.pairs = pairs
        self._me = me
        self._pools = pools
        self._inbox: dict[int, Bytes] = {}

    def send(self, number: int, plan: Plan, link: Round) -> None:
        """Fills the frames of a round."""
        for peer, pair in self.pairs.items():
            if peer not in link.out:
                continue
            out = link.out[peer]
            self._start(number, peer, pair, out[:plan.start])
            start = plan.start + plan.choices(self._me, peer)
            asked, answered = plan.asked.between(self._me, peer), plan.answered.between(peer, self._me)
            if asked.pieces:
                pair.choose(self._choices(asked), out[plan.start:start])
                link.ready(peer, start)
            if answered.pieces:
                self._answer(answered, peer, pair, link, start)

    def take(self, number: int, plan: Plan, bodies: dict[int, Bytes]) -> None:
        """Works on what came; keeps the start of each frame for the next round."""
        for peer, body in bodies.items():
            pair = self.pairs[peer]
            if number == 2:
                pair.harvest(body[:plan.start])
            start = plan.start + plan.choices(peer, self._me)
            answered = plan.answered.between(self._me, peer)
            if answered.pieces:
                self._accept(answered, pair, body[start:])
            self._inbox[peer] = body[:plan.start] if number < 2 else body[plan.start:start]

    def _start(self, number: int, peer: int, pair: Pair, out: Bytes) -> None:
        if number == 0:
            pair.offer(out)
        elif number == 1:
            pair.choose_bases(self._inbox[peer], out)
        elif number == 2:
            pair.plant(self._inbox[peer], out)

    def _choices(self, batch: Batch) -> NDArray[np.uint64]:
        return np.concatenate([self._pools[piece.need].choices(piece) for piece in batch.pieces])

    def _answer(self, batch: Batch, peer: int, pair: Pair, link: Round, start: int) -> None:
        """Fills the frame to `peer` from `start` on, piece by piece: what is done already travels."""
        transfers, offset = pair.sent(batch, self._inbox[peer])
        word = 0
        for piece in batch.pieces:
            blocks = transfers.blocks(word, piece.words)
            message = link.out[peer][start:start + piece.reply]
            self._pools[piece.need].answer(piece, blocks, offset, transfers.hashes, message)
            word, start = word + piece.words, start + piece.reply
            link.ready(peer, start)

    def _accept(self, batch: Batch, pair: Pair, body: Bytes) -> None:
        transfers = pair.received(batch)
        word = start = 0
        for piece in batch.pieces:
            blocks = transfers.blocks(word, piece.words)
            message = body[start:start + piece.reply]
            self._pools[piece.need].accept(piece, blocks, transfers.hashes, message)
            word, start = word + piece.words, start + piece.reply
