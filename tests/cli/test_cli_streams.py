"""Standard streams that are closed, full, or read by nobody: a command behaves as other commands do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .terminal import COMMAND, PARTIES, PATIENCE, Done, write

GOOD = dict.fromkeys(PARTIES, "x\n1\n2\n3\n")
FULL = Path("/dev/full")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write(tmp_path, **GOOD)


def shell(line: str, *words: str | Path) -> Done:
    """A line of the shell in which `"$@"` is the command of these words."""
    done = subprocess.run(["sh", "-c", line, "sh", *COMMAND, *map(str, words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr, "an error at exit"
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_a_local_run_works_without_input_and_without_errors(closed: str, program: Path) -> None:
    done = shell(f'"$@" {closed}', "run", program, "--local", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["outputs"] == {"a": {"total": 54, "top": 3}, "b": {"total": 54}, "c": {"total": 54}}


@pytest.mark.parametrize("words", [["run", "--local"], ["run", "--local", "--json"], ["simulate"], ["cost"],
                                   ["cost", "--json"], ["check"], ["compile", "--emit", "rounds"]])
def test_results_that_reach_nobody_are_told_of(words: list[str], program: Path) -> None:
    done = shell('"$@" >&-', words[0], program, *words[1:])
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("error: standard output: bad file descriptor\n")


def test_with_everything_closed_a_run_writes_its_file(program: Path, tmp_path: Path) -> None:
    done = shell('"$@" <&- >&- 2>&-', "run", program, "--local", "-o", tmp_path / "out.json", "--trace",
                 tmp_path / "trace")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["outputs"]["a"] == {"total": 54, "top": 3}


@pytest.mark.parametrize("words", [["run", "--local"], ["cost", "--json"], ["check"], ["compile", "--emit", "rounds"]])
def test_a_reader_that_has_gone_is_no_error(words: list[str], program: Path) -> None:
    """As the last of a line that ends in `| head -1`; the exit code is told by another way."""
    done = shell('{ "$@"; echo $? >&3; } 3>&2 | true', words[0], program, *words[1:])
    assert (done.code, done.out, done.err) == (0, "", "0\n")


@pytest.mark.parametrize("words", [["run", "p.mpc", "--party", "a"], ["check", "p.mpc"], ["frob"]])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_what_fails_keeps_its_exit_code(words: list[str], closed: str, tmp_path: Path) -> None:
    done = shell(f'cd "{tmp_path}"; "$@" {closed}', *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ") == (closed != "2>&-")


def test_nobody_is_asked_for_approval_where_there_is_no_input(program: Path) -> None:
    """Who cannot answer has not approved."""
    folder = program.parent
    for name in PARTIES:
        shell('"$@"', "keygen", name, "-o", folder)
    peers = "".join(f'[peers.{name}]\naddress = "127.0.0.1:7100"\ncertificate = "{name}.pem"\n' for name in PARTIES[1:])
    (folder / "cloister.toml").write_text(
        f'party = "a"\nkey = "a.key"\ncertificate = "a.pem"\nlisten = "127.0.0.1:7100"\n{peers}', encoding="utf-8")
    done = shell('"$@" <&-', "run", program, "--party", "a", "--config", folder / "cloister.toml")
    assert (done.code, done.out) == (3, "")
    assert "there is no terminal to ask at" in done.err


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
def test_a_full_disk_is_no_bug(program: Path) -> None:
    for words in (["cost", program, "--json"], ["--help"]):
        done = shell(f'"$@" >{FULL}', *words)
        assert (done.code, done.err) == (2, "error: standard output: no space left on device\n")
    done = shell(f'"$@" 2>{FULL}', "simulate", program)
    assert done.code == 0
    assert "54" in done.out


def test_signs_that_the_encoding_does_not_have_are_no_error(program: Path) -> None:
    done = shell('PYTHONIOENCODING=ascii "$@"', "run", program, "--local")
    assert (done.code, done.err) == (0, "")
    assert "54" in done.out
