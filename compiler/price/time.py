"""How long a compiled program takes: the work of its instructions, the waiting of its rounds, its preprocessing.

The walk is the executor's, and what is sent is what the protocol declares. Seconds of work are read from what was
measured of the machine (`profile`), on straight lines between the measured sizes; nothing here was fitted to programs.

A round begins when the local work before it is done. Its instructions are prepared one after the other, while the
link carries what is ready; the frame has come a latency after its last byte was sent. Where parties share a
machine, the work from one round to the next takes as many times as long as was measured for so many of them and so much
work. An instruction takes longer the more other kinds of work were done since its own, and a round the more was worked
on since the last one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from cloister.runtime.measure.effort import Effort, efforts, spreads
from cloister.runtime.measure.speeds import UNLIKE, Point
from cloister.runtime.measure.transfers import way
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import DIGIT_BITS, preprocessing_traffic
from cloister.runtime.preprocess.pieces import batches
from cloister.runtime.program import Block, Instr, Loop, Program, Step, ValueType
from cloister.runtime.protocols.base import Message, Protocol
from cloister.runtime.traffic import owners, padded, step_traffic
from cloister.runtime.transport.base import HEADER_BYTES

from .profile import Profile

#: Exchanges whose message is sent while it is computed.
_STREAMED = frozenset({"mul", "and"})
#: Those whose work is done when the messages have come.
_AFTER = frozenset({"reveal", "open_masked"})


#: Rounds of control messages, by which phases begin and end for all together: of a run, and around preprocessing.
_ENDING, _AROUND = 1, 2


@dataclass
class Times:
    """Seconds. `online` is the run from the first input to the results, of which one party computes for `work`.

    `longest` is the most between two rounds, the sending included.
    """

    online: float = 0.0
    preprocessing: float = 0.0
    longest: float = 0.0
    work: float = 0.0


def times(program: Program, protocol: Protocol, profile: Profile) -> Times:
    """How long `program` takes."""
    walk = _Walk(program, protocol, profile)
    walk.block(program.body, 1, set())
    found = walk.found
    found.online += _ENDING * walk.control
    found.preprocessing = _preprocessing(program, protocol, walk)
    return found


class Rates:
    """Seconds of one party's work for the instructions of a protocol, one after the other as they run."""

    def __init__(self, protocol: Protocol, profile: Profile) -> None:
        speeds = profile.machine.speeds
        self._speeds = speeds.get(protocol.name) or next(iter(speeds.values()))
        self._profile = profile
        self._parties = protocol.parties
        #: Kinds of work, the last done last.
        self._done: list[str] = []

    def crowd(self, seconds: float) -> float:
        """How many times as long work of so many seconds takes where all parties have it and share the machine."""
        return self._profile.crowd(self._parties, seconds)

    def crowded(self, seconds: float) -> float:
        """Work that every party does at the same time, as long as it takes where they share the machine."""
        return self.crowd(seconds) * seconds

    def next(self, instr: Instr, types: Sequence[ValueType], spread: bool = False) -> Point:
        """What the busiest party works for the next instruction, and a party on average; `types` are those of the
        block.

        `spread`: see `cloister.runtime.measure.effort.efforts`.
        """
        found = _efforts(instr, types, spread)
        points = [interpolated(self._speeds[kind], units) for kind, units in found]
        more = self._profile.machine.stirred(self._since(found[0].kind))
        return Point(0, max(point.most for point in points) + more, max(point.mean for point in points) + more)

    def again(self, loop: Loop) -> None:
        """What runs next has run before: the body of a loop that has several trips."""
        if loop.trips < 2:
            return
        for step in loop.body.steps:
            for instr in (*step.local, *step.exchange):
                self._since(_efforts(instr, loop.body.types, False)[0].kind)
            if step.loop is not None:
                self.again(step.loop)

    def _since(self, kind: str) -> int:
        """How many other kinds of work were done since this one was, or ever; it is done now."""
        where = self._done.index(kind) if kind in self._done else -1
        others = len(self._done) - 1 - where
        if where >= 0:
            del self._done[where]
        self._done.append(kind)
        return others


def touched(instr: Instr, types: Sequence[ValueType]) -> int:
    """64-bit words of the operands and results of an instruction, each counted in one copy."""
    return sum(types[value].words for value in (*instr.args, *instr.outs))


def words_between_rounds(program: Program) -> int:
    """What the instructions of the body work on, over its exchanges."""
    steps, types = program.body.steps, program.body.types
    words = sum(touched(instr, types) for step in steps for instr in (*step.local, *step.exchange))
    return words // sum(bool(step.exchange) for step in steps)


def _efforts(instr: Instr, types: Sequence[ValueType], spread: bool) -> Sequence[Effort]:
    return efforts(instr, [types[a] for a in instr.args], [types[o] for o in instr.outs], spread)


def interpolated(points: Sequence[Point], units: int) -> Point:
    """For so many units: on the line through the two nearest points, beyond the last one as between the last two."""
    if len(points) == 1 or units <= points[0].units:
        return points[0]
    i = min(bisect_right(points, units, key=lambda point: point.units), len(points) - 1)
    low, high = points[i - 1], points[i]
    part = (units - low.units) / (high.units - low.units)
    # noise may have made the smaller one slower
    return Point(units, max(low.most, low.most + part * (high.most - low.most)),
                 max(low.mean, low.mean + part * (high.mean - low.mean)))


# -- online --------------------------------------------------------------------------------------------------


class _Walk:
    """The executor's walk; `found` sums what was met."""

    def __init__(self, program: Program, protocol: Protocol, profile: Profile) -> None:
        names = [program.parties[p] for p in program.computing]
        link = profile.link(names)
        self.found = Times()
        self.rates = Rates(protocol, profile)
        self.latency, self.pace = link.latency, 1 / link.bandwidth
        self.machine = profile.machine
        #: Seconds of a round in which nobody has anything to do.
        self.control = self.latency + self.rates.crowded(self.machine.round)
        self._protocol = protocol
        self._owners = owners(program)
        self._since = self._most = self._mean = 0.0
        self._words = 0

    def block(self, block: Block, times: int, spread: set[int]) -> None:
        """Adds a block that runs `times` times; `spread` are values that are one number in every element."""
        for step in block.steps:
            for instr in step.local:
                first = bool(instr.args) and instr.args[0] in spread
                if spreads(instr, block.types[instr.outs[0]], first):
                    spread.add(instr.outs[0])
                point = self.rates.next(instr, block.types, first)
                self._most += point.most
                self._mean += point.mean
                self._words += touched(instr, block.types)
            if step.exchange:
                self._exchange(step, block, times)
            if step.loop is not None:
                self._settle(times, self.rates.crowd(self._mean))
                self._loop(step.loop, times, spread)
        self._settle(times, self.rates.crowd(self._mean))

    def _settle(self, times: int, crowd: float) -> None:
        """Adds the local work since the last exchange."""
        seconds = max(self._most, crowd * self._mean)
        self._most = self._mean = 0.0
        self.found.online += times * seconds
        self.found.work += times * seconds
        self._since += seconds
        self.found.longest = max(self.found.longest, self._since)

    def _loop(self, loop: Loop, times: int, spread: set[int]) -> None:
        args = loop.body.args[1 + len(loop.init):]
        captured = {arg for arg, value in zip(args, loop.captures, strict=True) if value in spread}
        self.rates.again(loop)
        self.block(loop.body, times * loop.trips, captured)

    def _exchange(self, step: Step, block: Block, times: int) -> None:
        """Adds what takes place from the first instruction of an exchange to the last result."""
        found = step_traffic(self._protocol, step.exchange, block.types, self._owners)
        points = [self.rates.next(instr, block.types) for instr in step.exchange]
        crowd = self.rates.crowd(self._mean + sum(point.mean for point in points))
        self._settle(times, crowd)
        clock = _RoundClock(self._protocol.parties, crowd, self.pace)
        after = 0.0
        for instr, row, point in zip(step.exchange, found.messages, points, strict=True):
            if instr.op in _AFTER:
                after += max(point.most, crowd * point.mean)
                clock.send(row, self.machine.byte)
            elif instr.op in _STREAMED:
                clock.send(row, self.machine.byte)
                clock.work(point, None)
            else:
                clock.work(point, row[0].src if row and instr.op in UNLIKE else None)
                clock.send(row, self.machine.byte)
        waited = 0.0
        if found.is_round:
            frames = max(Counter(src for src, _ in found.frames).values())
            words = self._words + sum(touched(instr, block.types) for instr in step.exchange)
            each = self.machine.round + (frames - 1) * self.machine.frame + self.machine.woken(words)
            self._words = 0
            clock.work(Point(0, each, each), None)
            waited = self.latency + frames * HEADER_BYTES * self.pace
        whole = max(clock.worked, clock.travelled) + after + waited
        self.found.online += times * whole
        self.found.work += times * (clock.worked + after)
        self.found.longest = max(self.found.longest, self._since + whole)
        self._since = 0.0


class _RoundClock:
    """One round up to the last byte sent: what each party has worked, and until when its link is busy."""

    def __init__(self, parties: int, crowd: float, pace: float) -> None:
        self._crowd = crowd
        self._pace = pace
        self._own = [0.0] * parties
        #: Work of sending and receiving, which goes on beside what is computed.
        self._carrying = [0.0] * parties
        self._up = [0.0] * parties
        self._down = [0.0] * parties

    @property
    def worked(self) -> float:
        """When the last party has done its work; on a shared machine not before all work is done."""
        return self._done([own + carrying for own, carrying in zip(self._own, self._carrying, strict=True)])

    @property
    def travelled(self) -> float:
        """When the last byte is sent."""
        return max(*self._up, *self._down)

    def work(self, point: Point, busiest: int | None) -> None:
        """An instruction; None: no party has more of it than another."""
        parties = len(self._own)
        others = (parties * point.mean - point.most) / (parties - 1) if busiest is not None else point.mean
        for party in range(parties):
            self._own[party] += point.most if party == busiest else others

    def send(self, row: Sequence[Message], byte: float) -> None:
        """Its messages, which are ready when their sender is; `byte` is the work for a byte sent and received."""
        whole = self._done(self._own)
        for message in row:
            ready = min(whole, self._crowd * self._own[message.src])
            for lanes, party in ((self._up, message.src), (self._down, message.dst)):
                lanes[party] = max(lanes[party], ready) + padded(message.nbytes) * self._pace
                self._carrying[party] += byte * padded(message.nbytes) / 2

    def _done(self, own: Sequence[float]) -> float:
        return max(*own, self._crowd * sum(own) / len(own))


# -- before it -----------------------------------------------------------------------------------------------


def _preprocessing(program: Program, protocol: Protocol, walk: _Walk) -> float:
    """Seconds of the preprocessing. Half of its work is done while what it made travels, the other half after."""
    traffic = preprocessing_traffic(program, protocol)
    if not traffic.rounds:
        return 0.0
    work = walk.rates.crowded(max(_transfer_work(program, protocol, walk.machine.transfers)))
    sent = max(traffic.bytes_sent)
    rounds = (traffic.rounds + _AROUND) * walk.control
    carrying = walk.rates.crowded(sent * walk.machine.byte)
    return rounds + max(work / 2 + carrying, sent * walk.pace) + work / 2


def _transfer_work(program: Program, protocol: Protocol, speeds: dict[str, float]) -> list[float]:
    """CPU seconds of each party: the start with every peer, and its side of every piece."""
    work = [(protocol.parties - 1) * speeds["start"]] * protocol.parties
    k = program.digit_bits
    # the ways are measured with digits of the usual length
    extending = 64 * (speeds[f"extension.{k}"] - speeds[f"extension.{DIGIT_BITS}"])
    for batch in batches(needs(program, protocol), k):
        for chooser, sender in permutations(range(protocol.parties), 2):
            for piece in batch.between(chooser, sender).pieces:
                name = way(piece)
                word = speeds[name] + (0.0 if piece.digits else extending)
                seconds = max(0.0, piece.words * word + piece.reply * speeds[f"{name}.reply"]) / 2
                work[chooser] += seconds
                work[sender] += seconds
    return work
