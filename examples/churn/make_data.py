"""Makes what a bank and a telecom know of the same customers, the same every time: python make_data.py [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent
CUSTOMERS = 1200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random("customers of a bank and a telecom")
    customers = [customer(draw) for _ in range(CUSTOMERS)]
    bank = [f"{number},{balance}" for number, (balance, _, _) in enumerate(customers, start=1)]
    telecom = [f"{number},{minutes},{'true' if left else 'false'}"
               for number, (_, minutes, left) in enumerate(customers, start=1)]
    for party, heading, rows in (("bank", "customer,balance", bank), ("telecom", "customer,minutes,left", telecom)):
        (folder / f"{party}.csv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")


def customer(draw: random.Random) -> tuple[int, int, bool]:
    """Balance in euros, minutes of calls in a month, and whether the customer left within the year."""
    balance = min(round(draw.lognormvariate(7.8, 1.5)), 1_000_000) - draw.choice([0, 0, 0, 1500, 5000])
    minutes = min(round(draw.lognormvariate(5.2, 1.3)), 44_640)
    chance = 0.28 - 0.1 * (balance >= 2_000) - 0.08 * (balance >= 10_000) + 0.15 * (minutes < 60)
    return balance, minutes, draw.random() < chance


if __name__ == "__main__":
    main()
