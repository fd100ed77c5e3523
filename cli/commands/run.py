"""`cloister run`: all parties on this machine, or one party for real."""

from __future__ import annotations

import argparse
import json
from typing import Any

from cloister.compiler.loading import approve
from cloister.compiler.protocol.choose import choose_protocol
from cloister.runtime.private import write_whole

from ..bindings import data_folder, kept_folder, load_bound, prepared_folder
from ..failures import note
from ..local import LocalRun
from ..networks import check_emulated, network
from ..options import Usage, check_writable
from ..show import print_json, print_measured, print_outputs
from ..shown import run_shown


def run(arguments: argparse.Namespace) -> int:
    """Runs the program and shows the results of the parties that live here."""
    check_writable(arguments.output, "-o")
    check_writable(arguments.trace, "--trace")
    network(arguments.network)
    check_emulated(arguments.emulate, arguments.local)
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
    data = data_folder(arguments) if loaded.head.declarations else None
    if protocol.name == "reference":
        from ..clear import run_reference  # needs the whole runtime in this process

        if loaded.head.wanted:
            raise Usage("the reference protocol computes in the clear, and holds no shares that it could load")
        note("the reference protocol computes in the clear; nothing is protected, and nothing is kept")
        return deliver(arguments, run_reference(loaded, data, sizes, arguments))
    params = {fact.name: fact.given for fact in loaded.head.params}
    reports, code = run_shown(LocalRun(
        arguments.program.resolve(), loaded.head.parties, data, params, sizes, protocol.name, arguments.network,
        arguments.level, arguments.insecure, arguments.trace, prepared_folder(arguments),
        kept_folder(arguments), memory=arguments.memory, emulate=arguments.emulate), loaded)
    if code:
        return code
    from ..report import merge

    return deliver(arguments, merge(reports))


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
