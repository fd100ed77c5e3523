"""`run --local`: every party a process of its own on this machine, over mutually authenticated TLS on loopback."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloister.runtime.identity import keygen

from .processes import Event, Events, children, failure

#: After the first failure the others get this long to tell of a mistake of their own,
_GRACE_SECONDS = 10.0
#: and this long once none of them can have any more: their data are read.
_SETTLE_SECONDS = 2.0

_CHILD = "cloister.cli.child"


@dataclass(frozen=True)
class LocalRun:
    """What all parties of a local run share."""

    program: Path
    parties: Sequence[str]
    data: Path
    params: Mapping[str, Any]
    sizes: Mapping[str, int]
    protocol: str
    network: str
    level: int
    insecure: bool
    trace: Path | None
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
    with ExitStack() as stack:
        listeners = [stack.enter_context(_listener()) for _ in run.parties]
        inherited = {party: one.fileno() for party, one in zip(run.parties, listeners, strict=True)}
        events = stack.enter_context(children(_CHILD, _jobs(run, listeners), inherited))
        return _collect(run.parties, events, watch)


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    return listener


def _jobs(run: LocalRun, listeners: Sequence[socket.socket]) -> dict[str, Event]:
    identities = [] if run.insecure else [keygen(party) for party in run.parties]
    common = {
        "program": str(run.program), "params": dict(run.params), "sizes": dict(run.sizes), "data": str(run.data),
        "protocol": run.protocol, "network": run.network, "level": run.level, "insecure": run.insecure,
        "timeout": run.timeout, "addresses": [listener.getsockname() for listener in listeners],
        "certificates": [identity.certificate.pem for identity in identities],
    }
    return {
        party: {**common, "party": party, "listener": listener.fileno(),
                "key": "" if run.insecure else identities[i].key_pem().decode(),
                "trace": f"{run.trace}.{party}" if run.trace else None}
        for i, (party, listener) in enumerate(zip(run.parties, listeners, strict=True))
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
