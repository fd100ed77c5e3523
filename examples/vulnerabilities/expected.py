"""The right results, computed in the clear without Cloister: python expected.py [--data FOLDER]"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PARTIES = ("grid", "rail", "water")


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party; a set has as many places as it can have elements."""
    rows = [findings(data / f"{party}.csv") for party in PARTIES]
    grid, rail, water = (set(own) for own in rows)
    common = (grid & rail) | (grid & water) | (rail & water)
    said = {
        "in_all_three": places(grid & rail & water, min(map(len, rows))),
        "in_two_or_more": places(common, sum(map(len, rows)) // 2),
        "grid_and_rail": len(grid & rail),
        "grid_and_water": len(grid & water),
        "rail_and_water": len(rail & water),
        "different": len(grid | rail | water),
    }
    return {"grid": {**said, "only_grid": len(grid - rail - water)}, "rail": said, "water": said}


def places(names: set[str], most: int) -> list[str | None]:
    """The names in their order, in the first of so many places."""
    return [*sorted(names), *[None] * (most - len(names))]


def findings(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["cve"] for row in csv.DictReader(file)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
