"""The right result, computed in the clear from all bids: python expected.py [--data FOLDER]"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HERE = Path(__file__).parent
BIDDERS = ("ann", "ben", "cay", "dov")


def results(data: Path) -> dict[str, dict[str, int | None]]:
    """The outputs by party; who loses sees None, and so does the seller where nothing is sold."""
    bids = {party: bid(data / f"{party}.csv") for party in (*BIDDERS, "seller")}
    winner = max(bids, key=lambda party: bids[party])  # of equal ones the first
    price = max(amount for party, amount in bids.items() if party != winner)
    shown: dict[str, dict[str, int | None]] = {
        bidder: {f"{bidder}_pays": price if bidder == winner else None} for bidder in BIDDERS}
    return {**shown, "seller": {"sold_for": price if winner != "seller" else None}}


def bid(path: Path) -> int:
    """The one number in a file, below its heading."""
    return int(path.read_text(encoding="utf-8").split()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
