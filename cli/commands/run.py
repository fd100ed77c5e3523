"""`cloister run`: all parties on this machine, or one party for real."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cloister.compiler.pipeline import Loaded, approve
from cloister.compiler.protocol.choose import choose_protocol
from cloister.runtime.data.results import write_whole

from ..bindings import load_bound
from ..local import LocalRun, Outcome, run_local
from ..options import Usage
from ..show import Progress, print_json, print_measured, print_outputs


def run(arguments: argparse.Namespace) -> int:
    """Runs the program and shows the results of the parties that live here."""
    if arguments.party:
        if arguments.insecure:
            raise Usage("--insecure is for --local only: a real party always speaks TLS")
        from ..real import run_real  # the local run has no use for configuration

        return deliver(arguments, run_real(arguments))
    return _run_local(arguments)


def _run_local(arguments: argparse.Namespace) -> int:
    loaded, sizes = load_bound(arguments)
    approve(loaded)  # all errors of the program are shown once, before any party starts
    protocol = choose_protocol(loaded.head.parties, loaded.head.security, arguments.protocol)
    data = arguments.data or arguments.program.parent / "data"
    if not data.is_dir():
        raise Usage(f"{data} is no folder; say with --data where the parties' files are")
    if protocol.name == "reference":
        from ..clear import run_reference  # needs the whole runtime in this process

        return deliver(arguments, run_reference(loaded, data, sizes, arguments))
    outcome = _processes(arguments, loaded, data, sizes)
    if outcome.failures:
        _tell(outcome)
        return outcome.exit_code
    from ..party import merge

    return deliver(arguments, merge([outcome.reports[p] for p in loaded.head.parties]))


def _processes(arguments: argparse.Namespace, loaded: Loaded, data: Path, sizes: dict[str, int]) -> Outcome:
    progress = Progress()
    try:
        return run_local(LocalRun(
            arguments.program.resolve(), loaded.head.parties, data.resolve(), {fact.name: fact.given for fact in loaded.head.params}, sizes,
            arguments.protocol, arguments.network, arguments.level, arguments.insecure, arguments.trace,
        ), progress.event)
    finally:
        progress.close()


def _tell(outcome: Outcome) -> None:
    """The failures, those first that caused the others."""
    order = sorted(outcome.failures.items(), key=lambda item: item[1]["kind"] == "PeerError")
    for party, failure in order:
        print(f"error: {party}: {failure['message']}", file=sys.stderr)


def deliver(arguments: argparse.Namespace, report: dict[str, Any]) -> int:
    """Shows a report as asked; with -o it is written whole or not at all."""
    if arguments.output:
        write_whole(arguments.output, f"{json.dumps(report, indent=2, ensure_ascii=False)}\n".encode())
    if arguments.json:
        print_json(report)
    elif not arguments.output:
        print_outputs(report["outputs"])
        print_measured(report["measured"], report["protocol"])
    return 0
