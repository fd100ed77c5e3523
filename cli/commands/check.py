"""`cloister check`: all errors at once, types on request, and budgets for the analyst's own CI."""

from __future__ import annotations

import argparse

from cloister.compiler.check.sizes import at_bounds
from cloister.compiler.loading import Loaded, approve, check_at_bounds, check_sizes

from ..bindings import filled, load_bound, sizes_line
from ..failures import say, warn
from ..networks import network
from ..show import table


def run(arguments: argparse.Namespace) -> int:
    """Checks the program at the bounds of its sizes and at the given ones, and the budgets at the given (or the
    bounds); and a protocol that is named."""
    network(arguments.network)
    loaded, sizes = load_bound(arguments)
    approval = approve(loaded)
    warn(approval.warnings, loaded.modules.sources)
    if arguments.protocol:
        from cloister.compiler.protocol.choose import choose_protocol  # brings all that the protocols run by

        choose_protocol(loaded.head.parties, loaded.head.security, arguments.protocol)
    if sizes:
        check_sizes(loaded, filled(loaded.head, sizes))
    if arguments.show_types:
        _show_types(loaded)
    if _budgeted(arguments):
        from ..budgets import over_budget  # budgets alone ask for the whole compiler
        from ..pricing import price

        over = over_budget(price(loaded, sizes, arguments), arguments)
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
