"""Tables, and sizes that hide how many rows there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cloister.compiler.pipeline import Options, approve, check_at_bounds, compile_program
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.data.sources import read
from cloister.runtime.errors import DataError

from .runs import given, load, outputs, refused

HEADER = "ip,seen,when,tag\n"
FILES = {
    "north.csv": HEADER + "10.1.2.3,3,2020-02-29,aa\n11.0.0.1,9,2024-12-31,bb\n10.0.0.7,10,,aa\n",
    "south.t.csv": HEADER + "192.168.0.1,1,2021-03-01,\n",
    "west.csv": HEADER,
}
TABLE = "input t: table(ip: ip4, seen: uint8 in 1..10, when: date optional, tag: text[3] optional)[rows] from each\n"
SIZES = ("size rows\n", "size rows up to 4\n")
PROGRAM = TABLE + """
from stats import mean
def score(row):
    return row.seen * 2 + 1
inner = t.where(t.ip in ip4("10.0.0.0/8"))
both = inner.where(inner.seen > 5)
wide = t.with(double = t.seen * 2, late = t.when > date("2021-01-01"), seven = 7)
narrow = wide.select(ip, double, "late", points = score(t))
acc = 0
for row in t:
    if row.ip in ip4("10.0.0.0/8"):
        acc += coalesce(row.seen, 0)
output n = len(inner) to all
output rows = count(t) to all
output total = sum(inner.seen) to all
output mean = mean(inner.seen) to all
output latest = max(inner.when) to all
output least = min(inner.seen) to all
output dated = count(inner.when) to all
output tagged = count(t.tag == "aa") to all
output nested = len(both) to all
output doubled = sum(narrow.double) to all
output late = count(narrow.late) to all
output early = count(not narrow.late) to all
output sevens = sum(wide.seven) to all
output best = max(narrow.points) to all
output acc = acc to all
output north = sum(t.north.seen) to all
output south = len(t.south) to all
output every = all(inner.seen > 2) to all
output none_least = min(t.where(t.seen > 9 and t.seen < 9).seen) to all
output none_total = sum(t.where(t.seen > 9 and t.seen < 9).seen) to all
output products = inner.seen @ inner.seen to all
output filled = sum(coalesce(inner.seen, 7)) to all
output first = t[0].seen to all
output joined = len(concat(inner, both)) to all
output shown = inner.seen to all if present(inner.seen)
output tags = inner.tag to all if inner.seen > 3
"""


@pytest.mark.parametrize("size", SIZES)
def test_what_a_table_says(size: str, tmp_path: Path) -> None:
    said = outputs(size + PROGRAM, FILES, tmp_path)
    shown, tags = said.pop("shown"), said.pop("tags")
    assert said == {
        "n": 2, "rows": 4, "total": 13, "mean": 6.5, "latest": "2020-02-29", "least": 3, "dated": 1, "tagged": 2,
        "nested": 1, "doubled": 46, "late": 2, "early": 1, "sevens": 28, "best": 21, "acc": 13, "north": 22,
        "south": 1, "every": True, "none_least": None, "none_total": 0, "products": 109, "filled": 13, "first": 3,
        "joined": 3,
    }
    assert [v for v in shown if v is not None] == [3, 10]
    assert [v for v in tags if v is not None] == ["aa"]
    assert len(shown) == len(tags) == (4 if size == SIZES[0] else 12)


def test_long_tables_in_loops(tmp_path: Path) -> None:
    files = {"north.csv": "a,g\n" + "".join(f"{i % 5},{('x', 'y')[i % 2]}\n" for i in range(66))}
    said = outputs("""
size k
input t: table(a: uint8 in 0..9, g: category("x", "y"))[k] from north
total = 0
top = t[0]
for row in t:
    if row.g == "x" and row.a > top.a:
        top = row
    total += row.a
output total = total to all
output top = top.a to all
output g = top.g to all
""", files, tmp_path)
    assert said == {"total": sum(i % 5 for i in range(66)), "top": 4, "g": "x"}


def test_arrays_of_a_hidden_number_of_rows(tmp_path: Path) -> None:
    files = {"north.csv": "x,m_0,m_1,f\n3,1,2,true\n4,3,4,false\n", "south.csv": "x,m_0,m_1,f\n5,5,6,true\n",
             "west.csv": "x,m_0,m_1,f\n"}
    said = outputs("""
from stats import mean, variance
size rows up to 3
input x: uint8[rows] in 2..9 from each
input m: uint8[rows, 2] in 0..9 from each
input f: bool[rows] from each
output rows = rows to all
output len = len(x) to all
output sum = sum(x) to all
output count = count(x) to all
output mean = mean(x) to all
output variance = variance(x) to all
output least = min(x) to all
output yes = count(f) to all
output all = all(x > 1) to all
output any = any(x < 3) to all
output columns = sum(m, axis=0) to all
output sums = sum(sum(m, axis=1)) to all
output scaled = sum(x * m[:, 1]) to all
output half = sum(x / 2) to all
output chosen = sum(select(f, x, 0)) to all
output north = len(x.north) to all
output few = len(x) to all if rows >= 2
output shifted = len(x[1:]) to all
for i in range(3):
    output equal[i] = count(x == i + 3) to all
""", files, tmp_path)
    assert said == {
        "rows": 3, "len": 3, "sum": 12, "count": 3, "mean": 4.0, "variance": pytest.approx(2 / 3, abs=1e-4), "least": 3,
        "yes": 2, "all": True, "any": False, "columns": [9, 12], "sums": 21, "scaled": 6 + 16 + 30, "half": 6.0,
        "chosen": 8, "north": 2, "few": 3, "shifted": 2, "equal": [1, 1, 1],
    }


def test_no_rows_at_all(tmp_path: Path) -> None:
    files = {f"{party}.csv": "x\n" for party in ("north", "south", "west")}
    said = outputs("""
from stats import mean
size rows up to 2
input x: uint8[rows] in 3..9 from each
output mean = mean(x) to all
output least = min(x) to all
output sum = sum(x) to all
output len = len(x) to all
output all = all(x > 100) to all
""", files, tmp_path)
    assert said == {"mean": None, "least": None, "sum": 0, "len": 0, "all": True}


def test_the_count_stays_with_the_party(tmp_path: Path) -> None:
    """Neither sizes nor the compiled program depend on it, and messages of it are for the party itself."""
    text = "size rows up to 4\ninput x: uint8[rows] in 2..9 from each\noutput n = sum(x) to all\n"
    digests = set()
    for rows in (0, 1, 4):
        loaded = load(text)
        files = {f"{party}.csv": "x\n" + "5\n" * rows for party in loaded.head.parties}
        values, sizes = given(loaded, files, tmp_path)
        assert sizes == {}
        assert {key: value.shape for key, value in values.items()} == {
            f"{name}.{party}": (4,) for name in ("x", "rows?") for party in loaded.head.parties}
        compiled = compile_program(loaded, sizes, Options(NETWORKS["lan"], 2, None))
        digests.add(compiled.program.circuit_digest)
        assert compiled.program.parameters == {"rows.north": 4, "rows.south": 4, "rows.west": 4}
    assert len(digests) == 1
    (tmp_path / "north.csv").write_text("x\n" + "5\n" * 5, encoding="utf-8")
    with pytest.raises(DataError, match="has 5 rows, but `rows` is declared up to 4"):
        read([d for d in loaded.head.declarations if d.party == "north"], tmp_path, "north")


def test_inputs_of_one_hidden_size_agree(tmp_path: Path) -> None:
    loaded = load("size n up to 4\ninput x: uint8[n] from north\ninput y: uint8[n] from north\n"
                  "output s = sum(x * y) to all\n")
    with pytest.raises(DataError, match="the size `n` is 1 by"):
        given(loaded, {"north.x.csv": "x\n1\n", "north.y.csv": "y\n1\n2\n"}, tmp_path)


def test_the_statement_tells_of_it() -> None:
    text = approve(load("size rows up to 4\n" + TABLE + """
output least = min(t.seen) to all
output tags = t.tag to north if present(t.tag)
""")).statement.text()
    assert "the size `rows`, only that it is at most 4 for each party" in text
    assert "north gives `t.ip`: IPv4 addresses [rows.north]\n" in text
    assert "north gives `t.when`: dates [rows.north], or missing\n" in text
    assert "`least`: one whole number, or that it is missing" in text
    assert "`tags`: texts of up to 3 bytes [rows]; shown only where `present(t.tag)`" in text
    assert "?" not in text


def test_types_are_shown() -> None:
    checked = check_at_bounds(load("size rows up to 4\n" + TABLE + "u = t.select(when)\noutput n = len(u) to all\n"))
    shown = {name: str(type_) for _, name, type_ in checked.types}
    assert shown["u.when"].startswith("secret date")
    assert shown["u.when?"] == shown["u?"] == "secret bool[rows]"


LINES: list[tuple[str, str]] = [
    ("y = t.sene", "E1001"),
    ("y = t.where(t.seen)", "E2001"),
    ("y = t.where(true, false)", "E2003"),
    ("y = t.where([true, false])", "E2002"),
    ("y = t.filter(t.seen > 3)", "E1005"),
    ("y = t.select(seen, seen)", "E2003"),
    ("y = t.select(1)", "E2003"),
    ("y = t.select(nothing)", "E1001"),
    ("y = t.with(5)", "E2003"),
    ("y = t.with(a = [1, 2])", "E2002"),
    ("y = t.with(a = \"x\")", "E2001"),
    ("y = t + 1", "E2001"),
    ("y = t[0, 1]", "E2005"),
    ("y = t == t", "E2001"),
    ("y = [t, t]", "E2001"),
    ("y = concat(t, t.select(seen))", "E2001"),
    ("output y = t to all", "E2001"),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("line", "code"), LINES)
def test_refused(line: str, code: str, size: str) -> None:
    found = refused(f"{size}{TABLE}{line}\noutput z = sum(t.seen) to all\n")
    assert [one for one, _ in found] == [code], found


HIDDEN: list[tuple[str, str]] = [
    ("output y = t.seen to all", "E2009"),
    ("output y = t.seen to all if rows > 5", "E2009"),
    ("y = reveal(t.seen)", "E2009"),
    ("y = zeros(rows)", "E3001"),
    ("y = range(len(t))", "E3001"),
    ("y = t.seen\ny[0] = 3", "E2009"),
]


@pytest.mark.parametrize(("line", "code"), HIDDEN)
def test_rows_that_are_hidden_stay_so(line: str, code: str) -> None:
    found = refused(f"{SIZES[1]}{TABLE}{line}\noutput z = sum(t.seen) to all\n")
    assert [one for one, _ in found] == [code], found


@pytest.mark.parametrize(("text", "code"), [
    ("size n up to 4\ninput x: int8[3, n] from north\n", "E2009"),
    ("size n up to 4\ninput x: int8[n] from north\ninput y: int8[n] from south\n", "E2008"),
    ("input x: table(a: int8[3]) from north\n", "E2007"),
    ("input x: table(a: int8, a: int8) from north\n", "E2007"),
    ("input x: table(a: int) from north\n", "E2007"),
    ("size n\ninput x: table(a: int8)[n, 2] from north\n", "E2007"),
    ("input x: int8(\"a\") from north\n", "E0001"),
])
def test_declarations_that_are_wrong(text: str, code: str) -> None:
    found: list[Any] = refused(text + "input q: int8 from north\noutput z = q + 1 to all\n")
    assert [one for one, _ in found] == [code], found
