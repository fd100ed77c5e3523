"""Arrays as sets, over two and three parties, beside Python's own sets."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from .runs import outputs, refused

PROGRAM = """
input x: int8[rows] from each
input n: text[3][rows] optional from each
input ip: ip4[rows] from each
union = x.north.union(x.south, x.west)
inter = x.north.intersection(x.south, x.west)
minus = x.north.difference(x.south)
two = in_at_least(2, x.north, x.south, x.west)
names = in_at_least(2, n.north, n.south, n.west)
rest = n.north.difference(n.west, n.south)
hosts = ip.south.intersection(ip.west)
output union to all if present(union)
output inter to all if present(inter)
output minus to all if present(minus)
output two to all if present(two)
output names to all if present(names)
output rest to all if present(rest)
output hosts to all if present(hosts)
output how_many = len(union) to all
output common = len(inter) to all
"""


@pytest.mark.parametrize(("counts", "size"), [
    ((6, 7, 5), "size rows <= 1000"),
    ((0, 0, 0), "size rows <= 1000"),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in (
        ((0, 2, 1), "size rows <= 1000"), ((1, 1, 1), "size rows <= 1000"), ((6, 0, 5), "size rows up to 7"))),
])
def test_sets_are_those_of_python(counts: tuple[int, int, int], size: str, tmp_path: Path) -> None:
    rng = random.Random(sum(counts))
    data = [[(rng.randint(-3, 3), rng.choice(["", "a", "bb", "ccc"]), f"10.0.0.{rng.randint(0, 4)}")
             for _ in range(count)] for count in counts]
    files = {f"{party}.csv": "x,n,ip\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
             for party, rows in zip(("north", "south", "west"), data, strict=True)}
    said = outputs(size + PROGRAM, files, tmp_path)
    x = [{row[0] for row in rows} for rows in data]
    n = [{row[1] for row in rows} - {""} for rows in data]
    ip = [{row[2] for row in rows} for rows in data]

    def twice(sets: list[set[Any]]) -> set[Any]:
        return {value for own in sets for value in own if sum(value in other for other in sets) > 1}

    wanted = {"union": x[0] | x[1] | x[2], "inter": x[0] & x[1] & x[2], "minus": x[0] - x[1], "two": twice(x),
              "names": twice(n), "rest": n[0] - n[1] - n[2], "hosts": ip[1] & ip[2]}
    for name, values in wanted.items():
        assert said[name][:len(values)] == sorted(values), name
        assert all(value is None for value in said[name][len(values):])
    assert (said["how_many"], said["common"]) == (len(wanted["union"]), len(wanted["inter"]))


@pytest.mark.parametrize(("line", "code"), [
    ("z = x.union()", "E2003"),
    ("z = x.union(n)", "E2001"),
    ("z = x.union(3)", "E2001"),
    ("z = in_at_least(3, x.north, x.south)", "E2006"),
    ("z = in_at_least(x[0], x.north, x.south)", "E2006"),
    ("output z = x.north.union(x.south) to all", "E2009"),
])
def test_what_is_refused(line: str, code: str) -> None:
    found = refused("size rows <= 9\ninput x: int8[rows] from each\ninput n: text[3][rows] from each\n" + line
                    + "\noutput q = sum(x) + count(n) to all\n")
    assert [one for one, _ in found] == [code], found
