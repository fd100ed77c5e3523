"""A smallest program between three processes on this machine, for `cloister doctor`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter

from .local import LocalRun, run_local

_PROGRAM = """\
party a, b, c
security honest_majority, semi_honest
input x: uint8 from each
output total = sum(x) to all
"""


def run_selftest() -> str:
    """Runs it and says how long it took. Raises RuntimeError with the parties' own words when it fails."""
    started = perf_counter()
    with tempfile.TemporaryDirectory(prefix="cloister-") as name:
        folder = Path(name)
        (folder / "program.mpc").write_text(_PROGRAM, encoding="utf-8")
        for number, party in enumerate("abc"):
            (folder / f"{party}.csv").write_text(f"x\n{number + 1}\n", encoding="utf-8")
        outcome = run_local(
            LocalRun(folder / "program.mpc", ("a", "b", "c"), folder, {}, {}, "replicated", "local", 2, insecure=False,
                     trace=None, prepared=folder, kept=folder), lambda party, event: None)
    if outcome.failures:
        raise RuntimeError("; ".join(f"{party}: {f['message']}" for party, f in outcome.failures.items()))
    for party, report in outcome.reports.items():
        if report["outputs"][party] != {"total": 6}:
            raise RuntimeError(f"{party} got {report['outputs'][party]}, not 6")
    return f"{perf_counter() - started:.1f} s"
