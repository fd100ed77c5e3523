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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from .blas import ONE_THREAD
from .forking import Forked, can_fork
from .modules import load

Event = dict[str, Any]

#: What comes from the children: whose it is, and an event, or None when that child has ended.
Events = queue.Queue[tuple[str, Event | None]]

Child = subprocess.Popen[bytes] | Forked

#: Seconds that children are given to end when they are asked to.
_END_SECONDS = 2.0
#: Of what a child writes to standard error, so many characters of the end are kept.
_LAST_WORDS = 400


@contextmanager
def children(module: str, inherited: Mapping[str, int], jobs: Callable[[], Mapping[str, Event]]) -> Iterator[Events]:
    """Runs `main` of `module` in a process of its own for each name of `inherited`, and gives their events.

    A child has the file descriptor in `inherited`, and gets its job as a line on standard input, which stays open as
    long as this process lives. `jobs` makes them, by name, once all children are there: none of them has a copy of
    what another is told. What a child prints is an event a line; the first event of each, `started`, is from here. No
    child outlives the context.
    """
    events: Events = queue.Queue()
    with ExitStack() as stack:
        found: dict[str, Child] = {}
        stack.callback(_end, found.values())
        start = _forked(module) if can_fork() else partial(_anew, module)
        for name, descriptor in inherited.items():  # all of them before the first thread
            found[name] = start(descriptor)
        for name, job in jobs().items():
            _instruct(found[name], job)
            events.put((name, {"event": "started"}))
            threading.Thread(target=_listen, args=(name, found[name], events), daemon=True).start()
        yield events


def _forked(module: str) -> Callable[[int], Child]:
    """Children as copies of this process, once it has loaded what they will need."""
    return partial(Forked, load(module).main)


def _anew(module: str, inherited: int) -> Child:
    """A child that starts from nothing. A key that interrupts the terminal's programs is for the parent alone, who
    ends the children: they are a group of their own."""
    return subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, pass_fds=(inherited,), env={**os.environ, **ONE_THREAD},
                            process_group=0)


def _instruct(child: Child, job: Event) -> None:
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended already: `_listen` tells
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.flush()


def _end(found: Collection[Child]) -> None:
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


def _listen(name: str, child: Child, events: Events) -> None:
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
