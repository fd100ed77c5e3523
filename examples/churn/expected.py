"""The right results, computed in the clear from both files: python expected.py [--data FOLDER]

Written from the meaning of the language (fixed-point numbers of sixteen fractional bits, a quotient rounded to
nearest, ties up), without Cloister.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ONE = 1 << 16
SMALLEST = 10
BALANCES = (-math.inf, 0, 2_000, 10_000, math.inf)
MINUTES = (-math.inf, 60, 600, math.inf)


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party; a suppressed cell is None."""
    balances = [float(row["balance"]) for row in rows(data / "bank.csv")]
    calls = [(float(row["minutes"]), row["left"] == "true") for row in rows(data / "telecom.csv")]
    customers = [(balance, minutes, left) for balance, (minutes, left) in zip(balances, calls, strict=True)]
    table = [[rate([left for balance, minutes, left in customers if low <= balance < high and few <= minutes < many])
              for few, many in pairwise(MINUTES)] for low, high in pairwise(BALANCES)]
    return {"bank": {"rate": table}, "telecom": {"rate": table}}


def rate(left: list[bool]) -> float | None:
    """The part of a cell that left, or None when too few left or too few stayed."""
    gone = sum(left)
    if min(gone, len(left) - gone) < SMALLEST:
        return None
    return math.floor(Fraction(gone * ONE, len(left)) + Fraction(1, 2)) / ONE


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
