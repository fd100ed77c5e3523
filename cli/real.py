"""`run --party`: one party for real. Its key, peers, data and approvals stand in cloister.toml."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from cloister.compiler.pipeline import Approval, Compiled, approve
from cloister.compiler.report.estimate import Estimate
from cloister.runtime.config import load
from cloister.runtime.errors import Disagreement
from cloister.runtime.session import Session, connect

from .bindings import load_bound
from .options import Usage
from .party import Task, Watch, run_party
from .pricing import network
from .show import Progress


class _Terminal(Watch):
    """Progress of this party on standard error."""

    def __init__(self, party: str) -> None:
        self._party = party
        self.line = Progress()

    def compiled(self, compiled: Compiled, price: Estimate) -> None:
        self.line.event(self._party, {"event": "estimate", "rounds": price.rounds, "seconds": price.seconds,
                                      "bytes": max(price.bytes_sent.values(), default=0)})

    def progress(self, rounds: int, sent: int) -> None:
        self.line.event(self._party, {"event": "progress", "rounds": rounds, "bytes": sent})


def ask_approval(approval: Approval, approved: bool, yes: bool) -> None:
    """Goes on when the digest is approved already or a person approves it now. Raises Disagreement."""
    if approved or yes:
        return
    print(approval.statement.text(), file=sys.stderr)
    print(f"\ndigest {approval.digest}", file=sys.stderr)
    if not sys.stdin.isatty():
        raise Disagreement("this program is not approved: run `cloister approve`, or give --yes")
    print("Take part in this? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Disagreement("not approved")


def run_real(arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs the party of `--party` by its configuration and returns its own report."""
    settings = load(arguments.config)
    if settings.party != arguments.party:
        raise Usage(f"{arguments.config} is the configuration of `{settings.party}`, not of `{arguments.party}`")
    loaded, sizes = load_bound(arguments)
    names = loaded.head.parties
    if arguments.party not in names:
        raise Usage(f"`{arguments.party}` is no party of {loaded.name}: {', '.join(names)}")
    approval = approve(loaded)
    ask_approval(approval, approval.digest in settings.approved, arguments.yes)
    terminal = _Terminal(arguments.party)

    def link() -> Session:
        return connect(
            names.index(arguments.party), names, settings.addresses(names), settings.identity,
            settings.certificates(names), timeout=settings.connect_timeout, silence=settings.silence_timeout,
            insecure=settings.insecure, waiting=_say_waiting)

    task = Task(loaded, arguments.party, arguments.data or settings.data, sizes, network(arguments.network),
                arguments.level, arguments.protocol, link, arguments.trace, settings.inputs)
    try:
        return run_party(task, terminal)
    finally:
        terminal.line.close()


def _say_waiting(missing: tuple[str, ...]) -> None:
    print(f"waiting for {', '.join(missing)}", file=sys.stderr)
