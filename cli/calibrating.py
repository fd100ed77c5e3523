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
from cloister.compiler.price.time import times
from cloister.runtime.measure import speeds, transfers
from cloister.runtime.measure.links import Links, measure
from cloister.runtime.measure.medley import GROUPS, Since, kinds, medley, medley_seconds
from cloister.runtime.memory import keep_freed
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.registry import PROTOCOLS, for_name
from cloister.runtime.session import Session

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


def calibrate(session: Session, machine: bool, told: Told) -> Found:
    """Measures with the peers, who do the same. With `machine` what this machine does alone is measured first."""
    transport = session.transport
    usual, transport.patience = transport.patience, _PATIENCE
    alone = _machine(told) if machine else None
    told("waiting for the other parties")
    transport.control(b"machines are measured")
    transport.patience = usual
    links = measure(transport, told)
    told("small instructions of many kinds")
    protocol = _of_parties(transport.parties)
    seconds = {min(group, kinds(protocol)): medley_seconds(protocol, transport, session.keys, group)
               for group in GROUPS}
    if alone is not None:
        alone = msgspec.structs.replace(alone, round=links.round, frame=links.frame, byte=links.byte, crowd=links.crowd)
        alone = msgspec.structs.replace(alone, stir=_stir(protocol, alone, seconds))
    return Found(links, alone)


def _of_parties(parties: int) -> Protocol:
    """The protocol in which so many play the medley."""
    return for_name("replicated" if parties == _THREE else "additive", parties)


def _stir(protocol: Protocol, machine: Machine, seconds: Mapping[int, float]) -> tuple[Since, ...]:
    """The seconds more with which the estimate of each medley is what it took; `seconds` by kinds that take turns.

    From the greatest down: where a few kinds take turns, the first of a kind still has all others before it.
    """
    found: list[Since] = []
    for group in sorted(seconds, reverse=True):
        plain, more = (_expected(protocol, machine, group, [Since(group - 1, one), *found]) for one in (0.0, 1e-6))
        one = max(0.0, 1e-6 * (seconds[group] - plain) / (more - plain))
        found.insert(0, Since(group - 1, min(one, found[0].seconds) if found else one))
    return tuple(found)


def _expected(protocol: Protocol, machine: Machine, group: int, stir: Sequence[Since]) -> float:
    """CPU seconds of one pass of a medley, by the estimate."""
    points = tuple(stir if stir[0].kinds == 0 else [stir[0]._replace(kinds=0), *stir])
    trial = msgspec.structs.replace(machine, stir=points)
    known = Profile("trial", 0.0, 1e15, NETWORKS["local"], False, {}, trial)
    once, twice = (times(medley(protocol, group, count)[0], protocol, known).work for count in (1, 2))
    return twice - once


def profile(found: Found, names: Sequence[str], shared: bool) -> Profile:
    """The profile of the machine and the links; positions of peers have these names."""
    assert found.machine is not None
    peers = {names[position]: link for position, link in sorted(found.links.peers.items())}
    link = found.links.all
    return Profile("measured", link.latency, link.bandwidth, nearest(link), shared, peers, found.machine)


def _machine(told: Told) -> Machine:
    keep_freed()
    found = {}
    for protocol in _protocols():
        found[protocol.name] = speeds.measure(protocol, partial(_part, told, protocol))
    told("oblivious transfers")
    plan = speeds.plan_seconds(_protocols()[0])
    return Machine(found, transfers.measure(), plan, 0.0, 0.0, 0.0, (), ())


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
        found = calibrate(session, first, lambda what: _say(event="measuring", what=what))
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
