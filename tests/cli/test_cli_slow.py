"""A run that takes far longer than estimated says what was slow."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from cloister.cli.slowness import slowness

from .terminal import LONG, children, finish, start, until, write


def measured(party: str, online: float, **waited: float) -> dict[str, Any]:
    return {"seconds": {"online": online}, "waited": {party: waited}}


def test_a_run_as_estimated_needs_no_words() -> None:
    assert slowness(5.0, [measured("a", 9.9, b=9.0)]) == ""
    assert slowness(0.1, [measured("a", 1.0, b=0.9)]) == "", "a second is nothing to speak of"


def test_the_party_that_others_waited_for_is_named() -> None:
    said = slowness(1.0, [measured("a", 6.0, b=0.5, c=5.0), measured("b", 6.0, a=0.25, c=4.0),
                          measured("c", 6.0, a=2.0, b=0.0)])
    assert said == ("the run took 6 s where 1 s were estimated: a waited 5 s for c "
                    "(c itself: it was busy, or stood still, for 4 s)")


def test_who_waits_for_others_is_not_to_blame() -> None:
    said = slowness(1.0, [measured("a", 6.0, b=5.5), measured("b", 6.0, c=5.0), measured("c", 6.0, a=0.1)])
    assert said.endswith("a waited 5.5 s for b, b waited 5 s for c "
                         "(c itself: it was busy, or stood still, for 5.9 s)")


def test_who_was_waited_for_and_had_nothing_to_do_has_a_slow_network() -> None:
    said = slowness(1.0, [measured("a", 6.0, b=0.5, c=5.0), measured("b", 6.0, a=2.5, c=3.0),
                          measured("c", 6.0, a=3.5, b=2.0)])
    assert said.endswith("a waited 5 s for c (the network to c: it was busy itself for 500 ms alone)")


def test_a_party_alone_tells_whom_it_waited_for() -> None:
    assert slowness(1.0, [measured("a", 6.0, b=0.5, c=5.0)]).endswith(
        "a waited 5 s for c (the network to c, or c itself)")


def test_computing_is_named_where_nobody_was_waited_for() -> None:
    said = slowness(1.0, [measured("a", 9.0, b=1.5, c=3.0), measured("b", 9.0, a=0.5, c=0.5),
                          measured("c", 9.0, a=1.0, b=1.0)])
    assert said.endswith("b was busy computing for 8 s of it")


def _party(pid: int, name: str, folder: Path) -> bool:
    """Whether this process is the one that writes the trace of the party `name`."""
    wanted = folder / f"trace.{name}"
    return any(Path(f"/proc/{pid}/fd/{fd}").resolve() == wanted for fd in os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.slow
def test_a_party_that_stands_still_is_named(tmp_path: Path) -> None:
    """Real processes: c is stopped for some seconds in the middle of the rounds."""
    program = write(tmp_path, LONG.replace("300_000", "150"), **dict.fromkeys("abc", "x\n7\n"))
    process = start("run", program, "--local", "--insecure", "--network", "local", "--trace", tmp_path / "trace")
    trace = tmp_path / "trace.c"
    until(lambda: trace.exists() and trace.stat().st_size > 0, "the rounds have begun")
    (slow,) = (pid for pid in children(process.pid) if _party(pid, "c", tmp_path))
    os.kill(slow, signal.SIGSTOP)
    time.sleep(10)
    os.kill(slow, signal.SIGCONT)
    done = finish(process)
    assert done.code == 0, done.err
    assert "were estimated: " in done.err
    assert " for c (c itself: it was busy, or stood still, for 1" in done.err
