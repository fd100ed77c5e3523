"""The right results, computed in the clear without Cloister: python expected.py [--data FOLDER]"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BANKS = ("hill", "lake")
PAYERS, LIMIT, MOST = 4, 20_000, 10


def results(data: Path) -> dict[str, dict[str, Any]]:
    """The outputs by party: `MOST` places, the first ones filled."""
    totals: Counter[int] = Counter()
    payers: dict[int, set[int]] = defaultdict(set)
    banks: dict[int, set[str]] = defaultdict(set)
    for bank in BANKS:
        with (data / f"{bank}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                account = int(row["account"])
                totals[account] += int(row["amount"])
                payers[account].add(int(row["payer"]))
                banks[account].add(bank)
    found = sorted(a for a in totals if len(banks[a]) == 2 and len(payers[a]) >= PAYERS and totals[a] > LIMIT)
    assert len(found) <= MOST
    rest = [None] * (MOST - len(found))
    said = {
        "account": [*found, *rest],
        "total": [*(totals[account] for account in found), *rest],
        "payers_of": [*(len(payers[account]) for account in found), *rest],
    }
    return dict.fromkeys(BANKS, said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
