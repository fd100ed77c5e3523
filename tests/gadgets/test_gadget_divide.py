"""Division, by public and secret divisors: exhaustive on small widths, at the edges on large ones."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from cloister.compiler.gadgets import divide
from cloister.compiler.gadgets.kit import Num
from cloister.compiler.intervals import Interval, rounded_div

from .bench import Bench

SMALL = list(itertools.product(range(-16, 16), range(1, 32)))


def ring(lo: int, hi: int) -> int:
    return 64 if Interval(lo, hi).signed_bits <= 63 else 128


def near_powers(lo: int, hi: int) -> list[int]:
    exponents = range(max(abs(lo), abs(hi)).bit_length() + 1)
    found = {s * (1 << e) + o for e in exponents for s in (1, -1) for o in (-1, 0, 1)}
    return sorted({v for v in found if lo <= v <= hi} | {lo, hi})


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_all_five_bit_pairs(sign: int, parts: int, turn: int) -> None:
    a, b = [p for p, _ in SMALL], [sign * q for _, q in SMALL]
    bench = Bench(parts, turn)
    x = bench.arith(a, -16, 15)
    y = bench.arith(b, 1, 31) if sign > 0 else bench.arith(b, -31, -1)
    quotient, rest, near = bench.run(divide.floordiv(bench.kit, x, y), divide.mod(bench.kit, x, y),
                                     divide.divround(bench.kit, x, y, 3))
    assert list(quotient) == [p // q for p, q in zip(a, b, strict=True)]
    assert list(rest) == [p % q for p, q in zip(a, b, strict=True)]
    assert list(near) == [rounded_div(p << 3, q) for p, q in zip(a, b, strict=True)]


@pytest.mark.parametrize("alo", [0, -1, -7])
@pytest.mark.parametrize(("blo", "bhi"), [(1, 1), (1, 2), (3, 9), (8, 15), (30, 31)])
def test_narrow_ranges(alo: int, blo: int, bhi: int) -> None:
    pairs = list(itertools.product(range(alo, 9), range(blo, bhi + 1)))
    for turn in (0, 1, 2):
        bench = Bench(2, turn)
        x, y = bench.arith([p for p, _ in pairs], alo, 8), bench.arith([q for _, q in pairs], blo, bhi)
        quotient, near = bench.run(divide.floordiv(bench.kit, x, y), divide.divround(bench.kit, x, y, 0))
        assert list(quotient) == [p // q for p, q in pairs]
        assert list(near) == [rounded_div(p, q) for p, q in pairs]


LARGE = ((-1 << 20, 1 << 20, 1, 1 << 20, 0), (0, 1 << 45, 1, 5 * 10**6, 16),
         (0, (1 << 31) - 1, 1, (1 << 31) - 1, 16), (-1 << 62, (1 << 62) - 1, 1, (1 << 62) - 1, 0),
         (0, 100, 1, 1 << 60, 0), (-1 << 40, 1 << 40, -1 << 40, -1, 10),
         (0, 1000, 1 << 20, (1 << 21) - 1, 30), (-1 << 90, 1 << 100, 3, 1 << 80, 0))


def worst_pairs(alo: int, ahi: int, blo: int, bhi: int, shift: int) -> list[tuple[int, int]]:
    """Powers of two, multiples of the divisor and halves of them, each with what lies beside."""
    rng = random.Random(7)
    tops = near_powers(alo, ahi)
    bottoms = near_powers(blo, bhi) + [rng.randint(blo, bhi) for _ in range(10)]
    pairs = [(rng.choice(tops), rng.choice(bottoms)) for _ in range(400)]
    for _ in range(400):
        b = rng.choice(bottoms)
        q = rng.randint(0, (max(abs(alo), ahi) << shift) // abs(b))
        for scaled in (q * b, (2 * q + 1) * b // 2):
            pairs += [((scaled >> shift) + o, b) for o in (-1, 0, 1)]
    return [(a, b) for a, b in pairs if alo <= a <= ahi]


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize(("alo", "ahi", "blo", "bhi", "shift"), LARGE)
def test_worst_cases(alo: int, ahi: int, blo: int, bhi: int, shift: int, turn: int) -> None:
    pairs = worst_pairs(alo, ahi, blo, bhi, shift)
    bench = Bench(2, turn)
    x = bench.arith([a for a, _ in pairs], alo, ahi, ring(alo, ahi))
    y = bench.arith([b for _, b in pairs], blo, bhi, ring(blo, bhi))
    quotient, rest, near = bench.run(divide.floordiv(bench.kit, x, y), divide.mod(bench.kit, x, y),
                                     divide.divround(bench.kit, x, y, shift))
    assert [q for q in zip(pairs, quotient, strict=True) if q[1] != q[0][0] // q[0][1]] == []
    assert [q for q in zip(pairs, rest, strict=True) if q[1] != q[0][0] % q[0][1]] == []
    assert [q for q in zip(pairs, near, strict=True) if q[1] != rounded_div(q[0][0] << shift, q[0][1])] == []


@pytest.mark.slow
def test_the_widest_division() -> None:
    hi = (1 << 126) - 1
    pairs = worst_pairs(0, hi, 1, hi, 0)
    bench = Bench(2, 1)
    x, y = bench.arith([a for a, _ in pairs], 0, hi, 128), bench.arith([b for _, b in pairs], 1, hi, 128)
    (quotient,) = bench.run(divide.floordiv(bench.kit, x, y))
    assert list(quotient) == [a // b for a, b in pairs]


PLANS = ((9, 1, 9), (12, 2, 12), (27, 3, 10), (27, 3, 14), (16, 2, 20))


@pytest.mark.parametrize(("precision", "steps", "m"), PLANS)
def test_the_reciprocal_keeps_its_bound(precision: int, steps: int, m: int) -> None:
    """|1 - c y / 2^m| over divisors of every length, the narrowest and widest ones of each among them."""
    top = (1 << m) - 1
    values = list(range(1, top + 1)) if m <= 14 else near_powers(1, top) + list(range(top >> 1, top, 997))
    bench = Bench(2, 0)
    how = divide.Plan(precision, 1, precision, steps)
    b = bench.arith(values, 1, (1 << m) - 1)
    _, y = divide._reciprocal(bench.kit, b, how)
    (found,) = bench.run(y)
    bound = divide.reciprocal_error(precision, steps, m > precision)
    normal = [v << m - v.bit_length() for v in values]
    errors = [abs(1 - c * int(r) / (1 << m + precision)) for c, r in zip(normal, found, strict=True)]
    assert max(errors) <= bound


PUBLIC = ((-40, 40), (0, 1000), (0, 1), (-1 << 62, (1 << 62) - 1), (5, 1 << 40), (-1 << 126, (1 << 126) - 1))
DIVISORS = (1, 2, 3, 5, 7, -3, 10, 64, 1000, -1001, (1 << 31) - 1, (1 << 61) + 1, (1 << 62) - 1, 3 << 60,
            (1 << 100) + 1)


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize(("lo", "hi"), PUBLIC)
def test_public_divisors(lo: int, hi: int, parts: int, turn: int) -> None:
    for d in DIVISORS if parts == 2 and turn == 0 else DIVISORS[2 + turn::4]:
        multiples = [m * d + o for m in (0, 1, -1, 2, lo // d, hi // d) for o in (-1, 0, 1)]
        values = sorted({v for v in multiples if lo <= v <= hi} | {lo, hi})
        bench = Bench(parts, turn)
        x = bench.arith(values, lo, hi, ring(lo, hi))
        (quotient,) = bench.run(divide.floordiv_public(bench.kit, x, d))
        assert list(quotient) == [v // d for v in values], d


def test_every_public_divisor_of_a_byte() -> None:
    values = list(range(-128, 128))
    for d in [*range(1, 20), 100, 127, 128, 129, 255, 300, -7]:
        for turn in (0, 1, 2):
            bench = Bench(2, turn)
            x, divisor = bench.arith(values, -128, 127), bench.constant(d, (256,))
            found = bench.run(divide.floordiv(bench.kit, x, divisor), divide.mod(bench.kit, x, divisor),
                              divide.divround(bench.kit, x, divisor, 5))
            assert list(found[0]) == [v // d for v in values]
            assert list(found[1]) == [v % d for v in values]
            assert list(found[2]) == [rounded_div(v << 5, d) for v in values]


def test_public_numerators_and_arrays_of_divisors() -> None:
    bench = Bench()
    divisors = list(range(1, 50))
    y, over = bench.arith(divisors, 1, 49), bench.constant(1000, (49,))
    x, public = bench.arith([7 * d + 3 for d in divisors], 0, 400), bench.public(divisors, 1, 49)
    found = bench.run(divide.floordiv(bench.kit, over, y), divide.divround(bench.kit, x, public, 4),
                      divide.mod(bench.kit, x, public))
    assert list(found[0]) == [1000 // d for d in divisors]
    assert list(found[1]) == [rounded_div((7 * d + 3) << 4, d) for d in divisors]
    assert list(found[2]) == [(7 * d + 3) % d for d in divisors]


def test_a_public_divisor_where_the_shifted_numerator_has_no_room() -> None:
    values = near_powers(-1 << 90, 1 << 90)
    bench = Bench()
    x = bench.arith(values, -1 << 90, 1 << 90, 128)
    (near,) = bench.run(divide.divround_public(bench.kit, x, 3 << 60, 64))
    assert list(near) == [rounded_div(v << 64, 3 << 60) for v in values]


def test_results_stay_in_their_ranges() -> None:
    bench = Bench()
    x, y = bench.arith([-100, 100, 0], -100, 100), bench.arith([7, 3, 9], 3, 9)
    nums: list[Num] = [divide.floordiv(bench.kit, x, y), divide.mod(bench.kit, x, y),
                       divide.divround(bench.kit, x, y, 2)]
    for num, shown in zip(nums, bench.run(*nums), strict=True):
        assert np.all(shown >= num.range.lo)
        assert np.all(shown <= num.range.hi)
