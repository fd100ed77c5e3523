"""Makes the two fortunes, the same ones every time: python make_data.py [--to FOLDER]"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE / "data", metavar="FOLDER")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random("two fortunes")
    for name in ("alice", "bob"):
        wealth = draw.randrange(1_000_000, 900_000_000)
        (folder / f"{name}.csv").write_text(f"{name}_wealth\n{wealth}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
