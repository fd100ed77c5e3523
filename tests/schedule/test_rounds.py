"""What holds of every schedule: as few rounds as the critical path, everything of a round in one frame, values alive
when they are read and gone when nobody reads them, results opened last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cloister.compiler.ir.graph import depth
from cloister.compiler.ir.nodes import Circuit, Node
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.circuit import price
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.schedule.beside import overlap_regions
from cloister.compiler.schedule.rounds import rounds, schedule
from cloister.runtime.program import Block
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.traffic import owners, traffic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..properties.generate import Program, programs

REPLICATED = for_name("replicated", 3)

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\n"


def compiled(text: str, level: int = 2, network: str = "lan", **sizes: int) -> Compiled:
    loaded = load_program(read_text(HEAD + text))
    return compile_program(loaded, sizes, Options(NETWORKS[network], level, verify=True))


def blocks(block: Block) -> Iterator[Block]:
    yield block
    for step in block.steps:
        if step.loop is not None:
            yield from blocks(step.loop.body)


def straight(circuit: Circuit) -> bool:
    return all(node.body is None for node in circuit.nodes)


# --------------------------------------------------------------------------- rounds


STRAIGHT = (
    "input x: int32[40] from a\ninput y: int32[40] from b\noutput r = sum(x * y) to all\n",
    "input x: int32[40] from a\ninput y: int32[40] from b\noutput r = max(x * y) - min(x) to all\n",
    "input x: fixed[40] from a\ninput y: fixed[40] in 1..9 from b\noutput r = x / y to a\noutput s = sqrt(y) to b\n",
    "input x: uint8[9] from a\noutput r = x to all\n",
    "input x: uint8 from a\ninput y: uint8 from b\nz = reveal(x < y)\noutput r = (x if z else y) * 3 to all if x > 4\n",
)


@pytest.mark.parametrize("network", ["lan", "wan"])
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("text", STRAIGHT)
def test_rounds_are_the_critical_path(text: str, level: int, network: str) -> None:
    """The longest chain of nodes that send, and one round more for opening where the longest path does not open."""
    found = compiled(text, level, network)
    circuit, owner = found.stages[-1][1], owners(found.program)
    assert straight(circuit)
    sent = traffic(found.program, REPLICATED)
    before = depth(circuit, lambda node: _sends(circuit, node, owner) and not _opens(circuit, node))
    opening = any(_opens(circuit, node) for node in circuit.nodes)
    assert sent.rounds == before + opening
    assert sent.rounds == rounds(circuit, REPLICATED, owner)
    assert sent.rounds == max(price(circuit, REPLICATED, owner).rounds, before + opening)


def _sends(circuit: Circuit, node: Node, owner: dict[str, int]) -> int:
    alone = price(Circuit(circuit.stage, (*_stand_ins(circuit, node), _moved(node))), REPLICATED, owner)
    return alone.rounds


def _stand_ins(circuit: Circuit, node: Node) -> list[Node]:
    return [Node("arg", (), {"index": k}, circuit.nodes[a].type) for k, a in enumerate(node.args)]


def _moved(node: Node) -> Node:
    return Node(node.op, tuple(range(len(node.args))), node.attrs, node.type)


def _opens(circuit: Circuit, node: Node) -> bool:
    return node.op == "reveal" and circuit.nodes.index(node) in circuit.results


def test_all_exchanges_of_a_round_share_one_frame() -> None:
    """Ten comparisons and ten products of unrelated values take the rounds of the longest of them."""
    lines = [f"input x{i}: int32 from a\ninput y{i}: int32 from b\noutput r{i} = x{i} < y{i} to all\n"
             f"output s{i} = x{i} * y{i} to all" for i in range(10)]
    one, ten = compiled(lines[0] + "\n"), compiled("\n".join(lines) + "\n")
    assert traffic(ten.program, REPLICATED).rounds == traffic(one.program, REPLICATED).rounds


LOOP = """
input x: int32[70] in -9..9 from a
s: int64 = 1
for i in range(70):
    s = clamp(s * x[i], -99, 99)
output r = s to all
"""


def test_a_region_takes_its_trips_times_its_own_depth() -> None:
    found = compiled(LOOP)
    circuit, owner = found.stages[-1][1], owners(found.program)
    (loop,) = [node for node in circuit.nodes if node.op == "loop"]
    assert loop.body is not None
    assert loop.attrs["trips"] == 70
    inside = price(loop.body, REPLICATED, owner).rounds
    total = traffic(found.program, REPLICATED).rounds
    assert total == 70 * inside + 2  # the input before, the opening after
    assert total == rounds(circuit, REPLICATED, owner)


def test_exchanges_beside_a_region_ride_in_its_rounds() -> None:
    beside = compiled(LOOP + "input y: int32 in 0..99 from b\noutput t = y * y to all\n")
    alone = compiled(LOOP)
    assert traffic(beside.program, REPLICATED).rounds == traffic(alone.program, REPLICATED).rounds


# --------------------------------------------------------------------------- regions


TWO = """
input x: int32[70] in -9..9 from a
input y: int32[70] in -9..9 from b
s: int64 = 1
for i in range(70):
    s = clamp(s * x[i], -99, 99)
t: int64 = 1
for j in range(70):
    t = clamp(t * y[j] + {link}, -99, 99)
output r = s + t to all
"""


def test_independent_regions_of_equal_trips_share_their_rounds() -> None:
    one, two = compiled(LOOP), compiled(TWO.format(link="0"))
    assert sum(node.op == "loop" for node in two.stages[-1][1].nodes) == 1
    assert traffic(two.program, REPLICATED).rounds == traffic(one.program, REPLICATED).rounds


def test_dependent_regions_stay_apart() -> None:
    found = compiled(TWO.format(link="s"))
    assert sum(node.op == "loop" for node in found.stages[-1][1].nodes) == 2


def test_regions_stay_apart_where_fusing_saves_nothing() -> None:
    """Between two regions that only move what is there nothing is to be shared."""
    text = """
        protocol
        %0 = input {name: 'x.a'} : arith64<>
        %1 = input {name: 'y.a'} : arith64<>
        %2 = loop {carried: 1, trips: 9} %0
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = neg %1 : arith64<>
            yield %2
        %3 = result {index: 0} %2 : arith64<>
        %4 = loop {carried: 1, trips: 9} %1
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = add %1 %1 : arith64<>
            yield %2
        %5 = result {index: 0} %4 : arith64<>
        yield %3 %5
    """
    circuit = parse_circuit(text.replace("\n        ", "\n"))
    verify(circuit, "the test")
    fused = overlap_regions(circuit, REPLICATED, {"x.a": 0, "y.a": 0})
    assert print_circuit(fused) == print_circuit(circuit)


def test_fusing_as_text() -> None:
    body = """
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = arg {index: 2} : arith64<>
            %3 = mul %1 %2 : arith64<>
            yield %3"""
    before = f"""
        protocol
        %0 = input {{name: 'x.a'}} : arith64<>
        %1 = input {{name: 'y.a'}} : arith64<>
        %2 = loop {{carried: 1, trips: 9}} %0 %1{body}
        %3 = result {{index: 0}} %2 : arith64<>
        %4 = loop {{carried: 1, trips: 9}} %1 %1{body}
        %5 = result {{index: 0}} %4 : arith64<>
        yield %3 %5
    """
    after = """
        protocol
        %0 = input {name: 'x.a'} : arith64<>
        %1 = input {name: 'y.a'} : arith64<>
        %2 = loop {carried: 2, trips: 9} %0 %1 %1
            %0 = arg {index: 0} : public public64<>
            %1 = arg {index: 1} : arith64<>
            %2 = arg {index: 2} : arith64<>
            %3 = arg {index: 3} : arith64<>
            %4 = mul %1 %3 : arith64<>
            %5 = mul %2 %3 : arith64<>
            yield %4 %5
        %3 = result {index: 0} %2 : arith64<>
        %4 = result {index: 1} %2 : arith64<>
        yield %3 %4
    """
    fused = overlap_regions(parse_circuit(before), REPLICATED, {"x.a": 0, "y.a": 0})
    verify(fused, "overlap-regions")
    assert print_circuit(fused) == print_circuit(parse_circuit(after))


# --------------------------------------------------------------------------- lifetimes


def check_lifetimes(block: Block) -> None:
    """Every value is read between its making and its freeing, and freed exactly once, unless it is a result."""
    alive = set(block.args)
    freed: set[int] = set()

    def use(args: tuple[int, ...], outs: tuple[int, ...], free: tuple[int, ...]) -> None:
        assert alive.issuperset(args)
        assert alive.isdisjoint(outs)
        alive.update(outs)
        assert alive.issuperset(free)
        alive.difference_update(free)
        freed.update(free)

    for step in block.steps:
        for instr in step.local:
            use(instr.args, instr.outs, instr.free)
        assert alive.issuperset(a for instr in step.exchange for a in instr.args), "needed in the round that makes it"
        for instr in step.exchange:
            use(instr.args, instr.outs, instr.free)
        if step.loop is not None:
            use((*step.loop.init, *step.loop.captures), step.loop.outs, step.loop.free)
    assert alive.issuperset(block.results)
    assert alive - set(block.results) <= set(block.args), "kept to no purpose"
    assert freed.isdisjoint(block.results)


def check_opening(found: Compiled) -> None:
    """Nobody holds a result while others can still be lost: they are opened in the last round, all of them.

    Apart from what the program itself reveals on its way and goes on with.
    """
    steps = found.program.body.steps
    read = {a for step in steps for instr in (*step.local, *step.exchange) for a in instr.args}
    results = set(found.program.body.results) - read
    opened = [i for i, step in enumerate(steps) for instr in step.exchange
              if instr.op == "reveal" and results & set(instr.outs)]
    assert len(set(opened)) <= 1
    assert all(not step.exchange and step.loop is None for i in opened for step in steps[i + 1:])


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
@given(programs(statements=4), st.sampled_from([0, 2]))
def test_nothing_is_freed_early_and_results_open_last(program: Program, level: int) -> None:
    loaded = load_program(read_text(program.source), program.params)
    found = compile_program(loaded, program.sizes, Options(level=level))
    for block in blocks(found.program.body):
        check_lifetimes(block)
    check_opening(found)
    circuit, owner = found.stages[-1][1], owners(found.program)
    assert rounds(circuit, found.protocol, owner) == traffic(found.program, found.protocol).rounds
    assert schedule(circuit, found.protocol, owner) == found.program.body


@pytest.mark.parametrize("text", [*STRAIGHT, LOOP, TWO.format(link="0")])
def test_lifetimes_of_written_programs(text: str) -> None:
    found = compiled(text)
    for block in blocks(found.program.body):
        check_lifetimes(block)
    check_opening(found)


UNNEEDED = """
input x: uint8[70] in 0..9 from a
v = 0
for i in range(65):
    v = 0
    if 0 < 0 <= x[i]:
        v = 1
output r = v to all if 0 < 0
output s = x to all
"""


def test_a_loop_that_nobody_needs_runs_before_the_results_are_opened() -> None:
    found = compiled(UNNEEDED, level=0)
    assert any(step.loop is not None for step in found.program.body.steps)
    check_opening(found)
