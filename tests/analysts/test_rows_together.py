"""Generated programs over a table and the same one sorted: what is accepted beside the sorted rows keeps rows together.

The second opinion knows nothing of origins. The keys are all different, so that the sorted table is the same in
whichever sequence its owner gives the rows; then so is what may stand beside it. What is refused has to have a reason:
without the check some sequence of the same rows would give another result.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.pipeline import check_at_bounds

from .runs import given, load, simulated

HEAD = """size rows <= {bound}
input t: table(k: uint8 in 0..9, x: int16 in -99..99)[rows] from north
s = t.sort_by(desc(t.x))
"""
LARGE = [(3, 11), (7, -40), (1, 60), (9, 5), (4, -7), (8, 33)]
SMALL = [(k // 2, x) for k, x in LARGE]
SEQUENCES = [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (1, 0, 3, 2, 5, 4), (2, 3, 4, 5, 0, 1), (3, 0, 5, 1, 4, 2)]

SOURCES = ["t.k", "s.k", "s.x", "s.k", "range(rows)"]
STEPS = [
    "{a} + {b}", "{a} * 2 + 1", "[v + 1 for v in {a}]", "[v - w for v, w in zip({a}, {b})]",
    "[{a}[i] + i * {b}[i] for i in range(rows)]", "concat([0], {a}[:-1])", "{a}[::-1]", "sum([{a}, {b}], axis = 0)",
    "{b} + sum({a})", "[v + count({a} < v) for v in {b}]", "[v * max({b}) for v in {a}]", "sort({a}) + {b}",
    "rank({a}) + {b}", "s.with(c = {a}).c + {b}", "t.with(c = {a}).c + {b}", "s.with(c = 1, d = {b}).d - {a}",
]
BLOCKS = [
    "{y} = zeros(rows)\nfor i in range(rows):\n    {y}[i] = {a}[i] - 3\n",
    "{y} = {b}\nfor i in range(rows):\n    if {a}[i] > 4:\n        {y}[i] = {b}[i] + 100\n",
    "{y} = zeros(rows)\nat{y} = 0\nfor i in range(rows):\n    {y}[i] = at{y}\n    at{y} = {a}[i]\n",
    "{y} = zeros(rows)\nsum{y} = 0\nfor v in {a}:\n    sum{y} = sum{y} + v\n"
    "for i in range(rows):\n    {y}[i] = {b}[i] + sum{y}\n",
    "{y} = zeros(rows)\nrun{y} = 0\nfor i in range(rows):\n    run{y} = run{y} + {a}[i]\n    {y}[i] = run{y}\n",
    "{y} = {a}\nif sum(t.k) > 20:\n    {y} = {b}\n",
    "{y} = {a}\nif sum(t.k) < 20:\n    {y} = 0 * {b}\n",
    "q{y} = t.with(c = 1)\nif sum(t.k) > 20:\n    q{y} = s.with(c = {a})\n{y} = q{y}.with(d = {b}).d + q{y}.c\n",
]


def program(seed: int) -> str:
    """Some steps from columns of both tables to one that is put beside the sorted rows."""
    draw = random.Random(seed)
    names, text = [], ""
    for step in range(draw.randint(1, 4)):
        a, b = (draw.choice(names) if names and draw.random() < 0.6 else draw.choice(SOURCES) for _ in "ab")
        name = f"y{step}"
        if draw.random() < 0.4:
            text += draw.choice(BLOCKS).format(y=name, a=a, b=b)
        else:
            text += f"{name} = {draw.choice(STEPS).format(a=a, b=b)}\n"
        names.append(name)
    return text + f"v = s.with(z = {names[-1]})\noutput z = v.z to all\n"


def accepted(text: str) -> bool:
    """Whether the program is accepted at the bounds of its sizes; if not, then for the sequence of rows."""
    try:
        check_at_bounds(load(text))
    except ProgramError as error:
        if "E2014" in {item.code for item in error.diagnostics}:
            return False
        raise
    return True


def results(text: str, folder: Path) -> int:
    """How many different results a program has for the sequences of one table's rows, at most."""
    said: list[set[str]] = []
    loaded = load(text)
    for table in (LARGE, SMALL):
        said.append(set())
        for sequence in SEQUENCES:
            rows = "".join(f"{k},{x}\n" for k, x in (table[i] for i in sequence))
            said[-1].add(str(simulated(loaded, *given(loaded, {"north.csv": "k,x\n" + rows}, folder))["z"]))
    return max(map(len, said))


@pytest.mark.parametrize("bound", [20, 100])
@pytest.mark.parametrize("seed", range(150))
def test_what_is_accepted_keeps_rows_together(
    seed: int, bound: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD.format(bound=bound) + program(seed)
    if accepted(text):
        assert results(text, tmp_path) == 1, text
    elif text.count(".with(") == 1:  # what is refused in between need not reach the result
        monkeypatch.setattr("cloister.compiler.check.tables.beside", lambda *_: True)
        assert results(text, tmp_path) > 1, text
