"""exp, log and sigmoid: within one unit of the last place over the whole declared range; floor, ceil; `fast`."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from cloister.compiler.check.sigmoids import PIECES
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import check_at_bounds, load_program, read_text

from .running import HEAD, PROTOCOLS, by_protocol, compiled, results

PRECISE = Context(prec=50)

Function = Callable[[Decimal], Decimal]


def _exp(x: Decimal) -> Decimal:
    return Decimal(0) if x < -1000 else PRECISE.exp(x)


def _sigmoid(x: Decimal) -> Decimal:
    if x < -1000:
        return Decimal(0)
    return PRECISE.divide(Decimal(1), PRECISE.add(Decimal(1), _exp(-x)))


TRUTH: dict[str, Function] = {
    "exp": _exp,
    "log": PRECISE.ln,
    "log2": lambda x: PRECISE.divide(PRECISE.ln(x), PRECISE.ln(Decimal(2))),
    "log10": PRECISE.log10,
    "sigmoid": _sigmoid,
}


def exact(name: str, scaled: int, frac: int) -> Fraction:
    """The function of a scaled integer, to 50 digits."""
    value = PRECISE.divide(Decimal(scaled), Decimal(1 << frac))
    return Fraction(TRUTH[name](value))


def samples(lo: int, hi: int, count: int = 60) -> list[int]:
    """The ends of a range and what lies beside them, what lies beside the powers of two, and numbers at random."""
    draw = random.Random(f"{lo} {hi}")
    edges = {lo, lo + 1, hi - 1, hi, -1, 0, 1, (lo + hi) // 2}
    edges |= {sign * (1 << k) + d for k in range(0, 64, 3) for d in (-1, 0, 1) for sign in (-1, 1)}
    inside = sorted(e for e in edges if lo <= e <= hi)
    return inside + [draw.randint(lo, hi) for _ in range(count)]


def program(name: str, type_: str, frac: int, lo: int, hi: int, count: int, wrap: str = "{}") -> str:
    ends = [str(end) if not frac else repr(end / (1 << frac)) for end in (lo, hi)]
    call = wrap.format(f"{name}(x)")
    return f"input x: {type_}[{count}] in {ends[0]}..{ends[1]} from a\noutput z = {call} to all\n"


ONE = 1 << 16
CASES = [
    ("exp", "fixed[16]", 16, -20 * ONE, 20 * ONE),
    ("exp", "fixed[16]", 16, -(1 << 47), 0),
    ("exp", "int8", 0, -50, 20),
    ("exp", "fixed[2]", 2, -2, 3),
    ("exp", "fixed[16]", 16, 3 * ONE, 4 * ONE),
    ("exp", "fixed[32]", 32, -4 << 32, 8 << 32),
    ("exp", "fixed[48]", 48, -4 << 48, 0),
    ("log", "uint32", 0, 1, (1 << 32) - 1),
    ("log", "uint64", 0, 1, (1 << 64) - 1),
    ("log", "fixed[16]", 16, 1, 1000 * ONE),
    ("log", "fixed[48]", 48, 1, 2 << 48),
    ("log", "uint8", 0, 200, 255),
    ("log", "uint8", 0, 1, 1),
    ("log", "fixed[8]", 8, 1, 2),
    ("log2", "uint32", 0, 1, (1 << 32) - 1),
    ("log10", "fixed[16]", 16, 1, 1000 * ONE),
    ("sigmoid", "fixed[16]", 16, -(1 << 47), 1 << 47),
    ("sigmoid", "fixed[16]", 16, -8 * ONE, 8 * ONE),
    ("sigmoid", "int8", 0, -128, 127),
    ("sigmoid", "fixed[24]", 24, -8 << 24, 30 << 24),
]


@pytest.mark.parametrize(("name", "type_", "frac", "lo", "hi"), CASES)
def test_within_one_unit_of_the_last_place(name: str, type_: str, frac: int, lo: int, hi: int) -> None:
    values = samples(lo, hi)
    text = program(name, type_, frac, lo, hi, len(values))
    checked = check_at_bounds(load_program(read_text(HEAD + text)))
    found = interpret(checked, {"x.a": np.array(values, object)})["z"].value
    places = checked.outputs[0].value.type.elem.frac
    assert places == max(16, frac)
    for value, got in zip(values, found, strict=True):
        assert abs(int(got) - exact(name, value, frac) * (1 << places)) < 1, value


@pytest.mark.parametrize("case", [CASES[0], CASES[2], CASES[7], CASES[9], CASES[12], CASES[17]], ids=str)
def test_protocols_agree(case: tuple[str, str, int, int, int]) -> None:
    name, type_, frac, lo, hi = case
    values = samples(lo, hi, 5)
    results(program(name, type_, frac, lo, hi, len(values)), {"x.a": values})


def test_large_results_are_right_to_eight_digits() -> None:
    top = 47 * ONE
    values = [*range(20 * ONE, top, ONE), top - 1, top]
    text = program("exp", "fixed[16]", 16, 0, top, len(values))
    checked = check_at_bounds(load_program(read_text(HEAD + text)))
    found = interpret(checked, {"x.a": np.array(values, object)})["z"].value
    for value, got in zip(values, found, strict=True):
        true = exact("exp", value, 16) * ONE
        assert abs(int(got) - true) <= max(Fraction(1), true / (1 << 26)), value


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ProgramError) as refused:
        compiled(program("exp", "fixed[16]", 16, 0, 80 * ONE, 1))
    assert refused.value.diagnostics[0].code == "E4001"
    assert "exp(min(x, " in refused.value.diagnostics[0].help


def test_of_literals_they_are_as_precise_as_what_they_meet() -> None:
    text = """\
input x: fixed[40] in -2..2 from a
output y = x + exp(1) to all
output z = x + log(10) * sigmoid(0) to all
"""
    found = results(text, {"x.a": 0})
    assert found["y"] == round(exact("exp", 1, 0) * (1 << 40))
    assert found["z"] == round(exact("log", 10, 0) / 2 * (1 << 40))


def test_rounding_functions() -> None:
    values = [-(3 << 8), -(3 << 8) + 1, -129, -128, -127, -1, 0, 1, 127, 128, 129, 255, 256, 257, 1023]
    text = f"""\
input x: fixed[8][{len(values)}] in -4..4 from a
output down = floor(x) to all
output up = ceil(x) to all
output near = round(x) to all
output known = [floor(2.5), ceil(2.5), floor(-2.5), ceil(-2.5), floor(3), ceil(3)] to all
output whole = floor(x[0] // 1) + ceil(x[0] // 1) to all
"""
    found = results(text, {"x.a": values})
    assert found["down"] == [v >> 8 for v in values]
    assert found["up"] == [-(-v >> 8) for v in values]
    assert found["near"] == [(v + 128) >> 8 for v in values]
    assert found["known"] == [2, 3, -3, -2, 3, 3]
    assert found["whole"] == -6


# --------------------------------------------------------------------------- fast


@pytest.mark.parametrize("wrap", ["fast({})", "{}"])
@pytest.mark.parametrize(("case", "bound"), [
    (CASES[0], Fraction(2)),
    (CASES[9], Fraction(2)),
    (("sigmoid", "fixed[16]", 16, -20 * ONE, 20 * ONE), Fraction(64)),
], ids=str)
def test_fast_is_near(case: tuple[str, str, int, int, int], bound: Fraction, wrap: str) -> None:
    name, type_, frac, lo, hi = case
    values = samples(lo, hi, 300)
    compiled_ = compiled(program(name, type_, frac, lo, hi, len(values), wrap))
    limit = bound if "fast" in wrap else Fraction(1)
    for protocol in PROTOCOLS:
        found = by_protocol(compiled_, {"x.a": values}, protocol)["z"]
        for value, got in zip(values, found, strict=True):
            assert abs(got - exact(name, value, frac) * ONE) < limit, (protocol, value)


@pytest.mark.parametrize(("type_", "frac", "reach"), [
    ("fixed[16]", 16, 9 * ONE), ("fixed[16]", 16, 1 << 46), ("int8", 0, 127), ("fixed[4]", 4, 9 << 4),
    ("fixed[24]", 24, 9 << 24)])
def test_fast_sigmoid_at_the_ends_of_its_pieces(type_: str, frac: int, reach: int) -> None:
    """Within 2^-10 and never outside of 0..1, for arguments of more and of fewer fractional bits."""
    ends = [sign * int(end * (1 << frac)) for end in (*PIECES, Fraction(71, 10)) for sign in (1, -1)]
    values = sorted({v for end in ends for v in range(end - 2, end + 3)} | set(samples(-reach, reach, 400)))
    text = program("sigmoid", type_, frac, -reach, reach, len(values), "fast({})")
    compiled_, places = compiled(text), max(16, frac)
    checked = check_at_bounds(load_program(read_text(HEAD + text)))
    clear = interpret(checked, {"x.a": np.array(values, object)})["z"].value
    for protocol in ("clear", *PROTOCOLS):
        found = clear if protocol == "clear" else by_protocol(compiled_, {"x.a": values}, protocol)["z"]
        for value, got in zip(values, found, strict=True):
            assert 0 <= got <= 1 << places
            assert abs(got - exact("sigmoid", value, frac) * (1 << places)) < 1 << (places - 10), (protocol, value)


def test_fast_sigmoid_of_what_is_known() -> None:
    text = "input x: int8[3] in 0..1 from a\noutput z = x * fast(sigmoid([7.1, 1.5, -7.2])) to all\n"
    found = results(text, {"x.a": [1] * 3})
    for value, got in zip((71, 15, -72), found["z"], strict=True):
        assert abs(got - _tenths(value) * ONE) < 64


def _tenths(value: int) -> Fraction:
    return Fraction(_sigmoid(Decimal(value) / 10))


@pytest.mark.parametrize("text", [
    "output z = fast(x * y) to all\n",
    "fast:\n    p = x * y\noutput z = p to all\n",
    "def f(a, b):\n    return a * b\nfast:\n    p = 0.5 * x\n    p = f(x, y)\noutput z = p to all\n",
])
def test_a_fast_product_is_either_neighbour(text: str) -> None:
    draw = random.Random(1)
    x, y = ([draw.randint(-100 * ONE, 100 * ONE) for _ in range(200)] for _ in range(2))
    x[:4], y[:4] = [0, ONE, -ONE, 1], [5, 7, 9, 1]
    given = "".join(f"input {name}: fixed[16][200] in -100..100 from {party}\n" for name, party in ("xa", "yb"))
    program_ = compiled(given + text)
    for protocol in PROTOCOLS:
        found = by_protocol(program_, {"x.a": x, "y.b": y}, protocol)["z"]
        for a, b, got in zip(x, y, found, strict=True):
            assert abs(got - Fraction(a * b, ONE)) < 1


def test_fast_saves_rounds_and_ends_with_its_block() -> None:
    def rounds(text: str) -> int:
        steps: Any = compiled(f"input x: fixed in -9..9 from a\n{text}").program.body.steps
        return sum(bool(step.exchange) for step in steps)

    exact_rounds = rounds("output z = x * x * x * x to all\n")
    assert rounds("fast:\n    y = x * x * x * x\noutput z = y to all\n") < exact_rounds
    assert rounds("fast:\n    y = 1\noutput z = x * x * x * x * y to all\n") == exact_rounds


def test_fast_in_a_loop_and_a_branch() -> None:
    text = """\
input x: fixed[16][70] in -1..1 from a
t = fixed(0)
for v in x:
    fast:
        t = t + v * 0.5
    if v > 0:
        fast:
            t = t - v * 0.25
output z = t to all
"""
    values = [(-1) ** k * k * 900 for k in range(70)]
    found = by_protocol(compiled(text), {"x.a": values}, "replicated")["z"]
    assert abs(found - sum(Fraction(v, 2) - (Fraction(v, 4) if v > 0 else 0) for v in values)) < 140
