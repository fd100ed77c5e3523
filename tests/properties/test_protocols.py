"""The interpreter and every protocol give the same numbers, bit for bit, at every level and for every network;
and what is counted on the wire is what the estimate said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Compiled, Loaded, Options, check_sizes, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.compiler.report.ledger import ledger
from cloister.compiler.report.lines import by_line
from cloister.runtime.executor import Results
from cloister.runtime.ring import ring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..runtime.build import run
from .generate import Program, keyed, programs
from .test_programs import accepted

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
COMBINATIONS = [(level, network) for level in (0, 1, 2) for network in ("lan", "wan")]


def opened(compiled: Compiled, results: Results) -> dict[str, Any]:
    """Values and flags of all outputs as integers; None where not a receiver."""
    found: dict[str, Any] = {}
    types = compiled.program.body.types
    for spec, words in zip(compiled.program.outputs, results.outputs, strict=True):
        if words.value is not None:
            width = types[compiled.program.body.results[spec.value]].width
            value = np.asarray(ring(width).to_ints(words.value), object)
            flag = None if words.flag is None else np.asarray(words.flag) != 0
            found[spec.name] = (value, flag)
    return found


def compare(program: Program, loaded: Loaded, inputs: dict[str, Any], level: int, network: str) -> None:
    checked = check_sizes(loaded, program.sizes)
    said = interpret(checked, inputs)
    where = f"-O{level} {network}\n{program.source}\n{program.sizes}\n{program.data}"
    compiled = compile_program(loaded, program.sizes, Options(NETWORKS[network], level, None, verify=True))
    everyone = compiled.program.parties
    by_party = {i: {spec.name: inputs[spec.name] for spec in compiled.program.inputs if spec.party == i}
                for i in range(len(everyone))}
    price = estimate(compiled.program, compiled.protocol, NETWORKS[network])
    adds_up(compiled, price, network, where)
    for protocol in ("reference", "replicated"):
        outcome = run(compiled.program, by_party, protocol)
        if protocol == "replicated":
            assert [link.bytes_sent for link in outcome.links] == list(price.bytes_sent.values()), where
            assert outcome.results[0].rounds == price.rounds, where
        for me, results in enumerate(outcome.results):
            for name, (value, flag) in opened(compiled, results).items():
                expected = said[name]
                assert value.tolist() == expected.value.astype(object).tolist(), (protocol, me, name, where)
                if flag is not None:
                    assert flag.tolist() == np.asarray(expected.shown, bool).tolist(), (protocol, name, where)


def adds_up(compiled: Compiled, price: Estimate, network: str, where: str) -> None:
    """What is told line by line is all that is told of the whole."""
    account = ledger(compiled, NETWORKS[network])
    assert sum(one.times for one in account.exchanges) == price.rounds, where
    sent = [sum(one.times * one.sent[p] for one in account.exchanges) for p in range(compiled.protocol.parties)]
    assert sent == list(price.bytes_sent.values()), where
    lines = by_line(account, price, NETWORKS[network])
    assert sum(line.seconds for line in lines) == pytest.approx(price.seconds) or not lines, where
    assert sum(sum(line.gates.values()) for line in lines) == sum(price.gates.values()), where


def agree_everywhere(program: Program, combinations: list[tuple[int, str]]) -> None:
    checked = accepted(program)
    inputs = keyed(program, checked)
    loaded = load_program(read_text(program.source), program.params)
    for level, network in combinations:
        compare(program, loaded, inputs, level, network)


@settings(max_examples=25, deadline=None, suppress_health_check=CHECKS)
@given(programs(statements=3), st.sampled_from(COMBINATIONS))
def test_all_protocols_agree(program: Program, combination: tuple[int, str]) -> None:
    agree_everywhere(program, [combination])


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=CHECKS)
@given(programs(statements=6))
def test_all_protocols_agree_at_every_level(program: Program) -> None:
    agree_everywhere(program, COMBINATIONS)
