"""What `cost` tells beforehand is what `run` measures, construct by construct; memory and seconds are near."""

from __future__ import annotations

from pathlib import Path

import pytest

from .terminal import PARTIES, ran, typed, write

Capture = pytest.CaptureFixture[str]

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\nsize rows\n"
BODIES = {
    "everything at once": """\
param shift: int = 2
input x: int32[rows] in -1000..1000 from each
input p: fixed[rows] in 0..100 from each
def scaled(v, by):
    return v * by + shift
t = scaled(x, 3)
output total = sum(select(t > 0, t, -t)) to all if count(x > 0) >= 2
output mean = sum(p) / max(len(p), 1) to a, b
output root = sqrt(sum(p * p)) to c
output quotient = sum(x // 7) to all
output rest = max(x % 7) to all
output most = max(x) to b
output any_negative = any(x < 0) to all
""",
    "a loop that stays one": """\
input x: uint8[rows] from each
v = x[0]
for i in range(200):
    v = clamp(v * 3 - x[1], 0, 255)
output last = v to all
""",
    "a loop that becomes arrays": """\
input x: uint8[rows] from each
s = 0
for v in x:
    s += v * v
output squares = s to all
""",
    "public values in between": """\
input x: uint8[rows] from each
m = reveal(max(x))
if m > 3:
    y = sum(x) * m
else:
    y = sum(x)
output y = y to all
""",
    "a matrix": """\
input m: int16[rows, 2] in -100..100 from a
output gram = m.T @ m to all
""",
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_told_is_what_is_measured(name: str, tmp_path: Path, capsys: Capture) -> None:
    if "m.T" in BODIES[name]:
        data = {"a": "m_0,m_1\n1,2\n3,-4\n100,-100\n", "b": "", "c": ""}
    else:
        data = dict.fromkeys(PARTIES, "x,p\n1,0.5\n7,99.25\n3,0\n")
    program = write(tmp_path, HEAD + BODIES[name], **data)
    report = ran("run", program, "--local", "--json", "--insecure").json
    given = [f"-D{key}={value}" for key, value in report["parameters"].items()]
    told, measured = typed(capsys, "cost", program, "--json", *given).json, report["measured"]
    assert told["circuit_digest"] == report["circuit_digest"]
    assert told["parameters"] == report["parameters"]
    assert told["digest"] == report["digest"]
    assert (told["rounds"], told["bytes_sent"]) == (measured["rounds"], measured["bytes_sent"])
    assert set(told["gates"]) == {"mul", "and"}
    assert sum(line["bytes_sent"] for line in told["lines"]) <= sum(told["bytes_sent"].values())
    assert told["memory_bytes"] == pytest.approx(max(measured["peak_memory_bytes"].values()), rel=0.2)
    assert typed(capsys, "simulate", program, "--json").json["outputs"] == report["outputs"]


def test_several_values_give_an_estimate_each(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, HEAD + BODIES["everything at once"])
    found = typed(capsys, "cost", program, "--json", "-D", "rows=10,1e6", "-D", "shift=1,2").json["estimates"]
    assert [(one["parameters"]["shift"], sum(v for k, v in one["parameters"].items() if k != "shift"))
            for one in found] == [(1, 10), (2, 10), (1, 10**6), (2, 10**6)]
    small, large = found[0], found[2]
    assert large["memory_bytes"] > small["memory_bytes"]
    assert large["seconds"]["online"] > small["seconds"]["online"]
    table = typed(capsys, "cost", program, "-D", "rows=10,1e6", "--by-line").out
    assert "output root = sqrt(sum(p * p)) to c" in table
    assert "…" not in table


def test_a_size_of_which_nothing_is_said_is_taken_at_its_bound(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, HEAD.replace("size rows", "size rows <= 600") + BODIES["a loop that stays one"])
    assert typed(capsys, "cost", program, "--json").json["parameters"] == {f"rows.{p}": 200 for p in PARTIES}
    assert "rows = 600 (the most declared)" in typed(capsys, "cost", program).out


@pytest.mark.slow
@pytest.mark.parametrize(("declared", "text"), [
    ("uint32[rows] in 0..1_000_000", "output spread = std(x) to all\noutput most = max(x) to a\n"),
    ("int32[rows] in -1000..1000", "output total = sum(x * x) to all\noutput few = count(x < 3) to all\n"),
])
def test_memory_is_estimated_within_a_fifth_at_a_million_rows(declared: str, text: str, tmp_path: Path,
                                                               capsys: Capture) -> None:
    rows = "x\n" + "".join(f"{7 * i % 1000}\n" for i in range(333_334))
    program = write(tmp_path, f"from stats import std\n{HEAD}input x: {declared} from each\n{text}",
                    **dict.fromkeys(PARTIES, rows))
    measured = ran("run", program, "--local", "--json", "--insecure").json["measured"]["peak_memory_bytes"]
    told = typed(capsys, "cost", program, "--json", "-D", "rows=1_000_002").json["memory_bytes"]
    assert told == pytest.approx(max(measured.values()), rel=0.2)
