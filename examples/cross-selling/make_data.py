"""Makes the same customers and policies every time: python make_data.py [--rows N] [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
KINDS = ("home", "travel", "life")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=160, help="customers of the grocer (default: 160)")
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    draw = random.Random("customers of a grocer and of an insurer")
    people = [f"c{number:06d}@mail.test" for number in draw.sample(range(1_000_000), arguments.rows * 3 // 2)]
    shoppers = draw.sample(people, arguments.rows)
    holders = [draw.choice(people) for _ in range(arguments.rows)]
    write(arguments.to / "grocer.csv", "mail,age,spent", [
        f"{mail},{min(18 + int(draw.expovariate(1 / 25)), 119)},{draw.randint(10, 600)}" for mail in shoppers])
    write(arguments.to / "insurer.csv", "mail,kind", [
        f"{mail},{draw.choices(KINDS, (5, 3, 2))[0]}" for mail in holders])


def write(path: Path, head: str, lines: list[str]) -> None:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
