"""`cloister prepare`: preprocessing ahead of time, stored by each party, and what the runs after it make of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from .terminal import Done, finish, ran, start, typed, until, write
from .test_cli_party import Machines, failed, machines  # noqa: F401 - a fixture

Capture = pytest.CaptureFixture[str]

RICHER = """\
party alice, bob
security dishonest_majority, semi_honest
size rows <= 100
input a: uint32[rows] from each
output most = max(a) to all
output least = a[0] * a[1] to bob
"""

#: Stands in for a party's process: bob's ends at the second round of the run proper.
KILLED = """\
import cloister.cli.local as local
local._CHILD = "dying"
from cloister.cli.main import entry
entry()
"""
DYING = """\
import os, signal, sys
import cloister.runtime.executor as executor
from cloister.runtime.transport.sockets import SocketTransport
import cloister.cli.party as party
from cloister.cli.child import main  # what the process runs

def execute(*args, **kwargs):
    if args[4] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return executor.execute(*args, **kwargs)

party.execute = execute
if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write(tmp_path, RICHER, alice="a\n7\n1000000\n", bob="a\n9\n")


def stored(folder: Path) -> dict[str, list[str]]:
    """The files by party."""
    return {party.name: sorted(path.name for path in party.iterdir()) for party in folder.iterdir()}


def run(program: Path, *words: str) -> Done:
    return ran("run", program, "--local", "--json", *words)


def was_stored(done: Done) -> bool:
    assert done.json["outputs"] == {"alice": {"most": 1000000}, "bob": {"most": 1000000, "least": 7000000}}
    made = done.json["measured"]["preprocessing"]
    assert made["stored"] == (made["rounds"] == 0) == (set(made["bytes_sent"].values()) == {0})
    found: bool = made["stored"]
    return found


def test_prepared_runs_are_used_one_by_one(program: Path, capsys: Capture) -> None:
    made = typed(capsys, "prepare", program, "--local", "--count", "2", "--json").json
    folder = program.parent / "prepared"
    told = typed(capsys, "cost", program, "-Drows.alice=2", "-Drows.bob=1", "--json").json
    assert made["circuit_digest"] == told["circuit_digest"]
    assert made["parameters"] == {"rows.alice": 2, "rows.bob": 1}
    before = told["preprocessing"]
    assert before["triples"] > 0
    assert made["measured"]["rounds"] == 2 * before["rounds"]
    assert made["measured"]["bytes_sent"] == {party: 2 * sent for party, sent in before["bytes_sent"].items()}
    for party, nbytes in made["stored_bytes"].items():
        assert nbytes == sum(path.stat().st_size for path in (folder / party).iterdir())
        assert 0 < nbytes - 2 * before["stored_bytes"] < 1000
        assert stat.S_IMODE((folder / party).stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / party).iterdir()} == {0o600}
    listed = typed(capsys, "prepare", program, "--local", "--list", "--json").json["stored"]
    assert [one["party"] for one in listed] == ["alice", "alice", "bob", "bob"]
    assert {(one["program"], one["problem"], one["circuit_digest"]) for one in listed} == {
        ("program.mpc", "", made["circuit_digest"])}
    shown = typed(capsys, "prepare", program, "--local", "--list").out
    assert shown.count("rows.alice = 2, rows.bob = 1") == 4
    assert [was_stored(run(program)) for _ in range(2)] == [True, True]
    assert stored(folder) == {"alice": [], "bob": []}
    assert "nothing is stored" in typed(capsys, "prepare", program, "--local", "--list").out


def test_sizes_may_stand_for_the_data(program: Path, capsys: Capture) -> None:
    elsewhere = program.parent / "elsewhere"
    words = ("--local", "--prepared", elsewhere)
    for path in (program.parent / "data").iterdir():
        path.rename(path.with_suffix(".away"))
    assert "no folder" not in typed(capsys, "prepare", program, *words, "-D", "rows=3").out
    assert typed(capsys, "prepare", program, *words, "-D", "rows.alice=2").code == 1
    for path in (program.parent / "data").iterdir():
        path.rename(path.with_suffix(".csv"))
    done = typed(capsys, "run", program, *words)
    assert done.code == 0, done.err
    assert "and preprocessing that was stored" in done.out
    assert stored(elsewhere) == {"alice": [], "bob": []}
    assert not was_stored(run(program))


@pytest.mark.slow
def test_what_is_for_other_sizes_or_damaged_or_open_is_not_used(program: Path, capsys: Capture) -> None:
    folder = program.parent / "prepared"
    assert typed(capsys, "prepare", program, "--local", "-D", "rows.alice=1", "-D", "rows.bob=1").code == 0
    assert not was_stored(run(program))
    assert typed(capsys, "prepare", program, "--local").code == 0
    assert len(stored(folder)["bob"]) == 2
    newest = max((folder / "bob").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    good = newest.read_bytes()
    newest.write_bytes(good[:-1])
    failed(run(program), 2, "bob: ", str(newest), "damaged")
    newest.write_bytes(good)
    newest.chmod(0o644)
    failed(run(program), 2, "others may read")
    newest.unlink()
    done = run(program)
    assert not was_stored(done)
    assert "made anew: bob has none" in done.err
    assert len(stored(folder)["alice"]) == 2


@pytest.mark.slow
def test_a_run_that_is_killed_has_used_what_it_took(program: Path, capsys: Capture) -> None:
    for name, text in (("killed.py", KILLED), ("dying.py", DYING)):
        (program.parent / name).write_text(text, encoding="utf-8")
    typed(capsys, "prepare", program, "--local", "--count", "2")
    died = ran("run", program, "--local", script=program.parent / "killed.py",
               environment={"PYTHONPATH": str(program.parent)})
    assert died.code == 4, died
    assert "SIGKILL" in died.err
    left = stored(program.parent / "prepared")
    assert len(left["alice"]) == len(left["bob"]) == 1
    assert was_stored(run(program))
    assert not was_stored(run(program))


def test_an_interrupted_preparation_leaves_nothing_half_done(program: Path, capsys: Capture) -> None:
    folder = program.parent / "prepared"
    long = start("prepare", program, "--local", "--count", "100000", "-D", "rows=90")
    until(lambda: (folder / "bob").exists() and len(list((folder / "bob").glob("*.prepared"))) > 1, "preparations")
    long.terminate()
    assert long.wait(30) == 130
    long.communicate()
    assert typed(capsys, "prepare", program, "--local").code == 0
    assert not list(folder.rglob("*.partial"))
    assert was_stored(run(program))


def test_nothing_to_prepare_and_wrong_usage(tmp_path: Path, capsys: Capture) -> None:
    three = write(tmp_path, RICHER.replace("bob\n", "bob, carol\n", 1).replace("dishonest", "honest"))
    done = typed(capsys, "prepare", three, "--local", "-D", "rows=3")
    assert done.code == 0
    assert "nothing to prepare: replicated" in done.err
    assert not (tmp_path / "prepared" / "alice").exists()
    assert "--count takes" in typed(capsys, "prepare", three, "--local", "--count", "0").err
    assert typed(capsys, "prepare", three).code == 2


@pytest.mark.slow
def test_real_parties_prepare_and_run(machines: Machines) -> None:  # noqa: F811
    """Bound to their certificates; a party that lost its part is told of, and all make it anew."""
    text = RICHER.replace("alice, bob", "a, b, c").replace("input a", "input x").replace("max(a)", "max(x)")
    for party in ("a", "b", "c"):
        machines.program(party, text.replace("a[0] * a[1]", "x[0] * x[1]").replace("to bob", "to b"))

    def all_of(*words: str) -> dict[str, Done]:
        runs = {party: start(*words[:1], "program.mpc", "--party", party, *words[1:], "--json",
                             folder=machines.folder(party)) for party in ("a", "b", "c")}
        machines.started.extend(runs.values())
        return {party: finish(run) for party, run in runs.items()}

    def files(party: str) -> list[Path]:
        return sorted((machines.folder(party) / "prepared" / party).iterdir())

    made = all_of("prepare", "--count", "3")
    assert [one.code for one in made.values()] == [0, 0, 0], made
    assert {len(one.json["stored_bytes"]) for one in made.values()} == {1}
    assert len({tuple(path.name for path in files(party)) for party in ("a", "b", "c")}) == 1
    done = all_of("run", "--yes")
    assert all(one.json["measured"]["preprocessing"]["stored"] for one in done.values())
    os.remove(files("c")[0])
    done = all_of("run", "--yes")
    assert all(one.json["measured"]["preprocessing"]["stored"] for one in done.values())
    assert "not all parties hold their part" in done["a"].err
    done = all_of("run", "--yes")
    assert not any(one.json["measured"]["preprocessing"]["stored"] for one in done.values())
    assert "made anew: c has none" in done["c"].err
    machines.configure("b", prepared="elsewhere")
    assert all(one.code == 0 for one in all_of("prepare").values())
    assert list((machines.folder("b") / "elsewhere" / "b").iterdir())
