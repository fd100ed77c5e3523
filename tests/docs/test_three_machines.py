"""The README's last step, done by three parties with a folder, a key and a configuration each."""

from __future__ import annotations

import json
import random
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import README, blocks, section
from .walk import TITLE, write_files

PARTIES = ("oak", "pine", "elm")
TEXT = section(README.read_text(encoding="utf-8"), TITLE)


def commands(party: str) -> list[list[str]]:
    """The commands as `party` types them."""
    shown = re.findall(r"^    (cloister .+)$", TEXT, re.MULTILINE)
    return [shlex.split(line.replace("oak", party)) for line in shown]


def configuration(party: str, ports: dict[str, int]) -> str:
    """The README's configuration of oak as that of `party`, with addresses on this machine."""
    text = next(block for block in blocks(TEXT) if block.language == "toml").text
    swapped = {"oak": party, party: "oak"}
    text = re.sub(r"\b(oak|pine|elm)\b", lambda found: swapped.get(found[1], found[1]), text)
    text = re.sub(r"(\w+)\.example:7100", lambda found: f"127.0.0.1:{ports[found[1]]}", text)
    return text.replace("0.0.0.0:7100", f"127.0.0.1:{ports[party]}")


def start(command: list[str], folder: Path) -> subprocess.Popen[str]:
    assert command[0] == "cloister"
    return subprocess.Popen([sys.executable, "-m", "cloister.cli.main", *command[1:]], cwd=folder, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def free_ports() -> dict[str, int]:
    """A port a party, below those that the system gives to connections of other tests meanwhile."""
    return dict(zip(PARTIES, filter(is_free, random.sample(range(20_000, 30_000), 100)), strict=False))


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture
def machines(tmp_path: Path) -> dict[str, Path]:
    """A folder a party with the program, its own data only, its key, and all certificates."""
    write_files(TEXT, tmp_path)
    folders, ports = {}, free_ports()
    for party in PARTIES:
        folder = folders[party] = tmp_path / party
        (folder / "data").mkdir(parents=True)
        shutil.copy(tmp_path / "waiting.mpc", folder)
        shutil.copy(tmp_path / f"data/{party}.csv", folder / "data")
        (folder / "cloister.toml").write_text(configuration(party, ports), encoding="utf-8")
        finish(start(commands(party)[0], folder))
    for party in PARTIES:
        for other in PARTIES:
            if other != party:
                shutil.copy(folders[party] / f"{party}.pem", folders[other])
    return folders


def test_three_parties_run_the_program(machines: dict[str, Path]) -> None:
    for party, folder in machines.items():
        finish(start([*commands(party)[1], "--yes"], folder))
    runs = [start([*commands(party)[2], "--json"], folder) for party, folder in machines.items()]
    reports = [json.loads(finish(run)) for run in runs]
    shared = {"average": reports[0]["outputs"]["oak"]["average"], "late_visits": 4}
    assert abs(shared["average"] - 564.25 / 12) < 2**-17
    assert [report["outputs"] for report in reports] == [
        {"oak": shared}, {"pine": {**shared, "longest": 140}}, {"elm": shared}]
    assert len({report["circuit_digest"] for report in reports}) == 1


def test_a_program_that_nobody_approved_does_not_run(machines: dict[str, Path]) -> None:
    run = start(commands("oak")[2], machines["oak"])
    out, err = run.communicate(timeout=60)
    assert run.returncode == 3
    assert out == ""
    assert "approve" in err
