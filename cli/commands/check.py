"""`cloister check`: all errors at once, types on request, and budgets for the analyst's own CI."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from cloister.compiler.diagnostics import Diagnostic
from cloister.compiler.pipeline import Loaded, approve, check_at_bounds
from cloister.compiler.render import render

from ..bindings import load_bound
from ..options import human_bytes, human_seconds
from ..pricing import Priced, price


def run(arguments: argparse.Namespace) -> int:
    """Checks the program at the bounds of its sizes, and the budgets at the given sizes (or the bounds)."""
    loaded, sizes = load_bound(arguments)
    approval = approve(loaded)
    _warn(loaded, approval.warnings)
    if arguments.show_types:
        _show_types(loaded)
    if _budgeted(arguments):
        over = _over(price(loaded, sizes, arguments), arguments)
        for line in over:
            print(f"over budget: {line}", file=sys.stderr)
        if over:
            return 1
    print(f"{loaded.name}: no errors")
    return 0


def _warn(loaded: Loaded, warnings: tuple[Diagnostic, ...]) -> None:
    if warnings:
        render(warnings, loaded.modules.sources, Console(stderr=True, soft_wrap=True))


def _show_types(loaded: Loaded) -> None:
    table = Table(box=None)
    for heading in ("line", "name", "type"):
        table.add_column(heading)
    for span, name, type_ in check_at_bounds(loaded).types:
        table.add_row(str(span.line), name, str(type_))
    Console(soft_wrap=True).print(table, markup=False)


def _budgeted(arguments: argparse.Namespace) -> bool:
    return any(limit is not None for limit in (arguments.max_rounds, arguments.max_bytes, arguments.max_seconds))


def _over(priced: Priced, arguments: argparse.Namespace) -> list[str]:
    """What is over its budget, and the costliest lines."""
    found, most = priced.estimate, max(priced.estimate.bytes_sent.values(), default=0)
    over = []
    if arguments.max_rounds is not None and found.rounds > arguments.max_rounds:
        over.append(f"{found.rounds} rounds, at most {arguments.max_rounds} are allowed")
    if arguments.max_bytes is not None and most > arguments.max_bytes:
        over.append(f"{human_bytes(most)} sent by a party, at most {human_bytes(arguments.max_bytes)} are allowed")
    if arguments.max_seconds is not None and found.seconds > arguments.max_seconds:
        over.append(f"{human_seconds(found.seconds)} on {priced.network.name}, at most "
                    f"{human_seconds(arguments.max_seconds)} are allowed")
    if over:
        costliest = sorted(found.lines, key=lambda line: -line.bytes_sent)[:3]
        over += [f"line {line.line}: {line.rounds} rounds, {human_bytes(line.bytes_sent)}" for line in costliest]
    return over
