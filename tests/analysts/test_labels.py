"""Addresses, dates, levels and texts, from CSV to results."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import check_sizes
from cloister.runtime.data.labels import FIRST_DAY, LAST_DAY

from .runs import load, outputs, refused

FILES = {
    "north.csv": "ip,d,g,n\n0.0.0.0,2020-01-01,low,\n10.0.0.0,2020-02-29,mid,abc\n"
                 "10.255.255.255,2020-03-01,high,abcdefgh\n",
    "south.csv": "ip,d,g,n\n11.0.0.0,2024-12-31,low,ü\n255.255.255.255,2030-12-31,mid,\"a,\"\"b\"\n",
    "west.csv": "ip,d,g,n\n",
}


def test_addresses(tmp_path: Path) -> None:
    said = outputs("""
size rows
input ip: ip4[rows] from each
gate = ip4("10.0.0.0")
blocked = [ip4("10.0.0.0/8"), ip4("255.255.255.255")]
def is_blocked(x):
    return x in blocked
output all = ip to all
output ten = ip in ip4("10.0.0.0/8") to all
output one = ip in ip4("10.0.0.0/32") to all
output any = ip in ip4("0.0.0.0/0") to all
output low = ip in ip4("0.0.0.0/1") to all
output high = ip not in ip4("128.0.0.0/1") to all
output odd = ip in ip4("10.255.255.254/31") to all
output blocked = is_blocked(ip) to all
output exact = ip == gate to all
output less = ip < gate to all
output top = max(ip) to all
output picked = select(ip < gate, gate, ip) to all
output first = ip[0] to all
""", FILES, tmp_path)
    assert said["all"] == ["0.0.0.0", "10.0.0.0", "10.255.255.255", "11.0.0.0", "255.255.255.255"]
    assert said["ten"] == [False, True, True, False, False]
    assert said["one"] == said["exact"] == [False, True, False, False, False]
    assert said["any"] == [True] * 5
    assert said["low"] == said["high"] == [True, True, True, True, False]
    assert said["odd"] == [False, False, True, False, False]
    assert said["blocked"] == [False, True, True, False, True]
    assert said["less"] == [True, False, False, False, False]
    assert said["top"] == "255.255.255.255"
    assert said["picked"][0] == "10.0.0.0"
    assert said["first"] == "0.0.0.0"


def test_dates(tmp_path: Path) -> None:
    days = [datetime.date(2020, 1, 1), datetime.date(2020, 2, 29), datetime.date(2020, 3, 1),
            datetime.date(2024, 12, 31), datetime.date(2030, 12, 31)]
    said = outputs("""
size rows
param since: date = date("2020-03-01")
input d: date[rows] in date("2020-01-01")..date("2030-12-31") from each
output all = d to all
output year = d.year to all
output month = d.month to all
output day = d.day to all
output weekday = d.weekday to all
output later = d + 31 to all
output before = 1 + (d - 2) to all
output gap = max(d) - d to all
output recent = count(d >= since) to all
output span = count(date("2020-02-01") <= d < date("2020-03-01")) to all
output held = clamp(d, date("2020-02-29"), since) to all
output known = date("2024-02-29").year + date("2024-02-29").weekday to all
""", FILES, tmp_path, {"since": "2024-12-31"})
    assert said["all"] == [day.isoformat() for day in days]
    for part in ("year", "month", "day"):
        assert said[part] == [getattr(day, part) for day in days]
    assert said["weekday"] == [day.weekday() for day in days]
    assert said["later"] == [(day + datetime.timedelta(31)).isoformat() for day in days]
    assert said["before"] == [(day - datetime.timedelta(1)).isoformat() for day in days]
    assert said["gap"] == [(days[-1] - day).days for day in days]
    assert (said["recent"], said["span"]) == (2, 1)
    assert said["held"] == ["2020-02-29", "2020-02-29", "2020-03-01", "2024-12-31", "2024-12-31"]
    assert said["known"] == 2024 + 3


def parts_are_right(days: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    """Year, month, day and weekday by the interpreter, against numpy's calendar."""
    loaded = load("""
size rows
input d: date[rows] from north
output year = d.year to all
output month = d.month to all
output day = d.day to all
output weekday = d.weekday to all
""")
    said = interpret(check_sizes(loaded, {"rows": len(days)}), {"d.north": days})
    calendar = days.astype("datetime64[D]")
    months = calendar.astype("datetime64[M]")
    assert np.array_equal(said["year"].value, months.astype("datetime64[Y]").astype(np.int64) + 1970)
    assert np.array_equal(said["month"].value, months.astype(np.int64) % 12 + 1)
    assert np.array_equal(said["day"].value, (calendar - months.astype("datetime64[D]")).astype(np.int64) + 1)
    assert np.array_equal(said["weekday"].value, (days + 3) % 7)


def test_parts_of_dates() -> None:
    """A whole cycle of 400 years, and both ends."""
    ends = np.arange(FIRST_DAY, FIRST_DAY + 800), np.arange(LAST_DAY - 800, LAST_DAY + 1)
    parts_are_right(np.concatenate([*ends, np.arange(-80_000, 66_097)]))


@pytest.mark.slow
def test_parts_of_every_date_there_is() -> None:
    parts_are_right(np.arange(FIRST_DAY, LAST_DAY + 1))


def test_the_ends_of_the_calendar(tmp_path: Path) -> None:
    files = {"north.csv": "d\n0001-01-01\n9999-12-31\n1970-01-01\n1900-02-28\n2000-02-29\n"}
    said = outputs("""
size rows
input d: date[rows] from north
output year = d.year to all
output month = d.month to all
output day = d.day to all
output weekday = d.weekday to all
output gap = max(d) - min(d) to all
""", files, tmp_path)
    days = [datetime.date.min, datetime.date.max, datetime.date(1970, 1, 1), datetime.date(1900, 2, 28),
            datetime.date(2000, 2, 29)]
    for part in ("year", "month", "day"):
        assert said[part] == [getattr(day, part) for day in days]
    assert said["weekday"] == [day.weekday() for day in days]
    assert said["gap"] == (datetime.date.max - datetime.date.min).days


def test_levels(tmp_path: Path) -> None:
    said = outputs("""
size rows
param wanted: category("low", "mid", "high") = "mid"
input g: category("low", "mid", "high")[rows] from each
for i, level in enumerate(levels(g)):
    output per[i] = count(g == level) to all
    output names[i] = level to all
output all = g to all
output place = int(g) to all
output ends = g in ["low", "high"] to all
output not_mid = g != "mid" to all
output same = g == wanted to all
output capped = select(g == "high", "mid", g) to all
""", FILES, tmp_path, {"wanted": "high"})
    assert said["per"] == [2, 2, 1]
    assert said["names"] == ["low", "mid", "high"]
    assert said["all"] == ["low", "mid", "high", "low", "mid"]
    assert said["place"] == [0, 1, 2, 0, 1]
    assert said["ends"] == said["not_mid"] == [True, False, True, True, False]
    assert said["same"] == [False, False, True, False, False]
    assert said["capped"] == ["low", "mid", "mid", "low", "mid"]


def test_texts(tmp_path: Path) -> None:
    said = outputs("""
size rows
input n: text[8][rows] from each
wanted = ["abc", "ü"]
def known(x):
    return x in wanted
output all = n to all
output abc = n == "abc" to all
output differs = n != "abcdefgh" to all
output known = known(n) to all
output empty = count(n == "") to all
output quoted = n == 'a,"b' to all
output changed = select(n == "abc", "xyz", n) to all
output alike = n == n[1] to all
output joined = concat(n.south, n.north) to all
output last = n[-1] to north
output back = n[::-1] to all
output listed = [n[0], "lit", n[1]] to all
for i, name in enumerate(["abc", "ü", "none"]):
    output hits[i] = count(n == name) to all
""", FILES, tmp_path)
    names = ["", "abc", "abcdefgh", "ü", 'a,"b']
    assert said["all"] == names
    assert said["abc"] == said["alike"] == [name == "abc" for name in names]
    assert said["differs"] == [name != "abcdefgh" for name in names]
    assert said["known"] == [False, True, False, True, False]
    assert said["empty"] == 1
    assert said["quoted"] == [False] * 4 + [True]
    assert said["changed"] == ["", "xyz", *names[2:]]
    assert said["joined"] == names[3:] + names[:3]
    assert (said["last"], said["back"]) == (names[-1], names[::-1])
    assert said["listed"] == ["", "lit", "abc"]
    assert said["hits"] == [1, 1, 0]


@pytest.mark.parametrize("length", [1, 7, 8, 15, 64])
def test_texts_of_any_length(length: int, tmp_path: Path) -> None:
    full = "".join(chr(ord("a") + i % 26) for i in range(length))
    files = {"north.csv": f"n\n{full}\n{full[:-1]}\n{full[:-1]}!\n"}
    program = f'size k\ninput n: text[{length}][k] from north\noutput n = n to all\noutput e = n == "{full}" to all\n'
    said = outputs(program, files, tmp_path)
    assert said == {"n": [full, full[:-1], full[:-1] + "!"], "e": [True, False, False]}


def test_branches_and_loops_carry_them(tmp_path: Path) -> None:
    rows = [f"2021-01-{1 + i % 28:02},{('low', 'mid', 'high')[i % 3]},t{i}" for i in range(70)]
    files = {"north.csv": "d,g,n\n" + "\n".join(rows) + "\n"}
    said = outputs("""
size k
input d: date[k] in date("2021-01-01")..date("2021-12-31") from north
input g: category("low", "mid", "high")[k] from north
input n: text[4][k] from north
latest, level, name = d[0], g[0], n[0]
for i in range(k):
    if d[i] > latest:
        latest = d[i]
        level = g[i]
        name = n[i]
    output later[i] = d[i] + 1 to all
    output names[i] = n[i] to all if g[i] == "low"
output latest = latest to all
output level = level to all
output name = name to all
""", files, tmp_path)
    assert (said["latest"], said["level"], said["name"]) == ("2021-01-28", "low", "t27")
    assert said["later"][:2] == ["2021-01-02", "2021-01-03"]
    assert said["names"][:4] == ["t0", None, None, "t3"]


HEAD = """
size rows
input x: int8[rows] from each
input ip: ip4[rows] from each
input d: date[rows] from each
input g: category("low", "high")[rows] from each
input n: text[4][rows] from each
"""


@pytest.mark.parametrize(("line", "code"), [
    ("y = ip + 1", "E2001"),
    ("y = sum(ip)", "E2001"),
    ("y = ip == x", "E2001"),
    ("y = ip4(\"10.0.0.300\")", "E0003"),
    ("y = ip4(\"10.0.0.1/8\")", "E0003"),
    ("y = ip4(\"10.0.0.0/33\")", "E0003"),
    ("y = ip4(10)", "E2001"),
    ("y = x in ip4(\"10.0.0.0/8\")", "E2001"),
    ("y = ip == \"10.0.0.1\"", "E2001"),
    ("y = d + d", "E2001"),
    ("y = d * 2", "E2001"),
    ("y = 3 - d", "E2001"),
    ("y = d + 0.5", "E2001"),
    ("y = d + 1", "E4001"),
    ("y = d == 3", "E2001"),
    ("y = d > \"2020-01-01\"", "E2001"),
    ("y = date(\"2021-02-29\")", "E0003"),
    ("y = sum(x).year", "E1005"),
    ("y = g < \"high\"", "E2001"),
    ("y = g == \"hihg\"", "E1001"),
    ("y = g + 1", "E2001"),
    ("y = n < \"abc\"", "E2001"),
    ("y = n == \"abcde\"", "E4004"),
    ("y = n + n", "E2001"),
    ("y = n == g", "E2001"),
    ("y = [d[0], x[0]]", "E2001"),
    ("y: date in date(\"2020-01-01\")..date(\"2020-12-31\") = d[0]", "E4004"),
    ("y: text[5] = n[0]", "E2001"),
])
def test_refused(line: str, code: str) -> None:
    found = refused(f"{HEAD}{line}\noutput z = sum(x) to all\n")
    assert [one for one, _ in found] == [code], found


@pytest.mark.parametrize(("type_", "code"), [
    ("ip4 in 0..5", "E2007"),
    ("text", "E2007"),
    ("text[0]", "E2007"),
    ("text[rows]", "E1007"),
    ("category", "E2007"),
    ("category(\"a\", \"a\")", "E2007"),
    ("category(\" a\")", "E2007"),
    ("date in 0..5", "E2007"),
    ("date in date(\"2021-01-01\")..date(\"2020-01-01\")", "E2007"),
])
def test_types_that_are_wrong(type_: str, code: str) -> None:
    found = refused(f"size rows\ninput x: int8[rows] from each\ninput y: {type_} from each\noutput z = sum(x) to all\n")
    assert [one for one, _ in found] == [code], found
