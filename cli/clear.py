"""`run --local --protocol reference`: the same circuit in the clear, in one process. Not secure."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import Any

from cloister.compiler.pipeline import Loaded, Options, compile_program
from cloister.runtime.data.sources import read
from cloister.runtime.errors import DataError
from cloister.runtime.executor import execute
from cloister.runtime.traffic import owners

from .pricing import network
from .report import Phase, peak_memory, present, report


def read_all(loaded: Loaded, data: Path, sizes: dict[str, int]) -> tuple[dict[str, Any], dict[str, int]]:
    """Every party's data, and all sizes: those of the data, and of the command line for what no data says.

    Raises DataError with what is wrong with any party's data, also where -D says another number of rows.
    """
    values: dict[str, Any] = {}
    found: dict[str, int] = {}
    wrong = []
    for party in loaded.head.parties:
        try:
            mine = read([d for d in loaded.head.declarations if d.party == party], data, party)
        except DataError as error:
            wrong.append(str(error))
            continue
        values.update(mine.values)
        for name, count in mine.sizes.items():
            if found.setdefault(name, count) != count:
                wrong.append(f"the size `{name}` is {found[name]} by other parties' data, but {count} by {party}'s")
    if wrong:
        raise DataError("\n".join(wrong))
    return values, _joined(loaded, found, sizes)


def _joined(loaded: Loaded, found: dict[str, int], sizes: dict[str, int]) -> dict[str, int]:
    totals = {size.name: sum(found.get(f"{size.name}.{party}", 0) for party in loaded.head.parties)
              for size in loaded.head.sizes if size.each and not size.hidden}
    for name, given in sizes.items():
        count = found.get(name, totals.get(name, given))
        if count != given:
            raise DataError(f"`-D {name}={given}`, but the data has {count}")
    return {**{name: given for name, given in sizes.items() if name not in totals}, **found}


def run_reference(loaded: Loaded, data: Path, sizes: dict[str, int], arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs all parties in this process, in the clear, and returns what `run --json` prints."""
    started = perf_counter()
    given, found = read_all(loaded, data, sizes)
    compiled = compile_program(loaded, found, Options(network(arguments.network), arguments.level, "reference"))
    backend = compiled.protocol.backend(0, {}, owners(compiled.program))
    ready = perf_counter()
    results = execute(compiled.program, compiled.protocol, backend, None, 0, given)
    done = perf_counter()
    parties = loaded.head.parties
    silent = dict.fromkeys(parties, 0)
    return report(
        compiled.program, {party: present(compiled.program, results, party) for party in parties},
        Phase(results.rounds, silent), Phase(0, silent),
        {"setup": ready - started, "preprocessing": 0.0, "online": done - ready},
        dict.fromkeys(parties, peak_memory()),
    )
