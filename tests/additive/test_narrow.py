"""Products with a factor of few bits that a party knows: the result, what it takes, what is seen."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from cloister.runtime.program import ValueType
from cloister.runtime.protocols.additive import Additive

from ..runtime.build import A, B, ints, signed
from ..runtime.cases import Ints, numbers
from .parties import SHARED, Shared, operand, run

#: Bits and lowest value of the factor: a bit, a byte, signed ones, ranges far from zero, the most there can be.
RANGES = [(1, 0), (8, 0), (8, -128), (20, 5), (21, -(1 << 20)), (31, -(1 << 61)), (62, 0), (62, -(1 << 61))]

SHAPES = {"mul": [((), ()), ((65,), (65,)), ((3, 5), (3, 5)), ((0,), (0,))],
          "dot": [((65,), (65,)), ((3, 5), (3, 5)), ((4, 0), (4, 0))],
          "matmul": [((3, 4), (4, 5)), ((70, 2), (2, 1)), ((1, 9), (9, 20)), ((2, 3, 4), (2, 4, 5)), ((3, 0), (0, 2))]}


def _drawn(bits: int, low: int, shape: tuple[int, ...], rng: np.random.Generator) -> Ints:
    """Both ends of the range, and what lies between."""
    n = int(np.prod(shape))
    values = [low, low + (1 << bits) - 1, *(low + int(x) % (1 << bits) for x in rng.integers(0, 1 << 62, n))][:n]
    return np.array(values, object).reshape(shape)


def _expected(op: str, x: Ints, y: Ints) -> Ints:
    if op == "matmul":
        return np.asarray(x @ y, object) if x.shape[-1] else np.zeros((*x.shape[:-1], y.shape[-1]), object)
    return np.asarray((x * y).sum(axis=-1) if op == "dot" else x * y, object)


def _check(build: Shared, op: str, width: int, sides: list[tuple[int, int]], ranges: list[tuple[int, int]]) -> None:
    rng, cases, results = np.random.default_rng(width + len(op)), [], []
    for (bits, low), (known, other), shapes, place in product(ranges, sides, SHAPES[op], (0, 1)):
        who = (known, other) if place == 0 else (other, known)
        values = [_drawn(bits, low, shape, rng) if k == place else numbers(width, shape, rng)
                  for k, shape in enumerate(shapes)]
        args = [operand(build, v % (1 << width), A(width, *shape), party, rng)
                for v, shape, party in zip(values, shapes, who, strict=True)]
        expected = _expected(op, *values)
        attrs = {"axis": len(shapes[0]) - 1} if op == "dot" else {}
        out = build.exchange(op, args, A(width, *expected.shape), known=list(who), narrow=[place, bits, low], **attrs)
        results.append(build.reveal(out))
        cases.append(expected)
    outcome = run(build.program(results), build.given)
    for got in outcome.results:
        for opened, expected in zip(got.outputs, cases, strict=True):
            assert np.array_equal(ints(opened.value, width), signed(expected, width))


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("op", ["mul", "dot", "matmul"])
def test_two_parties(op, width):
    """The product is the one of Python's integers, and the messages are those declared (`run`)."""
    _check(Shared(2), op, width, [(0, 1), (1, SHARED)], RANGES)


@pytest.mark.parametrize("op", ["mul", "dot", "matmul"])
@pytest.mark.parametrize("parties", [3, 5])
def test_more_parties(op, parties):
    _check(Shared(parties), op, 64, [(0, 2), (1, SHARED)], RANGES[3:5])


@pytest.mark.parametrize("op", ["mul", "matmul"])
def test_every_pair_of_a_small_range(op):
    """All factors of two bits with all masks that there can be, many times over."""
    build, n = Shared(2), 512
    x = np.resize(np.array([-2, -1, 0, 1], object), (n, 1))
    y = np.array([[(1 << 63) - 1 if op == "mul" else -7]], object).repeat(n if op == "mul" else 1, axis=0)
    shapes = A(64, *x.shape), A(64, *y.shape)
    args = [build.input(x, shapes[0], 1), build.input(y, shapes[1], 0)]
    out = build.exchange(op, args, A(64, n, 1), known=[1, 0], narrow=[0, 2, -2])
    outcome = run(build.program([build.reveal(out)]), build.given)
    for got in outcome.results:
        assert np.array_equal(ints(got.outputs[0].value, 64), signed(_expected(op, x, y), 64))


def test_what_it_takes():
    """A bit more than the factor has, in place of a word."""
    protocol, build, of = Additive(3), Shared(3), A(64, 64)
    build.exchange("mul", [], of, held=True, known=[2, 1], narrow=[0, 20, 0])
    instr = build._held.pop()
    assert sorted(protocol.messages(instr, [of] * 2, [of], {})) == [(1, 2, 512), (2, 1, 21 * 8)]
    build.exchange("matmul", [], A(64, 3, 5), held=True, known=[SHARED, 1], narrow=[1, 7, -3])
    instr, types = build._held.pop(), [A(64, 3, 4), A(64, 4, 5)]
    assert protocol.needs(instr, types, [A(64, 3, 5)])[0].kind.rows == 5
    assert sorted(protocol.messages(instr, types, [A(64, 3, 5)], {})) == [
        (0, 1, 96), (1, 0, 20), (1, 2, 20), (2, 1, 96)]


@pytest.mark.parametrize("value", [-4, 0, 11])
@pytest.mark.parametrize("op", ["mul", "dot", "matmul"])
def test_what_is_received_is_uniform(op, value):
    """Every plane that is sent of one value over and over, the bit that says where it wrapped among them, is noise."""
    n, build = 1 << 14, Shared(2)
    shapes: tuple[ValueType, ValueType] = (A(64, n), A(64, n)) if op != "matmul" else (A(64, 128, 128), A(64, 128, 1))
    a = build.input(np.full(shapes[0].shape, value, object), shapes[0], 1)
    b = build.input(np.full(shapes[1].shape, 6, object), shapes[1], 0)
    to = {"mul": A(64, n), "dot": A(64), "matmul": A(64, 128, 1)}[op]
    attrs = {"axis": 0} if op == "dot" else {}
    build.reveal(build.exchange(op, [a, b], to, known=[1, 0], narrow=[0, 4, -4], **attrs), (0,))
    frames = run(build.program([]), build.given).frames
    planes = np.unpackbits(np.frombuffer(frames[0][0].body, np.uint8), bitorder="little").reshape(5, n)
    assert B(5, n).words == planes.size // 64
    numbers_seen = planes.T @ (1 << np.arange(5))  # all 32 combinations: no plane says anything of another
    counts = np.bincount(numbers_seen, minlength=32)
    assert ((counts - n / 32) ** 2 / (n / 32)).sum() < 80
    words = np.sort(np.frombuffer(frames[1][0].body, np.uint64))
    assert not np.any(words[1:] == words[:-1])
