"""Makes the same three lists of addresses every time: python make_data.py [--rows N] [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from ipaddress import IPv4Address
from pathlib import Path

HERE = Path(__file__).parent
PARTIES = ("north", "south", "west")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=150, help="addresses on all lists together (default: 150)")
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    draw = random.Random("three lists of addresses")
    known = [str(IPv4Address(draw.randrange(1 << 24, 224 << 24))) for _ in range(max(arguments.rows * 2 // 3, 1))]
    for party in PARTIES:
        rows = draw.sample(known, min(arguments.rows // 3, len(known)))
        lines = ["ip,sightings", *(f"{ip},{min(1 + int(draw.expovariate(0.4)), 255)}" for ip in rows)]
        (arguments.to / f"{party}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
