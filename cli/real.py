"""`run --party`: one party for real. Its key, peers, data and approvals stand in cloister.toml."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloister.compiler.pipeline import Approval, Loaded, approve
from cloister.compiler.protocol.choose import choose_protocol
from cloister.compiler.report.estimate import Estimate
from cloister.runtime.config import Config, load
from cloister.runtime.errors import Disagreement
from cloister.runtime.session import Session, connect

from .bindings import load_bound
from .failures import note
from .options import Usage
from .party import Task, Waiting, Watch, run_party
from .pricing import network
from .progress import Progress


class _Terminal(Watch):
    """What this party waits for, and its progress, on standard error."""

    def __init__(self, party: str) -> None:
        self._party = party
        self.line = Progress()

    def waiting(self, missing: tuple[str, ...]) -> None:
        print(f"waiting for {', '.join(missing)}", file=sys.stderr)

    def compiled(self, price: Estimate) -> None:
        self.line.event(self._party, {"event": "estimate", "rounds": price.rounds, "seconds": price.seconds,
                                      "bytes": max(price.bytes_sent.values(), default=0)})

    def progress(self, rounds: int, sent: int) -> None:
        self.line.event(self._party, {"event": "progress", "rounds": rounds, "bytes": sent})


def ask_approval(approval: Approval, yes: bool) -> None:
    """Goes on when `yes`, or when a person at the terminal approves now. Raises Disagreement."""
    if yes:
        return
    print(approval.statement.text(), file=sys.stderr)
    print(f"\ndigest {approval.digest}", file=sys.stderr)
    if not sys.stdin.isatty():
        raise Disagreement("this program is not approved, and there is no terminal to ask at; whoever agrees to the "
                           "statement above runs `cloister approve`, or gives --yes")
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
        raise Usage(f"`{arguments.party}` is no party of {loaded.name}; its parties are {', '.join(names)}")
    approval = approve(loaded)
    protocol = _protocol(loaded, arguments.protocol)
    ask_approval(approval, arguments.yes or approval.digest in settings.approved)
    if settings.insecure:
        note(f"`insecure = true` in {arguments.config}: the links protect nothing, and so nothing is protected")
    trace = Path(f"{arguments.trace}.{arguments.party}") if arguments.trace else None
    terminal = _Terminal(arguments.party)
    task = Task(loaded, arguments.party, arguments.data or settings.data, sizes, network(arguments.network),
                arguments.level, protocol, _link(settings, names), trace, settings.inputs)
    try:
        return run_party(task, terminal)
    finally:
        terminal.line.close()


def _protocol(loaded: Loaded, wanted: str | None) -> str:
    """The name of the protocol that runs. Raises ProgramError, Usage."""
    protocol = choose_protocol(loaded.head.parties, loaded.head.security, wanted)
    if protocol.name == "reference":
        raise Usage("the reference protocol computes in the clear, with --local only")
    return protocol.name


def _link(settings: Config, names: tuple[str, ...]) -> Callable[[Waiting], Session]:
    """What makes the links by the configuration. Raises ConfigError for a party that does not stand there."""
    addresses, certificates = settings.addresses(names), settings.certificates(names)

    def link(waiting: Waiting) -> Session:
        return connect(names.index(settings.party), names, addresses, settings.identity, certificates,
                       timeout=settings.connect_timeout, silence=settings.silence_timeout,
                       insecure=settings.insecure, waiting=waiting)

    return link
