"""The right results, computed in the clear without Cloister: python expected.py [--data FOLDER]"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PARTIES = ("north", "south", "west")


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party: as many places as there are rows, the first ones filled."""
    sightings: Counter[int] = Counter()
    reporters: dict[int, set[str]] = defaultdict(set)
    rows = 0
    for party in PARTIES:
        with (data / f"{party}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                address = int(IPv4Address(row["ip"]))
                sightings[address] += int(row["sightings"])
                reporters[address].add(party)
                rows += 1
    shared = sorted(address for address, by in reporters.items() if len(by) >= 2)
    rest = [None] * (rows - len(shared))
    said = {
        "address": [*(str(IPv4Address(address)) for address in shared), *rest],
        "sightings": [*(sightings[address] for address in shared), *rest],
        "by_all_three": sum(len(by) == 3 for by in reporters.values()),
    }
    return dict.fromkeys(PARTIES, said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
