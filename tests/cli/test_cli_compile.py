"""`check`, `compile`, `audit`, `fmt`, and that compiling is a pure function of what it is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from cloister.runtime.program import decode

from .terminal import PARTIES, TOTAL, ran, typed, write

Capture = pytest.CaptureFixture[str]
EXAMPLES = Path(__file__).parents[2] / "examples"
SALARIES = EXAMPLES / "salaries" / "program.mpc"


def test_the_same_program_and_sizes_are_the_same_circuit_in_every_process() -> None:
    """Whatever the order in which a process hashes."""
    digests = set()
    for seed in ("0", "1", "4242"):
        done = ran("cost", SALARIES, "-D", "rows=1000", "--json", environment={"PYTHONHASHSEED": seed})
        digests.add((done.json["digest"], done.json["circuit_digest"]))
    assert len(digests) == 1


def test_the_artifact_reads_back(tmp_path: Path, capsys: Capture) -> None:
    program, out = write(tmp_path), tmp_path / "program.mpcc"
    done = typed(capsys, "compile", program, "-D", "rows=90", "-o", out)
    assert done.code == 0
    found = decode(out.read_bytes())
    assert found.circuit_digest in done.out
    assert found.parameters == {"k": 3, "rows.a": 30, "rows.b": 30, "rows.c": 30}
    assert found.parties == PARTIES


@pytest.mark.parametrize(("stage", "words"), [
    ("ast", ["Party", "Output"]), ("ir", ["# after lead-rows", "sum"]), ("circuit", ["protocol\n", "reveal"]),
    ("rounds", ["round 0: ", " a to c "]), ("dot", ["digraph circuit {", "->", "line 7"]),
])
def test_stages_are_shown(stage: str, words: list[str], tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path)
    done = typed(capsys, "compile", program, "--emit", stage)
    assert (done.code, done.err) == (0, "")
    for word in words:
        assert word in done.out
    written = tmp_path / "stage"
    assert typed(capsys, "compile", program, "--emit", stage, "-o", written).out == ""
    assert written.read_text(encoding="utf-8") == done.out


LOOP = """\
party a, b, c
security honest_majority, semi_honest
input x: int32[70] in -9..9 from a
s: int64 = 1
for i in range(70):
    s = clamp(s * x[i], -99, 99){further}
output r = s * s to all
"""
FURTHER = """
    for j in range(66):
        s = s * x[j] % 7
    s = s * s % 5"""


def told(text: str) -> Iterator[tuple[int, dict[str, int]]]:
    """Every round that `--emit rounds` tells of, in every trip, and the bytes that each party sends in it."""
    trips: list[int] = []
    for line in text.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        if (loop := re.match(r" *loop, (\d+) trips", line)) is not None:
            trips[depth:] = [int(loop[1])]
        elif (found := re.match(r" *round (\d+)((?: \+ \d+ [i-z])*): (.*)", line)) is not None:
            sent = dict.fromkeys(PARTIES, 0)
            for link in found[3].split(", "):
                sent[link[0]] += int(link.split()[3])
            each = [int(number) for number in re.findall(r"\d+", found[2])]
            for at in product(*(range(count) for count in trips[:depth])):
                yield int(found[1]) + sum(a * b for a, b in zip(each, at, strict=True)), sent


@pytest.mark.parametrize("further", ["", FURTHER])
def test_rounds_are_numbered_as_they_are_run(further: str, tmp_path: Path, capsys: Capture) -> None:
    """Those of a loop too, one for each trip; and a trace calls them by the same numbers."""
    program = write(tmp_path, LOOP.format(further=further), a="x\n" + "2\n" * 70)
    rounds = dict(told(typed(capsys, "compile", program, "--emit", "rounds").out))
    assert sorted(rounds) == list(range(json.loads(typed(capsys, "cost", program, "--json").out)["rounds"]))
    if further:
        assert len(rounds) > 70 * 66
        return
    assert typed(capsys, "run", program, "--local", "--trace", tmp_path / "trace").code == 0
    for party in PARTIES:
        rows = [json.loads(line) for line in (tmp_path / f"trace.{party}").read_text(encoding="utf-8").splitlines()]
        sent = {row["round"]: row["bytes"] for row in rows if "round" in row}
        assert sent == {number: found[party] for number, found in rounds.items()}


def test_a_stage_after_each_pass(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path)
    wrong = typed(capsys, "compile", program, "--emit", "ir", "--after", "nothing")
    assert (wrong.code, wrong.out) == (2, "")
    for name in wrong.err.rpartition("they are ")[2].split(","):
        shown = typed(capsys, "compile", program, "--emit", "ir", "--after", name.strip())
        assert shown.out.startswith(f"# after {name.strip()}\n")
        for stage in ("dot", "circuit", "rounds"):
            assert typed(capsys, "compile", program, "--emit", stage, "--after", name.strip()).code == 0
    assert typed(capsys, "compile", program, "--after", "lower").code == 2


def test_the_choice_of_circuits_is_explained(capsys: Capture) -> None:
    lan = typed(capsys, "compile", SALARIES, "-D", "rows=1000", "--explain")
    wan = typed(capsys, "compile", SALARIES, "-D", "rows=1000", "--explain", "--network", "wan")
    assert lan.code == wan.code == 0
    assert "ripple" in lan.out
    assert lan.out != wan.out
    assert "…" not in lan.out
    assert "12-13" in lan.out


def test_what_each_pass_saved(capsys: Capture) -> None:
    done = typed(capsys, "compile", SALARIES, "-D", "rows=1000", "--savings")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.out.splitlines() if "│" in line]
    found = {row[0]: row[1:] for row in rows}
    assert list(found)[:2] == ["after", "lower"]
    assert "overlap-regions" in found
    assert "(-15,984)" in found["fuse-products"][5]
    assert "(" not in "".join(found["drop-dead"])


def test_budgets(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path)
    within = typed(capsys, "check", program, "--max-rounds", "1e3", "--max-bytes", "1GB", "--max-seconds", "60")
    assert (within.code, within.out, within.err) == (0, "program.mpc: no errors\n", "")
    over = typed(capsys, "check", program, "--max-rounds", "3", "--max-bytes", "1.5kB", "--max-seconds", "0.0001",
                 "-D", "rows=999")
    assert (over.code, over.out) == (1, "")
    for word in ("over budget", "at most 3 are allowed", "at most 1.5 kB", "at most 100 µs", "rows = 999", "line 7: "):
        assert word in over.err
    assert typed(capsys, "check", program, "--max-bytes", "1.5kB", "-D", "rows=3").code == 0


def test_types_are_shown_on_request(tmp_path: Path, capsys: Capture) -> None:
    text = TOTAL + "def twice(v):\n    w = v * 2\n    return w\n\ny = twice(x)\noutput more = sum(y) to all\n"
    done = typed(capsys, "check", write(tmp_path, text), "--show-types")
    assert done.code == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.out.splitlines() if "│" in line]
    shown = {row[1]: row[2] for row in rows[1:]}
    assert shown["x"].startswith("secret int 0..100")
    assert shown["y"].startswith("secret int 0..200")


def test_warnings_are_shown_and_are_no_errors(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, TOTAL + "input unused: uint8 from a\n")
    for command in ("check", "audit"):
        done = typed(capsys, command, program)
        assert done.code == 0
        assert "warning[W6001]" in done.err
        assert "unused" in done.err
    assert typed(capsys, "audit", program, "--json").json["warnings"][0]["code"] == "W6001"


def test_the_statement(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path)
    text = typed(capsys, "audit", program).out
    for word in ("a gives `x`", "each in 0..100", "`total`", "`top`", "the parameter `k` = 3", "at most 1000 in all",
                 "no single party learns"):
        assert word in text
    found = typed(capsys, "audit", program, "--json").json
    assert text.endswith(f"digest {found['digest']}\n")
    assert found["statement"]["parties"] == list(PARTIES)
    assert typed(capsys, "audit", program, "--json", "-D", "k=4").json["digest"] != found["digest"]


def test_layout(tmp_path: Path, capsys: Capture) -> None:
    program = write(tmp_path, TOTAL.replace(" = ", "="))
    program.chmod(0o640)
    assert typed(capsys, "fmt", "--check", program).code == 1
    assert typed(capsys, "fmt", program).code == 0
    assert program.read_text(encoding="utf-8") == TOTAL
    assert program.stat().st_mode & 0o777 == 0o640
    wrong = write(tmp_path / "wrong", "party a,\n")
    done = typed(capsys, "fmt", wrong, program)
    assert done.code == 1
    assert "E0001" in done.err
    assert wrong.read_text(encoding="utf-8") == "party a,\n"


def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    data = dict.fromkeys(PARTIES, "x,unused\n1,2\n")
    program = write(tmp_path, TOTAL + "input unused: uint8[rows] from each\n", **data)
    for words in (["cost"], ["audit"], ["simulate"], ["run", "--local", "--protocol", "reference"]):
        done = ran(words[0], program, "--json", *words[1:])
        assert done.code == 0
        assert json.loads(done.out)


def test_commands_that_load_nothing_are_quick(tmp_path: Path) -> None:
    """What is heavy is imported where it is needed."""
    script = tmp_path / "light.py"
    script.write_text(
        "import sys\nfrom cloister.cli.main import main\nmain(['version'])\n"
        "print(*(n for n in ('numpy', 'rich', 'lark', 'networkx', 'cryptography', 'pyarrow') if n in sys.modules))\n",
        encoding="utf-8")
    done = ran(script=script)
    assert done.out.splitlines()[0].startswith("cloister ")
    assert done.out.splitlines()[1] == ""
