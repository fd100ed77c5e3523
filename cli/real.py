"""`run --party` and `prepare --party`: one party for real. Key, peers, data and approvals stand in cloister.toml."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from cloister.compiler.loading import Approval, Loaded, approve
from cloister.compiler.protocol.choose import choose_protocol
from cloister.compiler.report.estimate import Estimate
from cloister.runtime.config import Config, load
from cloister.runtime.errors import Disagreement
from cloister.runtime.session import Session, connect

from .ahead import prepare_party
from .bindings import load_bound, sized, spread
from .failures import note
from .networks import network
from .options import Usage, byte_count
from .party import run_party
from .progress import Progress
from .task import Task, Waiting, Watch


class _Terminal(Watch):
    """What this party waits for, and its progress, on standard error."""

    def __init__(self, party: str) -> None:
        self._party = party
        self.line = Progress()

    def waiting(self, missing: tuple[str, ...]) -> None:
        print(f"waiting for {', '.join(missing)}", file=sys.stderr)

    def compiled(self, price: Estimate) -> None:
        self.line.event(self._party, {"event": "estimate", "rounds": price.rounds, "seconds": price.seconds,
                                      "before": price.preprocessing_seconds,
                                      "bytes": max(price.bytes_sent.values(), default=0)})

    def unfit(self, note: str) -> None:
        self.line.event(self._party, {"event": "unfit", "note": note})

    def prepared(self, rounds: int, whole: int) -> None:
        self.line.event(self._party, {"event": "prepared", "rounds": rounds, "whole": whole})

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
    settings, loaded, sizes = _party(arguments)
    approval = approve(loaded)
    task = _task(arguments, settings, loaded, sizes)
    ask_approval(approval, arguments.yes or approval.digest in settings.approved)
    if arguments.trace:
        task = replace(task, trace=Path(f"{arguments.trace}.{arguments.party}"))
    return _watched(settings, partial(_run, task))


def _run(task: Task, terminal: _Terminal) -> dict[str, Any]:
    report = run_party(task, terminal)
    terminal.line.ended([report])
    return report


def prepare_real(arguments: argparse.Namespace) -> dict[str, Any]:
    """Makes preprocessing with the peers and stores it; no data moves, and so nobody is asked for approval."""
    settings, loaded, sizes = _party(arguments)
    approve(loaded)
    sizes = spread(loaded.head, sizes)
    task = _task(arguments, settings, loaded, sizes)
    if sized(loaded.head, settings.party, sizes):
        task = replace(task, data=None)
    return _watched(settings, lambda terminal: prepare_party(task, terminal, arguments.count))


def _party(arguments: argparse.Namespace) -> tuple[Config, Loaded, dict[str, int]]:
    """The configuration, the program and the sizes given with -D. Raises Usage, ConfigError, ProgramError."""
    loaded, sizes = load_bound(arguments)
    names = loaded.head.parties
    if arguments.party not in names:
        raise Usage(f"`{arguments.party}` is no party of {loaded.name}; its parties are {', '.join(names)}")
    settings = load(arguments.config)
    if settings.party != arguments.party:
        raise Usage(f"{arguments.config} is the configuration of `{settings.party}`, not of `{arguments.party}`")
    return settings, loaded, sizes


def _task(arguments: argparse.Namespace, settings: Config, loaded: Loaded, sizes: dict[str, int]) -> Task:
    names = loaded.head.parties
    protocol = _protocol(loaded, arguments.protocol)
    fingerprints = tuple(certificate.fingerprint for certificate in settings.certificates(names))
    return Task(loaded, arguments.party, arguments.data or settings.data, sizes, network(arguments.network),
                arguments.level, protocol, _link(settings, names),
                (arguments.prepared or settings.prepared) / settings.party,
                (arguments.kept or settings.kept) / settings.party, fingerprints, inputs=settings.inputs,
                memory=_memory(arguments, settings))


def _memory(arguments: argparse.Namespace, settings: Config) -> int | None:
    """What the command line allows, or else the configuration. Raises Usage."""
    if arguments.memory is not None or settings.memory is None:
        return cast(int | None, arguments.memory)
    try:
        return byte_count(settings.memory)
    except argparse.ArgumentTypeError as error:
        raise Usage(f"{arguments.config}: `memory`: {error}") from None


def _watched(settings: Config, work: Callable[[_Terminal], dict[str, Any]]) -> dict[str, Any]:
    if settings.insecure:
        note("`insecure = true` in the configuration: the links protect nothing, and so nothing is protected")
    terminal = _Terminal(settings.party)
    terminal.line.start()
    try:
        return work(terminal)
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
