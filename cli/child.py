"""One party of `run --local`, in a process of its own: a job comes on standard input, events go to standard output.

The job (one JSON line) holds paths, public parameters, and this party's ephemeral identity, which lives as long as
the run. Events are JSON lines: `read`, `estimate`, `progress`, `result`, `failure`. The process ends when its
standard input does: then whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.pipeline import load_program, read_file
from cloister.compiler.report.estimate import Estimate
from cloister.runtime.identity import parse_certificate, parse_identity
from cloister.runtime.session import Session, connect

from .failures import describe
from .party import Task, Waiting, Watch, run_party
from .pricing import network

_PROGRESS_EVERY = 0.1


class _Events(Watch):
    """Tells the parent; progress at most ten times a second, so that it does not cost rounds."""

    def __init__(self) -> None:
        self._last = 0.0

    def say(self, **event: Any) -> None:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()

    def read(self) -> None:
        self.say(event="read")

    def compiled(self, price: Estimate) -> None:
        self.say(event="estimate", rounds=price.rounds, seconds=price.seconds,
                 bytes=max(price.bytes_sent.values(), default=0))

    def progress(self, rounds: int, sent: int) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_EVERY:
            self._last = now
            self.say(event="progress", rounds=rounds, bytes=sent)


def main() -> int:
    """Runs the job; the exit code is the party's."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    events = _Events()
    try:
        events.say(event="result", report=run_party(_task(job), events))
        return 0
    except ProgramError as error:
        events.say(event="failure", kind="ProgramError", message=str(error), exit_code=1,
                   diagnostics=msgspec.to_builtins(error.diagnostics))
        return 1
    except Exception as error:
        message, code = describe(error)
        events.say(event="failure", kind=type(error).__name__, message=message, exit_code=code)
        return code


def _end_with_parent() -> None:
    # below Python's buffer: the main thread's reader of standard input is not shared
    while os.read(0, 1 << 12):
        pass
    os._exit(130)


def _task(job: dict[str, Any]) -> Task:
    loaded = load_program(read_file(Path(job["program"])), job["params"])
    names = list(loaded.head.parties)
    me = names.index(job["party"])

    def link(waiting: Waiting) -> Session:
        listener = socket.socket(fileno=job["listener"])
        addresses = [(host, port) for host, port in job["addresses"]]
        if job["insecure"]:
            return connect(me, names, addresses, listener=listener, timeout=job["timeout"], insecure=True,
                           waiting=waiting)
        identity = parse_identity(job["key"].encode(), job["certificates"][me].encode())
        certificates = [parse_certificate(pem.encode(), f"the certificate of {name}")
                        for name, pem in zip(names, job["certificates"], strict=True)]
        return connect(me, names, addresses, identity, certificates, listener=listener, timeout=job["timeout"],
                       waiting=waiting)

    return Task(loaded, job["party"], Path(job["data"]), job["sizes"], network(job["network"]), job["level"],
                job["protocol"], link, Path(job["trace"]) if job["trace"] else None, together=True)


if __name__ == "__main__":
    raise SystemExit(main())
