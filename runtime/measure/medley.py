"""What an instruction takes more where others ran since one of its like: caches then hold what those needed.

All parties play medleys together: small instructions of every kind, a few kinds by turns, then the next few.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from itertools import pairwise
from time import process_time
from typing import Any, NamedTuple

from ..executor import execute
from ..program import Program
from ..protocols.base import Protocol
from ..traffic import owners
from ..transport.base import Transport
from .build import Build, material
from .samples import Sample, samples

#: Kinds that take turns; the last time it is all of them.
GROUPS = (1, 2, 4, 8, 16, 1 << 10)

#: Instructions of a group, at least.
_GROUP = 32
#: How often a medley is played: what takes longer the second way is its own. Of so many times the fastest counts.
_PASSES = (1, 3)
_TIMES = 6


class Since(NamedTuple):
    """CPU seconds that an instruction takes more where so many other kinds ran since its own did."""

    kinds: int
    seconds: float


def medley(protocol: Protocol, group: int, passes: int) -> tuple[Program, dict[str, Any]]:
    """A program of small instructions, so many kinds by turns, all of it so many times over; and what the parties
    give."""
    build = Build(protocol)
    found = _shuffled(protocol)
    operands = [build.operands(one) for one in found]
    several, turns = max(1, round(len(found) / group)), max(2, _GROUP // group)
    bounds = [len(found) * i // several for i in range(several + 1)]
    for _ in range(passes):
        for first, stop in pairwise(bounds):
            for _ in range(turns):
                for one, args in zip(found[first:stop], operands[first:stop], strict=True):
                    build.run(one, args)
        build.mark()
    return build.program()


def _shuffled(protocol: Protocol) -> list[Sample]:
    """One instruction of every kind, in an order as chance has it; an input is entered once only."""
    found = [make(1) for kind, make in samples(protocol.passes).items() if "128" not in kind]
    return sorted((one for one in found if one.op != "input"), key=lambda one: sha256(repr(one).encode()).digest())


def kinds(protocol: Protocol) -> int:
    """Kinds of work in a medley of all."""
    return len(_shuffled(protocol))


def medley_seconds(protocol: Protocol, transport: Transport, keys: Mapping[int, bytes], group: int) -> float:
    """CPU seconds of this party for one pass of a medley, among all that run it together over real links.

    Raises PeerError when a peer fails.
    """
    once, often = (min(_together(protocol, transport, keys, group, passes) for _ in range(_TIMES))
                   for passes in _PASSES)
    return (often - once) / (_PASSES[1] - _PASSES[0])


def _together(protocol: Protocol, transport: Transport, keys: Mapping[int, bytes], group: int, passes: int) -> float:
    program, given = medley(protocol, group, passes)
    backend = protocol.backend(transport.me, keys, owners(program), material(program, protocol))
    transport.control(b"medley")
    started = process_time()
    execute(program, protocol, backend, transport, transport.me, given)
    return process_time() - started
