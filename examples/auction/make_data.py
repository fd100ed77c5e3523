"""Makes four bids and the least that the seller takes, the same every time: python make_data.py [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
BIDDERS = ("ann", "ben", "cay", "dov")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random("a painting")
    bids = {bidder: draw.randrange(1_000_000, 2_000_000) for bidder in BIDDERS}
    for party, bid in (bids | {"seller": 1_250_000}).items():
        (folder / f"{party}.csv").write_text(f"bid\n{bid}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
