"""Joins of two tables, beside the same in plain Python."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from cloister.runtime.errors import AssumptionFailed

from .runs import outputs, refused

Row = tuple[Any, ...]

HEAD = """size na <= 100
size nb <= 100
size nu <= 100
input a: table(k: uint8, d: text[3] optional, x: int8)[na] from north
input b: table(k: uint8, d: text[3] optional, y: int8 optional)[nb] from south
input u: table(k: uint8, z: fixed)[nu] from west
"""


def show(name: str, at: str, *columns: str) -> str:
    return "".join(f"output {name}_{c} = {name}.{c} to all if present({name}.{at})\n" for c in columns)


def made(counts: tuple[int, int, int], seed: int) -> tuple[list[Row], list[Row], list[Row]]:
    rng = random.Random(seed)
    a = [(rng.randint(0, 3), rng.choice([None, "p", "q"]), rng.randint(-99, 99)) for _ in range(counts[0])]
    b = [(rng.randint(0, 3), rng.choice([None, "p", "q"]), rng.choice([None, 5, 6, 7])) for _ in range(counts[1])]
    u = [(k, rng.randint(-9, 9) / 4) for k in rng.sample(range(6), counts[2])]
    return a, b, u


def files(a: list[Row], b: list[Row], u: list[Row]) -> dict[str, str]:
    def text(head: str, rows: list[Row]) -> str:
        return "\n".join([head, *(",".join("" if c is None else str(c) for c in row) for row in rows)]) + "\n"

    return {"north.csv": text("k,d,x", a), "south.csv": text("k,d,y", b), "west.csv": text("k,z", u)}


def rows(said: dict[str, Any], name: str) -> list[Row]:
    return list(zip(*(values for title, values in said.items() if title.startswith(f"{name}_")), strict=True))


def equal(p: Row, q: Row) -> bool:
    return p[0] == q[0] and p[1] == q[1] is not None


SIZES = [(5, 4, 3), *(pytest.param(counts, marks=pytest.mark.slow) for counts in ((0, 3, 0), (3, 0, 2), (1, 1, 1)))]


@pytest.mark.parametrize("counts", SIZES)
def test_a_key_once_on_the_right(counts: tuple[int, int, int], tmp_path: Path) -> None:
    a, b, u = made(counts, sum(counts))
    said = outputs(HEAD + """
inner = a.join(u, a.k == u.k)
left = a.where(a.x > 0).join(u, on = "k", how = "left")
outer = a.join(u, a.k == u.k, how = "outer")
semi = a.join(b, a.k == b.k and a.d == b.d, how = "semi")
anti = a.where(a.x > 0).join(b.where(b.y > 5), on = ["k", "d"], how = "anti")
output matched = count(a.join(u.select(z, id = u.k), a.k + 1 == u.k)) to all
""" + show("inner", "k", "k", "x", "z") + show("left", "k", "x", "z") + show("outer", "k", "k", "x", "z")
                   + show("semi", "k", "x") + show("anti", "k", "x"), files(a, b, u), tmp_path)
    by_key = dict(u)
    assert rows(said, "inner") == [(k, x, by_key[k]) if k in by_key else (None,) * 3 for k, _, x in a]
    assert rows(said, "left") == [(x, by_key.get(k)) if x > 0 else (None,) * 2 for k, _, x in a]
    alone = [(k, None, z) if k not in {row[0] for row in a} else (None,) * 3 for k, z in u]
    assert rows(said, "outer") == [(k, x, by_key.get(k)) for k, _, x in a] + alone
    assert rows(said, "semi") == [(row[2] if any(equal(row, other) for other in b) else None,) for row in a]
    some = [other for other in b if other[2] is not None and other[2] > 5]
    assert rows(said, "anti") == [
        (row[2] if row[2] > 0 and not any(equal(row, other) for other in some) else None,) for row in a]
    assert said["matched"] == sum(k + 1 in by_key for k, _, _ in a)


@pytest.mark.parametrize("counts", SIZES)
def test_a_key_several_times_on_both_sides(counts: tuple[int, int, int], tmp_path: Path) -> None:
    a, b, u = made(counts, 1 + sum(counts))
    said = outputs(HEAD + """
inner = a.join(b, on = ["k", "d"], at_most = 30)
left = a.where(a.x > -50).join(b.where(b.k > 0), on = ["k", "d"], how = "left", at_most = 20)
outer = a.join(b, on = ["k", "d"], how = "outer", at_most = 20)
""" + show("inner", "k", "k", "x", "y") + show("left", "k", "x", "y") + show("outer", "k", "k", "d", "x", "y"),
                   files(a, b, u), tmp_path)

    def pairs(left: list[Row], right: list[Row], keep: bool) -> list[Row]:
        found: list[Row] = []
        for row in sorted((row for row in left if row[1] is not None), key=lambda row: row[:2]):
            partners = [other for other in right if equal(row, other)]
            found += [(row[0], row[1], row[2], other[2]) for other in partners]
            found += [(*row, None)] if keep and not partners else []
        absent = sorted((row for row in left if row[1] is None), key=lambda row: int(row[0]))
        return found + [(*row, None) for row in absent if keep]

    def padded(found: list[Row], count: int, *columns: int) -> list[Row]:
        kept = [tuple(row[c] for c in columns) for row in found]
        return kept + [(None,) * len(columns)] * (count - len(kept))

    assert rows(said, "inner") == padded(pairs(a, b, False), 30, 0, 2, 3)
    some = [row for row in a if row[2] > -50], [row for row in b if row[0] > 0]
    assert rows(said, "left") == padded(pairs(*some, True), 20, 2, 3)
    alone = [(k, d, None, y) if not any(equal(row, (k, d)) for row in a) else (None,) * 4 for k, d, y in b]
    assert rows(said, "outer") == padded(pairs(a, b, True), 20, 0, 1, 2, 3) + alone


def test_keys_of_other_kinds_and_tables_of_all_parties(tmp_path: Path) -> None:
    said = outputs("""size rows <= 100
size m
input t: table(ip: ip4, at: date, ward: category("a", "b"))[rows] from each
input u: table(addr: ip4, day: date optional, w: category("a", "b"), name: text[9])[m] from north
j = t.join(u, t.ip == u.addr and t.at == u.day and t.ward == u.w)
output name = j.name to all if present(j.name)
output addr = j.addr to all if present(j.name)
""", {
        "north.t.csv": "ip,at,ward\n1.2.3.4,2020-01-01,a\n",
        "south.csv": "ip,at,ward\n255.2.3.4,2020-01-01,b\n1.2.3.4,2020-01-02,a\n",
        "west.csv": "ip,at,ward\n255.2.3.4,2020-01-01,b\n255.2.3.4,2020-01-01,a\n",
        "north.u.csv": "addr,day,w,name\n255.2.3.4,2020-01-01,b,one\n1.2.3.4,2020-01-02,a,two\n1.2.3.4,,a,three\n",
    }, tmp_path)
    assert said == {"name": [None, "one", "two", "one", None],
                    "addr": [None, "255.2.3.4", "1.2.3.4", "255.2.3.4", None]}


def test_what_does_not_hold_ends_the_run(tmp_path: Path) -> None:
    data = files([(1, "p", 5), (2, "q", 6)], [(1, None, 1), (1, None, 2), (1, "p", 3)], [(1, 0.5), (2, 1.0)])
    once = HEAD + 'j = a.join(b, on = "d")\noutput y = j.y to all if present(j.k2)\n'.replace("k2", "x")
    with_names = once.replace('a.join(b, on = "d")', 'a.join(b.select(d, y), on = "d")')
    assert outputs(with_names, data, tmp_path)["y"] == [3, None]  # keys that are missing may stand twice
    several = HEAD + "j = a.join(b.select(d, k, y), a.k == b.k{})\noutput y = j.y to all if present(j.x)\n"
    several = several.replace("b.select(d, k, y)", "b.select(k, y)")
    with pytest.raises(AssumptionFailed, match="no key twice on the right"):
        outputs(several.format(""), data, tmp_path)
    assert outputs(several.format(", at_most = 3"), data, tmp_path)["y"] == [1, 2, 3]
    with pytest.raises(AssumptionFailed, match="at most 2 rows"):
        outputs(several.format(", at_most = 2"), data, tmp_path)


@pytest.mark.parametrize(("line", "code"), [
    ("j = a.join(b, a.k == b.k)", "E2003"),
    ("j = a.join(u)", "E2003"),
    ("j = a.join(u, a.k > u.k)", "E2003"),
    ("j = a.join(u, a.k == a.x)", "E2002"),
    ("j = a.join(u, a.d == u.k)", "E2001"),
    ('j = a.join(u, on = "q")', "E1001"),
    ('j = a.join(u, on = 3)', "E2003"),
    ('j = a.join(u, on = "k", how = "cross")', "E2003"),
    ('j = a.join(u, on = "k", how = "semi", at_most = 3)', "E2003"),
    ('j = a.join(u.k, on = "k")', "E2001"),
    ('if a.x[0] > 1:\n    j = a.join(u, on = "k")', "E2009"),
])
def test_what_is_refused(line: str, code: str) -> None:
    found = refused(HEAD + line + "\noutput q = sum(a.x) + sum(u.z) + count(b.k) to all\n")
    assert [one for one, _ in found] == [code], found
