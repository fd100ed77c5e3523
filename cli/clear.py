"""`run --local --protocol reference`: the same circuit in the clear, in one process. Not secure, and says so."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from cloister.compiler.pipeline import Loaded, Options, compile_program
from cloister.runtime.data.sources import read
from cloister.runtime.executor import execute
from cloister.runtime.traffic import owners

from .party import peak_memory, present, report
from .pricing import network


def read_all(loaded: Loaded, data: Path, sizes: dict[str, int]) -> tuple[dict[str, Any], dict[str, int]]:
    """Every party's data, and all sizes. Raises DataError."""
    values: dict[str, Any] = {}
    found = dict(sizes)
    for party in loaded.head.parties:
        mine = read([d for d in loaded.head.declarations if d.party == party], data, party)
        values.update(mine.values)
        found.update(mine.sizes)
    return values, found


def run_reference(loaded: Loaded, data: Path, sizes: dict[str, int], arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs all parties in this process, in the clear, and returns what `run --json` prints."""
    print("note: the reference protocol computes in the clear; nothing is protected", file=sys.stderr)
    started = perf_counter()
    given, found = read_all(loaded, data, sizes)
    compiled = compile_program(loaded, found, Options(network(arguments.network), arguments.level, "reference"))
    backend = compiled.protocol.backend(0, {}, owners(compiled.program))
    ready = perf_counter()
    results = execute(compiled.program, compiled.protocol, backend, None, 0, given)
    done = perf_counter()
    parties = loaded.head.parties
    return report(
        compiled.program, {party: present(compiled.program, results, party) for party in parties}, results.rounds,
        dict.fromkeys(parties, 0), {"setup": ready - started, "preprocessing": 0.0, "online": done - ready},
        dict.fromkeys(parties, peak_memory()),
    )
