"""Every example gives the results that were computed without Cloister, at the price that was told."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cloister.cli.main import main
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.pipeline import load_program, read_file
from cloister.compiler.protocol.choose import choose_protocol
from cloister.runtime.protocols.registry import PROTOCOLS

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(program.parent.name for program in EXAMPLES.glob("*/program.mpc"))
every_example = pytest.mark.parametrize("name", NAMES)


def program(name: str) -> str:
    return str(EXAMPLES / name / "program.mpc")


def expected(name: str) -> dict[str, dict[str, Any]]:
    text = (EXAMPLES / name / "expected.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def script(name: str, file: str, *arguments: str) -> str:
    """What a script of the example prints."""
    command = [sys.executable, str(EXAMPLES / name / file), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def cloister(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What a command prints with --json."""
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def fits(name: str, protocol: str | None) -> str | None:
    """The protocol that runs an example: the one asked for, or by default; None when it does not give the security."""
    head = load_program(read_file(Path(program(name)))).head
    try:
        return choose_protocol(head.parties, head.security, protocol).name
    except ProgramError:
        return None


#: Hundreds of megabytes of preprocessing a party, where another protocol than the program's own needs none.
HEAVY = {("cross-selling", "additive"), ("readmission", "additive")}
RUNS = [pytest.param(name, protocol, marks=() if protocol == fits(name, None) else pytest.mark.slow)
        for name in NAMES for protocol in PROTOCOLS
        if protocol != "reference" and fits(name, protocol) and (name, protocol) not in HEAVY]
every_run = pytest.mark.parametrize(("name", "protocol"), RUNS)


@cache
def local_run(name: str, protocol: str) -> dict[str, Any]:
    """A process a party over TLS; run once for all tests."""
    command = [sys.executable, "-m", "cloister.cli.main", "run", program(name), "--local", "--json"]
    command += ["--protocol", protocol] if protocol != fits(name, None) else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_there_are_examples() -> None:
    assert {"auction", "churn", "hospitals", "millionaires", "salaries"} <= set(NAMES)
    assert {protocol for run in RUNS for protocol in run.values[1:]} == set(PROTOCOLS) - {"reference"}


@every_example
def test_an_example_is_whole(name: str) -> None:
    files = {path.name for path in (EXAMPLES / name).iterdir()}
    assert {"program.mpc", "README.md", "make_data.py", "expected.py", "expected.json", "data"} <= files


@every_example
def test_the_data_is_what_the_script_makes(name: str, tmp_path: Path) -> None:
    script(name, "make_data.py", "--to", str(tmp_path))
    stored = {path.name: path.read_bytes() for path in (EXAMPLES / name / "data").iterdir()}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == stored


@every_example
def test_the_expected_results_are_what_the_script_computes(name: str) -> None:
    assert json.loads(script(name, "expected.py")) == expected(name)


@every_run
def test_all_parties_give_the_expected_results(name: str, protocol: str) -> None:
    report = local_run(name, protocol)
    assert report["protocol"] == protocol
    assert report["outputs"] == expected(name)


@every_example
@pytest.mark.parametrize("level", ["0", "1", "2"])
def test_the_circuit_in_the_clear_gives_the_expected_results(name: str, level: str,
                                                              capsys: pytest.CaptureFixture[str]) -> None:
    report = cloister(capsys, "run", program(name), "--local", "--protocol", "reference", "-O", level)
    assert report["protocol"] == "reference"
    assert report["outputs"] == expected(name)


@every_example
def test_the_interpreter_gives_the_expected_results(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cloister(capsys, "simulate", program(name))["outputs"] == expected(name)


@every_run
def test_what_is_told_beforehand_is_what_is_measured(name: str, protocol: str,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    report = local_run(name, protocol)
    given = [f"-D{key}={value}" for key, value in report["parameters"].items()]
    told = cloister(capsys, "cost", program(name), "--protocol", protocol, *given)
    measured = report["measured"]
    assert told["circuit_digest"] == report["circuit_digest"]
    assert told["parameters"] == report["parameters"]
    assert told["rounds"] == measured["rounds"] > 0
    assert told["bytes_sent"] == measured["bytes_sent"]
    assert all(sent > 0 for sent in measured["bytes_sent"].values())
    for key in ("rounds", "bytes_sent"):
        assert told["preprocessing"][key] == measured["preprocessing"][key]


@every_example
def test_the_statement_names_every_party_and_output(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = cloister(capsys, "audit", program(name))
    assert found["digest"] == local_run(name, str(fits(name, None)))["digest"]
    assert main(["audit", program(name)]) == 0
    text = capsys.readouterr().out
    for party, outputs in expected(name).items():
        assert party in text
        for output in outputs:
            assert output in text
    assert found["digest"] in text


@every_example
def test_the_program_is_laid_out_and_without_warnings(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", program(name)]) == 0
    assert main(["check", program(name)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("bids", [
    (5, 4, 3, 2, 1), (1, 2, 3, 4, 0), (7, 7, 7, 7, 7), (3, 9, 9, 1, 2), (3, 9, 9, 1, 9), (1, 2, 3, 4, 5),
    (0, 0, 0, 0, 0), (0, 0, 0, 0, 1), (100_000_000, 0, 0, 0, 100_000_000), (0, 0, 0, 1, 1)])
def test_the_auction_at_ties_and_without_a_sale(bids: tuple[int, ...], tmp_path: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    for party, bid in zip(("ann", "ben", "cay", "dov", "seller"), bids, strict=True):
        (tmp_path / f"{party}.csv").write_text(f"bid\n{bid}\n", encoding="utf-8")
    shown = cloister(capsys, "simulate", program("auction"), "--data", str(tmp_path))["outputs"]
    assert shown == json.loads(script("auction", "expected.py", "--data", str(tmp_path)))
    paid = [one for outputs in shown.values() for one in outputs.values() if one is not None]
    assert paid == ([] if max(bids[:4]) < bids[4] else [sorted(bids)[-2]] * 2)
