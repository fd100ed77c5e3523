"""Makes the same findings of three operators every time: python make_data.py [--rows N] [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
PARTIES = ("grid", "rail", "water")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=60, help="findings of all operators (default: 60)")
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    draw = random.Random("findings of three operators")
    known = [f"CVE-{draw.randint(2019, 2026)}-{draw.randint(1000, 99_999)}" for _ in range(max(arguments.rows // 2, 1))]
    for party in PARTIES:
        rows = [draw.choice(known) for _ in range(arguments.rows // 3)]
        (arguments.to / f"{party}.csv").write_text("\n".join(["cve", *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
