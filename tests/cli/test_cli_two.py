"""Two parties alone, and three who trust nobody: real processes that make their correlated randomness first."""

from __future__ import annotations

from pathlib import Path

import pytest

from .terminal import ran, typed, write

Capture = pytest.CaptureFixture[str]

RICHER = """\
party alice, bob
security dishonest_majority, semi_honest
input a: uint64 from alice
input b: uint64 from bob
output richer = a > b to all
output spread = (a % 1000) * (b % 1000) to bob
"""

MEANS = """\
party a, b, c
security dishonest_majority, semi_honest
size rows
input x: fixed[rows] in 0..100 from each
output mean = sum(x) / max(len(x), 1) to all
output top = max(x) to c
"""


def agrees(program: Path, capsys: Capture) -> None:
    report = ran("run", program, "--local", "--json").json
    assert report["protocol"] == "additive"
    given = [f"-D{key}={value}" for key, value in report["parameters"].items()]
    told, measured = typed(capsys, "cost", program, "--json", *given).json, report["measured"]
    assert told["circuit_digest"] == report["circuit_digest"]
    assert (told["rounds"], told["bytes_sent"]) == (measured["rounds"], measured["bytes_sent"])
    before, made = told["preprocessing"], measured["preprocessing"]
    assert (before["rounds"], before["bytes_sent"]) == (made["rounds"], made["bytes_sent"])
    assert made["rounds"] > 0
    assert typed(capsys, "simulate", program, "--json").json["outputs"] == report["outputs"]


def test_two_millionaires_alone(tmp_path: Path, capsys: Capture) -> None:
    agrees(write(tmp_path, RICHER, alice="a\n18446744073709551615\n", bob="b\n18446744073709551614\n"), capsys)


def test_three_who_trust_nobody(tmp_path: Path, capsys: Capture) -> None:
    agrees(write(tmp_path, MEANS, a="x\n0.5\n99.25\n", b="x\n", c="x\n7\n"), capsys)
