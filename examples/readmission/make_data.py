"""Makes the patients of the three hospitals, the same ones every time: python make_data.py [--to FOLDER]"""

from __future__ import annotations

import argparse
import math
import random
from pathlib import Path

HERE = Path(__file__).parent
HOSPITALS = {"north": 120, "south": 150, "west": 90}


def main() -> None:
    """Writes a file for each hospital."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    folder = parser.parse_args().to
    dice = random.Random(20261121)
    for name, count in HOSPITALS.items():
        lines = ["age,stay,earlier,back", *(patient(dice) for _ in range(count))]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def patient(dice: random.Random) -> str:
    """One line. Old patients, long stays and many earlier admissions come back more often."""
    age = min(int(dice.triangular(18, 100, 70)), 119)
    stay = min(int(dice.expovariate(1 / 9)), 120)
    earlier = min(int(dice.expovariate(1 / 1.6)), 20)
    risk = 1 / (1 + math.exp(5.5 - age / 40 - stay / 8 - earlier * 1.1))
    return f"{age},{stay},{earlier},{'true' if dice.random() < risk else 'false'}"


if __name__ == "__main__":
    main()
