"""The right results, computed in the clear without Cloister: python expected.py [--data FOLDER]"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PARTIES = ("grocer", "insurer", "notary")
KINDS = ("home", "travel", "life")
BANDS = 4
SMALLEST = 5


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party; a suppressed cell is None."""
    shoppers = rows(data / "grocer.csv")
    policies = rows(data / "insurer.csv")
    ages = {row["mail"]: int(row["age"]) for row in shoppers}
    cells = Counter((row["kind"], ages[row["mail"]] // 30) for row in policies if row["mail"] in ages)
    table = [[cells[kind, band] if cells[kind, band] >= SMALLEST else None for band in range(BANDS)] for kind in KINDS]
    insured = {row["mail"] for row in policies}
    big = sum(int(row["spent"]) > 400 and row["mail"] not in insured for row in shoppers)
    said: dict[str, dict[str, Any]] = {party: {"holders": table} for party in PARTIES}
    said["insurer"]["big_without_policy"] = big
    return said


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
