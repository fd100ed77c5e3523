"""How long a compiled program takes: the work of its instructions, the waiting of its rounds, its preprocessing.

The walk is the executor's, and what is sent is what the protocol declares. Seconds of work are read from what was
measured of the machine (`profile`), on straight lines between the measured sizes; nothing here was fitted to programs.

A round begins when the local work before it is done. Its instructions are prepared one after the other, while the
link carries what is ready; the frame has come a latency after its last byte was sent: what a small frame takes, the
transport's work at both ends included. Where parties share a machine, the work from one round to the next takes as many
times as long as was measured for so many of them and so much work. An instruction takes longer the more other kinds of
work were done since its own, and a round the more was worked on since the last one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cloister.runtime.measure.effort import Effort, efforts, spreads
from cloister.runtime.measure.speeds import UNLIKE, Point
from cloister.runtime.program import Block, Instr, Loop, Program, Step, ValueType
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import owners, step_traffic
from cloister.runtime.transport.base import HEADER_BYTES

from .clock import RoundClock
from .preparing import preparing
from .profile import Profile

#: Exchanges whose message is sent while it is computed.
_STREAMED = frozenset({"mul", "and"})
#: Those whose work is done when the messages have come.
_AFTER = frozenset({"reveal", "open_masked"})

#: Rounds of control messages by which a run ends for all together.
_ENDING = 1


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
    waiting = walk.waiting(walk.rates.crowd(walk.machine.round))
    found.online += _ENDING * waiting
    found.preprocessing = preparing(program, protocol, profile, waiting)
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


def worked_on(program: Program) -> tuple[int, int]:
    """Words that the instructions of the body work on, and its exchanges."""
    steps, types = program.body.steps, program.body.types
    words = sum(touched(instr, types) for step in steps for instr in (*step.local, *step.exchange))
    return words, sum(bool(step.exchange) for step in steps)


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
        self._protocol = protocol
        self._owners = owners(program)
        self._since = self._most = self._mean = 0.0
        self._words = 0

    def waiting(self, crowd: float) -> float:
        """Seconds of a round in which nobody has anything to do: sending and receiving is in the latency, but for what
        parties that share the machine wait for each other."""
        return max(self.latency, crowd * self.machine.round)

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
        clock = RoundClock(self._protocol.parties, crowd, self.pace, self.machine.byte)
        after = 0.0
        for instr, row, point in zip(step.exchange, found.messages, points, strict=True):
            if instr.op in _AFTER:
                after += max(point.most, crowd * point.mean)
                clock.send(row)
            elif instr.op in _STREAMED:
                clock.send(row)
                clock.work(self._of_each(point, None))
            else:
                clock.work(self._of_each(point, row[0].src if row and instr.op in UNLIKE else None))
                clock.send(row)
        waited = carried = 0.0
        if found.is_round:
            frames = max(Counter(src for src, _ in found.frames).values())
            words = self._words + sum(touched(instr, block.types) for instr in step.exchange)
            each = (frames - 1) * self.machine.frame + self.machine.woken(words)
            self._words = 0
            clock.work([each] * self._protocol.parties)
            waited = self.waiting(crowd) + frames * HEADER_BYTES * self.pace
            carried = crowd * self.machine.round
        whole = max(clock.worked, clock.travelled) + after + waited
        self.found.online += times * whole
        self.found.work += times * (clock.worked + after + carried)
        self.found.longest = max(self.found.longest, self._since + whole)
        self._since = 0.0

    def _of_each(self, point: Point, busiest: int | None) -> list[float]:
        """What each party works; None: no party has more of it than another."""
        parties = self._protocol.parties
        if busiest is None:
            return [point.mean] * parties
        others = (parties * point.mean - point.most) / (parties - 1)
        return [point.most if party == busiest else others for party in range(parties)]
