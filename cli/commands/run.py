"""`cloister run`: all parties on this machine, or one party for real."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from cloister.compiler.diagnostics import Diagnostic, ProgramError
from cloister.compiler.pipeline import Loaded, approve
from cloister.compiler.protocol.choose import choose_protocol
from cloister.runtime.data.results import write_whole

from ..bindings import data_folder, load_bound
from ..failures import note, say
from ..local import LocalRun, Outcome, run_local
from ..options import Usage, check_writable
from ..pricing import network
from ..progress import Progress
from ..show import print_json, print_measured, print_outputs


def run(arguments: argparse.Namespace) -> int:
    """Runs the program and shows the results of the parties that live here."""
    check_writable(arguments.output, "-o")
    check_writable(arguments.trace, "--trace")
    network(arguments.network)
    if arguments.party:
        if arguments.insecure:
            raise Usage("--insecure is for --local only; a party for real sets `insecure` in its configuration")
        from ..real import run_real  # the local run has no use for configuration

        return deliver(arguments, run_real(arguments))
    return _run_local(arguments)


def _run_local(arguments: argparse.Namespace) -> int:
    loaded, sizes = load_bound(arguments)
    approve(loaded)  # all errors of the program are shown once, before any party starts
    protocol = choose_protocol(loaded.head.parties, loaded.head.security, arguments.protocol)
    data = data_folder(arguments)
    if protocol.name == "reference":
        from ..clear import run_reference  # needs the whole runtime in this process

        note("the reference protocol computes in the clear; nothing is protected")
        return deliver(arguments, run_reference(loaded, data, sizes, arguments))
    outcome = _processes(arguments, loaded, data, sizes, protocol.name)
    if outcome.failures:
        _tell(outcome, loaded)
        return outcome.exit_code
    from ..report import merge

    return deliver(arguments, merge([outcome.reports[p] for p in loaded.head.parties]))


def _processes(arguments: argparse.Namespace, loaded: Loaded, data: Path, sizes: dict[str, int],
               protocol: str) -> Outcome:
    progress = Progress()
    try:
        params = {fact.name: fact.given for fact in loaded.head.params}
        return run_local(LocalRun(
            arguments.program.resolve(), loaded.head.parties, data, params, sizes, protocol, arguments.network,
            arguments.level, arguments.insecure, arguments.trace,
        ), progress.event)
    finally:
        progress.close()


def _tell(outcome: Outcome, loaded: Loaded) -> None:
    """The causes; what all parties say alike is said once. Raises ProgramError for what the program is refused for."""
    causes = outcome.causes
    _raise_refusal(causes, loaded)
    messages = {one["message"] for one in causes.values()}
    if len(messages) == 1 and len(causes) == len(loaded.head.parties):
        say(messages.pop())
        return
    for party in loaded.head.parties:
        if party in causes:
            say(causes[party]["message"], party)


def _raise_refusal(causes: Mapping[str, Mapping[str, Any]], loaded: Loaded) -> None:
    """The program may be refused at the sizes of the data: every party finds the same then."""
    for one in causes.values():
        if one["kind"] == "ProgramError":
            found = msgspec.convert(one["diagnostics"], tuple[Diagnostic, ...])
            raise ProgramError(found, loaded.modules.sources)


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
