"""Values beside the rows of a table: those of another sequence are refused, whatever was computed of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cloister.compiler.pipeline import check_at_bounds

from .runs import load, outputs, refused

HEAD = """size rows <= 100
size m <= 100
input t: table(k: uint8 in 0..9, x: int8 in -9..9 optional, name: text[9], born: date)[rows] from each
input u: table(k: uint8 in 0..9, y: int8 in -9..9)[m] from north
input w: int8[rows] in 0..9 from each
s = t.sort_by(desc(t.x))
"""

WRONG = [
    "s.group_by(s.k).agg(total = sum(t.x))", "s.group_by(s.k).agg(total = sum(t.x + s.k))", "s.group_by(t.k)",
    "s.group_by(s.k).agg(n = count_distinct(t.name))", "s.group_by(s.k).agg(n = first(t.born))",
    "s.where(t.k == 1)", "s.where(present(t.x))", 's.where(t.name == "a" and s.k > 1)', "t.where(s.k == 1)",
    "s.with(z = t.x)", "s.with(z = t.born.year)", "s.select(k, z = clamp(t.k, 1, 2))", "s.sort_by(t.k)",
    "s.top(3, t.k)",
    "s.distinct(t.name)", "s.join(u, t.k == u.k, at_most = 9)", "u.join(s.distinct(s.k), u.k == t.distinct(t.k).k)",
    "t.compact().where(t.k == 1)", "t.sort_by(t.k).where(s.k == 1)", "s.where(twice.k == 1)", "s.where(half == 1)",
    "t.top(3, t.k).where(t.top(3, t.x).k > 1)", "t.group_by(t.k, at_most = 5).agg(n = count()).where(few.n > 1)",
    "t.join(u, on = \"k\", at_most = 9).where(pairs.y > 1)",
    "s.where(opened > 3)", "s.where(reveal(t.k > 3))", "s.where(either > 3)", "t.where(either > 3)",
    # one of two tables, and columns of the one or of the other, or of a choice that may be another one
    "one.with(z = t.k)", "one.with(z = s.k)", "one.with(z = other.k)", "one.with(z = later.k)", "t.with(z = one.k)",
    # almost the same table, but not quite
    "s.where(t.sort_by(t.x).k == 1)", "s.where(t.sort_by(desc(t.x), t.k).k == 1)",
    "s.where(t.where(t.k > 1).sort_by(desc(t.x)).k == 1)", "s.where(s.sort_by(desc(s.x)).k == 1)",
    "nearly(t).where(nearly(t).k == 1)", "nearly(t).where(exactly(t).k == 1)",
    "t.top(3, t.k).where(t.top(3, desc(t.k)).k > 1)",
    "t.compact().where(t.where(t.k > 1).compact().k == 1)",
    # computed of rows, however it is written
    "s.with(z = [a + 1 for a in t.k])", "s.with(z = [t.k[i] for i in range(rows)])",
    "s.with(z = [a + b for a, b in zip(t.k, s.k)])", "s.with(z = [count(t.k < a) for a in t.k])",
    "s.with(z = copied)", "s.with(z = marked)", "s.with(z = running)", "s.with(z = before)",
    "s.with(z = sum([t.k, s.k], axis = 0))", "s.with(z = t.k[::-1])", "s.with(z = concat([0], t.k[:-1]))",
    "s.head(2).with(z = t.head(2).k)", "s.head(2).with(z = t.k[:2])",
    "concat(s, t).with(z = concat(t.k, s.k))", "concat(s, t).with(z = concat(t.k, t.k))",
    # a column, whatever it was made of, belongs to the rows of its table
    "s.with(z = t.with(place = range(rows)).place)", 's.with(z = t.join(u.distinct(u.k), on = "k").y)',
    "of_one.with(z = t.k)", "of_one.with(z = s.k)",
]
NAMES = """twice = t.with(other = t.k * 2)
half = t.k // 2
few = t.group_by(t.name, at_most = 5).agg(n = count())
pairs = t.join(u.where(u.y > 0), on = "k", at_most = 9)
opened = reveal(t.k)
either = t.k
if sum(t.k) > 3:
    either = s.k
one, other, later = t, s, t
if sum(t.k) > 3:
    one, other = s, t
if sum(t.k) > 4:
    later = s
copied, marked, running, before = zeros(rows), zeros(rows), zeros(rows), zeros(rows)
total, last = 0, 0
for i in range(rows):
    copied[i] = t.k[i]
    if t.k[i] > 3:
        marked[i] = 1
    total = total + t.k[i]
    running[i] = total
    before[i] = last
    last = t.k[i]
of_one = t.with(place = 1)
if sum(t.k) > 3:
    of_one = s.with(place = s.k)
unless = s.k
if sum(t.k) > 3:
    unless = 0 * t.k
def exactly(v):
    return v.sort_by(v.k * 0.3 * 0.7)
def nearly(v):
    return v.sort_by(fast(v.k * 0.3 * 0.7))
"""
RIGHT = [
    "s.where(s.k == 1)", "s.with(z = s.x)", "s.with(z = rank(s.k))", "s.with(z = w)", "s.with(place = range(len(w)))",
    "t.where(t.k > 1).where(t.x > 0)", "t.with(z = twice.other)", "twice.where(half == 1)", "t.where(w > 3)",
    "s.with(z = sort(t.k))", "s.head(3).where(s.head(3).k > 1)", 't.join(u.distinct(u.k), on = "k").where(t.k > 1)',
    "s.where(s.k > 1).group_by(s.k).agg(n = sum(s.x))", "t.where(opened > 3)", "s.where(reveal(s.k) > 3)",
    "s.with(z = [a + 1 for a in s.k])", "s.with(z = [a + total for a in s.k])", "s.with(z = [a * t.k[0] for a in s.k])",
    "t.with(z = copied)", "t.with(z = running)", "t.with(z = t.k[::-1])", "s.with(z = concat([0], s.k[:-1]))",
    "s.with(z = [count(t.k < a) for a in s.k])", "s.with(z = unless)", "s.where(s.k in u.k)",
    "s.with(z = u.y[s.k % 2])", "s.with(z = sum([s.k, s.k], axis = 0))", "concat(s, t).with(z = concat(s.k, t.k))",
    's.join(u.distinct(u.k), on = "k").with(z = s.k)', "of_one.with(z = of_one.place)",
    "one.with(z = one.x)", "one.with(z = either)", "one.where(one.x > 0).with(z = either)", "other.where(other.k == 1)",
    # the same table, written once more
    "s.where(t.sort_by(desc(t.x)).k == 1)", "t.sort_by(t.x, desc(t.k)).where(t.sort_by(t.x, desc(t.k)).k == 1)",
    "exactly(t).where(exactly(t).k == 1)",
    "t.sort_by(t.k * 2).where(t.sort_by(t.k * 2).k == 1)", "t.sort_by(t.name).where(t.sort_by(t.name).name == \"b\")",
    "t.where(t.k > 1).sort_by(t.k).where(t.where(t.k > 1).sort_by(t.k).k == 2)",
    "t.compact().where(t.compact().k == 1)",
    "t.top(3, t.k).where(t.top(3, t.k).k > 1)", "t.distinct(t.k).where(t.distinct(t.k).k == 1)",
    't.join(u, on = "k", at_most = 9).where(t.join(u, on = "k", at_most = 9).y > 1)',
    't.group_by(t.k, at_most = 9).agg(n = count()).with(k = t.group_by(t.k, at_most = 9).agg(n = count()).n)',
]
USE = "output n = count({}.k == 1) to all\n"


@pytest.mark.parametrize("made", WRONG)
def test_rows_of_another_sequence(made: str) -> None:
    text = HEAD + NAMES + f"v = {made}\n" + USE.format("t" if ".group_by(t.k)" in made and "agg" not in made else "v")
    assert "E2014" in {code for code, _ in refused(text)}


@pytest.mark.parametrize("made", RIGHT)
def test_rows_of_the_same_sequence(made: str, tmp_path: Path) -> None:
    rows = "k,x,name,born,w\n1,5,a,2020-01-01,3\n2,,b,2020-01-02,4\n1,-5,c,2020-01-03,5\n"
    files = {"north.csv": rows, "north.u.csv": "k,y\n1,5\n3,4\n", "south.csv": rows, "west.csv": rows}
    said = outputs(HEAD + NAMES + f"v = {made}\n" + USE.format("v"), files, tmp_path)
    assert 0 <= said["n"] <= 18


def test_a_table_that_is_written_twice_is_one(tmp_path: Path) -> None:
    """Also with rows that are equal by the key, and some that are not there."""
    rows = "k,x,name,born,w\n1,5,a,2020-01-01,3\n2,,b,2020-01-02,4\n1,-5,c,2020-01-03,5\n"
    files = {"north.csv": rows, "north.u.csv": "k,y\n1,5\n3,4\n", "south.csv": rows, "west.csv": rows}
    said = outputs(HEAD + """few = t.where(t.name != "c")
v = few.sort_by(desc(few.k)).with(other = few.sort_by(desc(few.k)).name)
output names = v.name to all if present(v.name)
output others = v.other to all if present(v.name)
""", files, tmp_path)
    assert said["names"] == said["others"] == ["b"] * 3 + ["a"] * 3 + [None] * 3


CARRIED = """e = {before}
n = 0
for i in range(100):
    c = {table}
    n = clamp(n + count(c.with(z = e).z == 1), 0, 9)
    e = {after}
v = {end}
"""


def carrying(*parts: str) -> str:
    """A program whose loop carries a column: before it, the table of a trip, what the trip leaves, the table after."""
    before, table, after, end = parts
    return HEAD + CARRIED.format(before=before, table=table, after=after, end=end) + USE.format("v")


@pytest.mark.parametrize("parts", [
    ("s.k", "t.sort_by(t.k * i)", "c.k", "t"),        # of the trip before
    ("range(len(t.k))", "t.sort_by(t.k * i)", "c.k", "t"),
    ("t.k", "s", "e", "t"),
    ("t.k", "t", "s.k", "t"),
    ("t.k", "t.where(t.k > i)", "min(e + 1, 5)", "s.with(z = e)"),
])
def test_what_a_loop_carries_of_another_sequence(parts: tuple[str, ...]) -> None:
    assert "E2014" in {code for code, _ in refused(carrying(*parts))}


@pytest.mark.parametrize("parts", [
    ("t.k", "t.where(t.k > i)", "min(e + 1, 5)", "t.with(z = e)"),
    ("s.k", "s", "min(e + c.k, 9)", "s.with(z = e)"),
    ("s.k", "t.sort_by(desc(t.x))", "c.k", "s.with(z = e)"),
    ("s.k", "s", "sort(e)", "t.with(z = e)"),
])
def test_what_a_loop_carries_of_the_same_sequence(parts: tuple[str, ...]) -> None:
    check_at_bounds(load(carrying(*parts)))


def test_the_mend_is_named() -> None:
    ((code, message),) = refused(HEAD + "v = s.where(t.k == 1)\n" + USE.format("v"))
    assert code == "E2014"
    assert "another sequence" in message
