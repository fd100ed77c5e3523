"""Makes the same payments at two banks every time: python make_data.py [--rows N] [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
BANKS = ("hill", "lake")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=90, help="payments at both banks (default: 90)")
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    draw = random.Random("payments at two banks")
    ring = [draw.randrange(1 << 32) for _ in range(3)]
    others = [draw.randrange(1 << 32) for _ in range(max(arguments.rows // 4, 1))]
    for number, bank in enumerate(BANKS):
        lines = ["account,payer,amount"]
        for _ in range(arguments.rows // 2):
            payer = 2 * draw.randrange(20) + number
            to, most = (ring, 9000) if draw.random() < 0.3 else (others, 4000)
            lines.append(f"{draw.choice(to)},{payer},{draw.randint(1500, most)}")
        (arguments.to / f"{bank}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
