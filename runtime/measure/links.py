"""How fast the links of a session are, and how much parties that share a machine hold each other up.

Every party calls `measure` at the same time. All that is sent is zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from time import perf_counter, process_time
from typing import NamedTuple

import msgspec
import numpy as np

from ..transport.base import Transport

#: Seconds that a measurement of one thing is to take, rounds that it has at least and at most.
_LASTS = 0.4
_FEWEST, _MOST = 4, 3000
#: Rounds of large frames by which it is found how large they are to be; they touch the memory too.
_TRIAL = 2
#: Bytes of small frames, and of large ones at first and at most.
_SMALL, _LARGE, _LARGEST = 8, 1 << 16, 1 << 23
#: A large frame is long enough when a round of it takes so many seconds, and so many times that of a small one.
_LONG, _TIMES = 0.05, 4
#: Seconds of work between two rounds, for what parties hold each other up: short work is done by turns, of long work
#: the system lets every party have its share.
_WORKS = (3e-4, 3e-3, 3e-2)
#: Groups of rounds at most, of which the middle half counts.
_GROUPS = 20


class Factor(NamedTuple):
    """How many times as long work takes that takes so many seconds alone."""

    seconds: float
    times: float


@dataclass(frozen=True)
class Link:
    """`latency`: the seconds that a small frame takes one way, sending and receiving included, and `bandwidth` in bytes
    a second one way."""

    latency: float
    bandwidth: float


@dataclass(frozen=True)
class Links:
    """What one party finds of its links.

    `all` is when everybody sends to one other at the same time, `peers` each pair alone, by position. CPU seconds of
    the transport, of a party on average: `round` for a round with one frame each way, `frame` for every further peer,
    `byte` for each byte sent and received. `crowd`: how many times as long work takes where one, two, .. parties that
    share a machine work at the same time, by rising seconds; one alone where they do not.
    """

    all: Link
    peers: dict[int, Link]
    round: float
    frame: float
    byte: float
    crowd: tuple[tuple[Factor, ...], ...]


class _Beat(msgspec.Struct):
    """Seconds of one round: by the clock, and of this party's CPU."""

    wall: float
    cpu: float


def measure(transport: Transport, shared: bool, told: Callable[[str], None] = lambda what: None) -> Links:
    """Measures together with all peers; `shared`: all parties are on one machine. Raises PeerError when one fails."""
    everybody = list(range(transport.parties))
    meter = _Meter(transport)
    crowd = [tuple(Factor(seconds, 1.0) for seconds in _WORKS)]
    for count in range(2, transport.parties + 1) if shared else ():
        told(f"how much {count} parties hold each other up")
        found = meter.crowd(everybody[:count])
        crowd.append(tuple(max(pair) for pair in zip(found, crowd[-1], strict=True)))
    told("rounds of all parties")
    ring, mesh = meter.small(everybody), meter.small(everybody, mesh=True)
    large = meter.large(everybody, ring)
    peers = {}
    for one in everybody:
        for other in everybody[one + 1:]:
            told(f"the link between {one + 1} and {other + 1}")
            pair = [one, other]
            beat = meter.small(pair)
            link = Link(beat.wall, 1 / meter.large(pair, beat).wall)
            if transport.me in pair:
                peers[one + other - transport.me] = link
    frame = (mesh.cpu - ring.cpu) / (transport.parties - 2) if transport.parties > 2 else ring.cpu
    return Links(Link(ring.wall, 1 / large.wall), peers, ring.cpu, max(frame, 0.0), large.cpu, tuple(crowd))


class _Meter:
    """Rounds of zeros among some of the parties, while the others wait."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._number = 0

    def small(self, members: Sequence[int], mesh: bool = False) -> _Beat:
        """A round of the smallest frames: each to the next, or to everybody."""
        trial = self._rounds(members, _FEWEST, _SMALL, mesh)
        return self._rounds(members, _count(trial), _SMALL, mesh)

    def large(self, members: Sequence[int], small: _Beat) -> _Beat:
        """For each byte of large frames, what a small frame takes left out."""
        nbytes = _LARGE
        while True:
            trial = self._rounds(members, _TRIAL, nbytes)
            if nbytes >= _LARGEST or trial.wall > max(_LONG, _TIMES * small.wall):
                break
            nbytes *= 2
        beat = self._rounds(members, 2 * _count(trial), nbytes)
        # what else a machine does may have made the small frames as slow as the large ones
        return _Beat(max(beat.wall - small.wall, beat.wall / _TIMES) / nbytes, max(beat.cpu - small.cpu, 0.0) / nbytes)

    def crowd(self, members: Sequence[int]) -> tuple[Factor, ...]:
        """How many times as long work takes that all members do between rounds, as when one does it alone."""
        idle = self.small(members)
        return tuple(self._held_up(members, idle, seconds) for seconds in _WORKS)

    def _held_up(self, members: Sequence[int], idle: _Beat, seconds: float) -> Factor:
        work, count = _work(seconds), _count(_Beat(idle.wall + seconds, 0.0))
        alone = self._rounds(members[:1], count, _SMALL, work=work).wall
        busy = self._rounds(members, count, _SMALL, work=work).wall
        return Factor(seconds, max(1.0, (busy - idle.wall) / alone))

    def _rounds(self, members: Sequence[int], count: int, nbytes: int, mesh: bool = False,
                work: Callable[[], None] = lambda: None) -> _Beat:
        """The seconds of a round: by the clock at the slowest party, of CPU on average, by the middle half of groups
        that begin together. Who shares a processor with whom is as chance has it, and changes from group to group."""
        beats = []
        groups = min(_GROUPS, count)
        each = count // groups
        for _ in range(groups):
            self._transport.control(b"together")
            begun, cpu = perf_counter(), process_time()
            for number in range(each):
                if self._transport.me in members:
                    work()
                    self._round(members, self._number + number, nbytes, mesh)
            self._number += each
            beats.append(_Beat((perf_counter() - begun) / each, (process_time() - cpu) / each))
        return self._agreed(_Beat(middle([beat.wall for beat in beats]), middle([beat.cpu for beat in beats])))

    def _round(self, members: Sequence[int], number: int, nbytes: int, mesh: bool) -> None:
        me, count = members.index(self._transport.me), len(members)
        to = [p for p in members if p != self._transport.me] if mesh else [members[me - 1]]
        of = to if mesh else [members[(me + 1) % count]]
        if count == 1:
            return
        link = self._transport.begin(number, dict.fromkeys(to, nbytes), dict.fromkeys(of, nbytes))
        for peer in to:
            link.out[peer][...] = 0
        link.finish()

    def _agreed(self, beat: _Beat) -> _Beat:
        """The slowest party's clock and the CPU of all on average: all go on with the same."""
        own = msgspec.msgpack.encode(beat)
        others = self._transport.control(own).values()
        beats = [beat, *(msgspec.msgpack.decode(other, type=_Beat) for other in others)]
        return _Beat(max(one.wall for one in beats), mean(one.cpu for one in beats))


def middle(values: Sequence[float]) -> float:
    """The mean without the least and the greatest quarter."""
    left_out = len(values) // 4
    return mean(sorted(values)[left_out:len(values) - left_out])


def _count(trial: _Beat) -> int:
    return int(min(_MOST, max(_FEWEST, _LASTS / max(trial.wall, 1e-6))))


def _timed(work: Callable[[], None]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _work(seconds: float) -> Callable[[], None]:
    """Some work as a run does it: products of ring elements in the cache, for about so many seconds."""
    x, y = (np.arange(1 << 15, dtype=np.uint64) for _ in range(2))
    out = np.empty_like(x)

    def once() -> None:
        np.multiply(x, y, out=out)

    times = max(1, int(seconds / max(min(_timed(once) for _ in range(20)), 1e-6)))

    def work() -> None:
        for _ in range(times):
            once()

    return work
