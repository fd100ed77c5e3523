"""Control flow on secrets: branches with arrays and loops inside, nested loops, lists, functions."""

from __future__ import annotations

from typing import Any

import pytest
from cloister.compiler.diagnostics import ProgramError

from .running import compiled, results

BRANCHES = """\
input x: int8[6] from a
input k: int8 from b
y = x
top = 0
for i in range(6):
    if x[i] > k:
        y[i] = -1
        for j in range(6):
            if j < i:
                top = max(top, x[j])
            else:
                y[j] += 1
    elif x[i] == k:
        y[1:3] = x[i]
        z = x[i] * 2
        top -= z
    else:
        y[y < 0] = 0
output y to all
output top to all
"""


def branches(x: list[int], k: int) -> dict[str, Any]:
    y, top = list(x), 0
    for i in range(6):
        if x[i] > k:
            y[i] = -1
            for j in range(6):
                if j < i:
                    top = max(top, x[j])
                else:
                    y[j] += 1
        elif x[i] == k:
            y[1:3] = [x[i]] * 2
            top -= 2 * x[i]
        else:
            y = [max(v, 0) for v in y]
    return {"y": y, "top": top}


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize(("x", "k"), [([1, 2, 3, 4, 5, 6], 3), ([-128, 127, 0, -1, 1, 0], 0), ([7] * 6, 7)])
def test_branches_with_arrays_and_loops(x: list[int], k: int, level: int) -> None:
    assert results(BRANCHES, {"x.a": x, "k.b": k}, level=level) == branches(x, k)


def test_a_long_loop_inside_of_a_branch_inside_of_a_loop() -> None:
    text = """\
input x: int8[70] from a
input k: int8[3] from b
best, where = -200, -1
for t in k:
    if t > 0:
        for i, v in enumerate(x):
            if v * t > best:
                best = clamp(v * t, -20000, 20000)
                where = clamp(i, 0, 69)
output best to all
output where to all
"""
    x, k = [(i * 37 % 91) - 40 for i in range(70)], [-3, 2, 1]
    best, where = -200, -1
    for t in k:
        if t > 0:
            for i, v in enumerate(x):
                if v * t > best:
                    best, where = v * t, i
    assert results(text, {"x.a": x, "k.b": k}) == {"best": best, "where": where}


@pytest.mark.parametrize(("body", "mend"), [
    ("def f(a):\n    if a > 3:\n        return 1\n    return 2\noutput z = f(x) to all\n", "assign the result"),
    ("def f(a):\n    for i in range(100):\n        return a\n    return 2\noutput z = f(x) to all\n", "after the loop"),
    ("if x > 3:\n    output z = x to all\n", "suppresses it"),
    ("if x > 3:\n    y = reveal(x)\nelse:\n    y = 0\noutput z = y * x to all\n", "before the `if`"),
    ("y = 0\nwhile x > 3:\n    y = 1\noutput z = y * x to all\n", ""),
])
def test_what_cannot_stand_there_names_the_mend(body: str, mend: str) -> None:
    with pytest.raises(ProgramError) as refused:
        compiled(f"input x: int8 from a\n{body}")
    first = next(d for d in refused.value.diagnostics if d.severity == "error")
    assert mend in first.help
    assert first.help


LISTS = """\
size n <= 1000
input x: int32[n] from a
input y: uint8[n] from b
z = [v * 2 + 1 for v in x]
output sums = x + z to all
output picked = [v if w > 100 else -v for v, w in zip(x, y)] to all
output quotients = [100 / (w + 1) for w in y] to all
output pairs = [[v, v + i] for i, v in enumerate(x)] to all
output flat = [v + j for v in x for j in range(3)] to all
output positive = count([v > 0 for v in x]) to all
output backwards = [x[n - 1 - i] for i in range(n)] to all
output stepped = [i * i for i in range(10, -10, -3) if i % 2 == 0] to all
"""


@pytest.mark.parametrize("n", [0, 1, 4, pytest.param(64, marks=pytest.mark.slow), 65])
def test_lists_of_any_length(n: int) -> None:
    x, y = [(i * 37 % 91) - 40 for i in range(n)], [i * 29 % 256 for i in range(n)]
    found = results(LISTS, {"x.a": x, "y.b": y}, {"n": n})
    quotients = found.pop("quotients")
    assert all(abs(q - (100 << 16) / (w + 1)) <= 0.5 for q, w in zip(quotients, y, strict=True))
    assert found == {
        "sums": [3 * v + 1 for v in x],
        "picked": [v if w > 100 else -v for v, w in zip(x, y, strict=True)],
        "pairs": [[v, v + i] for i, v in enumerate(x)],
        "flat": [v + j for v in x for j in range(3)],
        "positive": sum(v > 0 for v in x),
        "backwards": x[::-1],
        "stepped": [i * i for i in range(10, -10, -3) if i % 2 == 0],
    }


def test_the_range_of_a_long_list_is_that_of_its_elements() -> None:
    text = "input y: uint8[100] from b\noutput z = 10 / min([w + 1 for w in y]) to all\n"
    assert results(text, {"y.b": [4] * 100}) == {"z": 2 << 16}


NESTED = """\
input x: int16[17] from a
m = zeros(17, 17)
total = 0
for i in range(17):
    for j in range(17):
        d = x[i] - x[j]
        total += d * d
        m[i, j] = d
        output z[i, j] = d + i * j to all if x[i] >= x[j]
    for j in range(i, 17):
        total += x[j]
output total to all
output m to b
"""


@pytest.mark.parametrize("level", [pytest.param(0, marks=pytest.mark.slow), 2])
def test_nested_loops_that_stay_loops(level: int) -> None:
    x = [(i * 37 % 91) - 40 for i in range(17)]
    found = results(NESTED, {"x.a": x}, level=level)
    assert found["z"] == [[a - b + i * j if a >= b else 0 for j, b in enumerate(x)] for i, a in enumerate(x)]
    assert found["m"] == [[a - b for b in x] for a in x]
    assert found["total"] == sum((a - b) ** 2 for a in x for b in x) + sum(sum(x[i:]) for i in range(17))


def test_an_output_of_many_cells_is_compiled_as_arrays() -> None:
    text = """\
input x: int8[64] from a
for i in range(64):
    for j in range(64):
        output z[i, j] = x[i] * x[j] to all
"""
    program = compiled(text)
    assert max(len(circuit.nodes) for _, circuit in program.stages) < 2000


SLICES = """\
from stats import mean
input m: int16[5, 6] from a
output inner = m[1:4, 2:5] to all
output stepped = m[::2, ::-2] to all
output last = m[-1, -3:] to all
output rows = sum(m, axis=1) to all
output columns = max(m, axis=0) to all
output lowest = min(m, axis=-1) to all
output some = any(m > 20, axis=0) to all
output every = all(m > -20, axis=1) to all
output many = count(m > 3, axis=0) to all
output means = sum(m, axis=0) / 5 to all
output average = mean(m[0]) to all
output averages = mean(m, axis=1) to all
output downwards = mean(m, axis=0) to all
q = m
q[1:3] = m[3:5]
q[0] = 7
output changed = q to all
"""


def test_slices_and_axes() -> None:
    m = [[(r * 7 + c * 11) % 50 - 22 for c in range(6)] for r in range(5)]
    found = results(SLICES, {"m.a": m})
    columns = list(zip(*m, strict=True))
    assert found["inner"] == [row[2:5] for row in m[1:4]]
    assert found["stepped"] == [row[::-2] for row in m[::2]]
    assert found["last"] == m[-1][-3:]
    assert found["rows"] == [sum(row) for row in m]
    assert found["columns"] == [max(column) for column in columns]
    assert found["lowest"] == [min(row) for row in m]
    assert found["some"] == [int(any(v > 20 for v in column)) for column in columns]
    assert found["every"] == [int(all(v > -20 for v in row)) for row in m]
    assert found["many"] == [sum(v > 3 for v in column) for column in columns]
    assert all(abs(q - sum(column) * 65536 / 5) <= 0.5 for q, column in zip(found["means"], columns, strict=True))
    assert found["downwards"] == found["means"]
    assert all(abs(q - sum(row) * 65536 / 6) <= 0.5 for q, row in zip(found["averages"], m, strict=True))
    assert abs(found["average"] - sum(m[0]) * 65536 / 6) <= 0.5
    assert found["changed"] == [[7] * 6, m[3], m[4], *m[3:]]


def test_arguments_with_names_and_defaults() -> None:
    text = """\
param base: int = 3
input x: int8 from a
def scaled(v, times=base, plus=0):
    return v * times + plus
output z = [scaled(x), scaled(x, 2), scaled(x, plus=1), scaled(plus=5, v=x, times=-1)] to all
"""
    assert results(text, {"x.a": 10}) == {"z": [30, 20, 31, -5]}


def test_an_error_in_a_function_shows_the_call_and_the_place() -> None:
    text = "input x: int8 from a\ndef share(v, whole):\n    return v / whole\noutput z = share(x, x) to all\n"
    with pytest.raises(ProgramError) as refused:
        compiled(text)
    first = refused.value.diagnostics[0]
    assert first.code == "E4002"
    spans = [label.span for label in first.labels]
    assert any(span.via is not None for span in spans)
    assert {span.line for span in spans} == {5}
    assert {span.via.line for span in spans if span.via is not None} == {6}
