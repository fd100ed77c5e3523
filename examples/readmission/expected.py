"""The right results, computed in the clear with ordinary floating-point numbers: python expected.py [--data FOLDER]

The same gradient descent, without Cloister. The program's numbers have sixteen fractional bits; the results are
tenths and percent, which both round alike.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PARTIES = ("north", "south", "west")
EPOCHS, RATE, SMALLEST = 12, 8.0, 10


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party."""
    rows, back = [], []
    for party in PARTIES:
        with (data / f"{party}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows.append((int(row["age"]) / 120, int(row["stay"]) / 60, int(row["earlier"]) / 10, 1.0))
                back.append(row["back"] == "true")
    weights = trained(rows, back)
    predicted = [level(row, weights) > 0 for row in rows]
    right = sum(p == b for p, b in zip(predicted, back, strict=True))
    found = sum(p and b for p, b in zip(predicted, back, strict=True))
    shown = {
        "weight_tenths": [nearest(10 * weight) for weight in weights],
        "accuracy_percent": nearest(100 * right / len(rows)),
        "found_percent": nearest(100 * found / sum(back)) if sum(back) >= SMALLEST else None,
    }
    return dict.fromkeys(PARTIES, shown)


def trained(rows: list[tuple[float, ...]], back: list[bool]) -> list[float]:
    """The weights after all epochs, the constant last."""
    weights = [0.0] * 4
    for _ in range(EPOCHS):
        wrong = [1 / (1 + math.exp(-level(row, weights))) - b for row, b in zip(rows, back, strict=True)]
        slope = [sum(row[j] * w for row, w in zip(rows, wrong, strict=True)) / len(rows) for j in range(4)]
        weights = [weight - RATE * s for weight, s in zip(weights, slope, strict=True)]
    return weights


def level(row: tuple[float, ...], weights: list[float]) -> float:
    """How far a patient is on the side of those who come back."""
    return sum(value * weight for value, weight in zip(row, weights, strict=True))


def nearest(value: float) -> int:
    """The nearest whole number, ties up."""
    return math.floor(value + 0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
