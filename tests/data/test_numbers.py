"""Text to exact numbers: the quick path, the slow path and plain rational arithmetic say the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.runtime.data import csvfile, numbers
from cloister.runtime.data.declare import Declaration
from cloister.runtime.data.problems import unscaled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

INT64 = Declaration("x", "north", "int", 0, -(1 << 63), (1 << 63) - 1, ("n",))
UINT64 = Declaration("x", "north", "int", 0, 0, (1 << 64) - 1, ("n",))
WIDE = Declaration("x", "north", "int", 0, -(1 << 127), (1 << 127) - 1, ("n",))
BOOL = Declaration("x", "north", "bool", 0, 0, 1, ("n",))


def fixed(frac: int, lo: int = -(1 << 62), hi: int = 1 << 62) -> Declaration:
    return Declaration("x", "north", "fixed", frac, lo, hi, ("n",))


def column(texts: list[str], declaration: Declaration, folder: Path) -> tuple[Any, Any]:
    path = folder / "x.csv"
    path.write_text("".join(f"{text}\n" for text in ["x", *texts]), encoding="utf-8", newline="")
    return csvfile.read_csv(path).values("x", declaration)


def model(text: str, frac: int) -> int:
    value = Fraction(text) * 2**frac + Fraction(1, 2)
    return value.numerator // value.denominator


EDGES = [0, 1, -1, 119, 2**53 - 1, 2**53, 2**53 + 1, 33333333333333333, 10**18, 10**18 - 1,
         9 * 10**18 - 1, 2**62, 2**63 - 1, -(2**63), -(2**63) + 1]


@pytest.mark.parametrize("declaration", [INT64, WIDE])
def test_integers_are_exact(declaration: Declaration, tmp_path: Path) -> None:
    values, problems = column([str(n) for n in EDGES], declaration, tmp_path)
    assert problems.total == 0
    assert values.tolist() == EDGES
    assert values.dtype == (np.int64 if declaration is INT64 else object)


def test_integers_past_int64(tmp_path: Path) -> None:
    texts = [2**63 - 1, 2**63, 2**64 - 1, 0, 10**19]
    values, problems = column([str(n) for n in texts], UINT64, tmp_path)
    assert (values.tolist(), problems.total) == (texts, 0)
    assert all(type(value) is int for value in values.tolist())
    values, problems = column([str(2**64), "-1", str(2**63)], UINT64, tmp_path)
    assert [why.split(",")[0] for _, why in problems.first] == [f"`{2**64}` is above {2**64 - 1}",
                                                               "`-1` is below 0"]
    _, problems = column([str(2**63), str(-(2**63) - 1), "9" * 30], INT64, tmp_path)
    assert problems.total == 3
    wide = [2**127 - 1, -(2**127), 2**64]
    assert column([str(n) for n in wide], WIDE, tmp_path)[0].tolist() == wide


@pytest.mark.parametrize(("text", "value"), [
    ("+5", 5), ("-0", 0), ("007", 7), ("3.0", 3), ("3.", 3), ("1e3", 1000), ("  42\t", 42), ('"42"', 42),
    ('" 42 "', 42), ("-12.000", -12), ("0" * 60 + "1", 1),
])
def test_ways_to_write_an_integer(text: str, value: int, tmp_path: Path) -> None:
    values, problems = column([text], INT64, tmp_path)
    assert (values.tolist(), problems.first) == ([value], [])


@pytest.mark.parametrize(("text", "words"), [
    ('""', "the value is missing"),
    ("12abc", "`12abc` is not a number"),
    ("0x10", "`0x10` is not a number"),
    ("1_000", "`1_000` is not a number: write it without thousands separators"),
    ('"1,000"', "`1,000` is not a number: write it without thousands separators"),
    ('"1,234,567.5"', "`1,234,567.5` is not a number: write it without thousands separators"),
    ("1 234", "`1 234` is not a number: write it without thousands separators"),
    ("1'234'567", "`1'234'567` is not a number: write it without thousands separators"),
    ('"3,5"', "`3,5` is not a number: write a point before the decimals"),
    ("nan", "`nan` is not a finite number: leave a missing value empty, where the input is `optional`"),
    ("-Inf", "`-Inf` is not a finite number"),
    ("NA", "`NA` is not a number: leave a missing value empty, where the input is `optional`"),
    ("--1", "`--1` is not a number"),
    ("-", "`-` is not a number"),
    (".", "`.` is not a number"),
    ("1.2.3", "`1.2.3` is not a number"),
    ("1-", "`1-` is not a number"),
    ("٣", "`٣` is not a number"),
    ("1e99999", "`1e99999` is not a number"),
    ("3.5", "`3.5` is not a whole number"),
    ("9" * 1001, "`" + "9" * 40 + "…` is not a number"),
    ("a\x1b[31m", "`a�[31m` is not a number"),
])
def test_what_is_no_integer(text: str, words: str, tmp_path: Path) -> None:
    values, problems = column(["7", text], INT64, tmp_path)
    assert problems.first == [(1, words)]
    assert values.tolist() == [7, 0]


@pytest.mark.parametrize(("text", "scaled"), [
    ("0.5", 32768), ("-0.5", -32768), ("365", 365 << 16), ("0.00000762939453125", 1),
    ("-0.00000762939453125", 0), ("70368744177663.99999", (1 << 62) - 1),
    ("0.000007629394531249999", 0), ("0.0000076293945312500001", 1), ("-0.0000076293945312500001", -1),
    ("0.00002288818359375", 2), ("-0.00002288818359375", -1), ("1e-5", 1), (".25", 16384), ("5e-1", 32768),
    ("0.1", 6554), ("-0.1", -6554), ("33333333333.1", 33333333333 * 65536 + 6554),
    ("70368744177663.999999", 1 << 62), ("-70368744177664", -(1 << 62)),
])
def test_fixed_point_rounds_ties_up(text: str, scaled: int, tmp_path: Path) -> None:
    values, problems = column([text], fixed(16), tmp_path)
    assert (values.tolist(), problems.first) == ([scaled], [])
    assert scaled == model(text, 16)


def test_ranges_of_fixed_point(tmp_path: Path) -> None:
    declaration = fixed(16, 0, 365 << 16)
    _, problems = column(["365.000001", "365.00001", "-0.00001", "-0.000001"], declaration, tmp_path)
    assert problems.first == [(1, "`365.00001` is above 365, the greatest value declared"),
                              (2, "`-0.00001` is below 0, the least value declared")]
    assert [unscaled(n, 2) for n in (0, 1, -1, 6, -10, 400)] == ["0", "0.25", "-0.25", "1.5", "-2.5", "100"]


@pytest.mark.parametrize("frac", [0, 1, 30, 61, 62, 63, 100])
def test_any_number_of_fractional_bits(frac: int, tmp_path: Path) -> None:
    texts = ["0", "0.5", "-0.5", "1", "-1", "0.333333333333333333", "1.999999999999999999",
             "0.1234567890123456789"]
    declaration = fixed(frac, -(1 << 120), 1 << 120)
    values, problems = column(texts, declaration, tmp_path)
    assert problems.total == 0
    assert values.tolist() == [model(text, frac) for text in texts]


def test_bools(tmp_path: Path) -> None:
    texts = ["true", "false", "1", "0", "True", "FALSE", '"true"', " false "]
    values, problems = column(texts, BOOL, tmp_path)
    assert (values.tolist(), problems.total) == ([1, 0, 1, 0, 1, 0, 1, 0], 0)
    _, problems = column(["yes", '""', "2", "trve", "10"], BOOL, tmp_path)
    neither = "is neither true, false, 1 nor 0"
    assert [why for _, why in problems.first] == [
        f"`yes` {neither}", "the value is missing", f"`2` {neither}", f"`trve` {neither}", f"`10` {neither}"]


def test_chunks_join(tmp_path: Path) -> None:
    count = 2 * 32768 + 3
    texts = [str(i * 37 % 1000) for i in range(count)]
    texts[0] = texts[32767] = texts[32768] = texts[-1] = "bad"
    values, problems = column(texts, INT64, tmp_path)
    assert problems.total == 4
    assert [index for index, _ in problems.first] == [0, 32767, 32768, count - 1]
    assert values.tolist() == [0 if text == "bad" else int(text) for text in texts]
    lines = list(problems.lines("x.csv, column `x`", 2))
    assert lines[0] == "x.csv, column `x`: 4 values do not fit"
    assert lines[1] == "  row 2: `bad` is not a number"
    assert lines[-1] == f"  row {count + 1}: `bad` is not a number"


cell = st.one_of(
    st.integers(-(2**65), 2**65).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=6).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"[+-]?[0-9]{0,22}\.?[0-9]{0,22}(e[+-]?[0-9]{1,2})?", fullmatch=True),
    st.text("0123456789.+-e, '\"nainftrue", max_size=12).map(lambda text: text.replace('"', "")),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(cell, min_size=1, max_size=12),
       declaration=st.sampled_from([INT64, UINT64, WIDE, BOOL, fixed(16), fixed(3, -800, 800), fixed(40),
                                    fixed(62)]))
def test_both_paths_agree(texts: list[str], declaration: Declaration, tmp_path: Path) -> None:
    values, problems = column([f'"{text}"' for text in texts], declaration, tmp_path)
    expected: list[int] = []
    wrong: list[tuple[int, str]] = []
    for index, text in enumerate(texts):
        try:
            expected.append(numbers.exact(text.strip(), declaration))
        except ValueError as error:
            expected.append(0)
            wrong.append((index, str(error)))
    assert values.tolist() == expected
    assert problems.total == len(wrong)
    assert problems.first == wrong[:5]
