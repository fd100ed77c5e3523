"""Every instruction with 2, 3 and 5 parties: the result, the rounds, the bytes and what is consumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from cloister.runtime.errors import AssumptionFailed
from cloister.runtime.instructions import INSTRUCTIONS
from cloister.runtime.program import Block, Instr, Loop, Step
from cloister.runtime.protocols.registry import for_name

from ..runtime.build import A, B, P, ints, signed
from ..runtime.cases import CASES, numbers, shaped
from .parties import Shared, run

SHAPES = ((), (1,), (63,), (64,), (65,), (3, 5), (0,))
FEW = ((), (65,), (3, 5))
PRODUCTS = ("mul", "dot", "matmul", "and")


def _check(build: Shared, ops: Sequence[str], width: int, shapes: Sequence[tuple[int, ...]]) -> None:
    """One program: all cases of the ops at all shapes, results revealed to all."""
    rng = np.random.default_rng(sum(map(ord, ops[0])) + width)
    cases, results = [], []
    for op in ops:
        for case in (case for shape in shapes for case in CASES[op](width, shape, rng)):
            args = [build.const(values, of) if of.kind == "public" else
                    build.input(values, of, (i + len(results)) % build.parties)
                    for i, (of, values) in enumerate(case.args)]
            emit = build.exchange if INSTRUCTIONS[op].exchanges else build.local
            out = args[0] if op == "input" else emit(op, args, case.out, **case.attrs)
            results.append(out if case.out.kind == "public" else build.reveal(out))
            cases.append((case, build.types[results[-1]].width))
    outcome = run(build.program(results), build.given)
    for got in outcome.results:
        for opened, (case, modulus) in zip(got.outputs, cases, strict=True):
            found = ints(opened.value, modulus)
            assert found.shape == case.out.shape
            assert np.array_equal(found, signed(case.expected, modulus)), (case.args, case.attrs)


@pytest.mark.parametrize(("width", "parties"), [(64, 3), (128, 2)])
@pytest.mark.parametrize("op", sorted(set(CASES) - set(PRODUCTS)))
def test_instruction(op, width, parties):
    _check(Shared(parties), [op], width, SHAPES)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "parties"), [(64, 2), (128, 3), (64, 5), (128, 5)])
@pytest.mark.parametrize("op", sorted(set(CASES) - set(PRODUCTS)))
def test_instruction_of_any_number(op, width, parties):
    _check(Shared(parties), [op], width, FEW)


@pytest.mark.parametrize(("op", "width"), [("mul", 64), ("mul", 128), ("dot", 64), ("dot", 128), ("matmul", 64),
                                           ("matmul", 128), ("and", 64)])
def test_product_of_two_parties(op, width):
    _check(Shared(2), [op], width, SHAPES)


@pytest.mark.parametrize("width", [64, 128])
def test_products_of_three_parties(width):
    _check(Shared(3), PRODUCTS, width, FEW)


def test_products_of_five_parties():
    _check(Shared(5), PRODUCTS, 64, ((1,), (65,)))


@pytest.mark.slow
def test_wide_products_of_five_parties():
    _check(Shared(5), PRODUCTS, 128, FEW)


def test_large_products_take_several_batches():
    rng = np.random.default_rng(9)
    build, n = Shared(2), 9_001
    x, y = (rng.integers(-1 << 63, 1 << 63, n) for _ in range(2))
    a, b = build.input(x, A(64, n), 0), build.input(y, A(64, n), 1)
    bits = rng.integers(0, 4, 700_001)
    c, d = build.input(bits, B(2, bits.size), 1), build.input(bits[::-1] & 1, B(1, bits.size), 0)
    results = [build.exchange("mul", [a, b], A(64, n), held=True), build.exchange("and", [c, d], B(2, bits.size))]
    outcome = run(build.program([build.reveal(v) for v in results]), build.given)
    for got in outcome.results:
        with np.errstate(over="ignore"):
            assert np.array_equal(got.outputs[0].value.astype(np.int64), x * y)
        assert np.array_equal(got.outputs[1].value, bits & (-(bits[::-1] & 1)))


@pytest.mark.parametrize("parties", [2, 3, 5])
def test_parts_are_what_the_parties_hold(parties):
    """The parts add up, each is taken of by its owner, and nothing is sent for it."""
    rng = np.random.default_rng(6)
    build, values = Shared(parties), numbers(64, (65,), np.random.default_rng(1))
    x = build.input(values, A(64, 65), 0)
    for party in range(parties):
        x = build.local("add", [x, build.input(rng.integers(-1 << 63, 1 << 63, 65), A(64, 65), party)], A(64, 65))
    takes = [("shift", A(64, 65), {"f": 0}), ("shift", A(128, 65), {"f": 7}), ("bits", B(20, 65), {"lo": 3, "hi": 23}),
             ("bits", B(64, 65), {"lo": 0, "hi": 64, "neg": True}), ("quotient", A(64, 65), {"d": "1000003"})]
    results = [build.reveal(x)]
    for index in range(parties):
        for what, to, attrs in takes:
            results.append(build.reveal(build.exchange("part", [x], to, index=index, take=what, **attrs)))
    program = build.program(results)
    outcome = run(program, build.given)
    found = [ints(o.value, program.body.types[r].width) % (1 << program.body.types[r].width)
             for o, r in zip(outcome.results[0].outputs, results, strict=True)]
    whole, taken = found[0], [found[1 + 5 * i:6 + 5 * i] for i in range(parties)]
    assert np.array_equal(sum(part[0] for part in taken) % (1 << 64), whole)
    for plain, shifted, low, negated, quotient in taken:
        assert np.array_equal(shifted, plain >> 7)
        assert np.array_equal(low, (plain >> 3) % (1 << 20))
        assert np.array_equal(negated, (-plain) % (1 << 64))
        assert np.array_equal(quotient, plain // 1000003)


def test_parts_of_planes():
    build, values = Shared(3), numbers(11, (70,), np.random.default_rng(1))
    x = build.input(values, B(11, 70), 1)
    plain = [build.exchange("part", [x], A(64, 70), index=i, take="planes") for i in range(3)]
    each = [build.exchange("part", [x], A(128, 11, 70), index=i, take="each") for i in range(3)]
    outcome = run(build.program([build.reveal(v) for v in plain + each]), build.given)
    found = [np.asarray(o.value) for o in outcome.results[2].outputs]
    assert np.array_equal(found[0] ^ found[1] ^ found[2], values.astype(np.uint64))
    for number, rows in zip(found[:3], found[3:], strict=True):
        assert np.array_equal(rows[0], (number >> np.arange(11, dtype=np.uint64)[:, None]) & np.uint64(1))


@pytest.mark.parametrize("learners", [(), (0,), (2,), (0, 2), (0, 1, 2)])
def test_reveal_tells_only_those_named(learners):
    build, rng, cases = Shared(3), np.random.default_rng(3), []
    for of in (A(64, 65), A(128, 3), B(1, 65), B(9, 63), B(64), A(64, 0)):
        values = numbers(of.width, of.shape, rng)
        v = build.input(values, of, 1)
        cases += [(build.reveal(v, learners, negative), values, of, negative) for negative in (False, True)]
    outcome = run(build.program([row[0] for row in cases]), build.given)
    for me, got in enumerate(outcome.results):
        for opened, (_, values, of, negative) in zip(got.outputs, cases, strict=True):
            if me not in learners:
                assert opened.value is None
                continue
            width = of.width if of.kind == "arith" else 64
            model = signed(values, of.width) if negative or of.kind == "arith" else signed(values, width)
            assert np.array_equal(ints(opened.value, width), model)


def test_loops_consume_for_every_trip():
    types, args = (P(64), A(64, 3), A(64, 3), A(64, 3)), (0, 1, 2)
    inner = Block(types, args, (Step(exchange=(Instr("mul", (3,), (1, 2)),)),), (3,))
    outer = Block(types, args, (Step(loop=Loop(3, inner, (1,), (2,), (3,))),), (3,))
    build = Shared(2)
    x, y = build.input(np.array([1, -2, 3]), A(64, 3)), build.input(np.array([5, 7, -1]), A(64, 3), 1)
    (out,) = build.loop(2, outer, [x], [y], [A(64, 3)])
    outcome = run(build.program([build.reveal(out)]), build.given)
    assert np.array_equal(outcome.results[1].outputs[0].value.astype(np.int64), [5 ** 6, -2 * 7 ** 6, 3])


def test_require_and_negative_wide_inputs():
    build, values = Shared(2), shaped([-1, 0, 1, -(1 << 100), (1 << 100) - 1], (5,))
    result = build.reveal(build.input(values, A(128, 5), 1))
    assert np.array_equal(ints(run(build.program([result]), build.given).results[0].outputs[0].value, 128), values)
    v = build.const([0, 1], P(64, 2))
    build.steps.append(Step(local=(Instr("require", (), (v,), {"message": "line 3"}),)))
    with pytest.raises(AssumptionFailed, match="line 3"):
        run(build.program([result]), build.given)


def test_two_parties_or_more():
    assert for_name("additive", 2).security.corrupted == 1
    assert for_name("additive", 7).security.corrupted == 6
    with pytest.raises(ValueError, match="2 computing parties or more"):
        for_name("additive", 1)
