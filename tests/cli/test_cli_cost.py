"""`cost` line by line, in every way that would do, and as it grows; `check` with budgets."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from .terminal import Done, ran, typed, write

Capture = pytest.CaptureFixture[str]

PROGRAM = """\
party a, b, c
security honest_majority, semi_honest
param k: int = 3
size rows <= 1_000_000
input x: int32[rows] in -1000..1000 from each
def over(v, by):
    return count(v > by)
output many = over(x, k) to all
output top = max(x) to a
"""


def cost(program: Path, capsys: Capture, *more: str) -> Done:
    done = typed(capsys, "cost", program, *more)
    assert done.code == 0, done.err
    return done


# --------------------------------------------------------------------------- by line


def test_every_line_stands_beside_its_cost(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, PROGRAM)
    said = cost(program, capsys, "--by-line", "-D", "rows=100").out.splitlines()
    for number, text in enumerate(PROGRAM.splitlines(), start=1):
        assert any(line.endswith(f"{number:>4}  {text}") for line in said)
    (top,) = (line for line in said if "output top" in line)
    assert " * " in top, "the rounds wait for the maximum"
    (many,) = (line for line in said if "output many" in line)
    assert " * " not in many
    assert not any("│ program.mpc:7" in line for line in said)


def test_calls_can_be_opened(tmp_path: Path, capsys: Capture) -> None:
    said = cost(write(tmp_path, PROGRAM), capsys, "--open", "-D", "rows=100").out.splitlines()
    at = next(i for i, line in enumerate(said) if "output many" in line)
    assert said[at + 1].endswith("│ program.mpc:7  return count(v > by)")


def test_lines_in_json_hold_what_they_call(tmp_path: Path, capsys: Capture) -> None:
    found = cost(write(tmp_path, PROGRAM), capsys, "--json", "-D", "rows=100").json
    lines = {line["line"]: line for line in found["lines"]}
    assert set(lines) == {5, 8, 9}
    assert [inner["line"] for inner in lines[8]["calls"]] == [7]
    assert lines[9]["critical_rounds"] > 0 == lines[8]["critical_rounds"]
    assert sum(line["seconds"] for line in lines.values()) == pytest.approx(found["seconds"]["online"])
    assert sum(line["gates"]["and"] for line in lines.values()) == found["gates"]["and"]


# --------------------------------------------------------------------------- every way that would do


def test_every_protocol_and_family_of_adders_is_compared(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, PROGRAM)
    told = cost(program, capsys, "--compare", "--json", "-D", "rows=100").json
    found = told["alternatives"]
    (chosen,) = (one for one in found if one["chosen"])
    assert (chosen["protocol"], chosen["rounds"], chosen["bytes_sent"]) == (
        told["protocol"], told["rounds"], told["bytes_sent"])
    assert chosen["seconds"]["lan"]["online"] == pytest.approx(told["seconds"]["online"])
    assert {one["protocol"] for one in found} == {"replicated", "additive"}
    for protocol in ("replicated", "additive"):
        ways = [way for one in found if one["protocol"] == protocol for way in one["ways"]]
        assert {way["adders"] for way in ways} == {None, "sklansky", "brent_kung", "ripple"}
        assert {way["priced_for"] for way in ways} == {None, "local", "lan", "wan"}
    by_family = {way["adders"]: one for one in found if one["protocol"] == "replicated" for way in one["ways"]}
    assert by_family["ripple"]["rounds"] > by_family["sklansky"]["rounds"]
    assert by_family["ripple"]["gates"]["and"] < by_family["sklansky"]["gates"]["and"]
    assert all(set(one["seconds"]) == {"local", "lan", "wan"} for one in found)
    assert all(bool(one["preprocessing"]["rounds"]) == (one["protocol"] == "additive") for one in found)


def test_the_comparison_marks_what_the_compiler_takes(tmp_path: Path, capsys: Capture) -> None:
    said = cost(write(tmp_path, PROGRAM), capsys, "--compare", "-D", "rows=100", "--network", "mobile").out
    (chosen,) = (line for line in said.splitlines() if "│ →" in line)
    assert "by price for" in chosen
    assert "mobile" in chosen
    assert "and before it, the preprocessing of" in said


def test_two_parties_have_one_protocol(tmp_path: Path, capsys: Capture) -> None:
    text = PROGRAM.replace("a, b, c", "a, b").replace("honest_majority", "dishonest_majority")
    found = cost(write(tmp_path, text), capsys, "--compare", "--json", "-D", "rows=64").json["alternatives"]
    assert {one["protocol"] for one in found} == {"additive"}


# --------------------------------------------------------------------------- growth


def test_values_are_written_as_people_write_them(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, PROGRAM)
    found = cost(program, capsys, "--json", "-D", "rows=1e3,1_000,1.5e3,64", "-D", "k=1,2").json["estimates"]
    sizes = [(one["parameters"]["k"], sum(v for k, v in one["parameters"].items() if k != "k")) for one in found]
    assert sizes == [(k, rows) for rows in (1000, 1000, 1500, 64) for k in (1, 2)]
    assert found[0]["circuit_digest"] == found[2]["circuit_digest"]


@pytest.mark.parametrize(("given", "said"), [
    ("rows=1e3,,5", "`` is not a whole number"), ("rows=1e-3", "`1e-3` is not a whole number"),
    ("rows=1,ten", "`ten` is not a whole number"), ("rows=-5", "`-5` is not a whole number"),
    ("row=1,2", "did you mean `rows`?"), ("rows=1e99999", "so many digits"), ("rows=", "NAME=VALUE"),
])
def test_wrong_values_are_refused(given: str, said: str, tmp_path: Path, capsys: Capture) -> None:
    done = typed(capsys, "cost", write(tmp_path, PROGRAM), "-D", given)
    assert done.code == 2
    assert said in done.err


# --------------------------------------------------------------------------- budgets


@pytest.mark.parametrize("budget", [
    ("--max-rounds", "1e4"), ("--max-bytes", "100MB"), ("--max-bytes", "1.5GiB"), ("--max-seconds", "5min"),
    ("--max-rounds", "1000", "--max-bytes", "1e9", "--max-seconds", "60.5s"),
])
def test_a_program_within_its_budget_passes(budget: tuple[str, ...], tmp_path: Path, capsys: Capture) -> None:
    done = typed(capsys, "check", write(tmp_path, PROGRAM), "-D", "rows=1000", *budget)
    assert (done.code, done.err) == (0, "")


def test_what_is_over_its_budget_is_told_with_the_costliest_lines(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, PROGRAM)
    told = cost(program, capsys, "--json", "-D", "rows=1000").json
    done = typed(capsys, "check", program, "-D", "rows=1000", "--max-rounds", "20", "--max-bytes", "2kB",
                 "--max-seconds", "1ms")
    assert done.code == 1
    assert f"{told['rounds']} rounds, at most 20 are allowed" in done.err
    assert "sent by a party, at most 2 kB are allowed" in done.err
    assert "on lan, at most 1 ms are allowed" in done.err
    assert "at rows = 1,000" in done.err
    top = next(line for line in done.err.splitlines() if line.strip().startswith("line 9: "))
    assert top.endswith("output top = max(x) to a")
    assert "(critical)" in top


def test_preprocessing_counts_in_a_budget(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, PROGRAM.replace("honest_majority", "dishonest_majority"))
    told = cost(program, capsys, "--json", "-D", "rows=100").json
    online = max(told["bytes_sent"].values())
    done = typed(capsys, "check", program, "-D", "rows=100", "--max-bytes", str(online + 1))
    assert done.code == 1
    assert "of it preprocessing)" in done.err


@pytest.mark.parametrize("budget", [
    ("--max-bytes", "5lb"), ("--max-bytes", "-1"), ("--max-seconds", "5parsec"), ("--max-seconds", "nan"),
    ("--max-seconds", "-1"), ("--max-rounds", "1.5"), ("--max-rounds", "few"), ("--network", "moon"),
])
def test_a_budget_that_is_no_number_is_refused(budget: tuple[str, str], tmp_path: Path, capsys: Capture) -> None:
    done = typed(capsys, "check", write(tmp_path, PROGRAM), *budget)
    assert done.code == 2
    assert budget[1].lstrip("-") in done.err or "expected one argument" in done.err


# --------------------------------------------------------------------------- held against a run


def test_what_is_told_of_a_line_is_what_the_line_sends(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, PROGRAM, **dict.fromkeys("abc", "x\n1\n-7\n900\n"))
    report = ran("run", program, "--local", "--insecure", "--json", "--trace", tmp_path / "trace").json
    given = [f"-D{name}={value}" for name, value in report["parameters"].items()]
    told = {line["line"]: line for line in cost(program, capsys, "--json", *given).json["lines"]}
    sent, messages = Counter[int](), Counter[int]()
    rounds: dict[int, set[str]] = {}
    for party in "abc":
        rows = [json.loads(row) for row in (tmp_path / f"trace.{party}").read_text(encoding="utf-8").splitlines()]
        for row in rows:
            if row.get("bytes") and "op" in row:
                sent[row["line"]] += row["bytes"]
                messages[row["line"]] += 2
                rounds.setdefault(row["line"], set()).add(json.dumps(row["at"]))
    assert {number: line["rounds"] for number, line in told.items()} == {n: len(found) for n, found in rounds.items()}
    for number, line in told.items():
        padding = line["bytes_sent"] - sent[number]  # a message takes a multiple of eight bytes in its frame
        assert 0 <= padding < 8 * messages[number], number
