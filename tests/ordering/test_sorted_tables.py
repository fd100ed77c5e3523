"""Tables and columns in order: hidden rows and missing values last, every kind that has an order, mixed directions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from ..analysts.runs import outputs, refused

HEADER = "name,score,born,host,paid,weight\n"
ROWS = {
    "north.csv": ["bo,3,2001-05-01,10.0.0.9,true,1.5", "bob,7,,9.9.9.9,false,-2", "al,3,1999-12-31,10.0.0.9,true,0.25"],
    "south.csv": [",5,2001-05-01,255.0.0.1,false,1.5", "ümit,3,2020-02-29,0.0.0.0,true,7"],
    "west.csv": ["zz,,1999-12-31,10.0.0.10,false,-2", "bo,7,2001-05-02,9.9.9.9,true,0.25"],
}
FILES = {name: HEADER + "\n".join(lines) + "\n" for name, lines in ROWS.items()}
TABLE = """input t: table(name: text[9], score: int8 in 0..9 optional, born: date optional, host: ip4, paid: bool,
    weight: fixed in -10..10)[rows] from each
"""
TITLES = HEADER.strip().split(",")
PEOPLE = [dict(zip(TITLES, line.split(","), strict=True)) for lines in ROWS.values() for line in lines]


def names(rows: list[dict[str, str]]) -> list[str]:
    return [row["name"] for row in rows]


def score(row: dict[str, str]) -> tuple[bool, int]:
    return not row["score"], int(row["score"] or 0)


def address(row: dict[str, str]) -> list[int]:
    return [int(part) for part in row["host"].split(".")]


def test_by_every_kind_of_column(tmp_path: Path) -> None:
    said = outputs("size rows\n" + TABLE + """
output by_score = t.sort_by(t.score).name to all
output by_score_down = t.sort_by(desc(t.score)).name to all
output by_name = t.sort_by(t.name).name to all
output by_name_down = t.sort_by(desc(t.name)).name to all
output by_born = t.sort_by(t.born, desc(t.host)).name to all
output by_paid = t.sort_by(desc(t.paid), t.weight, t.name).name to all
output best = t.top(3, t.score, t.weight).name to all
output worst = t.top(3, desc(t.score), t.weight).name to all
output first = t.sort_by(t.host).head(2).host to all
output few = count(t.sort_by(t.host).head(100).weight > -20) to all
output scores = sort(t.score) to all if present(sort(t.score))
output ranks = rank(t.weight) to all
output weights = largest(t.weight, 4) to all
output texts = sort(t.name, descending=true) to all
""", FILES, tmp_path)
    text = [row["name"].encode() for row in PEOPLE]
    assert said["by_score"] == names(sorted(PEOPLE, key=score))
    assert said["by_score_down"] == names(sorted(PEOPLE, key=lambda row: (not row["score"], -score(row)[1])))
    assert said["by_name"] == [name.decode() for name in sorted(text)]
    assert said["by_name_down"] == said["texts"] == [name.decode() for name in sorted(text, reverse=True)]
    born = sorted(PEOPLE, key=lambda row: (not row["born"], row["born"], [-part for part in address(row)]))
    assert said["by_born"] == names(born)
    paid = sorted(PEOPLE, key=lambda row: (row["paid"] != "true", float(row["weight"]), row["name"].encode()))
    assert said["by_paid"] == names(paid)
    best = sorted(PEOPLE, key=lambda row: (not row["score"], -score(row)[1], -float(row["weight"])))
    assert said["best"] == names(best)[:3]
    worst = sorted(PEOPLE, key=lambda row: (*score(row), -float(row["weight"])))
    assert said["worst"] == names(worst)[:3]
    hosts = [row["host"] for row in sorted(PEOPLE, key=address)]
    assert (said["first"], said["few"]) == (hosts[:2], 7)
    assert said["scores"] == [3, 3, 3, 5, 7, 7, None]
    weights = [float(row["weight"]) for row in PEOPLE]
    in_order = sorted(range(7), key=weights.__getitem__)
    assert [said["ranks"][i] for i in in_order] == list(range(7))
    assert said["weights"] == sorted(weights, reverse=True)[:4]


@pytest.mark.parametrize("size", ["size rows\n", "size rows up to 4\n"])
def test_rows_that_are_not_there_go_last(size: str, tmp_path: Path) -> None:
    said = outputs(size + TABLE + """
some = t.where(t.weight > -1)
up = some.sort_by(desc(t.score), t.name)
output names = up.name to all if present(up.name)
output count = len(up) to all
output best = some.top(2, some.weight).name to all if present(some.top(2, some.weight).name)
output total = sum(up.weight) to all
output column = sort(some.score) to all if present(sort(some.score))
output nobody = t.where(t.weight > 9).sort_by(t.name).head(1).name to all if present(up.head(1).weight > 99)
output places = rank(some.weight) to all if present(some.weight)
""", FILES, tmp_path)
    some = [row for row in PEOPLE if float(row["weight"]) > -1]
    up = names(sorted(some, key=lambda row: (not row["score"], -score(row)[1], row["name"].encode())))
    absent = (7 if size == "size rows\n" else 12) - len(some)
    assert said["names"] == up + [None] * absent
    assert said["count"] == len(some)
    assert said["best"] == names(sorted(some, key=lambda row: -float(row["weight"])))[:2]
    assert said["total"] == sum(float(row["weight"]) for row in some)
    assert said["column"] == [3, 3, 3, 5, 7] + [None] * absent
    assert sorted(place for place in said["places"] if place is not None) == list(range(len(some)))


def test_what_is_sorted_can_be_computed_with(tmp_path: Path) -> None:
    said = outputs("size rows\n" + TABLE + """
up = sort(t.weight)
output steps = up[1:] - up[:-1] to all
output squares = sum(up * up) to all
place = rank(t.weight)
output late = count(place > 3) to all
output twice = sort(sort(t.weight, descending=true)) to all
output counted = sort(place * 3 % 7) to all
known = sort([3, 1, 2])
output two = known[1] + t.weight[0] to all
open = sort(reveal(t.weight))
output lowest = open[0] + t.weight[0] to all
""", FILES, tmp_path)
    weights = sorted(float(row["weight"]) for row in PEOPLE)
    assert said["steps"] == [b - a for a, b in pairwise(weights)]
    assert said["twice"] == weights
    assert said["late"] == 3
    assert said["counted"] == sorted(place * 3 % 7 for place in range(7))
    assert said["two"] == 3.5
    assert said["lowest"] == -0.5


@pytest.mark.parametrize("files", [
    dict.fromkeys(FILES, HEADER),
    {**dict.fromkeys(FILES, HEADER), "west.csv": FILES["west.csv"].rsplit("\n", 2)[0] + "\n"},
])
def test_no_row_and_one(files: dict[str, str], tmp_path: Path) -> None:
    said = outputs("size rows\n" + TABLE + """
output names = t.sort_by(t.score, desc(t.name)).name to all
output weights = sort(t.weight, descending=true) to all
output places = rank(t.host) to all
""", files, tmp_path)
    assert len(said["names"]) == len(said["weights"]) == len(said["places"])
    assert said["places"] in ([], [0])


def test_sorting_in_a_loop(tmp_path: Path) -> None:
    said = outputs("size rows\n" + TABLE + """
level = 0
for i in range(70):
    level = clamp(level + rank(t.weight + i % 2)[0] * 2 - count(sort(t.paid)[3:]), -100, 100)
output level = level to all
""", FILES, tmp_path)
    weights = [float(row["weight"]) for row in PEOPLE]
    place = sum(w < weights[0] for w in weights)
    level = 0
    for _ in range(70):
        level = max(-100, min(100, level + 2 * place - sum(sorted(row["paid"] == "true" for row in PEOPLE)[3:])))
    assert said["level"] == level


@pytest.mark.parametrize(("line", "code", "says"), [
    ("x = sort(t)", "E2001", "takes an array"),
    ("x = t.sort_by()", "E2003", "other arguments"),
    ("x = t.sort_by(t.grade)", "E2001", "levels have none"),
    ("x = t.head(t.score[0])", "E2006", "known at compile time"),
    ("x = t.sort_by(t.score[1:])", "E2002", "takes arrays"),
    ("x = desc(t.score) + 1", "E2001", "desc"),
    ("x = sort(t.score, descending=t.score[0] > 3)", "E2006", "descending"),
    ("x = sort(t.score[0])", "E2002", "one dimension"),
    ("x = largest(t.score)", "E2003", "takes 2 arguments"),
    ("x = t.top(t.score)", "E2003", "other arguments"),
])
def test_what_is_refused(line: str, code: str, says: str) -> None:
    text = "size rows\ninput t: table(score: uint8, grade: category(\"a\", \"b\"))[rows] from each\n"
    found = refused(text + line + "\noutput n = count(t.score > 1) to all\n")
    assert found[0][0] == code
    assert says in found[0][1]
