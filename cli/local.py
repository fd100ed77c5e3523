"""`run --local`: every party a process of its own on this machine, over mutually authenticated TLS on loopback."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloister.runtime.identity import keygen

#: After the first failure the others get this long to end with the cause of their own.
GRACE_SECONDS = 8.0

Event = dict[str, Any]


@dataclass(frozen=True)
class LocalRun:
    """What all parties of a local run share."""

    program: Path
    parties: Sequence[str]
    data: Path
    params: Mapping[str, Any]
    sizes: Mapping[str, int]
    protocol: str | None
    network: str
    level: int
    insecure: bool
    trace: Path | None
    timeout: float = 30.0


@dataclass
class Outcome:
    """What the processes told: a report or a failure by party."""

    reports: dict[str, Event] = field(default_factory=dict)
    failures: dict[str, Event] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The most telling of the parties' exit codes: their own mistakes before what these did to others."""
        codes = {failure["exit_code"] for failure in self.failures.values()}
        return next((code for code in (130, 1, 2, 3, 4) if code in codes), 0)


def run_local(run: LocalRun, watch: Callable[[str, Event], None]) -> Outcome:
    """Starts every party, passes their events to `watch`, and waits for all. No party outlives the call."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(_listener()) for _ in run.parties]
        jobs = _jobs(run, listeners)
        children = [stack.enter_context(_child(job, listener)) for job, listener in zip(jobs, listeners, strict=True)]
        return _collect(run.parties, children, watch)


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    return listener


def _jobs(run: LocalRun, listeners: Sequence[socket.socket]) -> list[Event]:
    identities = [] if run.insecure else [keygen(party) for party in run.parties]
    common = {
        "program": str(run.program), "params": dict(run.params), "sizes": dict(run.sizes), "data": str(run.data),
        "protocol": run.protocol, "network": run.network, "level": run.level, "insecure": run.insecure,
        "timeout": run.timeout, "addresses": [listener.getsockname() for listener in listeners],
        "certificates": [identity.certificate.pem for identity in identities],
    }
    return [
        {**common, "party": party, "listener": listener.fileno(),
         "key": "" if run.insecure else identities[i].key_pem().decode(),
         "trace": f"{run.trace}.{party}" if run.trace else None}
        for i, (party, listener) in enumerate(zip(run.parties, listeners, strict=True))
    ]


@contextmanager
def _child(job: Event, listener: socket.socket) -> Iterator[subprocess.Popen[str]]:
    # one BLAS thread a party: all parties share this machine
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cloister.cli.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, pass_fds=(listener.fileno(),), env=environment,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _collect(parties: Sequence[str], children: Sequence[subprocess.Popen[str]],
             watch: Callable[[str, Event], None]) -> Outcome:
    events: queue.Queue[tuple[str, Event | None]] = queue.Queue()
    for party, child in zip(parties, children, strict=True):
        threading.Thread(target=_listen, args=(party, child, events), daemon=True).start()
    outcome = Outcome()
    open_parties = set(parties)
    while open_parties:
        try:
            party, event = events.get(timeout=GRACE_SECONDS if outcome.failures else None)
        except queue.Empty:
            for party in open_parties:
                outcome.failures[party] = _failure(4, "did not end after another party had failed")
            break
        if event is None:
            open_parties.discard(party)
            if party not in outcome.reports and party not in outcome.failures:
                outcome.failures[party] = _failure(4, "the process ended without a word")
        elif event["event"] == "result":
            outcome.reports[party] = event["report"]
        elif event["event"] == "failure":
            outcome.failures[party] = event
        else:
            watch(party, event)
    return outcome


def _listen(party: str, child: subprocess.Popen[str], events: queue.Queue[tuple[str, Event | None]]) -> None:
    """Reads one child's events to the end; what it wrote to standard error instead is its last word."""
    assert child.stdout is not None
    assert child.stderr is not None
    told = False
    for line in child.stdout:
        event = json.loads(line)
        told = told or event["event"] in ("result", "failure")
        events.put((party, event))
    last = child.stderr.read().strip().splitlines()
    if not told and last:
        events.put((party, _failure(4, f"the process failed: {last[-1]}")))
    events.put((party, None))


def _failure(code: int, message: str) -> Event:
    return {"event": "failure", "kind": "PeerError", "message": message, "exit_code": code}
