"""Products of factors that a party knows in the clear: the result, rounds, bytes, what is consumed, what is seen."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from cloister.runtime.errors import PeerError
from cloister.runtime.protocols.additive import Additive, one_sided
from cloister.runtime.protocols.additive.wire import read

from ..runtime.build import A, B, P, ints, signed
from ..runtime.cases import CASES
from .parties import SHARED, Shared, operand, run


def _check(build: Shared, op: str, width: int, shapes: tuple, known: list, bit: int | None = None) -> None:
    rng = np.random.default_rng(width + len(op))
    cases, results = [], []
    for who, shape in product(known, shapes):
        for case in CASES[op](width, shape, rng):
            attrs = dict(case.attrs)
            operands = [values for _, values in case.args]
            expected = case.expected
            if bit is not None:
                attrs["bit"] = bit
                operands[bit] = operands[bit] % 2
                expected = operands[0] * operands[1]
                expected = expected.sum(axis=attrs["axis"]) if op == "dot" else expected
            args = [operand(build, v, of, p, rng) for v, (of, _), p in zip(operands, case.args, who, strict=True)]
            out = build.exchange(op, args, case.out, known=list(who), **attrs)
            results.append(build.reveal(out))
            cases.append((case.out, expected, build.types[results[-1]].width))
    outcome = run(build.program(results), build.given)
    for got in outcome.results:
        for opened, (of, expected, modulus) in zip(got.outputs, cases, strict=True):
            model = np.asarray(expected, object).reshape(of.shape)
            assert np.array_equal(ints(opened.value, modulus), signed(model, modulus))


@pytest.mark.parametrize(("op", "width"), [("mul", 64), ("mul", 128), ("dot", 64), ("dot", 128), ("matmul", 64),
                                           ("matmul", 128), ("and", 64)])
def test_two_parties(op, width):
    known = [(0, 1), (1, 0), (0, 0), (1, SHARED), (SHARED, 1), (SHARED, 0)]
    _check(Shared(2), op, width, ((), (65,), (3, 5), (0,)), known)


@pytest.mark.parametrize("op", ["mul", "dot", "matmul", "and"])
def test_three_parties(op):
    _check(Shared(3), op, 64, ((65,), (3, 2)), [(0, 2), (2, 1), (1, 1), (1, SHARED), (SHARED, 2)])


@pytest.mark.parametrize(("op", "width"), [("mul", 64), ("mul", 128), ("dot", 64), ("dot", 128)])
@pytest.mark.parametrize("bit", [0, 1])
def test_bits(op, width, bit):
    known = [(0, 1), (1, 0), (0, SHARED), (SHARED, 1)]
    known = [who for who in known if who[bit] != SHARED]
    _check(Shared(2), op, width, ((), (63,), (64,), (65,), (3, 5), (0,)), known, bit)
    known = [(0, 2), (1, SHARED)] if bit == 0 else [(1, 0), (SHARED, 0)]
    _check(Shared(3), op, width, ((65,),), known, bit)


def test_constants_count_where_the_value_lies():
    """Of a value that party 1 knows, everything that adds a constant puts it into the share of party 1."""
    build = Shared(2)
    x, y = np.array([5, -7, 1 << 40], object), np.array([3, 11, -1], object)
    a, b = build.input(x, A(64, 3), 0), build.input(y, A(64, 3), 1)
    one = build.const([10], P(64, 1))
    b = build.local("sub", [one, build.local("add", [b, one], A(64, 3), at=1)], A(64, 3), at=1)
    c, d = build.input(x % 8, B(3, 3), 0), build.input(y % 8, B(3, 3), 1)
    six = build.local("share_planes", [build.const([6] * 3, P(64, 3))], B(3, 3), at=1)
    d = build.local("invert", [build.local("xor", [d, six], B(3, 3))], B(3, 3), at=1)
    results = [build.exchange("mul", [a, b], A(64, 3), known=[0, 1]),
               build.exchange("and", [c, d], B(3, 3), known=[0, 1])]
    outcome = run(build.program([build.reveal(v) for v in results]), build.given)
    multiple, conjunction = (ints(o.value, 64) for o in outcome.results[0].outputs)
    assert np.array_equal(multiple, -x * y)
    assert np.array_equal(conjunction, (x % 8) & ~((y % 8) ^ 6) & 7)


def test_what_it_takes():
    """Half of the bytes of a shared product; nothing, and no round, where one party knows both factors."""
    protocol = Additive(3)
    build = Shared(3)
    a, b = build.input(np.arange(64), A(64, 64), 0), build.input(np.arange(64), A(64, 64), 1)

    def sent(**attrs: object) -> list[tuple[int, int, int]]:
        number = build.exchange("mul", [a, b], A(64, 64), held=True, **attrs)
        instr = build._held.pop()
        assert number == instr.outs[0]
        assert (protocol.needs(instr, [A(64, 64)] * 2, [A(64, 64)]) == ()) == (attrs.get("known") == [0, 0])
        return sorted(protocol.messages(instr, [A(64, 64)] * 2, [A(64, 64)], {}))

    assert sent(known=[0, 0]) == []
    assert sent(known=[2, 1]) == [(1, 2, 512), (2, 1, 512)]
    assert sent(known=[2, 1], bit=0) == [(1, 2, 512), (2, 1, 8)]
    assert sent(known=[2, 1], bit=1) == [(1, 2, 8), (2, 1, 512)]
    assert sent(known=[1, SHARED]) == [(0, 1, 512), (1, 0, 512), (1, 2, 512), (2, 1, 512)]
    assert sent() == [(i, j, 1024) for i in range(3) for j in range(3) if i != j]


@pytest.mark.parametrize("attrs", [{"known": [0, 1]}, {"known": [0, 1], "bit": 0}, {"known": [1, SHARED]}], ids=repr)
def test_what_is_received_is_uniform(attrs):
    """The same factors in every row: each word that comes is another one, and bytes are as frequent as noise's."""
    n, build = 20_000, Shared(2)
    party = attrs["known"][0]
    a = build.input(np.full(n, 1), A(64, n), party)
    b = build.input(np.full(n, 6), A(64, n), 1 - party)
    build.reveal(build.exchange("mul", [a, b], A(64, n), **attrs), (0,))
    for frames in run(build.program([]), build.given).frames:
        data = np.frombuffer(frames[0].body, np.uint8)
        counts = np.bincount(data, minlength=256)
        mean = data.size / 256
        assert ((counts - mean) ** 2 / mean).sum() < 450
        words = np.sort(data[:data.size // 8 * 8].view(np.uint64))
        assert not np.any(words[1:] == words[:-1])


def test_a_malformed_message_is_refused():
    with pytest.raises(PeerError, match="past the end"):
        read(np.full(1, 0xFF, np.uint8), B(1, 5), 1)


def test_factors_are_turned_so_that_the_bit_is_left():
    build = Shared(2)
    build.exchange("mul", [], A(64, 5), held=True, known=[SHARED, 1], bit=1)
    factors = one_sided.Factors.of(build._held[0], [A(64, 5), A(64, 5)])
    assert factors.who == (1, SHARED)
    assert factors.sent == (B(1, 5), A(64, 5))
