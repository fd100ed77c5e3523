"""Commands as they are typed: in this process, or as processes of their own; and small programs to type them for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cloister.cli.main import main

COMMAND = (sys.executable, "-m", "cloister.cli.main")
#: For what takes a second on an idle machine.
PATIENCE = 90.0

PARTIES = ("a", "b", "c")

TOTAL = """\
party a, b, c
security honest_majority, semi_honest
param k: int = 3
size rows <= 1000
input x: uint8[rows] in 0..100 from each
output total = sum(x) * k to all
output top = max(x) to a
"""

#: Hundreds of thousands of rounds: it is still under way whenever a test looks.
LONG = """\
party a, b, c
security honest_majority, semi_honest
input x: uint8 from each
v = x[0]
for i in range(300_000):
    v = clamp(v * x[1], 0, 255)
output last = v to all
"""


@dataclass
class Done:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as exactly one JSON object."""
        found: dict[str, Any] = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def typed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Done:
    """A command in this process."""
    capsys.readouterr()
    try:
        code = main([str(word) for word in words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    found = capsys.readouterr()
    return Done(code, found.out, found.err)


def start(*words: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None,
          script: Path | None = None) -> subprocess.Popen[str]:
    """A command as a process without a terminal; `script` is one that stands in for the command line's own."""
    command = (sys.executable, str(script)) if script else COMMAND
    return subprocess.Popen([*command, *map(str, words)], cwd=folder, env={**os.environ, **(environment or {})},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], timeout: float = PATIENCE) -> Done:
    """Waits for a process."""
    out, err = process.communicate(timeout=timeout)
    return Done(process.returncode, out, err)


def ran(*words: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None,
        script: Path | None = None) -> Done:
    """A command as a process, to its end."""
    return finish(start(*words, folder=folder, environment=environment, script=script))


def write(folder: Path, text: str = TOTAL, **data: str) -> Path:
    """A program with its parties' CSV files in `data/` beside it: the path of the program."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for party, rows in data.items():
        (folder / "data" / f"{party}.csv").write_text(rows, encoding="utf-8")
    program = folder / "program.mpc"
    program.write_text(text, encoding="utf-8")
    return program


def until(true: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """Waits for something to come true."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that live."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text(encoding="ascii").split()] if path.exists() else []


def alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and was not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
