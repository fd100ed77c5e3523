"""Groups, joins and sets of tables: python benchmarks/tables.py [--rows N ...] [--only NAME] [--threats FOLDER]

Every run is three processes over TLS on this machine, on made-up data in a temporary folder; every result is compared
with one computed in the clear. `estimate` is what `cloister cost` says beforehand of rounds and bytes; the exit code
is 1 where it is not what was measured. With `--threats` also `examples/threat-sharing` on the lists in that folder.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from cloister.cli.options import human_bytes
from cloister.compiler.pipeline import Options, compile_program, load_program, read_file
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.report.estimate import estimate
from rich.console import Console
from rich.table import Table
from sizes import HEADINGS, PARTIES, Case, everybody, measure

EXAMPLE = Path(__file__).parents[1] / "examples" / "threat-sharing"
TRUST = "party alice, bob, carol\nsecurity honest_majority, semi_honest\nsize rows <= 5_000_000\n"
ONE = TRUST + "input t: table(key: uint32, x: uint16)[rows] from each\n"
TWO = TRUST + """\
input a: table(key: uint32, x: uint16)[rows] from alice
input b: table(key: uint32, x: uint16)[rows] from bob
"""
SUMS = ONE + """\
g = t.group_by(t.key).agg(total = sum(t.x), rows = count())
output groups = len(g) to all
output most = max(g.total) to all
output often = max(g.rows) to all
"""
LEAST = ONE + """\
g = t.group_by(t.key).agg(low = min(t.x), high = max(t.x))
output width = max(g.high - g.low) to all
"""
ONCE = TWO + """\
j = a.join(b.select(key, y = b.x), on = "key")
output pairs = len(j) to all
output total = sum(j.x + j.y) to all
"""
PAIRS = TWO + """\
j = a.join(b.select(key, y = b.x), on = "key", at_most = {rows})
output pairs = len(j) to all
output total = sum(j.x + j.y) to all
"""
SETS = ONE + """\
output common = len(t.alice.key.intersection(t.bob.key)) to all
output twice = len(in_at_least(2, t.alice.key, t.bob.key, t.carol.key)) to all
"""

Rows = list[tuple[int, int]]


def make_one(rows: int, folder: Path) -> None:
    """Keys that stand about eight times."""
    draw = random.Random("tables")
    for i, party in enumerate(PARTIES):
        count = rows * (i + 1) // 3 - rows * i // 3
        write(folder / f"{party}.csv", [(draw.randrange(rows // 8 + 1) << 12, draw.randrange(1 << 16))
                                        for _ in range(count)])


def make_two(rows: int, folder: Path) -> None:
    """As many rows on both sides; a key stands once on the right, and half of the left rows have a partner."""
    draw = random.Random("two tables")
    known = draw.sample(range(1 << 32), 2 * rows)
    write(folder / "alice.csv", [(draw.choice(known), draw.randrange(1 << 16)) for _ in range(rows)])
    write(folder / "bob.csv", [(key, draw.randrange(1 << 16)) for key in known[:rows]])


def write(path: Path, rows: Rows) -> None:
    path.write_text("\n".join(["key,x", *(f"{key},{x}" for key, x in rows)]) + "\n", encoding="utf-8")


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return [(int(row["key"]), int(row["x"])) for row in csv.DictReader(file)]


def groups(folder: Path) -> list[list[int]]:
    """The values of each key."""
    found: dict[int, list[int]] = defaultdict(list)
    for party in PARTIES:
        for key, x in read(folder / f"{party}.csv"):
            found[key].append(x)
    return list(found.values())


def sums(folder: Path) -> dict[str, Any]:
    own = groups(folder)
    return everybody({"groups": len(own), "most": max(map(sum, own)), "often": max(map(len, own))})


def least(folder: Path) -> dict[str, Any]:
    return everybody({"width": max(max(values) - min(values) for values in groups(folder))})


def joined(folder: Path) -> dict[str, Any]:
    right = dict(read(folder / "bob.csv"))
    found = [x + right[key] for key, x in read(folder / "alice.csv") if key in right]
    return everybody({"pairs": len(found), "total": sum(found)})


def sets(folder: Path) -> dict[str, Any]:
    alice, bob, carol = ({key for key, _ in read(folder / f"{party}.csv")} for party in PARTIES)
    twice = (alice & bob) | (alice & carol) | (bob & carol)
    return everybody({"common": len(alice & bob), "twice": len(twice)})


CASES = {
    "group-by: sum and count": Case(SUMS, make_one, sums),
    "group-by: min and max": Case(LEAST, make_one, least),
    "join, a key once on the right": Case(ONCE, make_two, joined),
    "join, pairs in as many places": Case(PAIRS, make_two, joined),
    "sets of two and three": Case(SETS, make_one, sets),
}


def estimated(program: Path, sizes: dict[str, int], network: str) -> list[str]:
    """What is told beforehand: rounds, and the bytes that the busiest party sends."""
    compiled = compile_program(load_program(read_file(program)), sizes, Options(NETWORKS[network]))
    price = estimate(compiled.program, compiled.protocol, NETWORKS[network])
    return [str(price.rounds), human_bytes(max(price.bytes_sent.values()))]


def row(name: str, rows: int, network: str) -> tuple[list[str], bool]:
    """A row of the table, and whether it is as told."""
    case = CASES[name]
    case = Case(case.program.replace("{rows}", str(rows)), case.make, case.right)
    cells = measure(case, rows, network)
    sizes = {"rows": rows} if case.make is make_two else {
        f"rows.{party}": rows * (i + 1) // 3 - rows * i // 3 for i, party in enumerate(PARTIES)}
    with tempfile.TemporaryDirectory(prefix="cloister-benchmark-") as folder:
        program = Path(folder) / "program.mpc"
        program.write_text(case.program, encoding="utf-8")
        told = estimated(program, sizes, network)
    return [name, *cells, *told], cells[-1] == "yes" and told == [cells[5], cells[6]]


def threats(folder: Path, network: str) -> tuple[list[str], bool]:
    """The example on other lists."""
    expected = [sys.executable, str(EXAMPLE / "expected.py"), "--data", str(folder)]
    right = json.loads(subprocess.run(expected, check=True, capture_output=True, text=True).stdout)

    def copy(rows: int, to: Path) -> None:
        for path in folder.glob("*.csv"):
            shutil.copy(path, to / path.name)

    rows = len(right["north"]["address"])
    cells = measure(Case((EXAMPLE / "program.mpc").read_text(encoding="utf-8"), copy, lambda _: right), rows, network)
    counts = {path.stem: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in folder.glob("*.csv")}
    told = estimated(EXAMPLE / "program.mpc", {f"rows.{party}": n for party, n in counts.items()}, network)
    return ["threat sharing", *cells, *told], cells[-1] == "yes" and told == [cells[5], cells[6]]


def main() -> int:
    """Prints the table; exit code 1 when a result is wrong or an estimate is not what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000], metavar="N")
    parser.add_argument("--only", choices=CASES, action="append", metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--threats", type=Path, metavar="FOLDER", help="north.csv, south.csv, west.csv: ip,sightings")
    parser.add_argument("--network", default="local", metavar="PROFILE", help="default: local")
    arguments = parser.parse_args()
    table = Table(title="three processes over TLS on this machine", title_justify="left")
    for heading in (*HEADINGS, "estimate: rounds", "bytes"):
        table.add_column(heading, justify="left" if heading == "program" else "right")
    found = [row(name, rows, arguments.network) for name in arguments.only or CASES for rows in arguments.rows]
    found += [threats(arguments.threats, arguments.network)] if arguments.threats else []
    for cells, _ in found:
        table.add_row(*cells)
    Console(width=None if sys.stdout.isatty() else 180).print(table)
    return 0 if all(right for _, right in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
