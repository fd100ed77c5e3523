"""Cloister beside its peers on the same machine: python benchmarks/peers.py [--only NAME ...] [--chart FILE]

Cloister and every peer run in turn on the same inputs, each party a process of its own, and every result is
checked. Peers get a virtual environment each, made on first use from the package index (a gigabyte for SPU).

A Cloister row is a program run by `cloister run --local`. Its time counts from a barrier that all parties come to
when the inputs are shared to the moment when the last of them has the results, so that it compares with peers
whose inputs are shared before the clock starts; the outputs, which peers leave shared, are in it. `online` is
the whole run, sharing of the inputs included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cloister.cli.options import human_bytes, human_seconds
from peer_rows import ROWS, Row, write_inputs
from rich.console import Console
from rich.table import Table

PARTIES = ("alice", "bob", "carol")
DRIVERS = Path(__file__).parent / "peer_drivers"
HEADINGS = ("work", "who", "size", "time", "online", "CPU a party", "sent a party", "rounds", "memory", "to SPU",
            "wanted", "right")

#: What each peer's environment holds, and how its driver is called after WORK and FOLDER.
PEERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "spu": (("spu==0.9.5", "jax==0.4.34", "jaxlib==0.4.34", "numpy<2"), ("ABY3",)),
    "mpyc": (("mpyc==0.11", "numpy", "gmpy2"), ("-M3",)),
}
LONGEST = 900.0
#: Where the peers' environments are kept.
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cloister-bench"


@dataclass(frozen=True)
class Figures:
    """One run: seconds (work, whole online part, start to end of the processes), of the busiest or largest party."""

    seconds: float
    online: float
    total: float
    cpu: float
    bytes: int
    rounds: int
    memory: int
    right: bool


def environment(peer: str, cache: Path) -> Path:
    """The Python of a peer's environment, made if it is not there."""
    home = cache / peer
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[peer][0]], check=True)
    return python


def run_peer(peer: str, python: Path, row: Row, folder: Path) -> Figures:
    """One run of a peer's driver. What it says beside its figures is not shown."""
    started = time.perf_counter()
    found = drive(peer, python, row.work, folder, PEERS[peer][1])
    return Figures(online=found["seconds"], total=time.perf_counter() - started, **found)


def drive(peer: str, python: Path, work: str, folder: Path, more: Sequence[str]) -> dict[str, Any]:
    """Calls a peer's driver: the figures that it prints."""
    command = [str(python), str(DRIVERS / f"{peer}_driver.py"), work, str(folder), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=LONGEST,
                          check=True)
    found: dict[str, Any] = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    return found


def run_cloister(row: Row, folder: Path, size: int, inputs: Sequence[Any]) -> Figures:
    """One local run with a trace, which says when the inputs were shared and what was computed."""
    report, trace = folder / "report.json", folder / "trace"
    command = [sys.executable, "-m", "cloister.cli.main", "run", str(folder / "program.mpc"),
               "--data", str(folder / "data"), "--local", "--network", "local", "-o", str(report),
               "--trace", str(trace), *(() if row.tls else ("--insecure",))]
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=LONGEST, check=True)
    total = time.perf_counter() - started
    told = json.loads(report.read_text(encoding="utf-8"))
    traces = [[json.loads(line) for line in Path(f"{trace}.{party}").read_text(encoding="utf-8").splitlines()]
              for party in PARTIES]
    marks = [{line["mark"]: line for line in lines if "mark" in line} for lines in traces]
    end = max(mark["end"]["clock"] for mark in marks)
    measured = told["measured"]
    return Figures(
        seconds=end - min(mark["inputs"]["clock"] for mark in marks),
        online=end - min(mark["start"]["clock"] for mark in marks), total=total,
        cpu=max(mark["end"]["cpu"] - mark["inputs"]["cpu"] for mark in marks),
        bytes=max(measured["bytes_sent"].values()), rounds=measured["rounds"],
        memory=max(measured["peak_memory_bytes"].values()),
        right=row.right(told["outputs"], *inputs) and _proved(row, size, traces[0]),
    )


def _proved(row: Row, size: int, lines: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the work was done: the instruction is in the trace, for the whole number of elements."""
    op, count = row.proof[0], row.proof[1](size)
    return any(line.get("op") == op and _elements(line["outs"][0]) == count for line in lines)


def _elements(shown: str) -> int:
    """`arith64[20,30]` has 600."""
    total = 1
    for extent in shown.partition("[")[2].rstrip("]").split(","):
        total *= int(extent) if extent else 1
    return total


def middle(runs: Sequence[Figures], whole: bool) -> Figures:
    """The run with the median time; wrong when any was."""
    ordered = sorted(runs, key=lambda run: run.total if whole else run.seconds)
    chosen = asdict(ordered[(len(runs) - 1) // 2])
    return Figures(**{**chosen, "right": all(run.right for run in runs)})


def measure(row: Row, pythons: Mapping[str, Path], repeat: int) -> dict[str, tuple[int, Figures]]:
    """Everybody in turn, `repeat` times: the size and the median run by name."""
    theirs = row.beside or row
    works = {"cloister": (row, row.size), **{peer: (theirs, row.peers[peer]) for peer in pythons if peer in row.peers}}
    with tempfile.TemporaryDirectory(prefix="cloister-peers-") as name:
        places = {who: Path(name) / f"{done.work}.{size}" for who, (done, size) in works.items()}
        inputs = {}
        for who, place in places.items():
            if place not in inputs:
                place.mkdir()
                inputs[place] = write_inputs(*works[who], place)
        runs: dict[str, list[Figures]] = {who: [] for who in works}
        for _ in range(repeat):
            for who, place in places.items():
                runs[who].append(run_cloister(row, place, row.size, inputs[place]) if who == "cloister"
                                 else run_peer(who, pythons[who], theirs, place))
    return {who: (works[who][1], middle(found, row.whole)) for who, found in runs.items()}


def ratio(row: Row, found: Mapping[str, tuple[int, Figures]]) -> float | None:
    """Cloister's time over that of SPU, where both did the same or what is to be compared."""
    if "spu" not in found or (row.beside is None and found["spu"][0] != found["cloister"][0]):
        return None
    ours, theirs = found["cloister"][1], found["spu"][1]
    return ours.total / theirs.total if row.whole else ours.seconds / theirs.seconds


def add_rows(table: Table, row: Row, found: Mapping[str, tuple[int, Figures]]) -> None:
    """The lines of one piece of work."""
    for who, (size, one) in found.items():
        to_spu = ratio(row, found) if who == "cloister" else None
        table.add_row(
            row.name if who == "cloister" else "", who, f"{size:,}",
            human_seconds(one.total if row.whole else one.seconds),
            human_seconds(one.online) if who == "cloister" else "", human_seconds(one.cpu),
            human_bytes(one.bytes), str(one.rounds or ""), human_bytes(one.memory),
            f"{to_spu:.3f}" if to_spu is not None else "",
            f"{row.at_most:.3f}" if who == "cloister" and row.at_most else "", "yes" if one.right else "NO",
        )


def import_numpy() -> float:
    """The seconds that `python -c "import numpy"` takes, the best of five: what start-up is measured by."""
    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import numpy"], check=True)
        return time.perf_counter() - started

    return min(once() for _ in range(5))


def write(measured: Mapping[str, Mapping[str, tuple[int, Figures]]], path: Path) -> None:
    """The figures so far as JSON."""
    told = {name: {who: {"size": size, **asdict(one)} for who, (size, one) in found.items()}
            for name, found in measured.items()}
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def chart(measured: Mapping[str, Mapping[str, tuple[int, Figures]]], path: Path) -> None:
    """Bars of the time of each work that everybody did at the same size, on a logarithmic axis."""
    from matplotlib import pyplot  # an optional dependency, for the chart alone

    rows = [row for row in ROWS if row.name in measured and ratio(row, measured[row.name]) is not None]
    names = [row.name for row in reversed(rows)]
    figure, axes = pyplot.subplots(figsize=(9, 0.55 * len(names) + 1.2))
    for offset, (who, colour, label) in enumerate((("spu", "#b0b7c3", "SPU 0.9.5 (ABY3)"),
                                                   ("cloister", "#2a6f97", "Cloister (replicated)"))):
        values = [_bar(measured[name][who][1], row.whole) for name, row in zip(names, reversed(rows), strict=True)]
        places = [i + 0.4 * (offset - 0.5) for i in range(len(names))]
        axes.barh(places, values, height=0.38, color=colour, label=label)
        for place, value in zip(places, values, strict=True):
            axes.text(value * 1.06, place, human_seconds(value), va="center", fontsize=8)
    axes.set_xscale("log")
    axes.margins(x=0.18)
    labels = [f"{row.name}\n(SPU: {row.beside.name})" if row.beside else row.name for row in reversed(rows)]
    axes.set_yticks(range(len(names)), labels, fontsize=9)
    axes.set_xlabel("seconds, three processes on one machine; shorter is better")
    axes.legend(loc="upper right", fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=140)


def _bar(figures: Figures, whole: bool) -> float:
    return figures.total if whole else figures.seconds


def grow(rows: Sequence[Row], sizes: Sequence[int], console: Console) -> bool:
    """How Cloister's cost grows: one table, each row at each size. Whether everything was right."""
    table = Table(title="growth: time, online, memory of the largest party", title_justify="left")
    for heading in ("work", "size", "time", "online", "a element", "sent a party", "rounds", "memory", "right"):
        table.add_column(heading, justify="left" if heading == "work" else "right")
    good = True
    for row in rows:
        for size in sizes:
            with tempfile.TemporaryDirectory(prefix="cloister-growth-") as name:
                one = run_cloister(row, Path(name), size, write_inputs(row, size, Path(name)))
            table.add_row(row.name, f"{size:,}", human_seconds(one.seconds), human_seconds(one.online),
                          human_seconds(one.seconds / size), human_bytes(one.bytes), str(one.rounds),
                          human_bytes(one.memory), "yes" if one.right else "NO")
            good &= one.right
    console.print(table)
    return good


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="TEXT", help="rows whose name begins with TEXT")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="default: all")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each; the median counts")
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"where the peers' environments are ({CACHE})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw a chart (needs the extra `bench`)")
    parser.add_argument("--grow", type=int, nargs="+", metavar="SIZE", help="measure Cloister alone at these sizes")
    return parser.parse_args()


def main() -> int:
    """Prints the table; exit code 1 when a result is wrong."""
    arguments = parse()
    rows = [row for row in ROWS if row.possible
            and (not arguments.only or any(row.name.startswith(text) for text in arguments.only))]
    console = Console(width=None if sys.stdout.isatty() else 170)
    if arguments.grow:
        vectors = [row for row in rows if row.grows]
        return 0 if grow(vectors, arguments.grow, console) else 1
    pythons = {peer: environment(peer, arguments.cache) for peer in arguments.peers}
    table = Table(title=f"load of the machine before: {os.getloadavg()[0]:.1f}", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in ("work", "who") else "right")
    measured = {}
    for row in rows:
        measured[row.name] = found = measure(row, pythons, arguments.repeat)
        add_rows(table, row, found)
        if arguments.json:
            write(measured, arguments.json)
    console.print(table)
    console.print(f'python -c "import numpy": {human_seconds(import_numpy())}')
    if arguments.chart:
        chart(measured, arguments.chart)
    return 0 if all(one.right for found in measured.values() for _, one in found.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
