"""What one party measures for a profile: its machine alone, then the links together with its peers.

Run as a module it is one party of `calibrate --local`, a process of its own: see `child.py` for jobs and events.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.price.profile import Machine, Profile, nearest
from cloister.compiler.price.time import times, worked_on
from cloister.runtime.measure import medley, speeds, transfers
from cloister.runtime.measure.links import Links, measure
from cloister.runtime.measure.medley import Medley, Since, Wake
from cloister.runtime.memory import keep_freed
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.registry import PROTOCOLS, for_name
from cloister.runtime.session import Session
from msgspec.structs import replace

from .failures import describe
from .loopback import linked

#: Seconds that parties wait for the slowest to measure its machine.
_PATIENCE = 600.0
#: Protocols are measured for the fewest parties that they are for.
_FEWEST = (2, 3, 4)
#: `replicated` is for so many parties.
_THREE = 3

#: Is told what is measured now.
Told = Callable[[str], None]


class Found(msgspec.Struct):
    """What was measured; None for a machine that others measure."""

    links: Links
    machine: Machine | None


def calibrate(session: Session, machine: bool, shared: bool, told: Told) -> Found:
    """Measures with the peers, who do the same. With `machine` what this machine does alone is measured first;
    `shared`: all parties are on one machine."""
    keep_freed()
    transport = session.transport
    usual, transport.patience = transport.patience, _PATIENCE
    alone = _machine(told) if machine else None
    told("waiting for the other parties")
    transport.control(b"machines are measured")
    transport.patience = usual
    links = measure(transport, shared, told)
    told("small instructions of many kinds")
    protocol = _of_parties(transport.parties)
    latency = links.all.latency
    played = partial(medley.seconds, protocol, transport, session.keys, latency)
    turns = {min(group, medley.kinds(protocol)): played(partial(medley.turns, protocol, group))
             for group in medley.GROUPS}
    rounds = [partial(medley.rounds, protocol, size, latency) for size in medley.SIZES]
    woken = [(one, played(one)) for one in rounds]
    if alone is not None:
        alone = replace(alone, round=links.round, frame=links.frame, byte=links.byte, crowd=links.crowd)
        alone = replace(alone, stir=_stir(protocol, alone, turns))
        alone = replace(alone, wake=_wake(protocol, alone, woken))
    return Found(links, alone)


def _of_parties(parties: int) -> Protocol:
    """The protocol in which so many play the medley."""
    return for_name("replicated" if parties == _THREE else "additive", parties)


def _stir(protocol: Protocol, machine: Machine, seconds: Mapping[int, float]) -> tuple[Since, ...]:
    """The seconds more with which the estimate of each medley is what it took; `seconds` by kinds that take turns.

    From the greatest down: where a few kinds take turns, the first of a kind still has all others before it.
    """
    found: tuple[Since, ...] = ()
    for group in sorted(seconds, reverse=True):
        stirred = partial(_stirred, machine, found, group - 1)
        more = _fitted(protocol, partial(medley.turns, protocol, group), stirred, seconds[group])
        found = (Since(group - 1, min(more, found[0].seconds) if found else more), *found)
    return found


def _stirred(machine: Machine, above: Sequence[Since], kinds: int, more: float) -> Machine:
    """With so many seconds more for so many kinds, and for fewer."""
    points = sorted({Since(0, more), Since(kinds, more), *above})
    return replace(machine, stir=tuple(points))


def _wake(protocol: Protocol, machine: Machine,
          seconds: Sequence[tuple[Callable[[int], Medley], float]]) -> tuple[Wake, ...]:
    """The seconds more of a round with which the estimate of each medley is what it took, by rising units."""
    found: list[Wake] = []
    for played, took in seconds:
        more = _fitted(protocol, played, partial(_woken, machine), took)
        (once, rounds_once), (twice, rounds_twice) = (worked_on(played(passes)[0]) for passes in (1, 2))
        words = (twice - once) // (rounds_twice - rounds_once)
        found.append(Wake(words, max([more, *(wake.seconds for wake in found)])))
    return tuple(found)


def _woken(machine: Machine, more: float) -> Machine:
    """With so many seconds more for every round."""
    return replace(machine, wake=(Wake(0, more),))


def _fitted(protocol: Protocol, played: Callable[[int], Medley], machine: Callable[[float], Machine],
            seconds: float) -> float:
    """What makes the estimate for the machine what was measured of one pass; zero where it was less, or nothing in the
    pass hangs on it."""
    def expected(more: float) -> float:
        known = Profile("trial", 0.0, 1e15, NETWORKS["local"], False, {}, machine(more))
        once, twice = (times(played(passes)[0], protocol, known).work for passes in (1, 2))
        return twice - once

    plain, more = expected(0.0), expected(1e-6)
    return max(0.0, 1e-6 * (seconds - plain) / (more - plain)) if more > plain else 0.0


def profile(found: Found, names: Sequence[str], shared: bool) -> Profile:
    """The profile of the machine and the links; positions of peers have these names."""
    assert found.machine is not None
    peers = {names[position]: link for position, link in sorted(found.links.peers.items())}
    link = found.links.all
    return Profile("measured", link.latency, link.bandwidth, nearest(link), shared, peers, found.machine)


def _machine(told: Told) -> Machine:
    found = {}
    for protocol in _protocols():
        found[protocol.name] = speeds.measure(protocol, partial(_part, told, protocol))
    told("oblivious transfers")
    return Machine(found, transfers.measure(), 0.0, 0.0, 0.0, (), (Since(0, 0.0),), (Wake(0, 0.0),))


def _part(told: Told, protocol: Protocol, done: int, of: int) -> None:
    told(f"how fast this machine runs {protocol.name} ({100 * done // of} %)")


def _protocols() -> Sequence[Protocol]:
    """All that protect anything."""
    return [_smallest(name) for name in PROTOCOLS if name != "reference"]


def _smallest(name: str) -> Protocol:
    for parties in _FEWEST:
        try:
            return for_name(name, parties)
        except ValueError:
            continue
    raise LookupError(f"{name} is for more parties than {_FEWEST[-1]}")


def main() -> int:
    """Runs the job; the exit code is the party's."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        first = job["party"] == job["parties"][0]
        session = linked(job)
        found = calibrate(session, first, True, lambda what: _say(event="measuring", what=what))
        session.close()
        _say(event="result", found=msgspec.to_builtins(found))
        return 0
    except Exception as error:
        message, code = describe(error)
        _say(event="failure", kind=type(error).__name__, message=message, exit_code=code)
        return code


def _say(**event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    while os.read(0, 1 << 12):
        pass
    os._exit(130)


if __name__ == "__main__":
    raise SystemExit(main())
