"""The right results, computed in the clear with exact arithmetic: python expected.py [--data FOLDER]

Written from the meaning of the language (fixed-point numbers of sixteen fractional bits, each operation
rounded to nearest, ties up), without Cloister; and held against the statistics module of Python.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import statistics
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent
PARTIES = ("ashby", "birch", "calder")
ONE = 1 << 16


def nearest(value: Fraction) -> int:
    """The nearest whole number, ties up."""
    return math.floor(value + Fraction(1, 2))


def results(data: Path) -> dict[str, dict[str, float]]:
    """The outputs by party."""
    salaries = [salary for party in PARTIES for salary in column(data / f"{party}.csv")]
    count = len(salaries)
    average = nearest(Fraction(sum(salaries) * ONE, count))
    squares = sum((salary * ONE - average) ** 2 for salary in salaries)
    variance = nearest(Fraction(nearest(Fraction(squares, ONE)), count))
    spread = (math.isqrt(4 * variance * ONE) + 1) // 2
    shared = {"average": average / ONE, "spread": spread / ONE}
    assert math.isclose(shared["average"], statistics.fmean(salaries), abs_tol=1e-4)
    assert math.isclose(shared["spread"], statistics.pstdev(map(float, salaries)), abs_tol=1e-4)
    return {"ashby": {**shared, "highest": max(salaries)}, "birch": shared, "calder": shared}


def column(path: Path) -> list[int]:
    """The salaries in one company's file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [int(row["salary"]) for row in csv.DictReader(file)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
