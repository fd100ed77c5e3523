"""What is independent shares its rounds: regions with each other, and with what is exchanged beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.ir.nodes import Circuit
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.passes.dead import drop_dead
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.schedule.beside import overlap_regions
from cloister.compiler.schedule.rounds import rounds
from cloister.runtime.program import InputSpec
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.traffic import traffic
from hypothesis import HealthCheck, given, settings

from ..additive.parties import run as run_prepared
from ..language.running import HEAD
from ..properties.generate import Program
from ..properties.test_protocols import compare
from ..runtime.build import run
from .regions import OWNERS, circuits, model, program
from .regions import given as numbers

REPLICATED = for_name("replicated", 3)


def least(circuit: Circuit) -> int:
    """The rounds of the longest chain of nodes, a region counting its trips times the longest chain within."""
    done: list[int] = []
    for node in circuit.nodes:
        own = int(node.op in ("input", "mul", "reveal"))
        if node.body is not None:
            own = node.attrs["trips"] * least(node.body)
        done.append(own + max((done[a] for a in node.args), default=0))
    return max(done, default=0)


def overlapped(circuit: Circuit) -> Circuit:
    after = overlap_regions(circuit, REPLICATED, OWNERS)
    verify(after, "overlap-regions")
    return after


# --------------------------------------------------------------------------- generated circuits


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
@given(circuits())
def test_the_same_numbers_in_no_more_rounds(circuit: Circuit) -> None:
    circuit = drop_dead(circuit)
    after = overlapped(circuit)
    assert model(after) == model(circuit)
    assert rounds(after, REPLICATED, OWNERS) <= rounds(circuit, REPLICATED, OWNERS)


@settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
@given(circuits(regions=1))
def test_beside_one_region_the_rounds_are_those_of_the_longest_chain(circuit: Circuit) -> None:
    circuit = drop_dead(circuit)
    assert rounds(overlapped(circuit), REPLICATED, OWNERS) <= least(circuit)


@settings(max_examples=25, deadline=None, suppress_health_check=CHECKS)
@given(circuits())
def test_run_by_the_protocols(circuit: Circuit) -> None:
    """Rounds and bytes are held against those that are declared."""
    after = overlapped(drop_dead(circuit))
    outcomes = [run(program(after, protocol), numbers(), protocol) for protocol in ("reference", "replicated")]
    for outcome in (*outcomes, run_prepared(program(after, "additive"), numbers())):
        for one in outcome.results:
            assert [int(opened.value) for opened in one.outputs if opened.value is not None] == model(circuit)


# --------------------------------------------------------------------------- text to text


def overlapping(before: str, after: str) -> None:
    made = overlapped(parse_circuit(before))
    assert print_circuit(made) == print_circuit(parse_circuit(after))


def test_trips_beside_an_exchange_as_text() -> None:
    """Trip 1 alone: the product of the products is ready when it runs."""
    body = """
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = mul %1 %1 : arith64<>
            %3 = mul %2 %2 : arith64<>
            yield %3"""
    before = f"""
        protocol
        %0 = input {{name: 'v0.north'}} : arith64<>
        %1 = mul %0 %0 : arith64<>
        %2 = loop {{carried: 1, trips: 9}} %0{body}
        %3 = result {{index: 0}} %2 : arith64<>
        %4 = mul %1 %1 : arith64<>
        %5 = mul %4 %3 : arith64<>
        yield %5
    """
    after = f"""
        protocol
        %0 = input {{name: 'v0.north'}} : arith64<>
        %1 = mul %0 %0 : arith64<>
        %2 = mul %1 %1 : arith64<>
        %3 = loop {{carried: 1, trips: 8}} %2{body}
        %4 = result {{index: 0}} %3 : arith64<>
        %5 = mul %2 %4 : arith64<>
        yield %5
    """
    overlapping(before, after)


def test_regions_of_other_trips_as_text() -> None:
    """Two trips of the first in each of the second, and the one that is left behind it."""
    before = """
        protocol
        %0 = input {name: 'v0.north'} : arith64<>
        %1 = loop {carried: 1, trips: 7} %0
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = share %0 : arith64<>
            %3 = mul %1 %2 : arith64<>
            yield %3
        %2 = result {index: 0} %1 : arith64<>
        %3 = loop {carried: 1, trips: 3} %0
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = mul %1 %1 : arith64<>
            %3 = mul %2 %2 : arith64<>
            yield %3
        %4 = result {index: 0} %3 : arith64<>
        yield %2 %4
    """
    after = """
        protocol
        %0 = input {name: 'v0.north'} : arith64<>
        %1 = loop {carried: 2, trips: 3} %0 %0
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = arg {index: 2} : arith64<>
            %3 = const {words: b'\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00'} : public public64<>
            %4 = scale %0 %3 : public public64<>
            %5 = const {words: b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'} : public public64<>
            %6 = add %5 %4 : public public64<>
            %7 = share %6 : arith64<>
            %8 = mul %1 %7 : arith64<>
            %9 = const {words: b'\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00'} : public public64<>
            %10 = add %9 %4 : public public64<>
            %11 = share %10 : arith64<>
            %12 = mul %8 %11 : arith64<>
            %13 = mul %2 %2 : arith64<>
            %14 = mul %13 %13 : arith64<>
            yield %12 %14
        %2 = result {index: 0} %1 : arith64<>
        %3 = result {index: 1} %1 : arith64<>
        %4 = const {words: b'\\x06\\x00\\x00\\x00\\x00\\x00\\x00\\x00'} : public public64<>
        %5 = share %4 : arith64<>
        %6 = mul %2 %5 : arith64<>
        yield %6 %3
    """
    overlapping(before, after)


# --------------------------------------------------------------------------- programs


CHAIN = """
input x: int32[{n}] in -9..9 from a
s: int64 = 1
for i in range({n}):
    s = clamp(s * x[i] + 1, -99, 99)
output r = s to all
"""
MANY = "input y: int32[{m}] in -9..9 from b\nt: int64 = 1\nfor j in range({m}):\n    t = clamp(t * y[j] + 1, -99, 99)\n"
#: What stands beside the chain, and the rounds without overlapping and with it.
BESIDE = {
    "nothing": ("", 1332, 1332),
    "a product": ("input y: int32 in 0..99 from b\noutput t = y * y to all\n", 1333, 1332),
    "divisions and square roots": (
        "input y: fixed[16][9] in 1..9 from b\ninput z: fixed[16][9] in 1..9 from c\n"
        "output t = sum(sqrt(y / z)) to all\n", 1418, 1332),
    "a region of more trips": (MANY + "output u = t to all\n", 3213, 1883),
    "a region of other depth": (
        "input y: fixed[16][{m}] in -1..1 from b\nt: fixed = 0.5\nfor j in range({m}):\n"
        "    t = clamp(t * y[j] + 0.25, -1, 1)\noutput u = t to all\n", 3312, 1982),
    "a region behind it, and sorting beside both": (
        "input y: int32[200] from b\nt = s\nfor j in range({k}):\n    t = clamp(t * x[j], -99, 99)\n"
        "output u = t to all\noutput v = sort(y)[7] to all\n", 2583, 2567),
}


def compiled(text: str) -> Compiled:
    return compile_program(load_program(read_text(HEAD + text)), {}, Options(verify=True))


@pytest.mark.parametrize("name", BESIDE)
def test_rounds_and_numbers_of_programs(name: str) -> None:
    """What is told of rounds and bytes, of the whole and by line, is what is measured."""
    beside, before, after = BESIDE[name]
    text = (CHAIN + beside).format(n=70, m=99, k=65)
    found = compiled(text)
    assert rounds(dict(found.stages)["legalise"], found.protocol, found.owners) == before
    assert traffic(found.program, found.protocol).rounds == after
    inputs = {spec.name: np.array(_values(spec), dtype=object) for spec in found.program.inputs}
    compare(Program(HEAD + text, {}, {}, {}), load_program(read_text(HEAD + text)), inputs, 2, "lan")


def _values(spec: InputSpec) -> Any:
    lo, hi = int(spec.lo), int(spec.hi)
    return [lo + (i * i * 7919 + 31 * i) % (hi - lo + 1) for i in range(spec.shape[0])] if spec.shape else hi


@pytest.mark.parametrize("name", BESIDE)
def test_no_growth_with_the_trips(name: str) -> None:
    sizes = []
    for n in (1_000, 1_000_000):
        text = (CHAIN + BESIDE[name][0]).format(n=n, m=2 * n, k=n // 2)
        sizes.append(_size(compiled(text).stages[-1][1]))
    assert sizes[0] == sizes[1]


def _size(circuit: Circuit) -> int:
    return len(circuit.nodes) + sum(_size(node.body) for node in circuit.nodes if node.body is not None)
