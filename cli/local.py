"""`run --local` and `prepare --local`: every party a process of its own, mutually authenticated TLS on loopback."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .loopback import started
from .processes import Event, Events, failure

#: After the first failure the others get this long to tell of a mistake of their own,
_GRACE_SECONDS = 10.0
#: and this long once none of them can have any more: their data are read.
_SETTLE_SECONDS = 2.0

_CHILD = "cloister.cli.child"


@dataclass(frozen=True)
class LocalRun:
    """What all parties of a local run share.

    `prepared` is the folder of stored preprocessing and `kept` that of kept shares, each with one for every party.
    With `prepare` above 0 that many runs are prepared instead; then `data` may be left out where `sizes` says
    everything.
    """

    program: Path
    parties: Sequence[str]
    data: Path | None
    params: Mapping[str, Any]
    sizes: Mapping[str, int]
    protocol: str
    network: str
    level: int
    insecure: bool
    trace: Path | None
    prepared: Path
    kept: Path
    prepare: int = 0
    memory: int | None = None
    emulate: str | None = None
    timeout: float = 60.0


@dataclass
class Outcome:
    """What the processes told: a report or a failure by party."""

    reports: dict[str, Event] = field(default_factory=dict)
    failures: dict[str, Event] = field(default_factory=dict)

    @property
    def causes(self) -> dict[str, Event]:
        """The failures without those that only tell of another party's; all of them where there is no other."""
        own = {party: one for party, one in self.failures.items() if one["kind"] != "PeerError"}
        return own or self.failures

    @property
    def exit_code(self) -> int:
        """The most telling of the causes' exit codes."""
        codes = {one["exit_code"] for one in self.causes.values()}
        return next((code for code in (70, 1, 2, 3, 4) if code in codes), 0)


def run_local(run: LocalRun, watch: Callable[[str, Event], None]) -> Outcome:
    """Starts every party, passes their events to `watch`, and waits for all. No party outlives the call."""
    own = {party: {"trace": f"{run.trace}.{party}" if run.trace else None} for party in run.parties}
    with started(_CHILD, run.parties, _common(run), own, run.insecure, run.emulate, run.timeout) as events:
        return _collect(run.parties, events, watch)


def _common(run: LocalRun) -> Event:
    return {
        "program": str(run.program), "params": dict(run.params), "sizes": dict(run.sizes),
        "data": str(run.data) if run.data else None, "prepared": str(run.prepared),
        "kept": str(run.kept), "prepare": run.prepare,
        "protocol": run.protocol, "network": run.network, "level": run.level,
        "memory": run.memory,
    }


def _collect(parties: Sequence[str], events: Events, watch: Callable[[str, Event], None]) -> Outcome:
    outcome = Outcome()
    running, reading = set(parties), set(parties)
    while running:
        wait = None if not outcome.failures else _GRACE_SECONDS if reading else _SETTLE_SECONDS
        try:
            party, event = events.get(timeout=wait)
        except queue.Empty:
            for party in running - outcome.failures.keys():
                outcome.failures[party] = failure(4, "PeerError", "did not end after another party had failed")
            break
        if event is None:
            running.discard(party)
        elif event["event"] == "result":
            outcome.reports[party] = event["report"]
        elif event["event"] == "failure":
            outcome.failures[party] = event
        else:
            watch(party, event)
        if event is None or event["event"] in ("read", "failure"):
            reading.discard(party)
    return outcome
