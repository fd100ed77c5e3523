"""How three programs grow from a hundred rows to a million: python benchmarks/sizes.py [--rows N ...]

Every run is three processes over TLS on this machine, on made-up data in a temporary folder; every result is
compared with one computed in the clear.
"""

from __future__ import annotations

import argparse
import json
import random
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloister.cli.options import human_bytes, human_seconds
from cloister.compiler.pipeline import Compiled, compile_program, load_program, read_file
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
SALARIES = ROOT / "examples" / "salaries"
PARTIES = ("alice", "bob", "carol")
HEADINGS = ("program", "rows", "compile", "artifact", "setup", "online", "rounds", "sent by a party",
            "memory", "right")

HEAD = """\
party alice, bob, carol
security honest_majority, semi_honest
size rows <= 1_000_000
"""
PRODUCTS = HEAD + """\
input a: uint32[rows] in 0..1_000_000 from alice
input b: uint32[rows] in 0..1_000_000 from bob
input counts: uint8[rows] in 0..1 from carol
output total = sum(a * b * counts) to all
"""
COMPARISONS = HEAD + """\
input a: int32[rows] from alice
input b: int32[rows] from bob
output smaller = count(a < b) to all
"""


@dataclass(frozen=True)
class Case:
    """A program, how its data is made (rows, folder), and its right outputs from that folder."""

    program: str
    make: Callable[[int, Path], None]
    right: Callable[[Path], Mapping[str, Any]]


def make_products(rows: int, folder: Path) -> None:
    """Two columns of factors, and one that says which products count."""
    draw = random.Random("products")
    write(folder / "alice.csv", "a", [draw.randrange(1_000_001) for _ in range(rows)])
    write(folder / "bob.csv", "b", [draw.randrange(1_000_001) for _ in range(rows)])
    write(folder / "carol.csv", "counts", [draw.randrange(2) for _ in range(rows)])


def products(folder: Path) -> dict[str, Any]:
    """The sum of the products that count."""
    columns = [read(folder / f"{party}.csv") for party in PARTIES]
    return everybody({"total": sum(a * b * counts for a, b, counts in zip(*columns, strict=True))})


def make_comparisons(rows: int, folder: Path) -> None:
    """Two columns over the whole range of 32 bits."""
    draw = random.Random("comparisons")
    for party, name in (("alice", "a"), ("bob", "b")):
        write(folder / f"{party}.csv", name, [draw.randrange(-(1 << 31), 1 << 31) for _ in range(rows)])


def comparisons(folder: Path) -> dict[str, Any]:
    """In how many rows a < b."""
    columns = [read(folder / f"{party}.csv") for party in PARTIES[:2]]
    return everybody({"smaller": sum(a < b for a, b in zip(*columns, strict=True))})


def make_salaries(rows: int, folder: Path) -> None:
    """The example's own data, of another length."""
    script = [sys.executable, str(SALARIES / "make_data.py"), "--rows", str(rows), "--to", str(folder)]
    subprocess.run(script, check=True)


def salaries(folder: Path) -> Mapping[str, Any]:
    """The example's own expectation."""
    found: Mapping[str, Any] = runpy.run_path(str(SALARIES / "expected.py"))["results"](folder)
    return found


CASES = {
    "64-bit products": Case(PRODUCTS, make_products, products),
    "32-bit comparisons": Case(COMPARISONS, make_comparisons, comparisons),
    "salaries": Case((SALARIES / "program.mpc").read_text(encoding="utf-8"), make_salaries, salaries),
}


def everybody(outputs: dict[str, Any]) -> dict[str, Any]:
    """The same outputs to all three."""
    return dict.fromkeys(PARTIES, outputs)


def write(path: Path, heading: str, values: list[int]) -> None:
    """A column as a CSV file."""
    path.write_text("\n".join([heading, *map(str, values)]) + "\n", encoding="utf-8")


def read(path: Path) -> list[int]:
    """The column of such a file."""
    return [int(line) for line in path.read_text(encoding="utf-8").split()[1:]]


def measure(case: Case, rows: int, network: str) -> list[str]:
    """One row of the table, after its heading."""
    with tempfile.TemporaryDirectory(prefix="cloister-benchmark-") as name:
        folder = Path(name)
        program, data = folder / "program.mpc", folder / "data"
        data.mkdir()
        program.write_text(case.program, encoding="utf-8")
        case.make(rows, data)
        command = [sys.executable, "-m", "cloister.cli.main", "run", str(program), "--local", "--json",
                   "--network", network]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        report = json.loads(done.stdout)
        started = time.perf_counter()
        compiled = compile_for(program, report["parameters"])
        compiling = time.perf_counter() - started
        right = report["outputs"] == case.right(data)
    measured = report["measured"]
    return [
        f"{rows:,}", human_seconds(compiling), human_bytes(len(compiled.program.encode())),
        human_seconds(measured["seconds"]["setup"]), human_seconds(measured["seconds"]["online"]),
        str(measured["rounds"]), human_bytes(max(measured["bytes_sent"].values())),
        human_bytes(max(measured["peak_memory_bytes"].values())), "yes" if right else "NO",
    ]


def compile_for(program: Path, sizes: Mapping[str, int]) -> Compiled:
    """The program compiled for these sizes."""
    return compile_program(load_program(read_file(program)), sizes)


def main() -> int:
    """Prints the table; exit code 1 when a result is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 10_000, 1_000_000], metavar="N")
    parser.add_argument("--only", choices=CASES, action="append", metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--network", default="local", metavar="PROFILE", help="default: local")
    arguments = parser.parse_args()
    table = Table(title="three processes over TLS on this machine", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "program" else "right")
    wrong = False
    for name in arguments.only or CASES:
        for rows in arguments.rows:
            cells = measure(CASES[name], rows, arguments.network)
            table.add_row(name, *cells)
            wrong = wrong or cells[-1] != "yes"
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
