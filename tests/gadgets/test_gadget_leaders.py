"""The first rows of an order, chosen and sorted: every width of a digit, ties, every number of rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from cloister.compiler.gadgets.kit import Num
from cloister.compiler.gadgets.leaders import leaders_of, led
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.build import Value
from cloister.compiler.ir.nodes import Type
from cloister.compiler.price.network import LAN, Network
from cloister.runtime.protocols.replicated import Replicated

from .bench import Bench


def _counts(n: int) -> list[int]:
    return sorted({1, 2, n // 2, n - 1} & set(range(1, n)))


@pytest.mark.parametrize(("w", "parts"), [(1, 1), (1, 2), (2, 3), (3, 2), (4, 3)])
@pytest.mark.parametrize("bits", [1, 2, 9])
def test_chosen_by_digits(w, parts, bits):
    """The stable order, as that of equal keys shows; with one bit nearly all are."""
    rng = np.random.default_rng(w * bits)
    name = f"{w} bits a step" if w > 1 else "1 bit a step"
    for n in (2, 3, 64, 65, 100):
        for count in _counts(n):
            key = rng.integers(0, 1 << bits, n)
            bench = Bench(parts)
            bench.kit.fixed = {"first rows": "choose", "selection": name}
            own = bench.arith(np.arange(n), 0, n)
            pairs = bench.planes(np.stack([key, key + 1], 1), 0, 1 << bits)
            leaders = leaders_of(bench.kit, bench.planes(key, 0, (1 << bits) - 1).value, count)
            assert {one.chosen for one in bench.kit.choices} >= {"choose", name}
            numbers, values = bench.run(Num(led(bench.kit, leaders, count, own.value), own.range),
                                        Num(led(bench.kit, leaders, count, pairs.value), pairs.range))
            wanted = np.argsort(key, kind="stable")[:count]
            assert numbers.tolist() == wanted.tolist()
            assert values.tolist() == [[key[i], key[i] + 1] for i in wanted]


@pytest.mark.parametrize("name", ["choose", "sort"])
@pytest.mark.parametrize("value", [0, 5, 7])
def test_keys_that_are_all_equal(name, value):
    for count in (1, 3, 9):
        bench = Bench(3)
        bench.kit.fixed = {"first rows": name}
        own = bench.planes(list(range(10)), 0, 9)
        leaders = leaders_of(bench.kit, bench.planes([value] * 10, 0, 7).value, count)
        (found,) = bench.run(Num(led(bench.kit, leaders, count, own.value), own.range))
        assert found.tolist() == list(range(count))


def test_the_circuit_goes_with_the_price():
    """A few of many rows are chosen; nearly all are sorted with the others."""
    found = {}
    for n, count, net in ((1000, 10, LAN), (1_000_000, 10, LAN), (1_000_000, 900_000, LAN),
                          (200, 10, Network("slow", 0.0, 1.0))):
        bench = Bench(protocol=Replicated(3), net=net)
        key = bench.kit.builder.add("input", type=Type("planes", (n,), 32), name="x")
        leaders_of(bench.kit, Num(key, Interval(0, 1)).value, count)
        found[n, count] = next(one.chosen for one in bench.kit.choices if one.what == "first rows")
    assert found == {(1000, 10): "sort", (1_000_000, 10): "choose", (1_000_000, 900_000): "sort", (200, 10): "choose"}


@pytest.mark.parametrize("key", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3] * 6])
def test_what_is_opened_says_nothing(key):
    """Two flags of six after a fresh order: each of the fifteen pairs of places about as often, whatever the keys."""
    found = dict.fromkeys(combinations(range(6), 2), 0)
    bench = Bench(1)
    bench.kit.fixed = {"first rows": "choose", "selection": "2 bits a step"}
    leaders_of(bench.kit, bench.planes(key, 0, 7).value, 2)
    flags = next(i for i, node in enumerate(bench.kit.builder.nodes) if node.op == "open_masked")
    for seed in range(300):
        (opened,) = bench.run(Value(flags, bench.kit.builder.nodes[flags].type), seed=seed)
        found[tuple(np.flatnonzero(opened == 1).tolist())] += 1
    assert sum((n - 20) ** 2 / 20 for n in found.values()) < 48  # chi square of 14 degrees: p is about 10^-5
