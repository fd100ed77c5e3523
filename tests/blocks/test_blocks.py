"""Row blocks: the same numbers bit for bit, whatever the blocks; the budget is kept; what does not fit is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from cloister.compiler import pipeline
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.ir.nodes import Circuit
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.passes.blocks import block_rows
from cloister.compiler.passes.dead import drop_dead
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.report.estimate import estimate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..additive.parties import run as run_two
from ..language.running import HEAD, compiled, results
from ..properties.generate import Program, programs
from ..properties.test_protocols import CHECKS, COMBINATIONS, agree_everywhere

Force = Callable[[int], None]


@pytest.fixture
def force(monkeypatch: pytest.MonkeyPatch) -> Iterator[Force]:
    """Compiles everything in blocks of at most so many rows, whatever the memory."""
    plain = pipeline.optimise

    def set_rows(rows: int) -> None:
        def blocked(circuit: Circuit, options: Options) -> list[tuple[str, Circuit]]:
            stages = plain(circuit, options)
            stages.append(("block-rows", drop_dead(block_rows(stages[-1][1], rows))))
            verify(stages[-1][1], "block-rows")
            return stages

        monkeypatch.setattr(pipeline, "optimise", blocked)

    yield set_rows
    monkeypatch.undo()


# --------------------------------------------------------------------------- text to text


def circuit(text: str) -> Circuit:
    return parse_circuit("circuit\n" + dedent(text).strip() + "\n")


def test_a_sum_is_made_block_by_block() -> None:
    before = circuit("""
        %0 = input {name: 'x.a'} : num[0..9]<11>
        %1 = sum {axes: (0,)} %0 : num[0..99]<>
        %2 = output {element: 'int', flagged: False, frac: 0, name: 'r', receivers: ('a',)} %1
    """)
    after = circuit("""
        %0 = const {values: (0,)} : public num[0..18]<5>
        %1 = loop {carried: 1, trips: 5} %0
            %0 = arg {index: 0} : public num[0..4]<>
            %1 = scale {by: 2} %0 : public num[0..8]<>
            %2 = input {name: 'x.a'} %1 : num[0..9]<2>
            %3 = sum {axes: (0,)} %2 : num[0..18]<>
            %4 = arg {index: 1} : num[0..18]<5>
            %5 = put_at %4 %0 %3 : num[0..18]<5>
            yield %5
        %2 = result {index: 0} %1 : num[0..18]<5>
        %3 = const {values: (10,)} : public num[10..10]<>
        %4 = input {name: 'x.a'} %3 : num[0..9]<1>
        %5 = sum {axes: (0,)} %4 : num[0..9]<>
        %6 = reshape {shape: (1,)} %5 : num[0..9]<1>
        %7 = sum {axes: (0,)} %2 : num[0..90]<>
        %8 = sum {axes: (0,)} %6 : num[0..9]<>
        %9 = add %7 %8 : num[0..99]<>
        %10 = output {element: 'int', flagged: False, frac: 0, name: 'r', receivers: ('a',)} %9
    """)
    assert print_circuit(drop_dead(block_rows(before, 2)), lines=False) == print_circuit(after)


def test_few_rows_are_left_alone() -> None:
    before = circuit("""
        %0 = input {name: 'x.a'} : num[0..9]<11>
        %1 = reduce_max {axes: (0,)} %0 : num[0..9]<>
        %2 = output {element: 'int', flagged: False, frac: 0, name: 'r', receivers: ('a',)} %1
    """)
    assert block_rows(before, 11) == before


# --------------------------------------------------------------------------- the same numbers

ROWS = [(i * 7) % 19 - 9 for i in range(70)]

#: What is blocked: the program below its head, what is given, and whether anything is left that needs all rows.
PROGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "all that takes rows together": ("""\
input x: int16[70] in -9..9 from a
output s = sum(x) to all
output low = min(x) to all
output high = max(x) to all
output some = any(x > 8) to all
output every = all(x > -9) to all
output n = count(x > 3) to all
output d = sum(x * x) to all
""", {"x.a": ROWS}),
    "rows of several parties, one after the other": ("""\
size n
input x: int16[n] in -9..9 from each
output s = sum(select(x > 3, x * x, 0)) to all
output high = max(x) to b
""", {"x.a": ROWS[:23], "x.b": ROWS[23:24], "x.c": ROWS[24:]}),
    "a second walk through the rows": ("""\
input x: int16[70] in -9..9 from a
mean = sum(x) // 70
output v = sum((x - mean) * (x - mean)) to all
output above = count(x > mean) to all
""", {"x.a": ROWS}),
    "an array that is shown": ("""\
input x: int16[70] in -9..9 from a
input w: int16[70] in -9..9 from b
y = x * w
output y = y to c
output n = count(y > 0) to all
""", {"x.a": ROWS, "w.b": ROWS[::-1]}),
    "matrices, by either axis": ("""\
input x: int16[40, 3] in -9..9 from a
input w: int16[3, 2] in -9..9 from b
input y: int16[40] in -9..9 from c
output p = x @ w to all
output g = x.T @ y to all
output m = max(x, axis=0) to all
output s = sum(x, axis=1) to all
""", {"x.a": [ROWS[i:i + 3] for i in range(40)], "w.b": [[1, -2], [3, 4], [-5, 6]], "y.c": ROWS[:40]}),
    "neighbours": ("""\
input x: int16[70] in -9..9 from a
up = 0
for i in range(1, 70):
    if x[i - 1] < x[i]:
        up = up + 1
output up = up to all
""", {"x.a": ROWS}),
    "what needs all rows": ("""\
input x: int16[70] in -9..9 from a
y = x * x
best = 0
for i in range(70):
    best = clamp(best + y[i], -5, 50)
    output r[i] = best to b
s = 0
for i in range(70):
    s = clamp(s * x[i] + y[69 - i], -99, 99)
output s = s to all
""", {"x.a": ROWS}),
    "numbers of rows": ("""\
input x: int16[70] in -9..9 from a
where = 0
for i in range(70):
    if x[i] > 8:
        where = i
output where = where to all
output weighted = sum([i for i in range(70)] * x) to all
""", {"x.a": ROWS}),
    "fixed point and wide sums": ("""\
input x: fixed in -1000..1000 from a
size m
input y: fixed[m] in -1000..1000 from b
input z: int64[70] from c
q = [v * x for v in y]
output s = sum(q) to all
output m = sum([v / 3 for v in y]) to all
output w = sum(z) to all
""", {"x.a": 3 << 15, "y.b": [r << 13 for r in ROWS], "z.c": [r << 58 for r in ROWS]}),
    "revealed on the way": ("""\
input x: int16[70] in -9..9 from a
big = reveal(x > 3)
t = select(big, x, 0)
output s = sum(t * x) to all
output top = reveal(max(x)) + 1 to all
""", {"x.a": ROWS}),
}


def sizes_of(text: str, inputs: dict[str, Any]) -> dict[str, int]:
    found = {f"n.{party}": len(inputs[f"x.{party}"]) for party in "abc"} if "size n" in text else {}
    return {**found, "m": 70} if "size m" in text else found


@pytest.mark.parametrize("rows", [2, 13, 64])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_numbers(name: str, rows: int, force: Force) -> None:
    """As the interpreter says, which knows no blocks."""
    text, inputs = PROGRAMS[name]
    force(rows)
    results(text, inputs, sizes_of(text, inputs))


@pytest.mark.parametrize("name", PROGRAMS)
def test_everything_is_blocked_that_can_be(name: str, force: Force) -> None:
    """No input of many rows is there as a whole, but where something needs it so."""
    text, inputs = PROGRAMS[name]
    sizes = sizes_of(text, inputs)
    force(13)
    stages = dict(compiled(text, sizes).stages)
    whole = {node.attrs["name"] for node in stages["block-rows"].nodes
             if node.op == "input" and max(node.type.shape, default=0) > 13}
    assert whole == ({"x.a"} if name == "what needs all rows" else set())


TWO = """\
party a, b
security dishonest_majority, semi_honest
size n
input x: int16[n] in -9..9 from each
mean = sum(x) // 70
output v = sum((x - mean) * (x - mean)) to all
output n = count(x > mean) to a
output top = max(x) to b
"""


@pytest.mark.parametrize("rows", [2, 13])
def test_two_parties_alone(rows: int, force: Force) -> None:
    given = {0: {"x.a": np.array(ROWS[:23])}, 1: {"x.b": np.array(ROWS[23:])}}
    force(rows)
    found = compile_program(load_program(read_text(TWO)), {"n.a": 23, "n.b": 47}, Options(verify=True))
    mean = sum(ROWS) // 70
    expected = {"v": sum((v - mean) ** 2 for v in ROWS), "n": sum(v > mean for v in ROWS), "top": max(ROWS)}
    for results_of in run_two(found.program, given).results:
        shown = {spec.name: int(words.value[()]) for spec, words in
                 zip(found.program.outputs, results_of.outputs, strict=True) if words.value is not None}
        assert shown == {name: expected[name] for name in shown}
        assert len(shown) == 2


@settings(max_examples=20, deadline=None, suppress_health_check=[*CHECKS, HealthCheck.function_scoped_fixture])
@given(programs(statements=3), st.sampled_from(COMBINATIONS), st.sampled_from([1, 2, 3, 5, 8]))
def test_generated_programs_in_blocks(force: Force, program: Program, combination: tuple[int, str], rows: int) -> None:
    force(rows)
    agree_everywhere(program, [combination])


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[*CHECKS, HealthCheck.function_scoped_fixture])
@given(programs(statements=6), st.sampled_from(COMBINATIONS), st.sampled_from([1, 2, 3, 5, 8]))
def test_many_generated_programs_in_blocks(force: Force, program: Program, combination: tuple[int, str],
                                           rows: int) -> None:
    force(rows)
    agree_everywhere(program, [combination])


# --------------------------------------------------------------------------- the budget

BIG = """\
size n <= 10_000_000
input x: int32[n] in -1_000_000..1_000_000 from each
mean = sum(x) // len(x)
output v = sum((x - mean) ** 2) to all
output top = max(x) to all
"""


def within(megabytes: int | None, rows: int = 1_000_000, text: str = BIG, adders: str | None = None) -> Compiled:
    sizes = {f"n.{party}": rows + k for k, party in enumerate("abc")}
    memory = None if megabytes is None else megabytes * 10**6
    return compile_program(load_program(read_text(HEAD + text)), sizes, Options(memory=memory, adders=adders))


def bytes_of(found: Compiled) -> int:
    return estimate(found.program, found.protocol, found.options.network).memory_bytes


def test_the_budget_is_kept_in_as_few_rounds_as_it_allows() -> None:
    """With one family of adders: by price larger blocks may take carries that ripple through more rounds."""
    whole = within(None, adders="sklansky")
    assert bytes_of(whole) > 300e6
    rounds = []
    for megabytes in (250, 150):
        found = within(megabytes, adders="sklansky")
        assert 0.5 * megabytes * 1e6 < bytes_of(found) <= megabytes * 1e6
        rounds.append(estimate(found.program, found.protocol, found.options.network).rounds)
    assert estimate(whole.program, whole.protocol, whole.options.network).rounds < rounds[0] < rounds[-1]


def test_what_fits_is_not_blocked() -> None:
    assert within(10_000).program == within(None).program


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ProgramError) as caught:
        within(100)
    (found,) = caught.value.diagnostics
    assert found.code == "E5004"
    assert "100 MB are allowed" in found.message
    text = "size n <= 10_000_000\ninput x: int32[n] in -100..100 from each\n" \
        "s = 0\nfor i in range(len(x)):\n    s = clamp(s * x[i], -9, 9)\noutput s = s to all\n"
    with pytest.raises(ProgramError) as caught:
        within(150, text=text)
    (found,) = caught.value.diagnostics
    assert [label.span.origin.line for label in found.labels] == [7]
    assert found.labels[0].text.endswith(" needs all rows at once")
    assert caught.value.sources


LAST = """\
input x: int16[70, 6, 6] in -9..9 from a
input k: int16[70] in 0..1 from b
m = x[0]
for i in range(70):
    if k[i] > 0:
        m = x[i]
output s = sum(m, axis=1) to all
output t = max(m.T * 2, axis=0) to all
"""


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_the_last_of_running_values_has_one_axis_less(rows: int, force: Force) -> None:
    rng = np.random.default_rng(rows)
    given = {"x.a": rng.integers(-9, 10, (70, 6, 6)).tolist(), "k.b": rng.integers(0, 2, 70).tolist()}
    said = results(LAST, given)
    force(rows)
    assert results(LAST, given) == said
