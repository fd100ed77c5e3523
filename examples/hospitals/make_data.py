"""Makes the admissions of the three hospitals, the same ones every time: python make_data.py [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
#: Admissions of a hospital, and how many patients of each it has above ninety.
HOSPITALS = {"north": (240, 3), "south": (310, 2), "west": (180, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    for name, (rows, oldest) in HOSPITALS.items():
        (folder / f"{name}.csv").write_text(hospital(name, rows, oldest), encoding="utf-8")


def hospital(name: str, rows: int, oldest: int) -> str:
    """The file of one hospital: age in years, stay in days with tenths."""
    draw = random.Random(f"admissions of {name}")
    ages = [draw.randrange(90, 104) for _ in range(oldest)]
    ages += [min(int(90 * draw.betavariate(2.2, 1.6)), 89) for _ in range(rows - oldest)]
    draw.shuffle(ages)
    lines = ["age,stay"]
    for age in ages:
        stay = min(draw.gammavariate(1.6, 1.2 + age / 30), 365.0)
        lines.append(f"{age},{stay:.1f}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
