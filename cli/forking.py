"""A process that begins as a copy of this one, so that nothing has to be loaded again."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

_TASKS = Path("/proc/self/task")
_DESCRIPTORS = Path("/proc/self/fd")

#: Signals that must not meet a child before it has its own way with them.
_HELD = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
#: Seconds between looks at a process that is given a time to end.
_LOOK = 0.002


def can_fork() -> bool:
    """Whether this process may be copied: on Linux, and only while it has a single thread.

    A lock that another thread holds would never be released in the copy; and a BLAS with threads of its own, which
    shows here too, was not told in time to take one.
    """
    return sys.platform == "linux" and _TASKS.is_dir() and len(os.listdir(_TASKS)) == 1


class Forked:
    """A copy of this process that runs `work` and ends with the exit code that it returns; as `subprocess.Popen`.

    It has the standard streams of its own that are given here by their other ends, the file descriptor `inherited`,
    and no other; signals do what they do in a new process. What this process knows by now the copy knows too: make
    secrets afterwards.
    """

    def __init__(self, work: Callable[[], int], inherited: int) -> None:
        self.returncode: int | None = None
        self._lock = threading.Lock()
        inner, outer = _pipes()
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()  # or else what waits there would be written twice
        held = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
        try:
            self.pid = os.fork()
            if not self.pid:
                _begin(inner, inherited, held, work)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        for end in inner:
            os.close(end)
        self.stdin: BinaryIO = os.fdopen(outer[0], "wb")
        self.stdout: BinaryIO = os.fdopen(outer[1], "rb")
        self.stderr: BinaryIO = os.fdopen(outer[2], "rb")

    def poll(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs."""
        with self._lock:
            if self.returncode is None:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end. Raises subprocess.TimeoutExpired."""
        if timeout is None:
            with contextlib.suppress(ChildProcessError):  # another thread was told already
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        until = time.monotonic() + (timeout or 0.0)
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_LOOK)
        return code

    def terminate(self) -> None:
        """Asks it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            if self.returncode is None:  # its number is not yet another's
                os.kill(self.pid, number)


def _pipes() -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The ends of three pipes: those that become 0, 1 and 2 of the child, and those that its parent keeps."""
    (read, write), (out, into_out), (err, into_err) = os.pipe(), os.pipe(), os.pipe()
    return (read, into_out, into_err), (write, out, err)


def _begin(streams: tuple[int, int, int], inherited: int, mask: set[int], work: Callable[[], int]) -> NoReturn:
    """The life of the copy. Nothing of the stack that it was copied with goes on, whatever happens."""
    code = 1
    try:
        gc.freeze()  # what was copied is not looked through for cycles: that would copy its memory for nothing
        os.setpgid(0, 0)
        _attach(streams, inherited)
        for number in _HELD:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def _attach(streams: tuple[int, int, int], inherited: int) -> None:
    """Puts the streams in their places and closes all that is the parent's."""
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 3) for end in streams]  # out of the way of one another
    for place, end in enumerate(ends):
        os.dup2(end, place)
    for descriptor in map(int, os.listdir(_DESCRIPTORS)):
        if descriptor > 2 and descriptor != inherited:
            with contextlib.suppress(OSError):  # that of the listing itself is closed already
                os.close(descriptor)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
