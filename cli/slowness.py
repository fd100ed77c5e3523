"""What made a run slow that took far longer than estimated: the way to somebody, somebody's machine, or computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .options import human_seconds

#: A run is slow when it takes so many times the estimate, and so many seconds more.
_TIMES, _SECONDS = 2.0, 1.0


def slowness(estimated: float, measured: Sequence[Mapping[str, Any]]) -> str:
    """A remark on a slow run, empty for any other. `measured` are the parts of that name of the parties' reports.

    The time of a party is what it waited for others and what it was busy itself. The longest wait is told, and whom
    the one waited for did wait for, up to the one that kept all the others; unless somebody else was busy for longer.
    """
    online = max(one["seconds"]["online"] for one in measured)
    if online < max(_TIMES * estimated, estimated + _SECONDS):
        return ""
    waits = {party: waited for one in measured for party, waited in one["waited"].items()}
    busy = {party: one["seconds"]["online"] - sum(waited.values())
            for one in measured for party, waited in one["waited"].items()}
    chain = _chain(waits)
    last, busiest = chain[-1].on, max(sorted(busy), key=lambda party: busy[party])
    said = f"the run took {human_seconds(online)} where {human_seconds(estimated)} were estimated: "
    if busiest != last and busy[busiest] > chain[-1].seconds:
        return f"{said}{busiest} was busy computing for {human_seconds(busy[busiest])} of it"
    parts = [f"{wait.party} waited {human_seconds(wait.seconds)} for {wait.on}" for wait in chain]
    return f"{said}{', '.join(parts)} {_why(chain[-1], busy)}"


@dataclass(frozen=True)
class _Wait:
    """A party waited for another one, which came last."""

    party: str
    on: str
    seconds: float


def _chain(waits: Mapping[str, Mapping[str, float]]) -> list[_Wait]:
    """The longest wait, and as long as the one waited for was mostly waiting too, its own longest."""
    chain = [max((_longest(party, waits[party]) for party in sorted(waits)), key=lambda wait: wait.seconds)]
    seen = {chain[0].party}
    while (party := chain[-1].on) in waits and party not in seen:
        seen.add(party)
        further = _longest(party, waits[party])
        if further.seconds < chain[-1].seconds / 2 or further.on in seen:
            break
        chain.append(further)
    return chain


def _longest(party: str, waited: Mapping[str, float]) -> _Wait:
    on = max(sorted(waited), key=lambda peer: waited[peer])
    return _Wait(party, on, waited[on])


def _why(wait: _Wait, busy: Mapping[str, float]) -> str:
    """Only who tells of itself can be cleared: the others see no more than that nothing comes."""
    if wait.on not in busy:
        return f"(the network to {wait.on}, or {wait.on} itself)"
    if busy[wait.on] > wait.seconds / 2:
        return f"({wait.on} itself: it was busy, or stood still, for {human_seconds(busy[wait.on])})"
    return f"(the network to {wait.on}: it was busy itself for {human_seconds(busy[wait.on])} alone)"
