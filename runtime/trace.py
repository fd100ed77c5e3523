"""A run as JSON lines: what was done where, how large, how long. Never a value, never a share."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from time import perf_counter, process_time
from typing import IO, Any

from .program import Instr, ValueType

#: Rows that are held back: writing one takes longer than a small instruction does.
_HELD = 1 << 16

#: An instruction (where, what, the types of its block, bytes, seconds), or a row as it is written.
_Row = tuple[Sequence[int], Instr, Sequence[ValueType], int, float] | dict[str, Any]


class Trace:
    """Writes one object a line to `stream`, at the latest when it is flushed.

    An instruction: `at` (path: step, then trip and step inside of each loop), `op`, `line` of the program,
    the types of its arguments and results, `bytes` that this party sends, `seconds` of this party's work.

    A round: `round` (its number), `at`, `bytes` of this party's frames, `seconds` spent in the exchange.

    A mark: `mark` is `start`, `inputs` (this party holds its shares of all inputs) or `end`; `clock` and `cpu`
    are the seconds of the machine's monotonic clock, the same for all processes of a machine, and those that
    this process has computed. Where the parties are traced `together`, they wait for each other before the mark
    of the inputs, so that what follows begins at one time for all.
    """

    def __init__(self, stream: IO[str], together: bool = False) -> None:
        self.together = together
        self._stream = stream
        self._rows: deque[_Row] = deque()

    def instr(self, at: Sequence[int], instr: Instr, types: Sequence[ValueType], nbytes: int,
              seconds: float) -> None:
        """One instruction is done."""
        self._add((at, instr, types, nbytes, seconds))

    def round(self, number: int, at: Sequence[int], nbytes: int, seconds: float) -> None:
        """One exchange is done."""
        self._add({"round": number, "at": at, "bytes": nbytes, "seconds": seconds})

    def mark(self, name: str) -> None:
        """This party has come to one of the marks."""
        self._add({"mark": name, "clock": perf_counter(), "cpu": process_time()})

    def flush(self) -> None:
        """Writes what was held back."""
        while self._rows:
            self._stream.write(json.dumps(_told(self._rows.popleft())) + "\n")
        self._stream.flush()

    def _add(self, row: _Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= _HELD:
            self.flush()


def _told(row: _Row) -> dict[str, Any]:
    """A row as it is written."""
    if isinstance(row, dict):
        return row
    at, instr, types, nbytes, seconds = row
    return {
        "at": at, "op": instr.op, "line": instr.line, "args": [_shown(types[a]) for a in instr.args],
        "outs": [_shown(types[o]) for o in instr.outs], "bytes": nbytes, "seconds": seconds,
    }


def _shown(of: ValueType) -> str:
    return f"{of.kind}{of.width}[{','.join(map(str, of.shape))}]"
