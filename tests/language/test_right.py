"""What others compute wrong without a word is right here, through the whole pipeline, or refused."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from cloister.compiler.diagnostics import ProgramError

from .running import results

ONE = 1 << 16


def nearest(value: Fraction | float, frac: int = 16) -> int:
    """The scaled integer nearest to a value, ties up."""
    return math.floor(Fraction(value) * (1 << frac) + Fraction(1, 2))


@pytest.mark.parametrize("rows", [1000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_mean_and_variance_of_salaries(rows: int) -> None:
    text = """\
from stats import mean, variance
size rows <= 100_000
input salary: fixed[rows] in 0..1_000_000 from a
output average = mean(salary) to all
output spread = variance(salary) to all
"""
    pay = nearest(Fraction("52345.67"))
    found = results(text, {"salary.a": [pay] * rows}, {"rows": rows})
    assert found == {"average": pay, "spread": 0}
    two = [nearest(Fraction("52345.67")), nearest(Fraction("52347.67"))] * (rows // 2)
    found = results(text, {"salary.a": two}, {"rows": rows})
    assert found["spread"] == ONE
    assert found["average"] == nearest(Fraction(sum(two), rows * ONE))


def test_a_million_times_a_million() -> None:
    text = """\
input x: fixed in 0..1_000_000 from a
input n: int32 from b
output product = x * x to all
output whole = n * n to all
output mixed = x * n to all
"""
    found = results(text, {"x.a": 10**6 * ONE, "n.b": 10**6})
    assert found == {"product": 10**12 * ONE, "whole": 10**12, "mixed": 10**12 * ONE}


@pytest.mark.parametrize("divisor", [3, -3, 7, 1, -1])
def test_floor_division_of_large_and_negative_numbers(divisor: int) -> None:
    values = [1_000_000_007, -1_000_000_007, 7, -7, 0, 1, -1, 2**31 - 1, -(2**31)]
    text = f"""\
input x: int32[{len(values)}] from a
input d: int8 from b
input e: int8 in 1..127 from b
output by_number = x // ({divisor}) to all
output rest = x % ({divisor}) to all
output by_secret = x // e to all
output rest_of_secret = x % e to all
"""
    found = results(text, {"x.a": values, "d.b": 0, "e.b": abs(divisor)})
    assert found["by_number"] == [x // divisor for x in values]
    assert found["rest"] == [x % divisor for x in values]
    assert found["by_secret"] == [x // abs(divisor) for x in values]
    assert found["rest_of_secret"] == [x % abs(divisor) for x in values]


def test_small_quotients() -> None:
    text = """\
input n: int32 in 1..100_000 from a
input x: int32 in 0..100 from b
output tiny = 1 / n to all
output five = x / 20 to all
output fine: fixed = 0 to all
""".replace("output fine: fixed = 0 to all\n", "output finer = fixed(1) * (1 / n) to all\n")
    found = results(text, {"n.a": 50_000, "x.b": 100})
    assert found == {"tiny": nearest(Fraction(1, 50_000)), "five": 5 * ONE, "finer": nearest(Fraction(1, 50_000))}
    finer = results("input n: fixed[40] in 1..100_000 from a\noutput tiny = 1 / n to all\n", {"n.a": 50_000 << 40})
    assert finer["tiny"] == nearest(Fraction(1, 50_000), 40)


def test_functions_of_large_numbers() -> None:
    text = """\
input x: fixed in -20..20 from a
input big: int32 in 1..1_000_000_000 from b
output grown = exp(x) to all
output bits = log(big) to all
output root = sqrt(big) to all
"""
    found = results(text, {"x.a": 20 * ONE, "big.b": 10**6})
    assert abs(found["grown"] - Fraction("485165195.40979027796910683") * ONE) <= 1
    assert abs(found["bits"] - Fraction("13.815510557964274104107948728") * ONE) <= 1
    assert found["root"] == 1000 * ONE
    assert results(text, {"x.a": 0, "big.b": 10**9})["root"] == nearest(Fraction("31622.7766016837933199889"))


def test_a_comparison_in_which_eight_bits_overflow() -> None:
    text = "input x: int8 from a\noutput small = x < x ** 3 to all\noutput cube = x ** 3 to all\n"
    assert results(text, {"x.a": 100}) == {"small": 1, "cube": 10**6}
    assert results(text, {"x.a": -100}) == {"small": 0, "cube": -(10**6)}


def test_a_number_beyond_what_a_float_holds() -> None:
    text = "input x: int64 from a\noutput same = x - 33333333333333332 to all\noutput triple = x * 3 to all\n"
    found = results(text, {"x.a": 33333333333333333})
    assert found == {"same": 1, "triple": 99999999999999999}
    shifted = results("input x: int8 from a\noutput y = x + 33333333333333333 to all\n", {"x.a": -1})
    assert shifted == {"y": 33333333333333332}


def test_a_negative_number_in_a_product_of_matrices() -> None:
    text = """\
input m: fixed[16][2, 2] in -100..100 from a
input v: fixed[16][2, 2] in -100..100 from b
output product = m @ v to all
"""
    bad = nearest(Fraction("-47.9996"))
    found = results(text, {"m.a": [[bad, ONE], [0, bad]], "v.b": [[ONE, 0], [ONE, bad]]})
    squared = nearest(Fraction(bad * bad, 1 << 32))
    assert found["product"] == [[bad + ONE, bad], [bad, squared]]


def test_doubling_a_large_number() -> None:
    text = "input x: int64 in 0..1_099_511_627_776 from a\noutput y = x * 2 to all\noutput z = 2 ** 40 * 2 + x to all\n"
    assert results(text, {"x.a": 2**40}) == {"y": 2**41, "z": 2**41 + 2**40}


@pytest.mark.parametrize("rows", [1000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_sum_of_many_largest_numbers(rows: int) -> None:
    text = "size rows <= 1_000_000\ninput x: int32[rows] from a\noutput total = sum(x) to all\n"
    assert results(text, {"x.a": [2**31 - 1] * rows}, {"rows": rows}) == {"total": rows * (2**31 - 1)}
    assert results(text, {"x.a": [-(2**31)] * rows}, {"rows": rows}) == {"total": -rows * 2**31}


@pytest.mark.parametrize("kind", ["int64", "uint64"])
def test_comparing_full_words(kind: str) -> None:
    lo, hi = (0, 2**64 - 1) if kind == "uint64" else (-(2**63), 2**63 - 1)
    edges = [lo, lo + 1, 0, 1, hi // 2, hi - 1, hi]
    pairs = [(x, y) for x in edges for y in edges]
    text = f"""\
input x: {kind}[{len(pairs)}] from a
input y: {kind}[{len(pairs)}] from b
output less = x < y to all
output same = x == y to all
output gap = x - y to all
"""
    found = results(text, {"x.a": [x for x, _ in pairs], "y.b": [y for _, y in pairs]})
    assert found["less"] == [int(x < y) for x, y in pairs]
    assert found["same"] == [int(x == y) for x, y in pairs]
    assert found["gap"] == [x - y for x, y in pairs]


def test_what_cannot_be_held_is_refused() -> None:
    with pytest.raises(ProgramError, match="bits"):
        results("input x: int64 from a\noutput y = x ** 3 to all\n", {"x.a": 0})
