"""`cloister calibrate`, `--emulate`, and profiles from files on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cloister.cli.commands.calibrate import measure_together
from cloister.compiler.price.network import LAN
from cloister.compiler.price.profile import Profile, of, read, write
from cloister.runtime.config import load
from cloister.runtime.identity import keygen

from ..measure.hurry import hurry
from ..net.parties import listeners, succeed
from .terminal import PARTIES, ran, start, typed
from .terminal import write as write_program

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write_program(tmp_path, **dict.fromkeys(PARTIES, "x\n1\n2\n3\n"))


@pytest.mark.parametrize(("words", "said"), [
    (["calibrate", "--local", "--emulate", "moon"], "`moon`"),
    (["calibrate", "--emulate", "wan"], "--local only"),
    (["calibrate", "--local", "-o", "no/such/folder/p.json"], "no folder"),
    (["calibrate", "--config", "no.toml"], "no.toml"),
    (["cost", "PROGRAM", "--network", "moon"], "no network profile `moon`"),
    (["cost", "PROGRAM", "--network", "moon.json"], "cannot be read"),
    (["run", "PROGRAM", "--local", "--emulate", "moon"], "`moon`"),
    (["run", "PROGRAM", "--party", "a", "--emulate", "wan"], "--local only"),
])
def test_wrong_usage_is_told(words: list[str], said: str, program: Path, capsys: Capture) -> None:
    done = typed(capsys, *(str(program) if word == "PROGRAM" else word for word in words))
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_profile_prices_and_does_not_compile(program: Path, tmp_path: Path, capsys: Capture) -> None:
    content = json.loads(write(of(LAN), "for a test"))
    content["all"]["latency"] = 5.0
    path = tmp_path / "slow.json"
    path.write_text(json.dumps(content))
    named, measured = (json.loads(typed(capsys, "cost", str(program), "-D", "rows=10", "--json", "--network", name).out)
                       for name in ("lan", str(path)))
    assert measured["circuit_digest"] == named["circuit_digest"]
    assert measured["rounds"] == named["rounds"]
    assert measured["seconds"]["network"] == str(path)
    assert measured["seconds"]["online"] > 5 * named["rounds"] > named["seconds"]["online"]


def test_emulated_links_are_as_slow_as_they_should_be(program: Path) -> None:
    done = ran("run", str(program), "--local", "--json", "--emulate", "wan")
    assert done.code == 0, done.err
    measured = json.loads(done.out)["measured"]
    assert measured["seconds"]["online"] > 0.04 * measured["rounds"]


def configuration(me: str, other: str, ports: dict[str, int]) -> str:
    return (f'party = "{me}"\nkey = "{me}.key"\ncertificate = "{me}.pem"\nlisten = "127.0.0.1:{ports[me]}"\n'
            f'[peers.{other}]\naddress = "127.0.0.1:{ports[other]}"\ncertificate = "{other}.pem"\n')


def test_parties_with_configurations_measure_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with listeners(2) as sockets:
        ports = dict(zip(("north", "south"), (one.getsockname()[1] for one in sockets), strict=True))
    for me in ports:
        keygen(me).save(tmp_path / f"{me}.key", tmp_path / f"{me}.pem")
    for me, other in (("north", "south"), ("south", "north")):
        (tmp_path / f"{me}.toml").write_text(configuration(me, other, ports), encoding="utf-8")

    def party(me: str) -> Profile:
        return measure_together(load(tmp_path / f"{me}.toml"), lambda what: None)

    found = succeed(lambda: party("north"), lambda: party("south"), timeout=60.0)
    assert [list(profile.links) for profile in found] == [["south"], ["north"]]
    assert not any(profile.shared for profile in found)
    path = tmp_path / "profile.json"
    path.write_bytes(write(found[0], "for a test"))
    assert read(path).links.keys() == {"south"}


@pytest.mark.slow
def test_this_machine_is_calibrated(program: Path, tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    calibration = start("calibrate", "--local", "-o", str(path))
    out, err = calibration.communicate(timeout=400)
    assert calibration.returncode == 0, err
    assert str(path) in out
    assert read(path).shared
    assert ran("cost", str(program), "--network", str(path)).code == 0
