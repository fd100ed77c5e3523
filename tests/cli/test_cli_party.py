"""`run --party`: three real parties with a folder, a key and a configuration each, over TLS."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cloister.cli.main import main

from .terminal import LONG, PARTIES, TOTAL, Done, finish, ran, start, typed, until

ADDRESS = "127.0.0.1"


def free_ports() -> dict[str, int]:
    listeners = [socket.create_server((ADDRESS, 0)) for _ in PARTIES]
    found = {party: listener.getsockname()[1] for party, listener in zip(PARTIES, listeners, strict=True)}
    for listener in listeners:
        listener.close()
    return found


@dataclass
class Machines:
    """A folder for each party: as if it were a machine of its own."""

    root: Path
    ports: dict[str, int]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def folder(self, party: str) -> Path:
        return self.root / party

    def configure(self, party: str, connect: float = 60, **other: str) -> None:
        """Writes the party's cloister.toml."""
        lines = [f'party = "{party}"', f'key = "{party}.key"', f'certificate = "{party}.pem"',
                 f'listen = "{ADDRESS}:{self.ports[party]}"', "# approvals stand below"]
        lines += [f'{key} = "{value}"' for key, value in other.items()]
        for peer in PARTIES:
            if peer != party:
                lines += [f"[peers.{peer}]", f'address = "{ADDRESS}:{self.ports[peer]}"', f'certificate = "{peer}.pem"']
        lines += ["[timeouts]", f"connect = {connect}"]
        (self.folder(party) / "cloister.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def program(self, party: str, text: str) -> None:
        (self.folder(party) / "program.mpc").write_text(text, encoding="utf-8")

    def data(self, party: str, rows: str) -> None:
        (self.folder(party) / "data" / f"{party}.csv").write_text(rows, encoding="utf-8")

    def start(self, party: str, *words: str | Path) -> subprocess.Popen[str]:
        self.started.append(start("run", "program.mpc", "--party", party, *words, folder=self.folder(party)))
        return self.started[-1]

    def run(self, **words: tuple[str, ...]) -> dict[str, Done]:
        """All parties to their ends, each with its own words and --yes --json."""
        runs = {party: self.start(party, "--yes", "--json", *words.get(party, ())) for party in PARTIES}
        return {party: finish(run) for party, run in runs.items()}


@pytest.fixture
def machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Machines]:
    made = Machines(tmp_path, free_ports())
    for party in PARTIES:
        (made.folder(party) / "data").mkdir(parents=True)
        done = typed(capsys, "keygen", party, "-o", made.folder(party))
        assert done.code == 0
        assert "fingerprint" in done.out
        made.configure(party)
        made.program(party, TOTAL)
        made.data(party, "x\n1\n2\n")
    for party in PARTIES:
        for peer in PARTIES:
            if peer != party:
                shutil.copy(made.folder(party) / f"{party}.pem", made.folder(peer))
    yield made
    for run in made.started:
        run.kill()
        run.communicate()


def all_failed(done: dict[str, Done], code: int, *words: str) -> None:
    for one in done.values():
        failed(one, code, *words)


def failed(done: Done, code: int, *words: str) -> None:
    assert (done.code, done.out) == (code, ""), done
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.err


def test_approved_programs_run_and_each_party_sees_its_own(machines: Machines,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    unapproved = finish(machines.start("a"))
    failed(unapproved, 3, "Who learns what", "not approved")
    failed(ran("approve", "program.mpc", folder=machines.folder("a")), 3, "not approved")
    for party in PARTIES:
        folder = machines.folder(party)
        approve = ("approve", folder / "program.mpc", "--config", folder / "cloister.toml")
        assert "approved " in typed(capsys, *approve, "--yes").out
        assert "approved already" in typed(capsys, *approve).out
        assert "# approvals stand below" in (folder / "cloister.toml").read_text(encoding="utf-8")
    runs = {party: machines.start(party, "--json", "-D", f"rows.{party}=2") for party in PARTIES}
    reports = {party: finish(run).json for party, run in runs.items()}
    assert reports["a"]["outputs"] == {"a": {"total": 27, "top": 2}}
    assert reports["b"]["outputs"] == {"b": {"total": 27}}
    assert reports["c"]["outputs"] == {"c": {"total": 27}}
    assert len({report["circuit_digest"] for report in reports.values()}) == 1
    failed(finish(machines.start("a", "-D", "k=4")), 3, "not approved")  # other parameters are another agreement


def test_a_party_hears_of_its_own_data_and_the_others_only_that_it_does_not_fit(machines: Machines) -> None:
    machines.data("b", "x\n1\n222\n")
    done = machines.run(b=("-o", "out.json"))
    failed(done["b"], 1, "b.csv, column `x`", "row 3: `222` is above 100")
    assert not (machines.folder("b") / "out.json").exists()
    for other in ("a", "c"):
        failed(done[other], 4, "b stopped: its data does not fit")
        assert "222" not in done[other].err
        assert "row" not in done[other].err


def test_a_party_that_never_comes(machines: Machines) -> None:
    for party in ("a", "b"):
        machines.configure(party, connect=4)
    runs = {party: machines.start(party, "--yes") for party in ("a", "b")}
    for run in runs.values():
        failed(finish(run), 4, "waiting for c", f"c ({ADDRESS}:{machines.ports['c']}) did not come within 4 s")


@pytest.mark.slow
def test_a_peer_with_the_wrong_certificate(machines: Machines) -> None:
    for ending in ("key", "pem"):
        (machines.folder("b") / f"b.{ending}").unlink()
    assert main(["keygen", "b", "-o", str(machines.folder("b"))]) == 0
    machines.configure("a", connect=8)
    machines.configure("c", connect=8)
    done = machines.run()
    failed(done["a"], 4, "b (", "certificate")
    failed(done["b"], 4, "certificate")
    failed(done["c"], 4, "b")


def test_a_peer_that_runs_something_else(machines: Machines) -> None:
    machines.program("b", TOTAL.replace("max(x)", "min(x)"))
    all_failed(machines.run(b=("-D", "k=5", "--network", "wan", "-D", "rows.a=9")), 3,
               "the parties do not run the same thing", "approved digest: a has ",
               "network profile: a has lan, -O2, b has wan, -O2, c has lan, -O2",
               "parameter k: a has 3, b has 5, c has 3", "size rows.a: a has 2, b has 9")


def test_the_reference_protocol_is_not_for_real(machines: Machines) -> None:
    failed(finish(machines.start("a", "--yes", "--protocol", "reference")), 2, "in the clear", "--local")


def test_a_connection_cut_in_the_middle(machines: Machines) -> None:
    for party in PARTIES:
        machines.program(party, LONG)
        machines.data(party, "x\n3\n")
    runs = {party: machines.start(party, "--yes", "--trace", "trace", "-o", "out.json") for party in PARTIES}
    traces = [machines.folder(party) / f"trace.{party}" for party in PARTIES]
    until(lambda: all(trace.exists() and trace.stat().st_size for trace in traces), "rounds")
    runs["b"].kill()
    finish(runs["b"])
    for other in ("a", "c"):
        failed(finish(runs[other], 15), 4, "b closed the link")
        assert not (machines.folder(other) / "out.json").exists()


@pytest.mark.slow
def test_who_is_interrupted_tells_the_others(machines: Machines) -> None:
    waiting = {party: machines.start(party, "--yes") for party in ("a", "b")}
    for run in waiting.values():
        assert run.stderr is not None
        assert run.stderr.readline() == "waiting for c\n"
    waiting["b"].send_signal(signal.SIGINT)
    failed(finish(waiting["b"], 15), 130, "interrupted")


def test_a_configuration_that_does_not_fit(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    folder = machines.folder("a")
    path = folder / "cloister.toml"
    good = path.read_text(encoding="utf-8")

    def typed_with(party: str, config: Path) -> Done:
        return typed(capsys, "run", folder / "program.mpc", "--party", party, "--config", config, "--yes")

    for old, new, said in (("key = \"a.key\"", "", "cloister keygen a"), ("listen", "lisen", "unknown key `lisen`"),
                           ("[peers.c]", "[peers.d]", "certificate of `c`, not of `d`")):
        path.write_text(good.replace(old, new), encoding="utf-8")
        failed(typed_with("a", path), 2, str(path), said)
    path.write_text(good, encoding="utf-8")
    failed(typed_with("b", path), 2, "the configuration of `a`, not of `b`")
    failed(typed_with("a", folder / "no.toml"), 2, "no.toml", "cannot be read")
    machines.program("a", TOTAL.replace("a, b, c", "a, b, d"))
    failed(typed_with("a", path), 2, "`d`", "[peers.d]")
    machines.program("a", TOTAL.replace("a, b, c", "b, c, d").replace("to a\n", "to b\n"))
    failed(typed_with("a", path), 2, "`a` is no party", "b, c, d")
