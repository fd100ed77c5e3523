"""Shares that are kept by one run and loaded by another: real processes, and every way in which they can be wrong."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from pathlib import Path

import pytest

from .terminal import Done, alive, children, ran, start, typed, until, write

Capture = pytest.CaptureFixture[str]

TRUSTED = "party a, b, c\nsecurity honest_majority, semi_honest\n"
ALONE = "party a, b, c\nsecurity dishonest_majority, semi_honest\n"
KEEPER = """\
size n <= 100
input x: int32[n] in -1000..1000 from each
keep x as "columns"
keep sum(x) as "total"
output count_all = len(x) to a
"""
LOADER = """\
size n <= 100
load x: int32[n] in -1000..1000 from "columns"
load total: int in -2**40..2**40 from "total"
output largest = max(x) to all
output same = sum(x) == total to b
"""
DATA = {"a": "x\n5\n-1000\n", "b": "x\n1000\n", "c": "x\n"}


def programs(folder: Path, head: str = TRUSTED) -> tuple[Path, Path]:
    """The program that keeps and the one that loads, side by side."""
    keeper = write(folder, head + KEEPER, **DATA).rename(folder / "keeper.mpc")
    return keeper, write(folder, head + LOADER).rename(folder / "loader.mpc")


def kept(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "kept").rglob("*.*"))}


@pytest.mark.parametrize("head", [TRUSTED, ALONE], ids=["replicated", "additive"])
def test_what_one_program_keeps_another_loads(head: str, tmp_path: Path, capsys: Capture) -> None:
    keeper, loader = programs(tmp_path, head)
    assert ran("run", keeper, "--local").code == 0
    assert sorted(kept(tmp_path)) == [f"kept/{p}/{name}.kept" for p in "abc" for name in ("columns", "total")]
    for path in (tmp_path / "kept").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    report = ran("run", loader, "--local", "--json").json
    assert report["outputs"] == {"a": {"largest": 1000}, "b": {"largest": 1000, "same": True}, "c": {"largest": 1000}}
    assert report["parameters"] == {"n": 3}
    told = typed(capsys, "cost", loader, "--json", "-D", "n=3").json
    assert told["circuit_digest"] == report["circuit_digest"]
    assert (told["rounds"], told["bytes_sent"]) == (report["measured"]["rounds"], report["measured"]["bytes_sent"])


def test_what_one_party_holds_tells_nothing(tmp_path: Path) -> None:
    keeper, _ = programs(tmp_path)
    seen = []
    for _ in range(2):
        assert ran("run", keeper, "--local").code == 0
        seen.append(kept(tmp_path))
    for name in seen[0]:
        assert seen[0][name] != seen[1][name], "fresh shares in every run"
    assert all(len(seen[0][name]) == len(seen[1][name]) for name in seen[0])


def refused(loader: Path, code: int, *words: str) -> None:
    done: Done = ran("run", loader, "--local")
    assert done.code == code
    assert not done.out
    for word in words:
        assert word in done.err, done.err


def test_shares_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    keeper, loader = programs(tmp_path)
    refused(loader, 1, 'nothing was kept as "columns"')
    assert ran("run", keeper, "--local").code == 0
    shutil.copytree(tmp_path / "kept", tmp_path / "first")
    assert ran("run", keeper, "--local").code == 0
    shutil.copy(tmp_path / "first/b/total.kept", tmp_path / "kept/b/total.kept")
    refused(loader, 3, "shares of different runs, kept as total", "b has")
    shutil.copy(tmp_path / "kept/c/total.kept", tmp_path / "kept/b/total.kept")
    refused(loader, 2, "was kept by the party c")
    other = write(tmp_path, LOADER_OF_TWO, a="", b="").rename(tmp_path / "two.mpc")
    refused(other, 2, "was kept by the parties a, b, c")
    another = write(tmp_path, ALONE + LOADER).rename(tmp_path / "alone.mpc")
    refused(another, 2, "was kept by protocol replicated")


LOADER_OF_TWO = """\
party a, b
security dishonest_majority, semi_honest
load total: int32 from "total"
output largest = total > 0 to all
"""


def test_damaged_and_readable_files_are_refused(tmp_path: Path) -> None:
    keeper, loader = programs(tmp_path)
    assert ran("run", keeper, "--local").code == 0
    path = tmp_path / "kept/a/columns.kept"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    refused(loader, 2, "is damaged")
    path.write_bytes(whole[:-8])
    refused(loader, 2, "is damaged")
    path.write_bytes(whole)
    path.chmod(0o644)
    refused(loader, 2, "others may read")
    path.unlink()
    path.symlink_to(tmp_path / "kept/b/columns.kept")
    refused(loader, 2, "cannot be read")


def test_another_type_or_range_is_refused(tmp_path: Path) -> None:
    keeper, loader = programs(tmp_path)
    assert ran("run", keeper, "--local").code == 0
    text = loader.read_text(encoding="utf-8")
    loader.write_text(text.replace("int32[n] in -1000..1000", "int32[n] in 0..1000"), encoding="utf-8")
    refused(loader, 1, "lies in -1000..1000, more than the range declared here")
    loader.write_text(text.replace("load x: int32[n] in -1000..1000", "load x: fixed[n]"), encoding="utf-8")
    refused(loader, 1, "has values of the type int, not fixed")
    loader.write_text(text.replace("int in -2**40..2**40", "int64"), encoding="utf-8")
    refused(loader, 1, '"total" is held in 64 bits', "asks for 128: declare `in -3000..3000`")


LONG_KEEPER = TRUSTED + """\
input x: uint8 from each
v = x[0]
for i in range(300_000):
    v = clamp(v * x[1], 0, 255)
keep v as "total"
output done = x[0] to a
"""


def test_a_run_that_is_killed_keeps_nothing_and_leaves_what_was_there(tmp_path: Path) -> None:
    keeper, loader = programs(tmp_path)
    assert ran("run", keeper, "--local").code == 0
    before = kept(tmp_path)
    long = write(tmp_path, LONG_KEEPER, a="x\n1\n", b="x\n1\n", c="x\n1\n").rename(tmp_path / "long.mpc")
    process = start("run", long, "--local", "--trace", tmp_path / "trace")
    until(lambda: len(children(process.pid)) == 3, "three parties")
    parties = children(process.pid)
    until(lambda: all((tmp_path / f"trace.{p}").exists() for p in "abc"), "that they compute")
    os.kill(parties[1], signal.SIGKILL)
    assert process.wait(60) == 4
    until(lambda: not any(map(alive, parties)), "that no party lives")
    assert kept(tmp_path) == before
    assert ran("run", loader, "--local").code == 0
