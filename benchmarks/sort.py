"""Sorting and moving rows: python benchmarks/sort.py [--rows N ...]

Every run is three processes over TLS on this machine, on made-up data in a temporary folder; every result is compared
with one computed in the clear. `estimate` is what `cloister cost` says beforehand of rounds and bytes; the published
figures are those of the sources named, on their own machines.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from cloister.cli.options import human_bytes
from cloister.compiler.pipeline import Options, compile_program, load_program, read_file
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.report.estimate import estimate
from rich.console import Console
from rich.table import Table
from sizes import HEADINGS, PARTIES, Case, everybody, measure, read, write

HEAD = """\
party alice, bob, carol
security honest_majority, semi_honest
size rows <= 5_000_000
"""
SORT = HEAD + """\
input x: uint32[rows] from each
up = sort(x)
output some = up[::499] to all
"""
MOVE = HEAD + """\
input t: table(first: bool, x: uint32)[rows] from each
by = t.sort_by(t.first)
output some = by.x[::499] to all
"""
TOP = HEAD + """\
input x: uint32[rows] from each
output some = largest(x, 10) to all
"""
MEDIAN = HEAD + """\
input x: uint32[rows] from each
output middle = median(x) to all
"""

#: What is published of a million rows, three parties of which one is curious.
PUBLISHED = {
    "sort of 32-bit keys": "197 s (HICT14), under 2 s (Asharov et al. 2022)",
    "moving rows": "6 elements a row and column (LWZ11)",
    "ten largest": "",
    "median": "",
}


def _make(flags: bool) -> Any:
    def make(rows: int, folder: Path) -> None:
        draw = random.Random("sort")
        for i, party in enumerate(PARTIES):
            count = rows * (i + 1) // 3 - rows * i // 3
            if not flags:
                write(folder / f"{party}.csv", "x", [draw.randrange(1 << 32) for _ in range(count)])
                continue
            lines = [f"{draw.choice(('true', 'false'))},{draw.randrange(1 << 32)}" for _ in range(count)]
            (folder / f"{party}.csv").write_text("\n".join(["first,x", *lines]) + "\n", encoding="utf-8")
    return make


def _sorted(folder: Path) -> dict[str, Any]:
    values = sorted(value for party in PARTIES for value in read(folder / f"{party}.csv"))
    return everybody({"some": values[::499]})


def _largest(folder: Path) -> dict[str, Any]:
    values = sorted(value for party in PARTIES for value in read(folder / f"{party}.csv"))
    return everybody({"some": values[:-11:-1]})


def _moved(folder: Path) -> dict[str, Any]:
    lines = [line.split(",") for party in PARTIES
             for line in (folder / f"{party}.csv").read_text(encoding="utf-8").split()[1:]]
    values = [int(x) for flag, x in sorted(lines, key=lambda line: line[0] == "true")]
    return everybody({"some": values[::499]})


def _middle(folder: Path) -> dict[str, Any]:
    values = sorted(value for party in PARTIES for value in read(folder / f"{party}.csv"))
    return everybody({"middle": (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2})


CASES = {
    "sort of 32-bit keys": Case(SORT, _make(False), _sorted),
    "moving rows": Case(MOVE, _make(True), _moved),
    "ten largest": Case(TOP, _make(False), _largest),
    "median": Case(MEDIAN, _make(False), _middle),
}


def expected(case: Case, rows: int, network: str, folder: Path) -> list[str]:
    """The estimate: rounds, and the bytes that the busiest party sends."""
    program = folder / "program.mpc"
    program.write_text(case.program, encoding="utf-8")
    sizes = {f"rows.{party}": rows * (i + 1) // 3 - rows * i // 3 for i, party in enumerate(PARTIES)}
    compiled = compile_program(load_program(read_file(program)), sizes, Options(NETWORKS[network]))
    price = estimate(compiled.program, compiled.protocol, NETWORKS[network])
    return [str(price.rounds), human_bytes(max(price.bytes_sent.values()))]


def main() -> int:
    """Prints the table; exit code 1 when a result is wrong or an estimate is not what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000, 1_000_000], metavar="N")
    parser.add_argument("--only", choices=CASES, action="append", metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--network", default="local", metavar="PROFILE", help="default: local")
    arguments = parser.parse_args()
    table = Table(title="three processes over TLS on this machine", title_justify="left")
    for heading in (*HEADINGS, "estimate: rounds", "bytes", "published, 1M"):
        table.add_column(heading, justify="left" if heading == "program" else "right")
    wrong = False
    for name in arguments.only or CASES:
        for rows in arguments.rows:
            cells = measure(CASES[name], rows, arguments.network)
            with tempfile.TemporaryDirectory(prefix="cloister-benchmark-") as folder:
                said = expected(CASES[name], rows, arguments.network, Path(folder))
            table.add_row(name, *cells, *said, PUBLISHED[name])
            wrong = wrong or cells[-1] != "yes" or said != [cells[5], cells[6]]
    Console(width=None if sys.stdout.isatty() else 180).print(table)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
