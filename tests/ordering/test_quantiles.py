"""Medians and quantiles: as numpy's, of whole columns, of columns with missing values and of hidden rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ..analysts.runs import outputs, refused

PROGRAM = """
output middle = median(t.x) to all
output low = quantile(t.x, 0.1) to all
output high = percentile(t.x, 97.5) to all
output least = quantile(t.x, 0) to all
output most = quantile(t.x, 1) to all
output fine = quantile(t.f, 1 / 3) to all
"""


def files(columns: dict[str, list[tuple[str, str]]]) -> dict[str, str]:
    return {f"{party}.csv": "\n".join(["x,f", *(",".join(row) for row in rows)]) + "\n"
            for party, rows in columns.items()}


def expected(x: list[int], f: list[float]) -> dict[str, float | None]:
    def of(values, share):
        return np.quantile(np.array(values, float), share) if values else None

    return {"middle": of(x, 0.5), "low": of(x, 0.1), "high": of(x, 0.975), "least": of(x, 0), "most": of(x, 1),
            "fine": of(f, 1 / 3)}


def near(said: dict, wanted: dict) -> None:
    for name, value in wanted.items():
        assert (said[name] is None) == (value is None), name
        assert value is None or abs(said[name] - value) <= 2 ** -17 + 1e-9, name


@pytest.mark.parametrize("n", [1, 2, 3, 8, 65])
def test_of_all_values(n: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(n)
    x, f = rng.integers(-50, 51, n).tolist(), (rng.integers(-90, 90, n) / 8).tolist()
    rows = [(str(a), str(b)) for a, b in zip(x, f, strict=True)]
    split = {"north": rows[: n // 2], "south": [], "west": rows[n // 2:]}
    said = outputs("size rows\ninput t: table(x: int8 in -50..50, f: fixed in -20..20)[rows] from each\n" + PROGRAM,
                   files(split), tmp_path)
    near(said, expected(x, f))


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("kept", [0, 1, 2, 5, 9])
def test_of_what_there_is(kept: int, hidden: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(kept)
    x, f = rng.integers(-50, 51, 9), rng.integers(-90, 90, 9) / 8
    there = np.arange(9) < kept
    rng.shuffle(there)
    rows = [(str(a) if ok else "", str(b)) for a, b, ok in zip(x, f, there, strict=True)]
    size = "size rows up to 5\n" if hidden else "size rows\n"
    table = "input t: table(x: int8 in -50..50 optional, f: fixed in -20..20)[rows] from each\n"
    said = outputs(size + table + PROGRAM, files({"north": rows[:4], "south": rows[4:], "west": []}), tmp_path)
    near(said, expected(x[there].tolist(), f.tolist()))


def test_after_where(tmp_path: Path) -> None:
    rows = [(str(i % 7), str(i)) for i in range(12)]
    said = outputs("""size rows
input t: table(x: int8 in -50..50, f: fixed in -20..20)[rows] from each
some = t.where(t.x > 2)
output middle = median(some.f) to all
output nothing = median(t.where(t.x > 9).f) to all
output upper = quantile(some.f, 0.75) - quantile(some.f, 0.25) to all
""", files({"north": rows, "south": [], "west": []}), tmp_path)
    kept = [float(i) for i in range(12) if i % 7 > 2]
    assert said["middle"] == np.median(kept)
    assert said["nothing"] is None
    assert said["upper"] == np.quantile(kept, 0.75) - np.quantile(kept, 0.25)


@pytest.mark.parametrize(("line", "code"), [
    ("y = quantile(t.x, 1.5)", "E2005"),
    ("y = percentile(t.x, -1)", "E2005"),
    ("y = quantile(t.x, t.x[0])", "E2006"),
    ("y = median(t)", "E2001"),
    ("y = median(t.name)", "E2001"),
])
def test_what_is_refused(line: str, code: str) -> None:
    text = "size rows\ninput t: table(x: uint8, name: text[3])[rows] from each\n"
    assert refused(text + line + "\noutput n = count(t.x > 1) to all\n")[0][0] == code
