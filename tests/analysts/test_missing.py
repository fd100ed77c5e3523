"""Values that are missing: the rules of SQL, held against a model of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret, present
from cloister.compiler.pipeline import check_sizes
from hypothesis import given, settings
from hypothesis import strategies as st

from .runs import load, outputs, refused

FILES = {
    "north.csv": "x,y,b,one\n3,1.5,true,7\n,2.5,,7\n9,,false,7\n",
    "south.csv": "x,y,b,one\n5,0.25,true,\n,,,\n".replace(",,,\n", "1,,false,\n"),
    "west.csv": "x,y,b,one\n,0,,8\n",
}
INPUTS = """
from stats import mean, variance
size rows
input x: uint8[rows] in 1..9 optional from each
input y: fixed[rows] in 0..4 optional from each
input b: bool[rows] optional from each
"""


def test_numbers(tmp_path: Path) -> None:
    said = outputs(INPUTS + """
output x = x to all
output arithmetic = x * 2 + 1 to all
output mixed = x - y to all
output unary = -x to all
output larger = x > 2 to all
output total = sum(x) to all
output count = count(x) to all
output len = len(x) to all
output least = min(x) to all
output most = max(y) to all
output mean = mean(x) to all
output variance = variance(x) to all
output dot = x @ y to all
output products = sum(x * y) to all
output missing = missing(x) to all
output present = count(present(x) and present(y)) to all
output filled = coalesce(x, 0) to all
output first = coalesce(x, round(y), 100) to all
output picked = select(x > 2, x, none) to all
output choice = select(b, x, 0) to all
output element = x[1] to all
output part = x.south to all
output none_there = max(x[1:2]) to all
output none_sum = sum(x[1:2]) to all
output held = clamp(x, 4, 6) to all
output pairs = max(x, 4) to all
output any = any(x > 8) to all
output all = all(x > 0) to all
output shown = x to all if y > 1
""", FILES, tmp_path)
    x, y, b = [3, None, 9, 5, 1, None], [1.5, 2.5, None, 0.25, None, 0.0], [True, None, False, True, False, None]
    there = [v for v in x if v is not None]
    assert said["x"] == x
    assert said["arithmetic"] == [None if v is None else 2 * v + 1 for v in x]
    assert said["mixed"] == [None if None in (v, w) else v - w for v, w in zip(x, y, strict=True)]  # type: ignore[operator]
    assert said["unary"] == [None if v is None else -v for v in x]
    assert said["larger"] == [None if v is None else v > 2 for v in x]
    assert (said["total"], said["count"], said["len"]) == (sum(there), len(there), len(x))
    assert (said["least"], said["most"], said["mean"]) == (1, 2.5, 4.5)
    assert said["variance"] == 8.75
    assert said["dot"] == said["products"] == 3 * 1.5 + 5 * 0.25
    assert said["missing"] == [v is None for v in x]
    assert said["present"] == 2
    assert said["filled"] == [v or 0 for v in x]
    assert said["first"] == [3, 3, 9, 5, 1, 0]
    assert said["picked"] == [3, None, 9, 5, None, None]
    assert said["choice"] == [v if w else 0 for v, w in zip(x, b, strict=True)]
    assert (said["element"], said["part"]) == (None, [5, 1])
    assert (said["none_there"], said["none_sum"]) == (None, 0)
    assert said["held"] == [4, None, 6, 5, 4, None]
    assert said["pairs"] == [4, None, 9, 5, 4, None]
    assert (said["any"], said["all"]) == (True, True)
    assert said["shown"] == [3, None, None, None, None, None]


def test_what_a_branch_and_a_loop_do(tmp_path: Path) -> None:
    said = outputs(INPUTS + """
large = 0
last = 0
for v in x:
    if v > 4:
        large += 1
    last = v
best = none if large > 100 else x[0]
if sum(x) > 5:
    best = x[2]
z = x
z[0] = none
z[1] = 6
output large = large to all
output last = last to all
output best = best to all
output z = z to all
output rows = [x[0], x[1], none] to all
output both = concat(x, x)[5:7] to all
output opened = reveal(sum(x)) + 1 to all
output seen = reveal(x[1]) to all
""", FILES, tmp_path)
    assert (said["large"], said["last"], said["best"]) == (2, None, 9)
    assert said["z"] == [None, 6, 9, 5, 1, None]
    assert (said["rows"], said["both"]) == ([3, None, None], [None, 3])
    assert (said["opened"], said["seen"]) == (19, None)


def test_long_loops(tmp_path: Path) -> None:
    values = [None if i % 3 == 0 else i % 7 for i in range(66)]
    files = {"north.csv": "x\n" + "".join(f"{'' if v is None else v} \n" for v in values)}
    said = outputs("""
size k
input x: uint8[k] in 0..9 optional from north
total, last, first = 0, 0, x[0]
for v in x:
    total += coalesce(v, 0)
    last = clamp(v, 0, 5)
    if missing(first):
        first = v
y = x
for i in range(k):
    y[i] = x[i] + 1
    output twice[i] = x[i] * 2 to all
output total = total to all
output last = last to all
output first = first to all
output y = y to all
""", files, tmp_path)
    assert said["total"] == sum(v for v in values if v is not None)
    assert (said["last"], said["first"]) == (2, 1)
    assert said["y"] == [None if v is None else v + 1 for v in values]
    assert said["twice"] == [None if v is None else v * 2 for v in values]


def test_single_values_and_other_kinds(tmp_path: Path) -> None:
    files = {
        "north.csv": "d,g,n\n2021-01-05,a,x\n,,\n2020-01-01,b,\"\"\n", "north.one.csv": "one\n7\n",
        "south.csv": "one\n\n".replace("one\n\n", "one,k\n,1\n"), "west.csv": "one\n8\n",
    }
    said = outputs("""
size rows
input d: date[rows] optional from north
input g: category("a", "b")[rows] optional from north
input n: text[3][rows] optional from north
input one: uint8 in 0..9 optional from each
output d = d to all
output year = d.year to all
output latest = max(d) to all
output gap = max(d) - d to all
output g = g to all
output a = count(g == "a") to all
output rest = count(g != "a") to all
output n = n to all
output x = n == "x" to all
output unknown = coalesce(n, "?") to all
output ones = one to all
output sum = sum(one) to all
""", files, tmp_path)
    assert said["d"] == ["2021-01-05", None, "2020-01-01"]
    assert said["year"] == [2021, None, 2020]
    assert (said["latest"], said["gap"]) == ("2021-01-05", [0, None, 370])
    assert (said["g"], said["a"], said["rest"]) == (["a", None, "b"], 1, 1)
    assert (said["n"], said["x"], said["unknown"]) == (["x", None, None], [True, None, None], ["x", "?", "?"])
    assert (said["ones"], said["sum"]) == ([7, None, 8], 15)


@pytest.mark.parametrize(("line", "code"), [
    ("z = x == none", "E2001"),
    ("z = x + none", "E2001"),
    ("z = none", "E2001"),
    ("z: uint8[rows] = x", "E2001"),
    ("z = zeros(5)[x[0]]", "E2001"),
    ("z = x in y", "E2001"),
    ("z = missing(\"a\")", "E2001"),
    ("z = [[1, 2], [3, 4]] @ [x[0], x[1]]", "E2009"),
    ("output o = none to all", "E2001"),
])
def test_refused(line: str, code: str) -> None:
    found = refused(f"{INPUTS.replace('from stats import mean, variance', '')}{line}\noutput q = sum(x) to all\n")
    assert [one for one, _ in found] == [code], found


# --------------------------------------------------------------------------- a model of SQL

NUMBERS = ("p", "q", "r")
TRUTHS = ("s", "t")
Value = Any


def _both(a: Value, b: Value) -> Value:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _either(a: Value, b: Value) -> Value:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def _strict(rule: Any) -> Any:
    return lambda *args: None if any(a is None for a in args) else rule(*args)


@st.composite
def number(draw: Any, depth: int) -> tuple[str, Any]:
    """The text of an expression, and its value by SQL for a row."""
    if depth == 0:
        name = draw(st.sampled_from(NUMBERS))
        return name, lambda row: row[name]
    kind = draw(st.sampled_from(["+", "-", "*", "coalesce", "select", "none", "int"]))
    a, f = draw(number(depth - 1))
    if kind == "int":
        c, g = draw(truth(depth - 1))
        return f"int({c})", lambda row: _strict(int)(g(row))
    if kind == "none":
        c, g = draw(truth(depth - 1))
        return f"select({c}, {a}, none)", lambda row: f(row) if g(row) else None
    b, h = draw(number(depth - 1))
    if kind == "coalesce":
        return f"coalesce({a}, {b})", lambda row: h(row) if f(row) is None else f(row)
    if kind == "select":
        c, g = draw(truth(depth - 1))
        return f"select({c}, {a}, {b})", lambda row: f(row) if g(row) else h(row)
    rule = {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y}[kind]
    return f"({a} {kind} {b})", lambda row: _strict(rule)(f(row), h(row))


@st.composite
def truth(draw: Any, depth: int) -> tuple[str, Any]:
    """As `number`, of a condition."""
    kind = "name" if depth == 0 else draw(st.sampled_from(["<", "==", "and", "or", "not", "missing", "^"]))
    if kind == "name":
        name = draw(st.sampled_from(TRUTHS))
        return name, lambda row: row[name]
    if kind == "missing":
        a, f = draw(number(depth - 1))
        return f"missing({a})", lambda row: f(row) is None
    if kind in ("<", "=="):
        (a, f), (b, h) = draw(number(depth - 1)), draw(number(depth - 1))
        return f"({a} {kind} {b})", lambda row: _strict(lambda x, y: x < y if kind == "<" else x == y)(f(row), h(row))
    a, f = draw(truth(depth - 1))
    if kind == "not":
        return f"(not {a})", lambda row: _strict(lambda x: not x)(f(row))
    b, h = draw(truth(depth - 1))
    rule = {"and": _both, "or": _either, "^": _strict(lambda x, y: x != y)}[kind]
    return f"({a} {kind} {b})", lambda row: rule(f(row), h(row))


@settings(max_examples=60, deadline=None)
@given(number(3), truth(3), st.lists(st.tuples(*[st.one_of(st.none(), st.integers(-3, 3))] * 3,
                                              *[st.one_of(st.none(), st.booleans())] * 2), min_size=1, max_size=6))
def test_expressions_are_sqls(numeric: tuple[str, Any], logical: tuple[str, Any], rows: list[tuple[Any, ...]]) -> None:
    """`r` and `t` are always there: what is certain and what is not meet."""
    names = (*NUMBERS, *TRUTHS)
    table = [{n: (0 if n == "r" else False) if v is None and n in ("r", "t") else v
              for n, v in zip(names, row, strict=True)} for row in rows]
    declared = "".join(f"input {n}: {'int8' if n in NUMBERS else 'bool'}[k]{' in -3..3' if n in NUMBERS else ''}"
                       f"{'' if n in ('r', 't') else ' optional'} from north\n" for n in names)
    loaded = load(f"""size k
{declared}v = {numeric[0]}
c = {logical[0]}
output v = v to all
output c = c to all
output total = sum(v) to all
output n = count(v) to all
output holds = count(c) to all
output least = min(v) to all
output any = any(c) to all
output all = all(c) to all
""")
    values = {}
    for name in names:
        column = [row[name] for row in table]
        values[f"{name}.north"] = np.array([int(v or 0) for v in column])
        values[f"{name}?.north"] = np.array([int(v is not None) for v in column])
    checked = check_sizes(loaded, {"k": len(table)})
    said = interpret(checked, values)
    got = {output.name: present(output, said[output.name]) for output in checked.outputs}
    expected = [numeric[1](row) for row in table]
    conditions = [logical[1](row) for row in table]
    there = [v for v in expected if v is not None]
    assert got["v"] == expected
    assert got["c"] == conditions
    assert (got["total"], got["n"]) == (sum(there), len(there))
    assert got["least"] == (min(there) if there else None)
    assert (got["holds"], got["any"], got["all"]) == (
        conditions.count(True), True in conditions, False not in conditions)
