"""`cloister cost`: the price before anything runs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from cloister.compiler.report.lines import Line

from ..bindings import load_each, sizes_line
from ..comparing import alternative_json, alternatives, print_alternatives
from ..html.write import write_page
from ..listing import print_listing
from ..networks import network
from ..options import check_writable, human_bytes, human_seconds
from ..pricing import Priced, price
from ..show import print_json, table


def run(arguments: argparse.Namespace) -> int:
    """Prices the program for every combination of the values given with -D."""
    network(arguments.network)
    check_writable(arguments.html, "--html")
    rows = [(chosen, price(loaded, sizes, arguments)) for chosen, loaded, sizes in load_each(arguments)]
    if arguments.html:
        write_page(arguments.html, rows, arguments)
    if arguments.json:
        found = [_json(priced, arguments.compare) for _, priced in rows]
        print_json(found[0] if len(found) == 1 else {"program": found[0]["program"], "estimates": found})
        return 0
    _table(rows)
    if arguments.by_line or arguments.open:
        for chosen, priced in rows:
            print_listing(priced, _title(chosen), arguments.open)
    if arguments.compare:
        for chosen, priced in rows:
            print_alternatives(alternatives(priced), _title(chosen))
    if arguments.html:
        print(f"the report is in {arguments.html}")
    return 0


def as_json(priced: Priced) -> dict[str, Any]:
    """The contract of `cost --json`."""
    program, found = priced.compiled.program, priced.estimate
    return {
        "program": program.name, "digest": program.digest, "circuit_digest": program.circuit_digest,
        "protocol": program.protocol, "parameters": program.parameters, "rounds": found.rounds,
        "depth": {"multiplicative": found.depth}, "gates": found.gates, "bytes_sent": found.bytes_sent,
        "preprocessing": {"rounds": found.preprocessing_rounds, "bytes_sent": found.preprocessing_bytes,
                          "triples": found.triples, "stored_bytes": found.stored_bytes},
        "seconds": {"online": found.seconds, "preprocessing": found.preprocessing_seconds,
                    "network": priced.network.name},
        "memory_bytes": found.memory_bytes,
        "lines": [_line(line) for line in priced.lines],
    }


def _json(priced: Priced, compared: bool) -> dict[str, Any]:
    found = as_json(priced)
    if compared:
        found["alternatives"] = [alternative_json(one) for one in alternatives(priced)]
    return found


def _line(line: Line) -> dict[str, Any]:
    return {
        "file": line.file, "line": line.line, "rounds": line.rounds, "critical_rounds": line.critical,
        "bytes_sent": line.bytes_sent, "gates": dict(line.gates), "seconds": line.seconds,
        "preprocessing": {"bytes_sent": line.prepared_bytes, "seconds": line.prepared_seconds},
        "calls": [_line(inner) for inner in line.calls],
    }


def _table(rows: Sequence[tuple[Mapping[str, str], Priced]]) -> None:
    first = rows[0][1]
    title = f"{first.compiled.program.name}, {first.compiled.program.protocol}, {first.network.name}"
    if len(rows) == 1 and first.compiled.checked.binding.sizes:
        title += f", {sizes_line(first.loaded, first.compiled.checked.binding.sizes)}"
    headings = (*rows[0][0], "rounds", "depth", "sent by one", "products", "ANDs", "memory", "time")
    table(headings, [(*chosen.values(), *_cells(priced)) for chosen, priced in rows], title)
    for chosen, priced in rows:
        _preprocessing(chosen, priced)
    print("rounds and bytes are exact; memory and time are estimates")


def _preprocessing(chosen: Mapping[str, str], priced: Priced) -> None:
    """What is made before any input is shared, for a protocol that needs it."""
    found = priced.estimate
    if found.preprocessing_rounds:
        where = f" ({_title(chosen)})" if chosen else ""
        print(f"before it{where}: preprocessing of {found.preprocessing_rounds:,} rounds, "
              f"{human_bytes(max(found.preprocessing_bytes.values(), default=0))} sent by one; stored by "
              f"`cloister prepare` it takes {human_bytes(found.stored_bytes)} of each party's disk")


def _title(chosen: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in chosen.items())


def _cells(priced: Priced) -> tuple[str, ...]:
    found = priced.estimate
    return (f"{found.rounds:,}", f"{found.depth:,}", human_bytes(max(found.bytes_sent.values(), default=0)),
            f"{found.gates['mul']:,}", f"{found.gates['and']:,}", human_bytes(found.memory_bytes),
            human_seconds(found.seconds))
