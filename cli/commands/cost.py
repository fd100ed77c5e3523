"""`cloister cost`: the price before anything runs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from ..bindings import load_each
from ..options import human_bytes, human_seconds
from ..pricing import Priced, price
from ..show import print_json


def run(arguments: argparse.Namespace) -> int:
    """Prices the program for every combination of the values given with -D."""
    rows = [(chosen, price(loaded, sizes, arguments)) for chosen, loaded, sizes in load_each(arguments)]
    if arguments.json:
        found = [as_json(priced) for _, priced in rows]
        print_json(found[0] if len(found) == 1 else {"program": found[0]["program"], "estimates": found})
        return 0
    _table(rows)
    if arguments.by_line:
        for _, priced in rows:
            _by_line(priced)
    return 0


def as_json(priced: Priced) -> dict[str, Any]:
    """The contract of `cost --json`."""
    program, found = priced.compiled.program, priced.estimate
    return {
        "program": program.name, "digest": program.digest, "circuit_digest": program.circuit_digest,
        "protocol": program.protocol, "parameters": program.parameters, "rounds": found.rounds,
        "depth": {"multiplicative": found.depth}, "gates": found.gates, "bytes_sent": found.bytes_sent,
        "preprocessing": {"rounds": found.preprocessing_rounds, "bytes_sent": found.preprocessing_bytes, "triples": 0},
        "seconds": {"online": found.seconds, "preprocessing": found.preprocessing_seconds,
                    "network": priced.network.name},
        "memory_bytes": found.memory_bytes,
        "lines": [{"line": line.line, "rounds": line.rounds, "bytes_sent": line.bytes_sent, "seconds": line.seconds}
                  for line in found.lines],
    }


def _table(rows: Sequence[tuple[Mapping[str, str], Priced]]) -> None:
    first = rows[0][1]
    table = Table(title=f"{first.compiled.program.name}, {first.compiled.program.protocol}, {first.network.name}",
                  title_justify="left")
    for heading in (*rows[0][0], "rounds", "depth", "sent by a party", "products", "ANDs", "memory", "seconds"):
        table.add_column(heading, justify="right")
    for chosen, priced in rows:
        found = priced.estimate
        table.add_row(*chosen.values(), str(found.rounds), str(found.depth),
                      human_bytes(max(found.bytes_sent.values(), default=0)), f"{found.gates['mul']:,}",
                      f"{found.gates['and']:,}", human_bytes(found.memory_bytes), human_seconds(found.seconds))
    console = Console()
    console.print(table)
    console.print("rounds and bytes are exact; memory and seconds are estimates", style="dim")


def _by_line(priced: Priced) -> None:
    """The program with the cost beside each line. A round that several lines share counts for each of them."""
    found = {line.line: line for line in priced.estimate.lines}
    compiled = priced.compiled
    source = compiled.source
    table = Table(box=None, show_edge=False, pad_edge=False)
    for heading in ("rounds", "sent by all", "line"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for number, text in enumerate(source.text.splitlines(), start=1):
        line = found.get(number)
        table.add_row(str(line.rounds) if line else "", human_bytes(line.bytes_sent) if line else "", str(number), text)
    Console(soft_wrap=True, markup=False, highlight=False).print(table)
