"""Fixed-point polynomials and recurrences under `fast`: few rounds, less than one unit from the exact value, whatever
the protocol."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from cloister.compiler.boolean.gates import write
from cloister.compiler.gadgets.near_polynomial import precision
from cloister.compiler.interpret_netlist import evaluate
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.nodes import Node
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.runtime.traffic import traffic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ..additive.parties import run as run_additive
from ..properties.test_protocols import opened
from .running import PROTOCOLS, by_protocol, compiled

ONE = 1 << 16
Draw = Callable[[st.SearchStrategy[Any]], Any]


def horner(coefficients: Sequence[Fraction], lo: str, hi: str, count: int, fast: bool = True) -> str:
    """The polynomial, the highest coefficient first, of `count` numbers."""
    lines = [f"s = {float(coefficients[0])!r}", *(f"s = s * x + {float(c)!r}" for c in coefficients[1:])]
    text = "fast:\n    " + "\n    ".join(lines) if fast else "\n".join(lines)
    return f"input x: fixed[16][{count}] in {lo}..{hi} from a\n{text}\noutput r = s to all\n"


def exact(coefficients: Sequence[Fraction], x: int) -> Fraction:
    value = Fraction(0)
    for c in coefficients:
        value = value * Fraction(x, ONE) + c
    return value * ONE


def found(program: Compiled) -> list[Node]:
    return [node for node in dict(program.stages)[program.optimised].nodes if node.op == "polynomial"]


def values(lo: int, hi: int) -> list[int]:
    """The ends, what is next to them, zero, and in between."""
    near = [lo, lo + 1, lo + 2, hi - 2, hi - 1, hi, -1, 0, 1, ONE // 3, -ONE // 2]
    return [min(max(v, lo), hi) for v in near] + [lo + (hi - lo) * k * k // 900 for k in range(31)]


def check(coefficients: Sequence[Fraction], program: Compiled, data: Sequence[int]) -> None:
    (node,) = found(program)
    for protocol in PROTOCOLS:
        for x, got in zip(data, by_protocol(program, {"x.a": data}, protocol)["r"], strict=True):
            assert abs(got - exact(coefficients, x)) < 1, (protocol, x)
            assert node.type.lo <= got <= node.type.hi


LONG = [Fraction(k * k % 17 - 8, 8) for k in range(13)]


@pytest.mark.parametrize(("lo", "hi"), [(-1, 1), (0, 1), (-2, 2), (-1, 0)])
def test_near_at_the_ends(lo: int, hi: int) -> None:
    data = values(lo * ONE, hi * ONE)
    check(LONG, compiled(horner(LONG, str(lo), str(hi), len(data))), data)


@st.composite
def cases(draw: Draw) -> tuple[list[Fraction], int, int, list[int]]:
    number = st.integers(-4 * ONE, 4 * ONE).map(lambda v: Fraction(v, ONE))
    coefficients = draw(st.lists(number, min_size=11, max_size=17).filter(lambda c: abs(c[0]) > Fraction(1, 64)))
    lo, hi = draw(st.sampled_from(((-1, 1), (-1, 0), (0, 1), (-2, 1), (0, 2))))
    data = draw(st.lists(st.one_of(st.sampled_from((lo * ONE, hi * ONE, 0)), st.integers(lo * ONE, hi * ONE)),
                         min_size=5, max_size=5))
    return coefficients, lo, hi, data


@settings(max_examples=60, deadline=None)
@given(cases())
def test_near_wherever(case: tuple[list[Fraction], int, int, list[int]]) -> None:
    coefficients, lo, hi, data = case
    program = compiled(horner(coefficients, str(lo), str(hi), len(data)))
    assume(found(program))  # of high degrees and wide ranges there may be no room
    check(coefficients, program, data)


@pytest.mark.parametrize("parties", [2, 3])
def test_near_where_nobody_is_trusted(parties: int) -> None:
    names = ("a", "b", "c")[:parties]
    data = values(-ONE, ONE)
    text = f"party {', '.join(names)}\nsecurity dishonest_majority, semi_honest\n" + horner(LONG, "-1", "1", len(data))
    program = compile_program(load_program(read_text(text)), {}, Options(verify=True))
    assert found(program)
    given = {0: {"x.a": np.array(data, object)}, **{i: {} for i in range(1, parties)}}
    for results in run_additive(program.program, given).results:
        for x, got in zip(data, opened(program, results)["r"][0].tolist(), strict=True):
            assert abs(got - exact(LONG, x)) < 1


def test_near_as_gates() -> None:
    """In the Boolean circuit that other systems run."""
    data = [-ONE, ONE, 12345]
    program = compiled(horner(LONG, "-1", "1", len(data)))
    circuit = dict(program.stages)[program.optimised]
    (node,) = found(program)
    row = np.array([[(v >> k) & 1 for k in range(Interval(-ONE, ONE).bits)] for v in data], bool)
    out = evaluate(write(circuit), [row.reshape(-1)]).reshape(len(data), node.type.range.bits)
    for x, bits in zip(data, out.tolist(), strict=True):
        got = sum(int(b) << k for k, b in enumerate(bits)) - (int(bits[-1]) << len(bits))
        assert abs(got - exact(LONG, x)) < 1


def test_fewer_rounds_and_only_under_fast() -> None:
    rounds = {}
    for degree in (6, 12, 16):
        coefficients = [Fraction(k + 1, 8) for k in range(degree + 1)]
        for level in (1, 2):
            program = compiled(horner(coefficients, "-1", "1", 9), level=level)
            rounds[degree, level] = traffic(program.program, program.protocol).rounds
            assert bool(found(program)) == (degree > 6 and level == 2)
        assert not found(compiled(horner(coefficients, "-1", "1", 9, fast=False)))
    assert rounds == {(6, 1): 19, (6, 2): 19, (12, 1): 37, (12, 2): 26, (16, 1): 49, (16, 2): 26}


def test_what_leaves_no_room_stays_as_it_is() -> None:
    """Fractions that would need more bits than a ring has are multiplied one after the other."""
    coefficients = [Fraction(k + 1, 8) for k in range(13)]
    assert precision(Interval(-100 * ONE, 100 * ONE), (1,) * 13, 16 * 12) is None
    program = compiled(horner(coefficients, "-100", "100", 4))
    assert not found(program)


# --------------------------------------------------------------------------- recurrences

N = 97
HEAD = f"input x: fixed[16][{N}] in -1..1 from a\ninput y: fixed[16][{N}] in -4..4 from b\n"
Step = Callable[[Fraction, Fraction, Fraction], Fraction]
#: The statement of a trip, what it is exactly (of units), and the rounds of the program that reads all and the end.
STEPS: dict[str, tuple[str, Step, int]] = {
    "a known factor": ("s = 0.75 * s + y[i]", lambda s, x, y: s * Fraction(3, 4) + y, 30),
    "a secret factor": ("s = s * x[i] * 0.75 + y[i]", lambda s, x, y: s * x * Fraction(3, 4) + y, 40),
    "cut twice": ("s = (s * 0.5 + y[i]) * 0.5 - x[i]", lambda s, x, y: s / 4 + y / 2 - x, 30),
    "under a condition": (
        "if x[i] > 0.5:\n            s = y[i]\n        else:\n            s = y[i] - s * 0.5",
        lambda s, x, y: y if x > Fraction(1, 2) else y - s / 2, 50),
}


def trips(step: str, read: bool, fast: bool = True) -> str:
    """The loop, of which every value is read, or the end."""
    output = "        output r[i] = s to all\n" if read else ""
    end = "" if read else "output r = s to all\n"
    begin = f"s: fixed = 0.5\n{'fast' if fast else 'if true'}:\n    for i in range({N}):\n"
    return f"{HEAD}{begin}        {step}\n{output}{end}"


def followed(step: Step, x: Sequence[int], y: Sequence[int]) -> list[Fraction]:
    made, s = [], Fraction(1, 2)
    for a, b in zip(x, y, strict=True):
        s = step(s, Fraction(a, ONE), Fraction(b, ONE))
        made.append(s * ONE)
    return made


def columns(seed: int) -> tuple[list[int], list[int]]:
    """Numbers at the ends of their ranges as often as not; of the first seed all at one end."""
    draw = random.Random(seed)

    def column(most: int) -> list[int]:
        ends = (most,) if not seed else (-most, most, 0, 1, draw.randint(-most, most), draw.randint(-most, most))
        return [draw.choice(ends) for _ in range(N)]

    return column(ONE), column(4 * ONE)


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize("name", STEPS)
def test_a_recurrence_is_near(name: str, read: bool) -> None:
    text, step, most = STEPS[name]
    program = compiled(trips(text, read))
    nodes = dict(program.stages)[program.optimised].nodes
    (node,) = [node for node in nodes if node.op == "recurrence"]
    assert not any(other.op == "loop" for other in nodes)
    assert traffic(program.program, program.protocol).rounds <= most
    used = {spec.name for spec in program.program.inputs}
    for seed in range(4):
        x, y = columns(seed)
        data = {name: column for name, column in (("x.a", x), ("y.b", y)) if name in used}
        expected = followed(step, x, y)
        for protocol in PROTOCOLS:
            got = by_protocol(program, data, protocol)["r"]
            for value, right in zip(got if read else [got], expected if read else expected[-1:], strict=True):
                assert abs(value - right) < 1, (protocol, seed)
                assert node.type.lo <= value <= node.type.hi


def test_a_recurrence_without_fast_stays_a_loop() -> None:
    program = compiled(trips(STEPS["a secret factor"][0], True, fast=False))
    assert any(node.op == "loop" for node in dict(program.stages)[program.optimised].nodes)


def test_a_recurrence_where_nobody_is_trusted() -> None:
    text, step, _ = STEPS["a secret factor"]
    head = "party a, b\nsecurity dishonest_majority, semi_honest\n"
    program = compile_program(load_program(read_text(head + trips(text, False))), {}, Options(verify=True))
    x, y = columns(7)
    given = {0: {"x.a": np.array(x, object)}, 1: {"y.b": np.array(y, object)}}
    for results in run_additive(program.program, given).results:
        assert abs(opened(program, results)["r"][0].item() - followed(step, x, y)[-1]) < 1


def test_a_recurrence_as_gates() -> None:
    text, step, _ = STEPS["a secret factor"]
    program = compiled(trips(text, False))
    circuit, (x, y) = dict(program.stages)[program.optimised], columns(3)
    rows = [np.array([[(v >> k) & 1 for k in range(most.bits)] for v in column], bool).reshape(-1)
            for column, most in ((x, Interval(-ONE, ONE)), (y, Interval(-4 * ONE, 4 * ONE)))]
    bits = evaluate(write(circuit), rows).tolist()
    got = sum(int(b) << k for k, b in enumerate(bits)) - (int(bits[-1]) << len(bits))
    assert abs(got - followed(step, x, y)[-1]) < 1
