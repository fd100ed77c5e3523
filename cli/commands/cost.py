"""`cloister cost`: the price before anything runs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from ..bindings import load_each
from ..options import human_bytes, human_seconds
from ..pricing import Priced, network, price, sizes_line
from ..show import print_json, table


def run(arguments: argparse.Namespace) -> int:
    """Prices the program for every combination of the values given with -D."""
    network(arguments.network)
    rows = [(chosen, price(loaded, sizes, arguments)) for chosen, loaded, sizes in load_each(arguments)]
    if arguments.json:
        found = [as_json(priced) for _, priced in rows]
        print_json(found[0] if len(found) == 1 else {"program": found[0]["program"], "estimates": found})
        return 0
    _table(rows)
    if arguments.by_line:
        for chosen, priced in rows:
            _by_line(chosen, priced)
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
        where = f" ({', '.join(f'{name} = {value}' for name, value in chosen.items())})" if chosen else ""
        print(f"before it{where}: preprocessing of {found.preprocessing_rounds:,} rounds, "
              f"{human_bytes(max(found.preprocessing_bytes.values(), default=0))} sent by one")


def _cells(priced: Priced) -> tuple[str, ...]:
    found = priced.estimate
    return (f"{found.rounds:,}", f"{found.depth:,}", human_bytes(max(found.bytes_sent.values(), default=0)),
            f"{found.gates['mul']:,}", f"{found.gates['and']:,}", human_bytes(found.memory_bytes),
            human_seconds(found.seconds))


def _by_line(chosen: Mapping[str, str], priced: Priced) -> None:
    """The program with the cost beside each line. A round that several lines share counts for each of them."""
    found = {line.line: line for line in priced.estimate.lines}
    print(f"\n{', '.join(f'{name} = {value}' for name, value in chosen.items())}".rstrip())
    print(f"{'rounds':>8}  {'sent by all':>11}  line")
    for number, text in enumerate(priced.compiled.source.text.splitlines(), start=1):
        line = found.get(number)
        cost = (f"{line.rounds:,}", human_bytes(line.bytes_sent)) if line else ("", "")
        print(f"{cost[0]:>8}  {cost[1]:>11}  {number:>4}  {text}".rstrip())
