"""`run --local`: three processes over TLS on this machine, and what becomes of them when something goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .terminal import LONG, PARTIES, TOTAL, Done, alive, children, finish, ran, start, until, write

GOOD = dict.fromkeys(PARTIES, "x\n1\n2\n3\n")
LINES = dict.fromkeys(PARTIES, "x\n3\n")


def failed(done: Done, code: int, *words: str) -> None:
    assert (done.code, done.out) == (code, ""), done
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.err


def test_a_run_with_everything(tmp_path: Path) -> None:
    program = write(tmp_path, **GOOD)
    done = ran("run", program, "--local", "--json", "-D", "k=4", "-D", "rows=9e0",
               "-o", tmp_path / "out.json", "--trace", tmp_path / "trace")
    assert (done.code, done.err) == (0, "")
    assert done.json["outputs"] == {"a": {"total": 72, "top": 3}, "b": {"total": 72}, "c": {"total": 72}}
    assert done.json["parameters"] == {"k": 4, "rows.a": 3, "rows.b": 3, "rows.c": 3}
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == done.json
    for party in PARTIES:
        rows = [json.loads(line) for line in (tmp_path / f"trace.{party}").read_text(encoding="utf-8").splitlines()]
        assert sum("round" in row for row in rows) == done.json["measured"]["rounds"]
        assert sum(row["bytes"] for row in rows if "round" in row) <= done.json["measured"]["bytes_sent"][party]


@pytest.mark.slow
def test_for_people_the_results_are_a_table_without_colours(tmp_path: Path) -> None:
    done = ran("run", write(tmp_path, **GOOD), "--local", "--insecure")
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    for word in ("total", "54", "top", "rounds"):
        assert word in done.out


def test_each_party_is_told_its_own_mistakes(tmp_path: Path) -> None:
    program = write(tmp_path, a="x\n1\n101\n", b="y\n1\n", c="x\n7\n")
    done = ran("run", program, "--local", "--json", "-o", tmp_path / "out.json")
    failed(done, 1, "error: a: ", "a.csv, column `x`: 1 value does not fit", "row 3: `101` is above 100", "error: b: ",
           "b.csv has no column `x`")
    assert "error: c" not in done.err
    assert not (tmp_path / "out.json").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    failed(ran("run", write(tmp_path, a="x\n1\n", c="x\n1\n"), "--local"), 1, "error: b: ", "b.csv")


@pytest.mark.slow
def test_sizes_of_the_command_line_must_be_those_of_the_data(tmp_path: Path) -> None:
    program = write(tmp_path, **GOOD)
    failed(ran("run", program, "--local", "-D", "rows.b=4"), 1, "error: b: `-D rows.b=4`, but the data of b has 3")
    failed(ran("run", program, "--local", "-D", "rows=10"), 3, "error: `-D rows=10`, but the parties have 9 in all")


def test_different_row_counts_where_equal_ones_are_needed(tmp_path: Path) -> None:
    text = "party a, b, c\nsecurity honest_majority, semi_honest\nsize rows\ninput x: uint8[rows] from a\n" \
           "input y: uint8[rows] from b\noutput close = sum(x * y) to all\n"
    failed(ran("run", write(tmp_path, text, a="x\n1\n", b="y\n1\n2\n"), "--local"), 3,
           "size rows: a has 1, b has 2")


def test_more_rows_than_the_program_takes_are_shown_in_the_program(tmp_path: Path) -> None:
    text = TOTAL.replace("rows <= 1000", "rows <= 8")
    done = ran("run", write(tmp_path, text, **GOOD), "--local")
    failed(done, 1, "`rows` is 9, above the bound 8", "program.mpc:4:", "size rows <= 8")
    assert done.err.count("above the bound") == 1


@pytest.fixture
def long_run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run in the middle of its rounds."""
    program = write(tmp_path, LONG, **LINES)
    run = start("run", program, "--local", "--json", "-o", tmp_path / "out.json", "--trace", tmp_path / "trace")
    try:
        until(lambda: all(path.exists() and path.stat().st_size for path in
                          (tmp_path / f"trace.{party}" for party in PARTIES)), "rounds")
        yield run
    finally:
        run.kill()
        run.communicate()


def ended(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(alive(pid) for pid in pids)


def test_an_interrupted_run_leaves_nothing(long_run: subprocess.Popen[str], tmp_path: Path) -> None:
    parties = children(long_run.pid)
    assert len(parties) == 3
    long_run.send_signal(signal.SIGINT)
    failed(finish(long_run, 15), 130, "interrupted")
    assert ended(parties)()
    assert not (tmp_path / "out.json").exists()


def test_when_one_party_is_killed_all_end_within_seconds(long_run: subprocess.Popen[str], tmp_path: Path) -> None:
    parties = children(long_run.pid)
    os.kill(parties[1], signal.SIGKILL)
    failed(finish(long_run, 15), 4, "error: b: its process was killed (SIGKILL")
    assert ended(parties)()
    assert not (tmp_path / "out.json").exists()


def test_parties_do_not_outlive_the_run(long_run: subprocess.Popen[str]) -> None:
    parties = children(long_run.pid)
    long_run.kill()
    finish(long_run, 15)
    until(ended(parties), "the parties end", 20)


@pytest.mark.slow
def test_a_talkative_child_blocks_nobody(tmp_path: Path) -> None:
    """Whatever a library writes to standard error, however much."""
    script = tmp_path / "talkative.py"
    script.write_text(
        "import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\n"
        "import cloister.cli.local as local\nlocal._CHILD = 'talker'\n"
        "from cloister.cli.main import main\nsys.exit(main(sys.argv[1:]))\n", encoding="utf-8")
    (tmp_path / "talker.py").write_text(
        "import sys\nfrom cloister.cli import child\ndef main():\n    sys.stderr.write('words ' * 100_000)\n"
        "    return child.main()\nif __name__ == '__main__':\n    sys.exit(main())\n", encoding="utf-8")
    done = ran("run", write(tmp_path, **GOOD), "--local", "--json", script=script,
               environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"})
    assert (done.code, done.err) == (0, "")
