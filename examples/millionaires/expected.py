"""The right result, computed in the clear from both files: python expected.py [--data FOLDER]"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HERE = Path(__file__).parent


def results(data: Path) -> dict[str, dict[str, bool]]:
    """The outputs by party."""
    alice, bob = (wealth(data / f"{party}.csv") for party in ("alice", "bob"))
    shared = {"alice_is_richer": alice > bob}
    return {"alice": shared, "bob": shared}


def wealth(path: Path) -> int:
    """The one number in a file, below its heading."""
    return int(path.read_text(encoding="utf-8").split()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data", metavar="FOLDER")
    print(json.dumps(results(parser.parse_args().data), indent=2))
