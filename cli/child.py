"""One party of `run --local` or `prepare --local`, in a process of its own.

A job comes on standard input, events go to standard output. The job (one JSON line) holds paths, public
parameters, and this party's ephemeral identity, which lives as long as the run. Events are JSON lines: `read`,
`estimate`, `unfit`, `prepared`, `progress`, `result`, `failure`. The process ends when its standard input does: then
whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.pipeline import load_program, read_file
from cloister.compiler.price.profile import on_one_machine
from cloister.compiler.report.estimate import Estimate

from .ahead import prepare_party
from .failures import describe
from .loopback import linked
from .networks import network
from .party import run_party
from .task import Task, Watch

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
        self.say(event="estimate", rounds=price.rounds, seconds=price.seconds, before=price.preprocessing_seconds,
                 bytes=max(price.bytes_sent.values(), default=0))

    def unfit(self, note: str) -> None:
        self.say(event="unfit", note=note)

    def prepared(self, rounds: int, whole: int) -> None:
        if self._due():
            self.say(event="prepared", rounds=rounds, whole=whole)

    def progress(self, rounds: int, sent: int) -> None:
        if self._due():
            self.say(event="progress", rounds=rounds, bytes=sent)

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._last < _PROGRESS_EVERY:
            return False
        self._last = now
        return True


def main() -> int:
    """Runs the job; the exit code is the party's."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    events = _Events()
    try:
        task, count = _task(job), job["prepare"]
        done = prepare_party(task, events, count) if count else run_party(task, events)
        events.say(event="result", report=done)
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
    emulated = network(job["emulate"]) if job["emulate"] else None
    return Task(loaded, job["party"], Path(job["data"]) if job["data"] else None, job["sizes"],
                on_one_machine(network(job["network"]), emulated), job["level"], job["protocol"], partial(linked, job),
                Path(job["prepared"]) / job["party"], Path(job["kept"]) / job["party"],
                trace=Path(job["trace"]) if job["trace"] else None, together=True, memory=job["memory"])


if __name__ == "__main__":
    raise SystemExit(main())
