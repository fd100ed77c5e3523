"""A run as JSON lines: what was done where, how large, how long. Never a value, never a share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO

from .program import Instr, ValueType


class Trace:
    """Writes one object a line to `stream`.

    An instruction: `at` (path: step, then trip and step inside of each loop), `op`, `line` of the program,
    the types of its arguments and results, `bytes` that this party sends, `seconds` of this party's work.

    A round: `round` (its number), `at`, `bytes` of this party's frames, `seconds` spent in the exchange.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def instr(self, at: Sequence[int], instr: Instr, types: Sequence[ValueType], nbytes: int,
              seconds: float) -> None:
        """One instruction is done."""
        self._write({
            "at": list(at), "op": instr.op, "line": instr.line,
            "args": [_shown(types[a]) for a in instr.args], "outs": [_shown(types[o]) for o in instr.outs],
            "bytes": nbytes, "seconds": seconds,
        })

    def round(self, number: int, at: Sequence[int], nbytes: int, seconds: float) -> None:
        """One exchange is done."""
        self._write({"round": number, "at": list(at), "bytes": nbytes, "seconds": seconds})

    def _write(self, row: dict[str, object]) -> None:
        self._stream.write(json.dumps(row) + "\n")


def _shown(of: ValueType) -> str:
    return f"{of.kind}{of.width}[{','.join(map(str, of.shape))}]"
