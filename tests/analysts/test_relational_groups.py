"""Groups, different rows and rows brought to the front, beside the same in plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from cloister.runtime.errors import AssumptionFailed

from .runs import outputs, refused

TABLE = """input t: table(key: uint8 in 0..9, name: text[5] optional, seen: int8 in -9..9, points: fixed in -40..40,
    extra: uint8 in 0..5 optional, level: category("a", "b") optional)[rows] from each
from stats import mean
"""
TITLES = ("key", "name", "seen", "points", "extra", "level")
PARTIES = ("north", "south", "west")


def made(counts: tuple[int, ...], seed: int) -> list[list[tuple[Any, ...]]]:
    """The rows of each party; None is a missing value."""
    rng = random.Random(seed)

    def row() -> tuple[Any, ...]:
        return (rng.randint(0, 3), rng.choice([None, "al", "bob", "ümit"]), rng.randint(-9, 9),
                rng.randint(-80, 80) / 8, rng.choice([None, 0, 3, 5]), rng.choice([None, "a", "b"]))

    return [[row() for _ in range(count)] for count in counts]


def files(rows: list[list[tuple[Any, ...]]], titles: tuple[str, ...] = TITLES) -> dict[str, str]:
    def text(row: tuple[Any, ...]) -> str:
        return ",".join("" if cell is None else str(cell) for cell in row)

    return {f"{party}.csv": "\n".join([",".join(titles), *map(text, own)]) + "\n"
            for party, own in zip(PARTIES, rows, strict=True)}


def shown(said: dict[str, Any], *names: str, at: str) -> list[tuple[Any, ...]]:
    """The rows that there are, by an output that says so; they are the first ones, and all others are hidden."""
    count = sum(1 for value in said[at] if value is not None)
    rows = list(zip(*(said[name] for name in names), strict=True))
    assert all(value is not None for value in said[at][:count])
    assert all(cell is None for row in rows[count:] for cell in row)
    return rows[:count]


def nearest(numerator: float, denominator: int) -> float:
    """A quotient as the language rounds it: sixteen fractional bits, ties up."""
    scaled = round(numerator * (1 << 16))
    return ((2 * scaled + denominator) // (2 * denominator)) / (1 << 16)


AGGREGATES = """
some = t.where(t.seen > -7)
g = some.group_by(t.key).agg(total = sum(t.seen), rows = count(), low = min(t.seen), high = max(some.seen),
    known = count(t.extra), extras = sum(t.extra), least = min(t.extra), average = mean(t.extra), one = first(t.name),
    points = sum(t.points), levels = count_distinct(t.level), big = any(t.seen > 5), small = all(t.extra < 4),
    rate = sum(t.seen) / count(), positive = count(t.seen > 0))
output key = g.key to all if present(g.key)
""" + "\n".join(f"output {name} = g.{name} to all if present(g.key)" for name in (
    "total", "rows", "low", "high", "known", "extras", "least", "average", "one", "points", "levels", "big", "small",
    "rate", "positive"))


def expected_groups(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        if row[2] > -7:
            groups[row[0]].append(row)
    result: list[tuple[Any, ...]] = []
    for key in sorted(groups):
        own = groups[key]
        seen, extras = [row[2] for row in own], [row[4] for row in own if row[4] is not None]
        result.append((
            key, sum(seen), len(own), min(seen), max(seen), len(extras), sum(extras), min(extras, default=None),
            nearest(sum(extras), len(extras)) if extras else None, own[0][1], sum(row[3] for row in own),
            len({row[5] for row in own} - {None}), any(x > 5 for x in seen), all(x < 4 for x in extras),
            nearest(sum(seen), len(own)), sum(x > 0 for x in seen),
        ))
    return result


@pytest.mark.parametrize("counts", [
    (6, 1, 5), (0, 0, 0), *(pytest.param(counts, marks=pytest.mark.slow) for counts in ((1, 0, 0), (2, 2, 2)))])
def test_every_aggregate_of_the_groups_of_some_rows(counts: tuple[int, ...], tmp_path: Path) -> None:
    rows = made(counts, sum(counts))
    said = outputs("size rows <= 1000\n" + TABLE + AGGREGATES, files(rows), tmp_path)
    names = list(said)
    assert shown(said, *names, at="key") == expected_groups([row for own in rows for row in own])


def test_groups_of_a_hidden_number_of_rows(tmp_path: Path) -> None:
    rows = made((3, 0, 2), 8)
    said = outputs("size rows up to 4\n" + TABLE + AGGREGATES, files(rows), tmp_path)
    names = list(said)
    assert len(said["key"]) == 12
    assert shown(said, *names, at="key") == expected_groups([row for own in rows for row in own])


def test_missing_keys_are_one_group_and_keys_can_be_computed(tmp_path: Path) -> None:
    rows = made((5, 4, 3), 3)
    said = outputs("size rows <= 1000\n" + TABLE + """
g = t.group_by(t.name, t.level, at_most = 20).agg(rows = count())
h = t.group_by(band = t.seen // 5, odd = t.key % 2 == 1).agg(rows = count())
output name = g.name to all if present(g.rows)
output level = g.level to all if present(g.rows)
output rows_of = g.rows to all if present(g.rows)
output band = h.band to all if present(h.band)
output odd = h.odd to all if present(h.band)
output rows_in = h.rows to all if present(h.band)
output groups = len(h) to all
""", files(rows), tmp_path)
    flat = [row for own in rows for row in own]
    groups: dict[Any, int] = defaultdict(int)
    bands: dict[Any, int] = defaultdict(int)
    for row in flat:
        groups[row[1], row[5]] += 1
        bands[row[2] // 5, row[0] % 2 == 1] += 1

    def order(item: tuple[Any, Any]) -> tuple[bool, bytes, bool, str]:
        return item[0] is None, (item[0] or "").encode(), item[1] is None, item[1] or ""

    assert len(said["rows_of"]) == 20
    wanted = [(name, level, groups[name, level]) for name, level in sorted(groups, key=order)]
    assert shown(said, "name", "level", "rows_of", at="rows_of") == wanted
    assert shown(said, "band", "odd", "rows_in", at="band") == [(*key, bands[key]) for key in sorted(bands)]
    assert said["groups"] == len(bands)


def test_different_rows_and_values(tmp_path: Path) -> None:
    rows = made((5, 4, 3), 4)
    said = outputs("size rows <= 1000\n" + TABLE + """
one = t.distinct(t.level, t.key)
output level = one.level to all if present(one.key)
output key = one.key to all if present(one.key)
output seen = one.seen to all if present(one.key)
pair = t.select(level, name).distinct()
output pairs = len(pair) to all
extras = distinct(t.extra)
output extras to all if present(extras)
output kinds = count_distinct(t.level) to all
output names = count_distinct(t.where(t.seen > 0).name) to all
whole = t.where(t.seen > 0).compact(at_most = 9)
output positive = whole.seen to all if present(whole.seen)
""", files(rows), tmp_path)
    flat = [row for own in rows for row in own]
    firsts: dict[Any, int] = {}
    for row in flat:
        firsts.setdefault((row[5] is None, row[5] or "", row[0]), row[2])
    wanted = [(level or None, key, firsts[absent, level, key]) for absent, level, key in sorted(firsts)]
    assert shown(said, "level", "key", "seen", at="key") == wanted
    assert said["pairs"] == len({(row[5], row[1]) for row in flat})
    assert shown(said, "extras", at="extras") == [(x,) for x in sorted({row[4] for row in flat} - {None})]
    assert said["kinds"] == len({row[5] for row in flat} - {None})
    assert said["names"] == len({row[1] for row in flat if row[2] > 0} - {None})
    assert len(said["positive"]) == 9
    assert shown(said, "positive", at="positive") == [(row[2],) for row in flat if row[2] > 0]


def test_more_groups_than_the_bound_end_the_run(tmp_path: Path) -> None:
    rows = made((5, 4, 3), 5)
    program = "size rows <= 1000\n" + TABLE + "g = t.group_by(t.key, at_most = {}).agg(n = count())\n" \
        "output n = g.n to all if present(g.n)\n"
    assert len(outputs(program.format(4), files(rows), tmp_path)["n"]) == 4
    with pytest.raises(AssumptionFailed, match="at most 3 rows"):
        outputs(program.format(3), files(rows), tmp_path)


def test_who_gave_a_row(tmp_path: Path) -> None:
    said = outputs("""size rows <= 1000
input t: table(ip: ip4, seen: uint8)[rows] from each
g = t.group_by(t.ip).agg(givers = count_distinct(giver(t)), total = sum(t.seen), one = first(giver(t)))
both = g.where(g.givers >= 2).compact()
output ip = both.ip to all if present(both.ip)
output total = both.total to all if present(both.ip)
output from_north = sum(t.where(giver(t) == "north").seen) to all
output one = g.one to all if present(g.ip)
""", {
        "north.csv": "ip,seen\n9.9.9.9,1\n1.1.1.1,2\n9.9.9.9,3\n",
        "south.csv": "ip,seen\n255.0.0.1,10\n1.1.1.1,20\n",
        "west.csv": "ip,seen\n1.1.1.1,40\n255.0.0.1,50\n",
    }, tmp_path)
    assert said == {
        "ip": ["1.1.1.1", "255.0.0.1", *[None] * 5], "total": [62, 60, *[None] * 5], "from_north": 6,
        "one": ["north", "north", "south", *[None] * 4],
    }


@pytest.mark.parametrize(("line", "code"), [
    ("g = t.group_by(t.key).agg(m = t.seen)", "E2002"),
    ("g = t.group_by(t.key).agg(m = sort(t.seen))", "E2009"),
    ("g = t.group_by(t.key).agg(m = t.seen @ t.seen)", "E2002"),
    ("g = t.group_by(t.key).agg(sum(t.seen))", "E2003"),
    ("g = t.group_by(t.key).agg(key = sum(t.seen))", "E2003"),
    ("g = t.group_by(t.key).agg(m = sum(t.name))", "E2001"),
    ("g = t.group_by(t.key + 1).agg(m = count())", "E2003"),
    ("g = t.group_by(t.key, t.key).agg(m = count())", "E2003"),
    ("g = t.group_by().agg(m = count())", "E2003"),
    ("g = t.group_by(x = t).agg(m = count())", "E2001"),
    ("g = t.group_by(x = 3).agg(m = count())", "E2002"),
    ("g = t.group_by(t.key, at_most = t.seen[0]).agg(m = count())", "E2006"),
    ("g = t.group_by(t.key).total(m = count())", "E1005"),
    ("g = t.group_by(t.key) + 1", "E2001"),
    ("g = first(t.seen)", "E1001"),
    ("g = distinct(t)", "E2001"),
    ("g = giver(3)", "E2001"),
    ("g = t.compact(t.key)", "E2003"),
    ("if t.seen[0] > 1:\n    g = t.group_by(t.key, at_most = 2).agg(m = count())", "E2009"),
    ("output g = t.group_by(t.key).agg(m = count()).m to all", "E2009"),
])
def test_what_is_refused(line: str, code: str) -> None:
    found = refused("size rows <= 1000\n" + TABLE + line + "\noutput q = sum(t.seen) to all\n")
    assert [one for one, _ in found] == [code], found


@pytest.mark.parametrize("count", [1, 3])
def test_nothing_is_left_or_everything(count: int, tmp_path: Path) -> None:
    said = outputs("""size rows <= 10
input t: table(a: int8)[rows] from each
none_left = t.where(t.a > 100)
z = none_left.group_by(t.a).agg(n = count(), m = max(t.a))
output zn = z.n to all if present(z.n)
output zm = z.m to all if present(z.n)
output groups = len(z) to all
output distinct_left = len(none_left.distinct()) to all
output joined = len(t.join(none_left.select(a), on = "a")) to all
output without = len(t.join(none_left.select(a), on = "a", how = "anti")) to all
c = t.compact(at_most = 12)
output a = c.a to all if present(c.a)
""", {f"{party}.csv": "a\n" + "".join(f"{i}\n" for i in range(count)) for party in PARTIES}, tmp_path)
    assert said["zn"] == said["zm"] == [None] * 3 * count
    assert (said["groups"], said["distinct_left"], said["joined"], said["without"]) == (0, 0, 0, 3 * count)
    assert said["a"] == [*range(count)] * 3 + [None] * (12 - 3 * count)
