"""Makes the same salaries of three companies every time: python make_data.py [--rows N] [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
#: The share of all employees that a company has, and its median salary.
COMPANIES = {"ashby": (0.31, 41_000), "birch": (0.45, 47_500), "calder": (0.24, 52_000)}
LARGEST = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=643, help="employees of all companies (default: 643)")
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    left = arguments.rows
    for number, (name, (share, median)) in enumerate(COMPANIES.items()):
        rows = left if number == len(COMPANIES) - 1 else round(arguments.rows * share)
        left -= rows
        (arguments.to / f"{name}.csv").write_text(company(name, rows, median), encoding="utf-8")


def company(name: str, rows: int, median: int) -> str:
    """The file of one company: an employee number, which the program does not ask for, and the salary."""
    draw = random.Random(f"salaries of {name}")
    lines = ["employee,salary"]
    for number in range(1, rows + 1):
        salary = min(round(median * draw.lognormvariate(0, 0.35)), LARGEST)
        lines.append(f"{name[0].upper()}{number:07d},{salary}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
