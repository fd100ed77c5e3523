"""Columns of addresses, dates, levels and texts: what is read, and what is said about what does not fit."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cloister.runtime.data.declare import Declaration
from cloister.runtime.data.labels import (
    FIRST_DAY,
    LAST_DAY,
    date_text,
    date_value,
    ip4_text,
    ip4_value,
    text_layout,
    text_words,
    texts,
    words_text,
)
from cloister.runtime.data.results import decode
from cloister.runtime.data.sources import read
from cloister.runtime.errors import DataError
from cloister.runtime.program import OutputSpec

IP4 = Declaration("x", "north", "ip4", 0, 0, (1 << 32) - 1, ("n",))
DATE = Declaration("x", "north", "date", 0, FIRST_DAY, LAST_DAY, ("n",))
RECENT = Declaration("x", "north", "date", 0, date_value("2020-01-01"), date_value("2020-12-31"), ("n",), optional=True)
LEVEL = Declaration("x", "north", "category", 0, 0, 2, ("n",), levels=("low", "mid", "höher"))
TEXT = Declaration("x", "north", "text", 0, 0, (1 << 56) - 1, ("n",), length=7)
LONG = Declaration("x", "north", "text", 0, 0, (1 << 40) - 1, ("n",), length=10, optional=True)


def column(declaration: Declaration, cells: list[str], folder: Path) -> dict[str, Any]:
    """What is read of these cells of a CSV file."""
    (folder / "north.csv").write_text("x,y\n" + "".join(f"{cell},0\n" for cell in cells), encoding="utf-8")
    return read([declaration], folder, "north").values


def complaints(declaration: Declaration, cells: list[str], folder: Path) -> list[str]:
    """What is said about these cells, row by row."""
    with pytest.raises(DataError) as refused:
        column(declaration, cells, folder)
    return [line.strip() for line in str(refused.value).splitlines()[1:]]


def test_addresses(tmp_path: Path) -> None:
    cells = ["0.0.0.0", "255.255.255.255", "10.1.2.3", " 1.0.0.9 ", '"8.8.8.8"']
    found = column(IP4, cells, tmp_path)["x.north"]
    assert found.tolist() == [0, (1 << 32) - 1, 0x0A010203, 0x01000009, 0x08080808]
    assert [ip4_text(n) for n in found.tolist()] == [cell.strip(' "') for cell in cells]


@pytest.mark.parametrize("cell", [
    "", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.1.1.999", "01.2.3.4", "1.2.3.00", "a.b.c.d",
    "1.2.3.-4", "1.2.3.4/8", "1 .2.3.4", "١.1.1.1", "1.2.3.4444", "10.1.2",
])
def test_addresses_that_are_none(cell: str, tmp_path: Path) -> None:
    (line,) = complaints(IP4, ["1.2.3.4", cell], tmp_path)
    assert line.startswith("row 3: ")
    assert ("is missing" if not cell else "is not an address") in line


def test_dates(tmp_path: Path) -> None:
    days = [FIRST_DAY, LAST_DAY, 0, -1, date_value("2000-02-29"), date_value("1900-02-28")]
    found = column(DATE, [date_text(day) for day in days], tmp_path)["x.north"]
    assert found.tolist() == days
    assert date_text(0) == "1970-01-01"


def test_every_kind_of_date_is_read(tmp_path: Path) -> None:
    days = list(range(FIRST_DAY, LAST_DAY, 997))
    assert column(DATE, [date_text(day) for day in days], tmp_path)["x.north"].tolist() == days
    assert all(date_text(day) == datetime.date.fromordinal(day + 719_163).isoformat() for day in days)


@pytest.mark.parametrize("cell", [
    "", "2021-02-29", "1900-02-29", "2021-00-01", "2021-13-01", "2021-01-00", "2021-01-32", "0000-01-01", "21-01-01",
    "2021/01/01", "2021-1-1", "01.02.2021", "2021-01-01T00:00", "20210101", "2021-01-0a",
])
def test_dates_that_are_none(cell: str, tmp_path: Path) -> None:
    (line,) = complaints(DATE, [cell, "2021-01-01"], tmp_path)
    assert line.startswith("row 2: ")
    assert ("is missing" if not cell else "is not a date") in line


def test_dates_have_a_range_and_can_be_missing(tmp_path: Path) -> None:
    found = column(RECENT, ["2020-01-01", "", "2020-12-31"], tmp_path)
    assert found["x.north"].tolist() == [RECENT.lo, RECENT.filler, RECENT.hi]
    assert RECENT.lo <= RECENT.filler <= RECENT.hi
    assert found["x?.north"].tolist() == [1, 0, 1]
    assert complaints(RECENT, ["2019-12-31", "2021-01-01"], tmp_path) == [
        "row 2: `2019-12-31` is before the first day declared", "row 3: `2021-01-01` is after the last day declared"]


def test_levels(tmp_path: Path) -> None:
    assert column(LEVEL, ["mid", "low", "höher", '"mid"'], tmp_path)["x.north"].tolist() == [1, 0, 2, 1]
    assert complaints(LEVEL, ["Mid", "lo", "zzz", ""], tmp_path) == [
        "row 2: `Mid` is no level; is it `mid`?", "row 3: `lo` is no level; is it `low`?",
        "row 4: `zzz` is no level; there is `low`, `mid`, `höher`", "row 5: the value is missing"]


def test_texts(tmp_path: Path) -> None:
    cells = ["abc", "", "ünïcö", '"a,b"', '"say ""x"""'[:8] + '"']
    cells[4] = '"a""b"'
    found = column(TEXT, [cells[0], cells[1], "ünïc", cells[3], cells[4], "1234567"], tmp_path)["x.north"]
    assert found.shape == (6, 1)
    assert texts(found, 7).tolist() == ["abc", "", "ünïc", "a,b", 'a"b', "1234567"]
    assert complaints(TEXT, ["12345678", "ünïcö"], tmp_path) == [
        "row 2: `12345678` has 8 bytes, more than the 7 of text[7]",
        "row 3: `ünïcö` has 8 bytes, more than the 7 of text[7]"]


def test_texts_that_are_missing(tmp_path: Path) -> None:
    found = column(LONG, ["1234567890", "", "x"], tmp_path)
    assert found["x.north"].shape == (3, 2)
    assert texts(found["x.north"], 10).tolist() == ["1234567890", "", "x"]
    assert found["x?.north"].tolist() == [1, 0, 1]


@pytest.mark.parametrize("length", [1, 6, 7, 8, 13, 14, 15, 100, 1024])
def test_words_hold_texts(length: int) -> None:
    count, width = text_layout(length)
    assert count * width >= length
    assert width <= 7
    text = "".join(chr(33 + i % 90) for i in range(length))
    assert words_text(text_words(text, length), length) == text
    with pytest.raises(ValueError, match="bytes"):
        text_words(text + "x", length)


def test_a_zero_byte_is_no_text() -> None:
    with pytest.raises(ValueError, match="zero byte"):
        text_words("a\0", 4)


def test_numbers_can_be_missing(tmp_path: Path) -> None:
    number = Declaration("x", "north", "int", 0, 3, 9, ("n",), optional=True)
    found = column(number, ["4", "", "9", '""'], tmp_path)
    assert found["x.north"].tolist() == [4, 3, 9, 3]
    assert found["x?.north"].tolist() == [1, 0, 1, 0]
    assert complaints(number, ["", "2"], tmp_path) == ["row 3: `2` is below 3, the least value declared"]


def test_hidden_rows_are_padded(tmp_path: Path) -> None:
    number = Declaration("x", "north", "int", 0, -9, -3, (4,), hidden="rows")
    found = read_both(number, ["-4", "-9"], tmp_path)
    assert found["x.north"].tolist() == [-4, -9, -3, -3]
    assert found["rows?.north"].tolist() == [1, 1, 0, 0]
    assert read_both(number, [], tmp_path)["rows?.north"].tolist() == [0, 0, 0, 0]


def read_both(declaration: Declaration, cells: list[str], folder: Path) -> dict[str, Any]:
    found = column(declaration, cells, folder)
    assert read([declaration], folder, "north").sizes == {}
    return found


def test_parquet_says_the_same(tmp_path: Path) -> None:
    columns = {
        "ip": pa.array(["10.1.2.3", None]), "d": pa.array([datetime.date(2021, 5, 6), None]),
        "iso": pa.array(["2021-05-06", ""]), "g": pa.array(["mid", None]), "n": pa.array(["abc", None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "north.parquet")
    day = date_value("2021-05-06")
    declared = [
        Declaration("ip", "north", "ip4", 0, 0, (1 << 32) - 1, ("n",), optional=True),
        Declaration("d", "north", "date", 0, FIRST_DAY, LAST_DAY, ("n",), optional=True),
        Declaration("iso", "north", "date", 0, FIRST_DAY, LAST_DAY, ("n",), optional=True),
        Declaration("g", "north", "category", 0, 0, 1, ("n",), levels=("low", "mid"), optional=True),
        Declaration("n", "north", "text", 0, 0, 255, ("n",), length=8, optional=True),
    ]
    found = read(declared, tmp_path, "north").values
    assert found["ip.north"].tolist() == [0x0A010203, 0]
    assert found["d.north"].tolist() == found["iso.north"].tolist() == [day, 0]
    assert found["g.north"].tolist() == [1, 0]
    assert texts(found["n.north"], 8).tolist() == ["abc", ""]
    assert all(found[f"{name}?.north"].tolist() == [1, 0] for name in columns)
    with pytest.raises(DataError, match="not ip4 values"):
        read([Declaration("d", "north", "ip4", 0, 0, 9, ("n",))], tmp_path, "north")
    with pytest.raises(DataError, match="the value is missing"):
        read([Declaration("n", "north", "text", 0, 0, 255, ("n",), length=8)], tmp_path, "north")


@pytest.mark.parametrize(("element", "numbers", "shown"), [
    ("ip4", [0, ip4_value("255.255.255.255")], ["0.0.0.0", "255.255.255.255"]),
    ("date", [FIRST_DAY, LAST_DAY], ["0001-01-01", "9999-12-31"]),
    ("category", [1, 0], ["high", "low"]),
])
def test_results_are_readable(element: Any, numbers: list[int], shown: list[str]) -> None:
    spec = OutputSpec("o", (0,), element, 0, (2,), 0, 1, ("low", "high"))
    words = np.array(numbers, dtype=np.int64).view(np.uint64)
    assert decode(spec, words) == shown
    assert decode(spec, words, np.array([1, 0], dtype=np.uint64)) == [shown[0], None]


def test_texts_of_results() -> None:
    spec = OutputSpec("o", (0,), "text", 0, (2, 2), 0, 1, length=10)
    words = np.array([text_words("hello you", 10), text_words("ü", 10)], dtype=np.uint64)
    assert decode(spec, words) == ["hello you", "ü"]
    assert decode(spec, words, np.array([0, 1], dtype=np.uint64)) == [None, "ü"]
