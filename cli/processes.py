"""Child processes that tell events: started with a job, listened to, ended with their parent."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

Event = dict[str, Any]

#: What comes from the children: whose it is, and an event, or None when that child has ended.
Events = queue.Queue[tuple[str, Event | None]]

#: Seconds that children are given to end when they are asked to.
_END_SECONDS = 2.0
#: Of what a child writes to standard error, so many characters of the end are kept.
_LAST_WORDS = 400


@contextmanager
def children(module: str, jobs: Mapping[str, Event], inherited: Mapping[str, int]) -> Iterator[Events]:
    """Runs `module` once for each of `jobs`, by name, and gives their events. No child outlives the context.

    A child gets its job as a line on standard input, which stays open as long as this process lives, and the
    file descriptor in `inherited`. What it prints is an event a line.
    """
    events: Events = queue.Queue()
    with ExitStack() as stack:
        found: list[subprocess.Popen[bytes]] = []
        stack.callback(_end, found)
        for name, job in jobs.items():
            found.append(_start(module, job, inherited[name]))
            threading.Thread(target=_listen, args=(name, found[-1], events), daemon=True).start()
        yield events


def _start(module: str, job: Event, inherited: int) -> subprocess.Popen[bytes]:
    # One BLAS thread a party: all parties share this machine. A group of its own: a key that interrupts the
    # terminal's programs is for the parent, who ends the children.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    child = subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, pass_fds=(inherited,), env=environment, process_group=0)
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended already: `_listen` tells
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.flush()
    return child


def _end(found: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ends all that still run."""
    for child in found:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + _END_SECONDS
    for child in found:
        try:
            child.wait(max(0.01, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _listen(name: str, child: subprocess.Popen[bytes], events: Events) -> None:
    """Passes on one child's events to the end; a child that ends without a result or a failure is one."""
    assert child.stdout is not None
    assert child.stderr is not None
    last: deque[str] = deque(maxlen=1)
    # standard error is read at the same time: a child that writes much there must not wait for anybody
    drain = threading.Thread(target=_drain, args=(child.stderr, last), daemon=True)
    drain.start()
    told = False
    for line in child.stdout:
        event = json.loads(line)
        told = told or event["event"] in ("result", "failure")
        events.put((name, event))
    code = child.wait()
    drain.join(_END_SECONDS)
    if not told:
        events.put((name, failure(4, "Ended", _how(code, last))))
    events.put((name, None))


def _drain(stream: Any, last: deque[str]) -> None:
    for line in iter(lambda: stream.readline(1 << 16), b""):
        if line.strip():
            last.append(line.decode("utf-8", "replace").strip()[-_LAST_WORDS:])


def _how(code: int, last: Sequence[str]) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        return f"its process was killed ({name}{'; was there enough memory?' if name == 'SIGKILL' else ''})"
    return f"its process ended with code {code}" + (f": {last[0]}" if last else "")


def failure(code: int, kind: str, message: str) -> Event:
    """The event of a child that failed, where it cannot tell it itself."""
    return {"event": "failure", "kind": kind, "message": message, "exit_code": code}
