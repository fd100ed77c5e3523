"""The right results, computed in the clear with exact arithmetic: python expected.py [--data FOLDER]

Written from the meaning of the language (fixed-point numbers of sixteen fractional bits, each operation
rounded to nearest, ties up), without Cloister.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PARTIES = ("north", "south", "west")
BANDS = 4
SMALLEST = 10
ONE = 1 << 16


def nearest(value: Fraction) -> int:
    """The nearest whole number, ties up."""
    return math.floor(value + Fraction(1, 2))


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party; a suppressed cell is None."""
    rows = [row for party in PARTIES for row in admissions(data / f"{party}.csv")]
    cells = [cell([stay for age, stay in rows if age // 30 == band]) for band in range(BANDS)]
    longest = max(stay for _, stay in rows) / ONE
    return {"north": {"stay_by_band": cells, "longest": longest}, "south": {"stay_by_band": cells},
            "west": {"stay_by_band": cells}}


def cell(stays: list[int]) -> float | None:
    """The average of a band, or None when it is small."""
    return nearest(Fraction(sum(stays), len(stays))) / ONE if len(stays) >= SMALLEST else None


def admissions(path: Path) -> list[tuple[int, int]]:
    """Age and stay, the stay in units of 2^-16 days."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(int(row["age"]), nearest(Fraction(row["stay"]) * ONE)) for row in csv.DictReader(file)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
