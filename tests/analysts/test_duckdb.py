"""Groups, joins, sets, different values and quantiles of generated data, beside DuckDB's answers on the same data."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cloister.compiler.pipeline import Options, compile_program, load_program, read_text
from cloister.runtime.data.results import decode

from ..additive.parties import run
from .runs import given, outputs

Row = tuple[Any, ...]
PARTIES = ("north", "south", "west")

ONE = """size rows <= 10_000
input t: table(k: uint8 in 0..9, d: text[3] optional, x: int16 in -300..300 optional,
    w: fixed[4] in -9..9)[rows] from each
"""
GROUPED = ONE + """
some = t.where(t.w > -5)
g = some.group_by(some.k, some.d).agg(total = sum(some.x), rows = count(), known = count(some.x), low = min(some.x),
    high = max(some.x), kinds = count_distinct(some.w), positive = count(some.x > 0))
"""
GROUPS = """select k, d, coalesce(sum(x), 0), count(*), count(x), min(x), max(x), count(distinct w),
    count(case when x > 0 then 1 end) from t where w > -5 group by k, d order by k, d nulls last"""
QUANTILES = (0, 0.1, 0.25, 0.5, 0.9, 1)
ONCE = """
values = distinct(t.x)
pairs = t.distinct(t.k, t.d)
output x = values to all if present(values)
output n = count_distinct(t.d) to all
output first_w = pairs.w to all if present(pairs.k)
both = t.north.x.intersection(t.south.x)
every = t.north.x.union(t.south.x, t.west.x)
alone = t.north.x.difference(t.south.x, t.west.x)
twice = in_at_least(2, t.north.x, t.south.x, t.west.x)
output both to all if present(both)
output every to all if present(every)
output alone to all if present(alone)
output twice to all if present(twice)
""" + "".join(f"output {of}_{i} = quantile(t.{of}, {q}) to all\n" for of in "xw" for i, q in enumerate(QUANTILES))
TWO = """size na <= 10_000
size nb <= 10_000
size nu <= 10_000
input a: table(k: uint8 in 0..20, d: text[3] optional, x: int16)[na] from north
input b: table(k: uint8 in 0..20, d: text[3] optional, y: int16 optional)[nb] from south
input u: table(k: uint8 in 0..20, z: fixed[4] in -9..9)[nu] from west
"""


def made(counts: tuple[int, ...], seed: int) -> list[list[Row]]:
    """The rows of each party; None is a missing value, and many are equal."""
    rng = random.Random(seed)

    def row() -> Row:
        return (rng.randint(0, 4), rng.choice([None, "p", "qq", "é"]), rng.choice([None, *range(-6, 7)]),
                rng.randint(-9 * 16, 9 * 16) / 16)

    return [[row() for _ in range(count)] for count in counts]


def text(titles: str, rows: list[Row]) -> str:
    return "\n".join([titles, *(",".join("" if c is None else str(c) for c in row) for row in rows)]) + "\n"


@contextmanager
def database(**tables: tuple[str, list[Row]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of tables: columns with their types, and rows."""
    with duckdb.connect() as db:
        for name, (columns, rows) in tables.items():
            db.execute(f"create table {name} ({columns})")
            if rows:
                db.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)
        yield db


def there(said: dict[str, Any], *names: str) -> list[Row]:
    """The rows of a table of which the first column shows whether a row is there."""
    rows = zip(*(said[name] for name in names), strict=True)
    return [row for row in rows if row[0] is not None]


def one_table(parts: list[list[Row]]) -> tuple[str, list[Row]]:
    numbered = [(*row, i, party) for party, own in zip(PARTIES, parts, strict=True) for i, row in enumerate(own)]
    return "k integer, d varchar, x integer, w double, place integer, giver varchar", numbered


SMALL = [(7, 6, 9), (1, 0, 2), (0, 1, 0)]
LARGE = [pytest.param(counts, marks=pytest.mark.slow) for counts in ((200, 150, 300), (64, 64, 64))]


@pytest.mark.parametrize("counts", [SMALL[0], *(pytest.param(c, marks=pytest.mark.slow) for c in SMALL[1:]), *LARGE])
def test_groups(counts: tuple[int, ...], tmp_path: Path) -> None:
    parts = made(counts, sum(counts))
    names = ("k", "d", "total", "rows", "known", "low", "high", "kinds", "positive")
    said = outputs(GROUPED + "".join(f"output {name} = g.{name} to all if present(g.k)\n" for name in names),
                   {f"{p}.csv": text("k,d,x,w", own) for p, own in zip(PARTIES, parts, strict=True)}, tmp_path)
    with database(t=one_table(parts)) as db:
        assert there(said, *names) == db.sql(GROUPS).fetchall()


@pytest.mark.parametrize("counts", [SMALL[0], pytest.param(SMALL[1], marks=pytest.mark.slow), *LARGE])
def test_different_values_quantiles_and_sets(counts: tuple[int, ...], tmp_path: Path) -> None:
    parts = made(counts, 1 + sum(counts))
    said = outputs(ONE + ONCE, {f"{p}.csv": text("k,d,x,w", own) for p, own in zip(PARTIES, parts, strict=True)},
                   tmp_path)
    with database(t=one_table(parts)) as db:
        def column(query: str) -> list[Any]:
            return [value for value, *_ in db.sql(query).fetchall()]

        def known(name: str) -> list[Any]:
            return [value for value in said[name] if value is not None]

        assert known("x") == column("select distinct x from t where x is not null order by x")
        assert [said["n"]] == column("select count(distinct d) from t")
        assert known("first_w") == column(
            "select arg_min(w, (case giver when 'north' then 0 when 'south' then 100000 else 200000 end) + place) w "
            "from t group by k, d order by k, d nulls last")
        for of in "xw":
            wanted = [column(f"select quantile_cont({of}, {q}) from t")[0] for q in QUANTILES]
            assert [said[f"{of}_{i}"] for i in range(len(QUANTILES))] == pytest.approx(wanted, abs=2**-16)
        north, south, west = (f"(select x from t where giver = '{p}' and x is not null)" for p in PARTIES)
        assert known("both") == column(f"{north} intersect {south} order by x")
        assert known("every") == column(f"{north} union {south} union {west} order by x")
        assert known("alone") == column(f"{north} except {south} except {west} order by x")
        assert known("twice") == column(
            "select x from t where x is not null group by x having count(distinct giver) > 1 order by x")


def two_tables(counts: tuple[int, ...], seed: int) -> tuple[list[Row], list[Row], list[Row]]:
    rng = random.Random(seed)
    a, b = ([(rng.randint(0, 6), rng.choice([None, "p", "qq"]), value(rng)) for _ in range(count)]
            for count, value in zip(counts, (lambda r: r.randint(-99, 99), lambda r: r.choice([None, 5, 6, 7])),
                                    strict=False))
    u = [(k, rng.randint(-99, 99) / 16) for k in rng.sample(range(21), counts[2])]
    return a, b, u


#: Each join in the language and in SQL, and the columns that are shown, the first of which is never missing.
JOINS = {
    "inner_once": ('a.join(u, on = "k")', "select a.k, x, z from a join u using (k)", "k x z"),
    "left_once": ('a.where(a.x > 0).join(u, on = "k", how = "left")',
                  "select x, a.k, z from (select * from a where x > 0) a left join u using (k)", "x k z"),
    "outer_once": ('a.join(u.where(u.z > 0), on = "k", how = "outer")',
                   "select k, x, z from a full join (select * from u where z > 0) u using (k)", "k x z"),
    "semi": ('a.join(b, on = ["k", "d"], how = "semi")', "select k, d, x from a semi join b using (k, d)", "k d x"),
    "anti": ('a.join(b.where(b.y > 5), on = ["k", "d"], how = "anti")',
             "select k, d, x from a anti join (select * from b where y > 5) b using (k, d)", "k d x"),
    "inner": ('a.join(b, on = ["k", "d"], at_most = PLACES)',
              "select k, d, x, y from a join b using (k, d)", "k d x y"),
    "left": ('a.join(b.where(b.k > 0), on = "k", how = "left", at_most = PLACES)',
             "select a.k, x, y from a left join (select * from b where k > 0) b using (k)", "k x y"),
    "outer": ('a.join(b, on = "k", how = "outer", at_most = PLACES)',
              "select k, x, y from a full join b using (k)", "k x y"),
}


def joins(a: list[Row], b: list[Row], u: list[Row], names: list[str]) -> tuple[str, dict[str, list[Row]]]:
    """The program, and what DuckDB says: rows in some order."""
    right, largest, lines = {}, 1, []
    types = "k integer, d varchar, {} integer"
    with database(a=(types.format("x"), a), b=(types.format("y"), b), u=("k integer, z double", u)) as db:
        for name in names:
            right[name] = db.sql(JOINS[name][1]).fetchall()
            largest = max(largest, len(right[name]))
    for name in names:
        how, _, columns = JOINS[name]
        other = "b.select(k, y)" if name in ("left", "outer") else "b"
        how = how.replace("a.join(b,", f"a.join({other},").replace("join(b.where", f"join({other}.where")
        lines.append(f"{name} = {how.replace('PLACES', str(largest))}")
        first = columns.split()[0]
        lines += [f"output {name}_{c} = {name}.{c} to all if present({name}.{first})" for c in columns.split()]
    return TWO + "\n".join(lines) + "\n", right


def ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [(cell is not None, cell if cell is not None else 0) for cell in row])


@pytest.mark.parametrize("counts", [(9, 7, 5), pytest.param((1, 1, 1), marks=pytest.mark.slow),
                                    pytest.param((0, 3, 2), marks=pytest.mark.slow),
                                    pytest.param((60, 45, 20), marks=pytest.mark.slow)])
@pytest.mark.parametrize("names", [list(JOINS)[:5], list(JOINS)[5:]], ids=["once", "several"])
def test_joins(names: list[str], counts: tuple[int, ...], tmp_path: Path) -> None:
    a, b, u = two_tables(counts, sum(counts))
    program, right = joins(a, b, u, names)
    said = outputs(program, {"north.csv": text("k,d,x", a), "south.csv": text("k,d,y", b), "west.csv": text("k,z", u)},
                   tmp_path)
    for name in names:
        shown = there(said, *(f"{name}_{c}" for c in JOINS[name][2].split()))
        assert ordered(shown) == ordered(right[name]), name


def among_two(program: str, files: dict[str, str], folder: Path) -> dict[str, Any]:
    """What two parties open by `additive`, the same to both."""
    loaded = load_program(read_text("party north, south\nsecurity dishonest_majority, semi_honest\n" + program))
    values, sizes = given(loaded, files, folder)
    compiled = compile_program(loaded, sizes, Options())
    assert compiled.program.protocol == "additive"
    by_party = {i: {spec.name: values[spec.name] for spec in compiled.program.inputs if spec.party == i}
                for i in range(2)}
    shown = [{spec.name: decode(spec, opened.value, opened.flag)
              for spec, opened in zip(compiled.program.outputs, got.outputs, strict=True)}
             for got in run(compiled.program, by_party).results]
    assert shown[0] == shown[1]
    return shown[0]


@pytest.mark.parametrize("n", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_groups_among_two(n: int, tmp_path: Path) -> None:
    parts = made((n, n + 1), n)
    names = ("k", "d", "total", "rows", "known", "low", "high", "kinds", "positive")
    said = among_two(GROUPED + "".join(f"output {name} = g.{name} to all if present(g.k)\n" for name in names),
                     {f"{p}.csv": text("k,d,x,w", own) for p, own in zip(PARTIES, parts, strict=False)}, tmp_path)
    with database(t=one_table([*parts, []])) as db:
        assert there(said, *names) == db.sql(GROUPS).fetchall()


@pytest.mark.parametrize("names", [list(JOINS)[:5], pytest.param(list(JOINS)[5:], marks=pytest.mark.slow)],
                         ids=["once", "several"])
def test_joins_among_two(names: list[str], tmp_path: Path) -> None:
    a, b, u = two_tables((6, 5, 4), 3)
    program, right = joins(a, b, u, names)
    said = among_two(program.replace("from west", "from south"),
                     {"north.csv": text("k,d,x", a), "south.b.csv": text("k,d,y", b), "south.u.csv": text("k,z", u)},
                     tmp_path)
    for name in names:
        shown = there(said, *(f"{name}_{c}" for c in JOINS[name][2].split()))
        assert ordered(shown) == ordered(right[name]), name
