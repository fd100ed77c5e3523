"""rsqrt: the nearest number to 1 / sqrt(x), at the ends of every range and in between, on every protocol."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from cloister.compiler.pipeline import Options, compile_program, load_program, read_text

from ..additive.parties import run
from ..analysts.runs import refused
from .running import results

CASES = {
    "fixed[16] in 0.0001..2_000_000_000": (16, Fraction(7, 1 << 16), Fraction(2_000_000_000)),
    "fixed[16] in 1..1": (16, Fraction(1), Fraction(1)),
    "fixed[8] in 0.00390625..3": (8, Fraction(1, 256), Fraction(3)),
    "fixed[32] in 0.5..1_000_000": (32, Fraction(1, 2), Fraction(1_000_000)),
    "fixed[38] in 0.0001..1": (38, Fraction(27487791, 1 << 38), Fraction(1)),
    "uint32 in 1..4_294_967_295": (0, Fraction(1), Fraction((1 << 32) - 1)),
    "int in 1..1_000_000_000_000_000_000": (0, Fraction(1), Fraction(10**18)),
}


def nearest(x: int, own: int, frac: int) -> int:
    """The k nearest to 2^frac / sqrt(x / 2^own), by bisection; half way never occurs between whole numbers."""
    low, high = 0, 1 << 100
    while low < high:
        k = (low + high + 1) // 2
        if Fraction(2 * k - 1, 2) ** 2 * x <= 1 << (own + 2 * frac):
            low = k
        else:
            high = k - 1
    return low


def drawn(own: int, low: Fraction, high: Fraction) -> list[int]:
    """Both ends, their neighbours, powers of four and numbers of every size in between, 64 of them."""
    least, most = int(low * (1 << own)), int(high * (1 << own))
    rng = np.random.default_rng(own)
    sizes = [int(rng.integers(1 << k, 2 << k)) for k in range(62)]
    found = [least, most, least + 1, most - 1, *(1 << k for k in range(0, 62, 2)), *sizes]
    inside = [x for x in found if least <= x <= most]
    return (inside * 64)[:64]


@pytest.mark.parametrize("type", CASES)
def test_nearest(type: str) -> None:
    own, low, high = CASES[type]
    values = drawn(own, low, high)
    found = results(f"input x: {type.replace(' in', '[64] in')} from a\noutput r = rsqrt(x) to all\n", {"x.a": values})
    assert found["r"] == [nearest(x, own, max(own, 16)) for x in values]


@pytest.mark.parametrize("parties", [2, 3])
def test_all_but_one_curious(parties: int) -> None:
    names = ", ".join("abc"[:parties])
    head = f"party {names}\nsecurity dishonest_majority, semi_honest\n"
    text = "input x: fixed[8][9] in 0.00390625..200 from a\noutput r = rsqrt(x) to all\n"
    loaded = load_program(read_text(head + text))
    compiled = compile_program(loaded, {}, Options(verify=True))
    values = [1, 2, 3, 255, 256, 257, 1024, 51_199, 51_200]
    given: dict[int, dict[str, Any]] = {i: {} for i in range(parties)}
    for spec in compiled.program.inputs:
        given[spec.party][spec.name] = np.array(values, object)
    for got in run(compiled.program, given).results:
        assert got.outputs[0].value.astype(object).tolist() == [nearest(x, 8, 16) for x in values]


def test_what_is_known_is_computed_at_once() -> None:
    found = results("param n: int = 10\noutput r = rsqrt(n) to all\noutput q = rsqrt(0.25) to all\n")
    assert found == {"r": nearest(10, 0, 16), "q": 2 << 16}


@pytest.mark.parametrize(("type", "code"), [("fixed", "E4003"), ("uint8", "E4003"), ("fixed[39] in 1..2", "E4001")])
def test_refused(type: str, code: str) -> None:
    assert [found for found, _ in refused(f"input x: {type} from north\noutput r = rsqrt(x) to all\n")] == [code]
