"""Loops, lifetimes, rounds, progress, traces and what is refused."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from cloister.runtime.errors import DataError
from cloister.runtime.program import Block, Instr, Loop, Step
from cloister.runtime.protocols.registry import PROTOCOLS, for_name
from cloister.runtime.trace import Trace

from .build import A, Builder, P, run

PROTOCOLS_RUN = ("reference", "replicated")


def _power(trips: int) -> Block:
    """Carried x, captured y, m: x*y plus the trip number, `trips` times, inside of a loop of its own."""
    inner = Block(
        (P(64), A(64, 3), A(64, 3), A(64, 3), A(64, 3)), (0, 1, 2),
        (Step(exchange=(Instr("mul", (3,), (1, 2), free=(1,)),)),
         Step(local=(Instr("add", (4,), (3, 0), free=(3,)),))), (4,))
    return Block(
        (P(64), A(64, 3), A(64, 3), A(64, 3), A(64, 3)), (0, 1, 2),
        (Step(loop=Loop(trips, inner, (1,), (2,), (3,), (1,))),
         Step(local=(Instr("add", (4,), (3, 0), free=(3,)),))), (4,))


@pytest.mark.parametrize("protocol", PROTOCOLS_RUN)
@pytest.mark.parametrize(("outer", "inner"), [(0, 3), (1, 0), (3, 2), (2, 5)])
def test_loops(outer, inner, protocol):
    build = Builder()
    x, y = build.input(np.array([1, -2, 3]), A(64, 3)), build.input(np.array([5, 7, -1]), A(64, 3), 1)
    (out,) = build.loop(outer, _power(inner), [x], [y], [A(64, 3)], free=[x, y])
    outcome = run(build.program([build.reveal(out)]), build.given, protocol)
    model = np.array([1, -2, 3])
    for i in range(outer):
        for j in range(inner):
            model = model * np.array([5, 7, -1]) + j
        model = model + i
    for got in outcome.results:
        assert np.array_equal(got.outputs[0].value.astype(np.int64), model)


@pytest.mark.parametrize("protocol", PROTOCOLS_RUN)
def test_carried_values_that_change_places(protocol):
    body = Block((P(64), A(64), A(64)), (0, 1, 2), (), (2, 1))
    build = Builder()
    x, y = build.input(3, A(64)), build.input(4, A(64), 2)
    results = build.loop(3, body, [x, y], [], [A(64), A(64)])
    outcome = run(build.program([build.reveal(r) for r in results]), build.given, protocol)
    assert [int(o.value) for o in outcome.results[0].outputs] == [4, 3]


def test_one_round_for_all_that_stands_in_a_step():
    build = Builder()
    x, y = build.input(np.arange(5), A(64, 5)), build.input(np.arange(5), A(128, 5), 1)
    a = build.exchange("mul", [x, x], A(64, 5), held=True)
    b = build.exchange("mul", [y, y], A(128, 5))
    outcome = run(build.program([build.reveal(a), build.reveal(b)]), build.given, "replicated")
    assert outcome.results[0].rounds == 5
    assert {number for number, _, _ in outcome.links[0].received} <= set(range(5))


def test_nothing_to_send_is_no_round():
    build = Builder()
    x = build.input(np.zeros((0, 3)), A(64, 0, 3))
    y = build.exchange("mul", [x, x], A(64, 0, 3))
    z = build.exchange("part", [y], A(64, 0, 3), index=1, take="shift", f=1)
    outcome = run(build.program([build.reveal(z)]), build.given, "replicated")
    assert outcome.results[0].rounds == 0
    assert outcome.results[0].outputs[0].value.shape == (0, 3)


def test_progress_and_trace():
    build = Builder()
    x = build.input(np.arange(1000), A(64, 1000))
    y = build.exchange("mul", [x, x], A(64, 1000))
    z = build.local("neg", [y], A(64, 1000))
    rounds: list[tuple[int, int]] = []
    stream = io.StringIO()
    program = build.program([build.reveal(z, (0,))])
    run(program, build.given, "replicated", progress=lambda *row: rounds.append(row), trace=Trace(stream))
    assert max(rounds)[0] == 3
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {row["op"] for row in rows if "op" in row} == {"input", "mul", "neg", "reveal"}
    assert sum(row["bytes"] for row in rows if row.get("op") == "mul") == 3 * 8000
    keys = {"at", "op", "line", "args", "outs", "bytes", "seconds", "round", "mark", "clock", "cpu"}
    assert all(set(row) <= keys for row in rows)
    marks = [row["mark"] for row in rows if "mark" in row]
    assert sorted(marks) == sorted(3 * ["start", "inputs", "end"])


def test_data_that_does_not_fit():
    build = Builder()
    build.reveal(build.input(np.zeros(3), A(64, 3)))
    program = build.program([1])
    with pytest.raises(DataError, match=r"shape \(4,\)"):
        run(program, {0: {"v0.north": np.zeros(4)}, 1: {}, 2: {}}, "reference")
    with pytest.raises(DataError, match=r"no data for the input v0\.north"):
        run(program, {0: {}, 1: {}, 2: {}}, "reference")


def test_registry():
    for name in PROTOCOLS:
        assert for_name(name, 3).name == name
    with pytest.raises(ValueError, match="3 computing parties, not 2"):
        for_name("replicated", 2)
    with pytest.raises(ValueError, match="no protocol is called 'plain'"):
        for_name("plain", 3)
