"""What work takes more in company: an instruction where others ran since one of its like, a round after which the
caches hold what other processes needed.

All parties play medleys together over the real links, instructions of every kind, some kinds by turns, then the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import cycle, islice, pairwise
from time import process_time
from typing import Any, NamedTuple

from ..executor import execute
from ..plan import planned
from ..program import Program
from ..protocols.base import Protocol
from ..traffic import owners
from ..transport.base import Transport
from .build import Build, material
from .links import middle
from .samples import Sample, samples

#: Kinds that take turns, of those that send nothing; the last time it is all of them.
GROUPS = (1, 4, 16, 1 << 10)
#: Units of the instructions between rounds: all of them fit into a second-level cache. Of more than that an instruction
#: finds no more there when it runs in a row of its like, as it is measured.
SIZES = (1, 1 << 10, 1 << 12)

#: Turns that a group of kinds has.
_TURNS = 8
#: Instructions that send nothing before one that does; of those every so manieth kind has its turns.
_BEFORE, _STEP = 8, 4
#: How often a medley is played at a time: what takes longer the second way is its own.
_PASSES = (1, 6)
#: Times that it is played at most, and seconds that the rounds of all of them may take about.
_TIMES, _LASTS = 12, 1.5
#: Seconds of a round from which on each step of a medley with rounds has one turn.
_SLOW = 5e-3

#: Kinds that grow otherwise than with their units, or are like others.
_OTHERS = re.compile(r"128|matmul|each|input")


class Since(NamedTuple):
    """CPU seconds that an instruction takes more where so many other kinds ran since its own did."""

    kinds: int
    seconds: float


class Wake(NamedTuple):
    """CPU seconds that a round takes more where so many words were worked on since the last one."""

    words: int
    seconds: float


#: A program, and what the parties give.
Medley = tuple[Program, dict[str, Any]]


def turns(protocol: Protocol, group: int, passes: int) -> Medley:
    """Small instructions that send nothing, so many kinds by turns, all of it so many times over."""
    build = Build(protocol)
    pieces = [(one, build.operands(one)) for one in _shuffled(protocol, 1) if not one.exchanges]
    several = max(1, round(len(pieces) / group))
    bounds = [len(pieces) * i // several for i in range(several + 1)]
    for _ in range(passes):
        for first, stop in pairwise(bounds):
            build.run(pieces[first:stop] * _TURNS)
        build.mark()
    return build.program()


def rounds(protocol: Protocol, size: int, latency: float, passes: int) -> Medley:
    """Instructions of about so many units that send something, a round each, after some that do not; each of those for
    some turns, one where the latency is long, all of it so many times over."""
    build = Build(protocol)
    pieces = [(one, build.operands(one)) for one in _shuffled(protocol, size)]
    local = cycle([piece for piece in pieces if not piece[0].exchanges])
    steps = [[*islice(local, _BEFORE), piece] for piece in [one for one in pieces if one[0].exchanges][::_STEP]]
    for _ in range(passes):
        for step in steps:
            for _ in range(1 if latency > _SLOW else _TURNS):
                build.run(step)
    return build.program()


def kinds(protocol: Protocol) -> int:
    """Kinds of work that send nothing."""
    return sum(not one.exchanges for one in _shuffled(protocol, 1))


def _shuffled(protocol: Protocol, size: int) -> list[Sample]:
    """One instruction of every kind, in an order as chance has it."""
    makes = {kind: make for kind, make in samples(protocol.passes).items() if not _OTHERS.search(kind)}
    return [makes[kind](size) for kind in sorted(makes, key=lambda kind: sha256(kind.encode()).digest())]


def seconds(protocol: Protocol, transport: Transport, keys: Mapping[int, bytes], latency: float,
            played: Callable[[int], Medley]) -> float:
    """CPU seconds of this party for one pass, among all that run it together over real links; `played` is what is
    played in so many passes.

    `latency` is what all have found: where it is long, medleys are played less often. Raises PeerError when a peer
    fails.
    """
    medleys = [played(passes) for passes in _PASSES]
    waiting = latency * sum(bool(step.exchange) for program, _ in medleys for step in program.body.steps)
    times = int(min(_TIMES, max(1.0, _LASTS / max(waiting, 1e-6))))
    once, often = (_together(protocol, transport, keys, times, *medley) for medley in medleys)
    return (often - once) / (_PASSES[1] - _PASSES[0])


def _together(protocol: Protocol, transport: Transport, keys: Mapping[int, bytes], times: int, program: Program,
              given: dict[str, Any]) -> float:
    plan = planned(program, protocol, transport.me)
    spent = []
    for _ in range(times):
        backend = protocol.backend(transport.me, keys, owners(program), material(program, protocol))
        transport.control(b"medley")
        started = process_time()
        execute(program, plan, backend, transport, transport.me, given)
        spent.append(process_time() - started)
    return middle(spent)
