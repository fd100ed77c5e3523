"""The right results, computed in the clear with exact arithmetic: python expected.py [--data FOLDER] [--next FOLDER]

Written from the meaning of the language, without Cloister. With --next the results of `next_year.mpc`.
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
PARTIES = ("ashby", "birch", "calder")
ONE = 1 << 16


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs of `program.mpc` by party."""
    all_of_them = salaries(data)
    places = {"lower": Fraction(1, 4), "middle": Fraction(1, 2), "upper": Fraction(3, 4)}
    shown = {name: shared(quantile(all_of_them, place)) for name, place in places.items()}
    best = {"best_tenth": shared(quantile(all_of_them, Fraction(9, 10)))}
    return {party: {**shown, **best} if party == "ashby" else shown for party in PARTIES}


def next_year(data: Path, later: Path) -> dict[str, dict[str, Any]]:
    """The outputs of `next_year.mpc` by party."""
    half = Fraction(1, 2)
    quotient = Fraction(nearest(quantile(salaries(later), half) / quantile(salaries(data), half) * ONE), ONE)
    return {party: {"rise_percent": shared(100 * (quotient - 1))} for party in PARTIES}


def quantile(values: list[int], q: Fraction) -> Fraction:
    """Of m values in order that at q * (m - 1), on the straight line between two of them."""
    place = q * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])


def shared(value: Fraction) -> float:
    """As a number of sixteen fractional bits, rounded to nearest, ties up."""
    return nearest(value * ONE) / ONE


def nearest(value: Fraction) -> int:
    """The nearest whole number, ties up."""
    return math.floor(value + Fraction(1, 2))


def salaries(folder: Path) -> list[int]:
    """All companies' salaries in order."""
    found = []
    for party in PARTIES:
        with (folder / f"{party}.csv").open(encoding="utf-8", newline="") as file:
            found += [int(row["salary"]) for row in csv.DictReader(file)]
    return sorted(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    parser.add_argument("--next", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    print(json.dumps(next_year(given.data, given.next) if given.next else results(given.data), indent=2))
