"""Standard input, output and error as a command finds them: closed, full, or with nobody left at the other end."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: How a stream that is closed is opened instead, on the null device. An output that is open for reading alone fails
#: where something is written to it, as with other tools: results that reach nobody are told of.
_INSTEAD = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)


class Unread(Exception):
    """Whoever read standard output has gone."""


class _Output(io.FileIO):
    """Standard output. It fails once, with its name or as Unread; what still comes then, at exit too, is dropped."""

    _failed = False

    def write(self, content: ReadableBuffer, /) -> int:
        if not self._failed:
            try:
                return super().write(content)
            except BrokenPipeError as error:
                self._failed = True
                raise Unread from error
            except OSError as error:
                self._failed = True
                raise OSError(error.errno, error.strerror, "standard output") from error
        return memoryview(content).nbytes


class _Messages(io.FileIO):
    """Standard error: where it cannot be written to nobody listens, and the work goes on."""

    def write(self, content: ReadableBuffer, /) -> int:
        try:
            return super().write(content)
        except OSError:
            return memoryview(content).nbytes


def settle() -> None:
    """Sees to it that all three are there, so that no other file takes the number of one that was closed.

    From here on writing to standard output raises Unread, or an OSError that names it; standard error never fails.
    """
    for number, mode in enumerate(_INSTEAD):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)  # it gets the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr, lines=True)


def _text(raw: io.FileIO, found: TextIO | None, lines: bool = False) -> io.TextIOWrapper:
    """A stream in the encoding of the one that was found; a sign that it does not have is written as its number."""
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8" if found is None else found.encoding,
                            errors="backslashreplace", line_buffering=lines or raw.isatty())
