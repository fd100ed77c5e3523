"""Square roots: all of ten bits, and the edges of large ranges."""

from __future__ import annotations

import random

import pytest
from cloister.compiler.gadgets import sqrt
from cloister.compiler.intervals import Interval, rounded_sqrt

from .bench import Bench


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("shift", [0, 1, 4, 7])
def test_all_ten_bit_values(shift: int, parts: int, turn: int) -> None:
    values = list(range(-5, 1024))
    bench = Bench(parts, turn)
    (found,) = bench.run(sqrt.sqrt(bench.kit, bench.arith(values, -5, 1023), shift))
    assert list(found) == [rounded_sqrt(max(v, 0) << shift) for v in values]


@pytest.mark.parametrize(("lo", "hi"), [(0, 1), (0, 2), (1, 1), (1, 3), (4, 15), (7, 9), (-3, 0), (16, 31)])
def test_narrow_ranges_of_roots(lo: int, hi: int) -> None:
    values = list(range(lo, hi + 1))
    for shift in (0, 1, 2, 9):
        for turn in (0, 1, 2):
            bench = Bench(2, turn)
            (found,) = bench.run(sqrt.sqrt(bench.kit, bench.arith(values, lo, hi), shift))
            assert list(found) == [rounded_sqrt(max(v, 0) << shift) for v in values]


LARGE = ((1 << 16, 0), (1 << 20, 16), (1 << 40, 0), (1 << 40, 16), ((1 << 62) - 1, 0), ((1 << 62) - 1, 20),
         (1 << 90, 3), pytest.param((1 << 126) - 1, 0, marks=pytest.mark.slow),
         pytest.param((1 << 62) - 1, 64, marks=pytest.mark.slow))


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize(("hi", "shift"), LARGE)
def test_worst_roots(hi: int, shift: int, turn: int) -> None:
    """Squares, the places where rounding turns, and what lies beside."""
    rng = random.Random(3)
    most = rounded_sqrt(hi << shift)
    roots = [rng.randint(0, most >> rng.randint(0, most.bit_length())) for _ in range(60)] + [0, 1, 2, most]
    turns = [(e >> shift) + o for r in roots for e in (r * r, r * r + r, r * r - r) for o in (-1, 0, 1)]
    powers = [(1 << e) + o for e in range(hi.bit_length()) for o in (-1, 0, 1)]
    values = [v for v in [*turns, *powers, hi, hi - 1] if 0 <= v <= hi]
    for lo in (0, hi // 3):
        inside = [v for v in values if v >= lo]
        bench = Bench(2, turn)
        x = bench.arith(inside, lo, hi, 64 if hi < 1 << 62 else 128)
        (found,) = bench.run(sqrt.sqrt(bench.kit, x, shift))
        assert list(found) == [rounded_sqrt(v << shift) for v in inside]


PLANS = ((10, 2, 10), (20, 3, 14), (27, 3, 12), (12, 2, 16))


@pytest.mark.parametrize(("precision", "steps", "double"), PLANS)
def test_the_root_keeps_its_bound(precision: int, steps: int, double: int) -> None:
    values = list(range(1 << double - 2, 1 << double, 1 if double < 16 else 7))
    bench = Bench(2, 0)
    c = bench.arith(values, 0, (1 << double) - 1)
    g = sqrt._root(bench.kit, c.value, double, sqrt.Plan(precision, steps))
    (found,) = bench.run(g)
    true = [(v / (1 << double)) ** 0.5 for v in values]
    errors = [abs(int(r) / (1 << precision) / t - 1) for r, t in zip(found, true, strict=True)]
    assert max(errors) <= sqrt.root_error(precision, steps, double > precision)


def test_the_range_of_a_root() -> None:
    bench = Bench()
    assert sqrt.sqrt(bench.kit, bench.arith([9], -4, 100), 2).range == Interval(0, 20)
