"""Makes the salaries of the three companies, this year's and next year's, the same ones every time.

    python make_data.py [--to FOLDER] [--next FOLDER]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
COMPANIES = {"ashby": 140, "birch": 95, "calder": 60}


def main() -> None:
    """Writes a file for each company and year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    parser.add_argument("--next", type=Path, metavar="FOLDER", help="where next year's go; left out, nowhere")
    given = parser.parse_args()
    dice = random.Random(20261121)
    for name, count in COMPANIES.items():
        salaries = [round(dice.lognormvariate(10.8, 0.35), -2) for _ in range(count)]
        later = [salary * dice.uniform(1.0, 1.06) for salary in salaries if dice.random() > 0.08]
        write(given.to / f"{name}.csv", salaries)
        if given.next:
            write(given.next / f"{name}.csv", later)


def write(path: Path, salaries: list[float]) -> None:
    """One column of whole euros."""
    path.write_text("\n".join(["salary", *(str(int(salary)) for salary in salaries)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
