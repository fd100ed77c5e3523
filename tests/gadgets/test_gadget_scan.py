"""Scans, plain and segmented, by every network, against one element after the other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import ceil, log2

import numpy as np
import pytest
from cloister.compiler.gadgets.kit import Kit, Num
from cloister.compiler.gadgets.scan import recurrence, scan
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.build import Builder
from cloister.compiler.ir.nodes import Type
from cloister.compiler.price.circuit import price
from cloister.compiler.price.network import LAN, MOBILE, WAN
from cloister.runtime.protocols.registry import for_name

from .bench import Bench

SIZES = (0, 1, 2, 3, 5, 8, 17, 64, 65)
COMBINE: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b, "min": min, "max": max, "first": lambda a, b: a,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
}
ROWS = {"planes": (("min", -40, 39), ("max", -40, 39), ("min", 0, 200), ("max", 0, 200), ("max", 0, 1),
                   ("first", -40, 39), ("first", 0, 1), ("and", 0, 1), ("or", 0, 1), ("xor", 0, 1)),
        "arith": (("add", -40, 39), ("first", -40, 39), ("add", 3, 9))}
CASES = [(kind, *row) for kind, rows in ROWS.items() for row in rows]
STARTS = {"none": 0.0, "some": 0.2, "all": 1.0}


def expected(values: np.ndarray, starts: np.ndarray | None, combine: str) -> list[int]:
    """Along the first axis of numbers in one row."""
    found: list[int] = []
    for i, value in enumerate(values):
        anew = not i or (starts is not None and starts[i])
        found.append(int(value) if anew else COMBINE[combine](found[-1], int(value)))
    return found


def operand(bench: Bench, kind: str, values: np.ndarray, lo: int, hi: int) -> Num:
    return bench.arith(values, lo, hi) if kind == "arith" else bench.planes(values, lo, hi)


@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize(("kind", "combine", "lo", "hi"), CASES)
def test_segments(kind: str, combine: str, lo: int, hi: int, turn: int) -> None:
    rng = np.random.default_rng(turn)
    for n, often in [*product(SIZES, [STARTS["some"]]), *product((5, 63), STARTS.values())]:
        values = rng.integers(lo, hi + 1, n)
        starts = (rng.random(n) < often).astype(int)
        bench = Bench(parts=1 + n % 3, turn=turn)
        made = scan(bench.kit, operand(bench, kind, values, lo, hi), 0, combine, bench.planes(starts, 0, 1).value)
        (found,) = bench.run(made)
        assert found.tolist() == expected(values, starts, combine), (n, often)


@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize(("combine", "lo", "hi"), [row for row in ROWS["planes"] if row[0] != "first"])
def test_without_segments(combine: str, lo: int, hi: int, turn: int) -> None:
    rng = np.random.default_rng(turn)
    for n in SIZES:
        values = rng.integers(lo, hi + 1, n)
        bench = Bench(parts=1 + n % 3, turn=turn)
        (found,) = bench.run(scan(bench.kit, bench.planes(values, lo, hi), 0, combine))
        assert found.tolist() == expected(values, None, combine), n


@pytest.mark.parametrize("turn", range(2))
@pytest.mark.parametrize(("kind", "combine", "lo", "hi"), CASES)
def test_the_last_element_alone(kind: str, combine: str, lo: int, hi: int, turn: int) -> None:
    rng = np.random.default_rng(turn)
    for n in (1, 2, 3, 7, 8, 9, 64, 65):
        values, starts = rng.integers(lo, hi + 1, n), rng.integers(0, 4, n) == 0
        bench = Bench(parts=1 + n % 3, turn=turn)
        begins = bench.planes(starts.astype(int), 0, 1).value
        (found,) = bench.run(scan(bench.kit, operand(bench, kind, values, lo, hi), 0, combine, begins, last=True))
        assert found.tolist() == expected(values, starts, combine)[-1], n


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("turn", range(5))
def test_linear_recurrences(turn: int, last: bool) -> None:
    """Also where products of factors on the way leave the ring, and the factors are public."""
    rng = np.random.default_rng(turn)
    for n in (1, 2, 3, 8, 65):
        factor, addend = rng.integers(-9, 10, n), rng.integers(-99, 100, n)
        value, running = 0, []
        for a, b in zip(factor.tolist(), addend.tolist(), strict=True):
            value = (a * value if running else 0) + b
            running.append((value + (1 << 63)) % (1 << 64) - (1 << 63))
        bench = Bench(parts=1 + n % 3, turn=turn)
        given = bench.arith(addend, -99, 99).value
        secret = recurrence(bench.kit, given, bench.arith(factor, -9, 9).value, 0, last)
        public = recurrence(bench.kit, given, bench.public(factor.tolist(), -9, 9).value, 0, last)
        wanted = running[-1] if last else running
        assert [x.tolist() for x in bench.run(secret, public)] == [wanted, wanted], n


@pytest.mark.parametrize(("kind", "combine"), [("planes", "max"), ("planes", "or"), ("arith", "first"),
                                              ("arith", "add")])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_along_any_axis(kind: str, combine: str, axis: int) -> None:
    rng = np.random.default_rng(axis)
    hi = 1 if combine == "or" else 50
    values, starts = rng.integers(0, hi + 1, (5, 7, 6)), rng.integers(0, 2, (5, 7, 6))
    bench = Bench()
    made = scan(bench.kit, operand(bench, kind, values, 0, hi), axis, combine, bench.planes(starts, 0, 1).value)
    (found,) = bench.run(made)
    rows = [expected(v, s, combine) for v, s in zip(np.moveaxis(values, axis, 2).reshape(-1, values.shape[axis]),
                                                   np.moveaxis(starts, axis, 2).reshape(-1, values.shape[axis]),
                                                   strict=True)]
    assert np.moveaxis(found, axis, 2).reshape(-1, values.shape[axis]).tolist() == rows


def test_wide_numbers() -> None:
    values, starts = [-(1 << 99), (1 << 99) - 1, 5, -7], [0, 0, 1, 0]
    bench = Bench()
    low = scan(bench.kit, bench.planes(values, -(1 << 99), (1 << 99) - 1), 0, "min", bench.planes(starts, 0, 1).value)
    total = scan(bench.kit, bench.arith(values, -(1 << 100), 1 << 100, 128), 0, "add", bench.planes(starts, 0, 1).value)
    assert [x.tolist() for x in bench.run(low, total)] == [[-(1 << 99), -(1 << 99), 5, -7], [-(1 << 99), -1, 5, -2]]


def test_levels_and_prices() -> None:
    """A level of a segmented scan is one round; a network is taken for its price."""
    n, chosen = 1_000_000, {}
    for network in (LAN, WAN, MOBILE):
        kit = Kit(Builder("protocol"), for_name("replicated", 3), network)
        x = Num(kit.builder.add("arg", type=Type("planes", (n,), 20), index=0), Interval(0, (1 << 20) - 1))
        starts = kit.builder.add("arg", type=Type("planes", (n,), 1), index=1)
        made = scan(kit, x, 0, "first", starts)
        cost = price(kit.builder.finish([made.value]), kit.protocol)
        (choice,) = [c for c in kit.choices if c.what == "scan"]
        chosen[network.name] = choice.chosen
        assert cost.rounds >= ceil(log2(n))
        assert choice.prices["sklansky"].rounds == ceil(log2(n))
        assert choice.prices["odd-even"].ands < 2 * 22 * n
        assert choice.prices[choice.chosen].seconds(network) == min(p.seconds(network) for p in choice.prices.values())
    assert chosen["mobile"] == "odd-even"
    assert chosen["wan"] == "4 halvings"
