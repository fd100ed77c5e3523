"""How long preprocessing takes: the walk of `cloister.runtime.preprocess.phase`, round by round.

In a round a party extends its choices and sends them, answers those of the last round piece by piece while what is
ready travels, and when the frames have come takes the answers to its own. Half of what the transfers of a piece take is
its chooser's work, half its sender's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from cloister.runtime.measure.transfers import way
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import DIGIT_BITS, Plan, rounds
from cloister.runtime.preprocess.pieces import Batch, Piece
from cloister.runtime.program import Program
from cloister.runtime.protocols.base import Message, Protocol

from .clock import RoundClock
from .profile import Profile

#: Rounds of control messages around it.
_AROUND = 2
#: The round in which the base transfers become trees; nearly all work of the start lies around it.
_PLANTING = 2


class _Part(NamedTuple):
    """What a piece takes: seconds of each of its two sides for the extension and for the answer, and bytes of the
    answer."""

    extending: float
    answering: float
    reply: int


#: The parts of a batch by who chooses and who answers.
_Parts = Mapping[tuple[int, int], Sequence[_Part]]


def preparing(program: Program, protocol: Protocol, profile: Profile, waiting: float) -> float:
    """Seconds of the preprocessing; `waiting` are those of a round in which nobody has anything to do."""
    plans = list(rounds(needs(program, protocol), program.digit_bits))
    if not plans:
        return 0.0
    walk = _Walk(program, protocol.parties, profile)
    return _AROUND * waiting + sum(walk.round(number, plan) + waiting for number, plan in enumerate(plans))


class _Walk:
    """The rounds of all parties, who go along together."""

    def __init__(self, program: Program, parties: int, profile: Profile) -> None:
        self._others = {me: [peer for peer in range(parties) if peer != me] for me in range(parties)}
        self._k = program.digit_bits
        self._profile = profile
        self._pace = 1 / profile.link([program.parties[p] for p in program.computing]).bandwidth
        self._speeds = profile.machine.transfers
        self._asked: _Parts = self._parts(Batch(()))

    def round(self, number: int, plan: Plan) -> float:
        """Seconds of a round, the waiting left out."""
        parties = len(self._others)
        asked, answered = self._parts(plan.asked), self._asked
        self._asked = asked
        start = (parties - 1) * self._speeds["start"] if number == _PLANTING else 0.0
        taken = [sum(part.answering for peer in peers for part in answered[me, peer])
                 for me, peers in self._others.items()]
        whole = 2 * sum(taken) + sum(part.extending for parts in asked.values() for part in parts) + sum(
            part.extending for parts in answered.values() for part in parts)
        crowd = self._profile.crowd(parties, start + whole / parties)
        clock = RoundClock(parties, crowd, self._pace, self._profile.machine.byte)
        clock.work([start] * parties)
        for turn in range(parties - 1):
            pairs = [(me, peers[turn]) for me, peers in self._others.items()]
            _choose(clock, plan, asked, pairs)
            _answer(clock, answered, pairs)
        return max(clock.worked, clock.travelled) + clock.together(taken)

    def _parts(self, batch: Batch) -> _Parts:
        return {(me, peer): [self._part(piece) for piece in batch.between(me, peer).pieces]
                for me, peers in self._others.items() for peer in peers}

    def _part(self, piece: Piece) -> _Part:
        name, extension = way(piece), 64 * self._speeds[f"extension.{self._k}"]
        # the ways are measured with digits of the usual length
        longer = 0.0 if piece.digits else extension - 64 * self._speeds[f"extension.{DIGIT_BITS}"]
        both = piece.words * (self._speeds[name] + longer) + piece.reply * self._speeds[f"{name}.reply"]
        side = max(0.0, both) / 2
        extending = min(side, piece.words * extension / 2)
        return _Part(extending, side - extending, piece.reply)


def _choose(clock: RoundClock, plan: Plan, asked: _Parts, pairs: Sequence[tuple[int, int]]) -> None:
    """Every party extends its choices towards the peer whose turn it is, and sends them."""
    clock.work([sum(part.extending for part in asked[pair]) for pair in pairs])
    clock.send(Message(me, peer, plan.choices(me, peer)) for me, peer in pairs)


def _answer(clock: RoundClock, answered: _Parts, pairs: Sequence[tuple[int, int]]) -> None:
    """Every party answers that peer, piece by piece."""
    chosen = [answered[peer, me] for me, peer in pairs]
    clock.work([sum(part.extending for part in parts) for parts in chosen])
    for parts in zip_longest(*chosen):
        clock.work([part.answering if part else 0.0 for part in parts])
        clock.send(Message(me, peer, part.reply) for (me, peer), part in zip(pairs, parts, strict=True) if part)
