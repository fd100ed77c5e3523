"""Comparisons, selections, extremes and reductions, whatever holds the operands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from cloister.compiler.gadgets import compare, extreme, logic
from cloister.compiler.gadgets.kit import Num
from cloister.compiler.gadgets.select import select

from .bench import Bench

PAIRS = list(itertools.product(range(-9, 8), range(-4, 13)))
LEFT, RIGHT = [a for a, _ in PAIRS], [b for _, b in PAIRS]


def held(bench: Bench, how: str, values: Sequence[int], lo: int, hi: int, width: int = 64) -> Num:
    if how == "planes":
        return bench.planes(values, lo, hi)
    return bench.arith(values, lo, hi, width) if how == "arith" else bench.public(values, lo, hi, width)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("left", ["arith", "planes", "public"])
@pytest.mark.parametrize("right", ["arith", "planes", "public"])
def test_every_pair(left: str, right: str, parts: int, turn: int) -> None:
    if left == right == "public":
        return
    bench = Bench(parts, turn)
    a, b = held(bench, left, LEFT, -9, 7), held(bench, right, RIGHT, -4, 12)
    third = [int(i % 3 == 0) for i in range(len(PAIRS))]
    chosen = select(bench.kit, bench.planes(third, 0, 1).value, a, b)
    less, equal, pick, low, high = bench.run(
        compare.less(bench.kit, a, b), compare.equal(bench.kit, a, b), chosen,
        extreme.minimum(bench.kit, a, b), extreme.maximum(bench.kit, a, b))
    assert list(less) == [int(p < q) for p, q in PAIRS]
    assert list(equal) == [int(p == q) for p, q in PAIRS]
    assert list(pick) == [p if c else q for c, (p, q) in zip(third, PAIRS, strict=True)]
    assert list(low) == [min(p) for p in PAIRS]
    assert list(high) == [max(p) for p in PAIRS]


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("how", ["arith", "planes"])
@pytest.mark.parametrize(("lo", "hi"), [(-9, 7), (0, 15), (3, 12), (-8, -1), (-1, 0)])
def test_every_constant(lo: int, hi: int, how: str, turn: int) -> None:
    values = list(range(lo, hi + 1))
    for c in range(lo - 2, hi + 3):
        bench = Bench(2, turn)
        x, constant = held(bench, how, values, lo, hi), bench.constant(c, (len(values),))
        odd = bench.planes([v % 2 for v in values], 0, 1).value
        found = bench.run(
            compare.less(bench.kit, x, constant), compare.less(bench.kit, constant, x),
            compare.equal(bench.kit, x, constant), select(bench.kit, odd, x, constant),
            select(bench.kit, odd, constant, bench.constant(5, (len(values),))))
        assert list(found[0]) == [int(v < c) for v in values]
        assert list(found[1]) == [int(c < v) for v in values]
        assert list(found[2]) == [int(c == v) for v in values]
        assert list(found[3]) == [v if v % 2 else c for v in values]
        assert list(found[4]) == [c if v % 2 else 5 for v in values]


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("how", ["arith", "planes"])
@pytest.mark.parametrize(("k", "width"), [(1, 64), (31, 64), (62, 64), (64, 128), (126, 128)])
def test_ends_of_wide_ranges(k: int, width: int, how: str, parts: int) -> None:
    lo, hi = -1 << k, (1 << k) - 1
    ends = sorted({lo, lo + 1, -1, 0, 1, hi - 1, hi, lo // 2, hi // 2})
    ends = [v for v in ends if lo <= v <= hi]
    pairs = list(itertools.product(ends, ends))
    bench = Bench(parts)
    a = held(bench, how, [p for p, _ in pairs], lo, hi, width)
    b = held(bench, how, [q for _, q in pairs], lo, hi, width)
    less, equal, sign = bench.run(compare.less(bench.kit, a, b), compare.equal(bench.kit, a, b),
                                  compare.negative(bench.kit, a))
    assert list(less) == [int(p < q) for p, q in pairs]
    assert list(equal) == [int(p == q) for p, q in pairs]
    assert list(sign) == [int(p < 0) for p, _ in pairs]


SHAPES = ((1,), (2,), (3,), (63,), (64,), (65,), (129,), (200,), (3, 5, 7), (130, 3))


@pytest.mark.parametrize("shape", SHAPES)
def test_reductions(shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    plain = np.array([(i * 7919 + 13) % 101 - 50 for i in range(size)], object).reshape(shape)
    last = len(shape) - 1
    for axes in {(0,), (last,), tuple(range(len(shape))), (0, last) if last else (0,)}:
        bench = Bench()
        x, true = bench.arith(plain, -50, 50), bench.planes((plain > -40).astype(int), 0, 1).value
        low, high, every, some = bench.run(
            extreme.reduce_min(bench.kit, x, axes), extreme.reduce_max(bench.kit, x, axes),
            logic.reduce_and(bench.kit, true, axes), logic.reduce_or(bench.kit, bench.kit.invert(true), axes))
        assert np.array_equal(low, plain.min(axis=axes))
        assert np.array_equal(high, plain.max(axis=axes))
        assert np.array_equal(every, (plain > -40).all(axis=axes))
        assert np.array_equal(some, (plain <= -40).any(axis=axes))


def test_reducing_nothing() -> None:
    bench = Bench()
    empty = bench.planes(np.zeros((0, 3), object), 0, 1).value
    every, some = bench.run(logic.reduce_and(bench.kit, empty, (0,)), logic.reduce_or(bench.kit, empty, (0,)))
    assert list(every) == [1, 1, 1]
    assert list(some) == [0, 0, 0]


def test_the_circuit_grows_with_the_logarithm() -> None:
    nodes = []
    for n in (1 << 10, 1 << 20):
        bench = Bench(turn=0)
        extreme.reduce_min(bench.kit, bench.planes(np.zeros(n, object), 0, 255), (0,))
        nodes.append(len(bench.kit.builder.nodes))
    assert nodes[1] < 2.2 * nodes[0]
