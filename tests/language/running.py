"""Runs whole programs: what the interpreter says, and what the protocols open, which has to be the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Compiled, Options, check_sizes, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS

from ..properties.test_protocols import opened
from ..runtime.build import run

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\n"

PROTOCOLS = ("reference", "replicated")

Numbers = Mapping[str, Any]


def compiled(text: str, sizes: Mapping[str, int] | None = None, level: int = 2) -> Compiled:
    """The program below the head, compiled and verified after every pass."""
    loaded = load_program(read_text(HEAD + text))
    return compile_program(loaded, sizes or {}, Options(NETWORKS["lan"], level, None, verify=True))


def by_protocol(program: Compiled, given: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    """What a protocol opens: scaled integers by output."""
    inputs = {name: np.array(values, dtype=object) for name, values in given.items()}
    parties = {
        i: {spec.name: inputs[spec.name] for spec in program.program.inputs if spec.party == i} for i in range(3)
    }
    outcome = run(program.program, parties, protocol)
    found: dict[str, Any] = {}
    for results in outcome.results:
        found |= {name: value.tolist() for name, (value, _) in opened(program, results).items()}
    return found


def results(
    text: str, given: Mapping[str, Any] | None = None, sizes: Mapping[str, int] | None = None, level: int = 2
) -> dict[str, Any]:
    """The outputs as scaled integers, on which interpreter and protocols agree. `given` are scaled integers."""
    inputs = {name: np.array(values, dtype=object) for name, values in (given or {}).items()}
    loaded = load_program(read_text(HEAD + text))
    said = interpret(check_sizes(loaded, sizes or {}), inputs)
    expected = {name: shown.value.astype(object).tolist() for name, shown in said.items()}
    program = compiled(text, sizes, level)
    for protocol in PROTOCOLS:
        assert by_protocol(program, given or {}, protocol) == expected, protocol
    return expected
