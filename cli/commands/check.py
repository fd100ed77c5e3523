"""`cloister check`: all errors at once, types on request, and budgets for the analyst's own CI."""

from __future__ import annotations

import argparse

from cloister.compiler.check.sizes import at_bounds
from cloister.compiler.pipeline import Loaded, approve, check_at_bounds

from ..bindings import load_bound
from ..failures import say, warn
from ..options import human_bytes, human_seconds
from ..pricing import Priced, network, price, sizes_line
from ..show import table


def run(arguments: argparse.Namespace) -> int:
    """Checks the program at the bounds of its sizes, and the budgets at the given sizes (or the bounds)."""
    network(arguments.network)
    loaded, sizes = load_bound(arguments)
    approval = approve(loaded)
    warn(approval.warnings, loaded.modules.sources)
    if arguments.show_types:
        _show_types(loaded)
    if _budgeted(arguments):
        over = _over(price(loaded, sizes, arguments), arguments)
        if over:
            say("over budget\n  " + "\n  ".join(over))
            return 1
    print(f"{loaded.name}: no errors")
    return 0


def _show_types(loaded: Loaded) -> None:
    rows = [(str(span.line), name, str(type_)) for span, name, type_ in check_at_bounds(loaded).types]
    bounds = at_bounds(loaded.head)
    table(("line", "name", "type"), rows, f"at {sizes_line(loaded, bounds)}" if bounds else "", left=("name", "type"))


def _budgeted(arguments: argparse.Namespace) -> bool:
    return any(limit is not None for limit in (arguments.max_rounds, arguments.max_bytes, arguments.max_seconds))


def _over(priced: Priced, arguments: argparse.Namespace) -> list[str]:
    """What is over its budget, the sizes at which it is, and the costliest lines."""
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
        if priced.compiled.checked.binding.sizes:
            over.append(f"at {sizes_line(priced.loaded, priced.compiled.checked.binding.sizes)}")
        costliest = sorted(found.lines, key=lambda line: -line.bytes_sent)[:3]
        over += [f"line {line.line}: {line.rounds} rounds, {human_bytes(line.bytes_sent)} sent by all"
                 for line in costliest]
    return over
