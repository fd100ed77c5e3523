"""Parties that begin as copies of the command: what they have of it and what not, and where they start anew instead."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .terminal import COMMAND, LONG, Done, children, ran, start, until, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every party starts anew")

LINES = dict.fromkeys("abc", "x\n3\n")

#: Runs the parties of the command line while this process has a second thread.
THREADED = """\
import sys, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
from cloister.cli.main import main
sys.exit(main())
"""

#: Says in which state the parties' keys are made.
KEYS = """\
import os, sys
from pathlib import Path
from cloister.cli import loopback
made = loopback.keygen
def keygen(name):
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    print(len(path.read_text().split()), "children", file=sys.stderr)
    return made(name)
loopback.keygen = keygen
from cloister.cli.main import main
sys.exit(main())
"""

#: Starts two copies one after the other, and prints what each says and how it ended.
COPIES = """\
import contextlib, json, os, signal, sys, time
from cloister.cli.forking import Forked
signal.signal(signal.SIGTERM, signal.default_int_handler)
{0}
def work():
{1}
print("once", end=" ")
read, write = os.pipe()
copies = [Forked(work, read), Forked(work, read)]
found = []
for copy in copies:
    with contextlib.suppress(BrokenPipeError):
        copy.stdin.write(b"a job\\n")
        copy.stdin.flush()
    out, err = copy.stdout.read().decode(), copy.stderr.read().decode()
    found.append((out, err, copy.wait()))
print(json.dumps(found))
"""


def copies(tmp_path: Path, work: str, before: str = "") -> list[tuple[str, str, int]]:
    """What two copies of a process print on standard output and error when they do `work`, and their exit codes."""
    script = tmp_path / "copies.py"
    script.write_text(COPIES.format(before, "".join(f"    {line}\n" for line in work.splitlines())), encoding="utf-8")
    done = ran(script=script)
    assert (done.code, done.err) == (0, "")
    once, _, told = done.out.partition(" ")
    assert once == "once"
    return [(out, err, code) for out, err, code in json.loads(told)]


def test_a_copy_has_its_streams_its_descriptor_and_no_other(tmp_path: Path) -> None:
    told = "[sys.stdin.readline(), read, sorted(map(int, os.listdir('/proc/self/fd'))), os.getpgid(0) == os.getpid()]"
    first, second = copies(tmp_path, f"print(json.dumps({told}))\nprint('to error', file=sys.stderr)\nreturn 7")
    assert first == second
    out, err, code = first
    assert (err, code) == ("to error\n", 7)
    job, inherited, descriptors, own_group = json.loads(out)
    assert job == "a job\n"
    assert own_group
    assert {0, 1, 2, inherited} < set(descriptors)
    assert len(descriptors) == 5, "and that of the listing itself"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_signals_end_a_copy_as_they_end_any_process(tmp_path: Path, name: str) -> None:
    for ended in copies(tmp_path, f"os.kill(os.getpid(), signal.{name})\ntime.sleep(9)"):
        assert ended == ("", "", -getattr(signal, name))


def test_a_copy_can_be_interrupted(tmp_path: Path) -> None:
    for out, err, code in copies(tmp_path, "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)"):
        assert (out, code) == ("", 1)
        assert err.endswith("KeyboardInterrupt\n")


def test_an_error_of_a_copy_does_not_go_on_in_its_parents_stack(tmp_path: Path) -> None:
    for out, err, code in copies(tmp_path, "raise ValueError('of its own')"):
        assert (out, code) == ("", 1)
        assert err.endswith("ValueError: of its own\n")


def test_copies_draw_different_random_numbers(tmp_path: Path) -> None:
    """Every source that the runtime or its libraries draw from, used already by the process that was copied."""
    draw = ("[os.urandom(16).hex(), secrets.token_hex(16), ssl.RAND_bytes(16).hex(), randombytes(16).hex(), "
            "Ed25519PrivateKey.generate().private_bytes_raw().hex(), X25519PrivateKey.generate().private_bytes_raw()"
            ".hex(), random.getrandbits(128)]")
    before = ("import random, secrets, ssl\nfrom nacl.bindings import randombytes\n"
              "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey\n"
              f"from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey\n{draw}\n")
    (first, _, _), (second, _, _) = copies(tmp_path, f"print(json.dumps({draw}))", before)
    drawn = [*json.loads(first), *json.loads(second)]
    assert len(set(drawn)) == len(drawn) == 14


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def running(run: subprocess.Popen[str] | subprocess.Popen[bytes], trace: Path) -> Iterator[list[int]]:
    """The parties of a run in the middle of its rounds."""
    try:
        paths = [trace.with_name(f"{trace.name}.{party}") for party in "abc"]
        until(lambda: all(path.exists() and path.stat().st_size for path in paths), "rounds")
        yield children(run.pid)
    finally:
        run.kill()
        run.communicate()


def test_parties_are_copies_of_the_command(tmp_path: Path) -> None:
    run = start("run", write(tmp_path, LONG, **LINES), "--local", "--trace", tmp_path / "trace")
    with running(run, tmp_path / "trace") as parties:
        assert len(parties) == 3
        assert {command_of(pid) for pid in parties} == {command_of(run.pid)}


def test_so_they_are_where_a_terminal_shows_the_progress(tmp_path: Path) -> None:
    """The line that changes takes a thread, which must not be there too early."""
    ours, theirs = pty.openpty()
    try:
        program = write(tmp_path, LONG, **LINES)
        run = subprocess.Popen([*COMMAND, "run", str(program), "--local", "--trace", str(tmp_path / "trace")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
                               env={**os.environ, "TERM": "xterm"})
        with running(run, tmp_path / "trace") as parties:
            assert {command_of(pid) for pid in parties} == {command_of(run.pid)}
            until(lambda: b"round" in os.read(ours, 1 << 12), "the line is shown")
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.fixture
def scripted(tmp_path: Path) -> Callable[..., Done]:
    """Runs a small program by a script that stands in for the command line."""
    def run(text: str, *words: str) -> Done:
        script = tmp_path / "script.py"
        script.write_text(text, encoding="utf-8")
        return ran("run", write(tmp_path, **dict.fromkeys("abc", "x\n1\n2\n3\n")), "--local", *words, script=script)

    return run


def test_with_threads_about_they_start_anew(tmp_path: Path) -> None:
    script = tmp_path / "threaded.py"
    script.write_text(THREADED, encoding="utf-8")
    run = start("run", write(tmp_path, LONG, **LINES), "--local", "--trace", tmp_path / "trace", script=script)
    with running(run, tmp_path / "trace") as parties:
        assert len(parties) == 3
        assert all(b"cloister.cli.child" in command_of(pid) for pid in parties)


def test_both_kinds_give_the_same(tmp_path: Path, scripted: Callable[..., Done]) -> None:
    copied, anew = ran("run", write(tmp_path, **dict.fromkeys("abc", "x\n1\n2\n3\n")), "--local", "--json"), scripted(
        THREADED, "--json")
    assert copied.code == anew.code == 0
    for key in ("outputs", "digest", "circuit_digest", "parameters"):
        assert copied.json[key] == anew.json[key]


def test_keys_are_made_when_all_copies_are_there(scripted: Callable[..., Done]) -> None:
    """So that no party's memory holds another's key."""
    done = scripted(KEYS, "--json")
    assert done.code == 0
    assert done.err.split() == ["3", "children"] * 3
