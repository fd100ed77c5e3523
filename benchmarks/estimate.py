"""The estimate of time against the clock: python benchmarks/estimate.py [--network local lan wan] [--only NAME ...]

This machine is calibrated (`cloister calibrate --local`), every program of the suite is run some times by `cloister run
--local` over TLS, on links as they are and on emulated ones, and this machine is calibrated again. A run is void
where the two calibrations differ by more than a tenth: the machine had other work then. Beside the time by the
clock stand the CPU seconds of the busiest party, which other work disturbs less.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from cloister.cli.bindings import bind
from cloister.cli.options import human_seconds
from cloister.compiler.pipeline import Compiled, Options, compile_program, read_file
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.price.profile import Profile, read
from cloister.compiler.price.time import times
from cloister.compiler.report.estimate import estimate
from cloister.runtime.program import InputSpec
from estimate_suite import SUITE, Row
from rich.console import Console
from rich.table import Table

COMMAND = [sys.executable, "-m", "cloister.cli.main"]

#: By how much two calibrations may differ.
STEADY = 1.1

HEADINGS = ("program", "network", "estimated", "measured", "ratio", "CPU estimated", "CPU measured", "ratio")


def calibrated(folder: Path) -> Profile:
    """The profile of this machine, with all parties on it."""
    path = folder / "profile.json"
    subprocess.run([*COMMAND, "calibrate", "--local", "-o", str(path)], check=True, stdout=subprocess.DEVNULL)
    return read(path)


def drift(before: Profile, after: Profile) -> tuple[float, str]:
    """By which factor two calibrations differ, and in what: the median of all kinds of work, or sending, or sharing the
    machine."""
    one, other = before.machine, after.machine
    work = median(a[-1].most / b[-1].most for name in one.speeds
                  for a, b in zip(one.speeds[name].values(), other.speeds[name].values(), strict=True))
    ratios = {"work": work, "a round": one.round / other.round, "a byte": one.byte / other.byte,
              "sharing the machine": one.crowd[-1][-1].times / other.crowd[-1][-1].times}
    return max((max(ratio, 1 / ratio), what) for what, ratio in ratios.items())


def on(profile: Profile, name: str) -> Profile:
    """The machine with links as the named network has them; `local`: as they were measured."""
    network = NETWORKS[name]
    if name == "local":
        return replace(profile, kin=network)
    return replace(profile, kin=network, latency=network.latency, bandwidth=network.bandwidth)


def write_data(spec: InputSpec, party: str, folder: Path) -> None:
    """Any values that an input may have: what is computed takes the same time for all."""
    draw = np.random.default_rng(1)
    rows = spec.shape[0] if spec.shape else 1
    columns = spec.shape[1] if len(spec.shape) > 1 else 0
    values = draw.integers(int(spec.lo), int(spec.hi), (rows, max(1, columns)), np.int64, endpoint=True)
    name = spec.name.partition(".")[0]
    heading = ",".join(f"{name}_{i}" for i in range(columns)) or name
    shown = (values / 2.0 ** spec.frac if spec.frac else values).tolist()
    lines = [",".join(map(repr, row)) for row in shown]
    (folder / f"{party}.{name}.csv").write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")


def measured(program: Path, data: Path, network: str, flags: list[str]) -> dict[str, Any]:
    """One run: `seconds` as the command reports them."""
    emulate = [] if network == "local" else ["--emulate", network]
    command = [*COMMAND, "run", str(program), "--local", "--json", "--data", str(data), "--network", network, *emulate]
    done = subprocess.run([*command, *flags], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)["measured"]
    return found


def cpu_seconds(program: Path, data: Path, network: str, folder: Path) -> float:
    """CPU seconds of the busiest party, from a traced run."""
    measured(program, data, network, ["--trace", str(folder / "trace")])
    spent = []
    for path in folder.glob("trace.*"):
        marks = {row["mark"]: row["cpu"] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
                 if "mark" in row}
        spent.append(marks["end"] - marks["start"])
    return max(spent)


def compiled(row: Row, folder: Path, network: str) -> tuple[Path, Compiled]:
    """The program as a file, and compiled for the network."""
    path = row.program if isinstance(row.program, Path) else folder / "program.mpc"
    if isinstance(row.program, str):
        path.write_text(row.program, encoding="utf-8")
    loaded, sizes = bind(read_file(path), {name: str(value) for name, value in row.sizes.items()})
    return path, compile_program(loaded, sizes, Options(NETWORKS[network]))


def measure(name: str, network: str, profile: Profile, repeat: int) -> tuple[list[str], float]:
    """One row of the table, and the ratio of the estimate to the clock."""
    with tempfile.TemporaryDirectory(prefix="cloister-benchmark-") as place:
        folder = Path(place)
        data = folder / "data"
        data.mkdir()
        path, made = compiled(SUITE[name], folder, network)
        for spec in made.program.inputs:
            write_data(spec, made.program.parties[spec.party], data)
        links = on(profile, network)
        price = estimate(made.program, made.protocol, links)
        guess = price.seconds + price.preprocessing_seconds
        runs = [measured(path, data, network, [])["seconds"] for _ in range(repeat)]
        took = median(run["online"] + run["preprocessing"] for run in runs)
        work = times(made.program, made.protocol, replace(links, shared=False)).work
        spent = cpu_seconds(path, data, network, folder)
    cells = [name, network, human_seconds(guess), human_seconds(took), f"{guess / took:.2f}", human_seconds(work),
             human_seconds(spent), f"{work / spent:.2f}"]
    return cells, guess / took


def summary(ratios: list[float]) -> str:
    """How far off the estimates are: the median and the worst."""
    off = [max(ratio, 1 / ratio) - 1 for ratio in ratios]
    return f"off by {median(off):.0%} (median), {max(off):.0%} (worst), over {len(off)} runs"


def main() -> int:
    """Prints the table; exit code 1 for a void run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", nargs="+", choices=("local", "lan", "wan"), default=["local", "lan", "wan"])
    parser.add_argument("--only", nargs="+", choices=SUITE, default=list(SUITE), metavar="NAME")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each, of which the median counts (default: 5)")
    parser.add_argument("--profile", type=Path, help="a profile to use instead of calibrating before and after")
    arguments = parser.parse_args()
    table = Table(*HEADINGS, title="three processes over TLS on this machine")
    ratios: dict[str, list[float]] = {network: [] for network in arguments.network}
    with tempfile.TemporaryDirectory(prefix="cloister-benchmark-") as folder:
        profile = read(arguments.profile) if arguments.profile else calibrated(Path(folder))
        for network in arguments.network:
            for name in arguments.only:
                cells, ratio = measure(name, network, profile, arguments.repeat)
                table.add_row(*cells)
                print(*cells, sep="  ", file=sys.stderr, flush=True)
                ratios[network].append(ratio)
        moved, what = (1.0, "") if arguments.profile else drift(profile, calibrated(Path(folder)))
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    for network, found in ratios.items():
        print(f"{network}: {summary(found)}")
    if not arguments.profile:
        print(f"the calibrations before and after differ by {moved - 1:.0%}, most in {what}")
    if moved > STEADY:
        print("void: that is more than a tenth")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
