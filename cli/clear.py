"""`run --local --protocol reference`: the same circuit in the clear, in one process. Not secure."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import Any

from cloister.compiler.pipeline import Loaded, Options, compile_program
from cloister.runtime.executor import execute
from cloister.runtime.plan import planned
from cloister.runtime.traffic import owners

from .everybody import read_all
from .networks import network
from .report import Phase, peak_memory, present, report


def run_reference(loaded: Loaded, data: Path | None, sizes: dict[str, int],
                  arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs all parties in this process, in the clear, and returns what `run --json` prints."""
    started = perf_counter()
    given, found = read_all(loaded, data, sizes)
    options = Options(network(arguments.network), arguments.level, "reference", memory=arguments.memory)
    compiled = compile_program(loaded, found, options)
    backend = compiled.protocol.backend(0, {}, owners(compiled.program))
    plan = planned(compiled.program, compiled.protocol, 0)
    ready = perf_counter()
    results = execute(compiled.program, plan, backend, None, 0, given)
    done = perf_counter()
    parties = loaded.head.parties
    silent = dict.fromkeys(parties, 0)
    return report(
        compiled.program, {party: present(compiled.program, results, party) for party in parties},
        Phase(results.rounds, silent), Phase(0, silent),
        {"setup": ready - started, "preprocessing": 0.0, "online": done - ready},
        dict.fromkeys(parties, peak_memory()),
    )
