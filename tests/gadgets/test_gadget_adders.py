"""Adders and carries, every circuit, against Python's integers."""

from __future__ import annotations

import pytest
from cloister.compiler.gadgets import adders
from cloister.compiler.gadgets.logic import and_planes, prefix_and
from cloister.compiler.gadgets.prefix import NETWORKS

from .bench import Bench

WIDTHS = (1, 2, 3, 4, 5, 7, 8, 13, 31, 32, 33, 63, 64)


def edges(k: int) -> list[int]:
    top = (1 << k) - 1
    mixed = 0x5A5AC3C3A5A53C3C96960F0FF0F06969 & top
    return sorted({0, 1 & top, top, top - 1 & top, top >> 1, (top >> 1) + 1 & top, mixed, mixed ^ top})


def pairs(k: int) -> tuple[list[int], list[int]]:
    values = range(1 << k) if k <= 4 else edges(k)
    return [a for a in values for _ in values], [b for _ in values for b in values]


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("k", WIDTHS)
def test_addition_and_carry(k: int, turn: int) -> None:
    a, b = pairs(k)
    top = (1 << k) - 1
    for carry in (0, 1):
        bench = Bench(turn=turn)
        x, y = bench.planes(a, 0, top).value, bench.planes(b, 0, top).value
        total, out = bench.run(adders.add(bench.kit, x, y, carry), adders.carry_out(bench.kit, x, y, carry))
        assert [v & top for v in total] == [(p + q + carry) & top for p, q in zip(a, b, strict=True)]
        assert list(out) == [p + q + carry >> k for p, q in zip(a, b, strict=True)]


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("k", [1, 2, 3, 5, 8, 33])
def test_constant_operand(k: int, turn: int) -> None:
    top = (1 << k) - 1
    a = list(range(1 << k)) if k <= 5 else edges(k)
    for c in a if k <= 3 else edges(k):
        for carry in (0, 1):
            bench = Bench(turn=turn)
            x = bench.planes(a, 0, top).value
            total, out = bench.run(adders.add(bench.kit, x, c, carry),
                                   adders.carry_out(bench.kit, x, c, carry))
            assert list(total) == [(p + c + carry) & top for p in a]
            assert list(out) == [p + c + carry >> k for p in a]


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_subtraction_and_operands_of_different_width(turn: int) -> None:
    a, b = pairs(4)
    bench = Bench(turn=turn)
    x, y = bench.planes(a, 0, 15).value, bench.planes(b, 0, 15).value
    z = bench.planes([v & 3 for v in b], 0, 3).value
    less, more = bench.run(adders.sub(bench.kit, x, y), adders.add(bench.kit, x, z))
    assert list(less) == [(p - q) % 16 for p, q in zip(a, b, strict=True)]
    assert list(more) == [(p + (q & 3)) % 16 for p, q in zip(a, b, strict=True)]


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 9])
@pytest.mark.parametrize("k", [1, 2, 5, 62])
def test_overflow_of_many_addends(count: int, k: int) -> None:
    top = (1 << k) - 1
    some = (0, top, top - 1 & top, top >> 1, 1 & top)
    rows = [[some[(i * j + i) % 5] for j in range(40)] for i in range(count)]
    bench = Bench()
    addends = [bench.planes(row, 0, top).value for row in rows]
    (found,) = bench.run(adders.overflow(bench.kit, addends))
    assert list(found) == [sum(column) >> k for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("k", [1, 2, 3, 7, 16, 33])
def test_and_of_planes(k: int, turn: int) -> None:
    top = (1 << k) - 1
    values = [*edges(k), *(top ^ 1 << i for i in range(k))]
    bench = Bench(turn=turn)
    x = bench.planes(values, 0, top).value
    every, prefix = bench.run(and_planes(bench.kit, x), prefix_and(bench.kit, x))
    assert list(every) == [int(v == top) for v in values]
    assert list(prefix) == [sum(int(v & (2 << i) - 1 == (2 << i) - 1) << i for i in range(k)) for v in values]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_networks_join_neighbouring_groups(name: str) -> None:
    for k in range(1, 70):
        reach = list(range(k))
        for level in NETWORKS[name](k):
            assert not {t for t, _ in level} & {s for _, s in level}
            for target, source in level:
                assert reach[target] == source + 1
                reach[target] = reach[source]
        assert reach == [0] * k
