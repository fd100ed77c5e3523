"""The preprocessing of a program, as a phase of its own: before the inputs are shared, or long before.

Every party makes transfers with every other, both ways. Two rounds of base transfers; then in round i the trees
(i = 2 only), the choices of batch i - 2 and the answers to batch i - 3: with b batches 3 + b rounds. Each
ordered pair of parties sends the same lengths, which follow from what the program consumes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..prg import Stream
from ..program import Program
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

#: Bits of a digit of the extension: 128/k bits are sent for each transfer, for 2^k/k of the work.
DIGIT_BITS = 4


@dataclass(frozen=True)
class _Plan:
    """What is sent in a round, in this order; bytes of a body to one peer."""

    start: int
    asked: Batch | None
    answered: Batch | None
    k: int

    @property
    def choices(self) -> int:
        """Bytes of the choices."""
        return choice_bytes(self.k, self.asked.words) if self.asked else 0

    @property
    def nbytes(self) -> int:
        """Bytes of the whole body."""
        return self.start + self.choices + (self.answered.reply if self.answered else 0)


def _rounds(wanted: Needs, k: int) -> Iterator[_Plan]:
    """All rounds; none where nothing is consumed."""
    asked: Batch | None = None
    for batch in batches(wanted):
        if asked is None:
            yield from (_Plan(nbytes, None, None, k) for nbytes in START_BYTES[:2])
            yield _Plan(START_BYTES[2], batch, None, k)
        else:
            yield _Plan(0, batch, asked, k)
        asked = batch
    if asked is not None:
        yield _Plan(0, None, asked, k)


def preprocessing_traffic(program: Program, protocol: Protocol, k: int = DIGIT_BITS) -> Traffic:
    """Rounds and bytes of the preprocessing of a program, exact."""
    rounds = nbytes = 0
    for plan in _rounds(needs(program, protocol), k):
        rounds += 1
        nbytes += HEADER_BYTES + plan.nbytes
    return Traffic(rounds, [(protocol.parties - 1) * nbytes] * protocol.parties)


def prepare(wanted: Needs, transport: Transport, keys: Mapping[int, bytes], progress: Progress | None = None,
            k: int = DIGIT_BITS) -> Material:
    """Makes what `wanted` says, together with all peers, who do the same.

    `keys[peer]` is the 32-byte key agreed with that peer in the handshake. Raises PeerError when a peer fails or
    sends what it should not.
    """
    random = Stream(os.urandom(32), b"preprocessing")
    pools = [pool(need, random) for need in wanted]
    plans = list(_rounds(wanted, k))
    phase = _Phase(pools, {peer: Pair(transport.me, peer, key, k) for peer, key in keys.items()} if plans else {})
    for number, plan in enumerate(plans):
        sizes = dict.fromkeys(phase.pairs, plan.nbytes)
        link = transport.begin(number, sizes, sizes)
        phase.send(number, plan, link)
        phase.take(number, plan, link.finish())
        if progress is not None:
            progress(number + 1, len(plans))
    return Material(wanted, [made.arrays for made in pools])


class _Phase:
    """One party's side; `inbox` is what the last round brought."""

    def __init__(self, pools: Sequence[Pool], pairs: dict[int, Pair]) -> None:
        self.pairs = pairs
        self._pools = pools
        self._inbox: dict[int, Bytes] = {}

    def send(self, number: int, plan: _Plan, link: Round) -> None:
        """Fills the frames of a round."""
        for peer, pair in self.pairs.items():
            out = link.out[peer]
            self._start(number, peer, pair, out[:plan.start])
            if plan.asked is not None:
                pair.choose(self._choices(plan.asked), out[plan.start:plan.start + plan.choices])
                link.ready(peer, plan.start + plan.choices)
            if plan.answered is not None:
                self._answer(plan.answered, peer, pair, link, plan.start + plan.choices)

    def take(self, number: int, plan: _Plan, bodies: dict[int, Bytes]) -> None:
        """Works on what came; keeps the start of each frame for the next round."""
        for peer, pair in self.pairs.items():
            body = bodies[peer]
            if number == 2:
                pair.harvest(body[:plan.start])
            if plan.answered is not None:
                self._accept(plan.answered, pair, body[plan.start + plan.choices:])
            self._inbox[peer] = body[plan.start:plan.start + plan.choices] if plan.asked is not None else body

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
