"""How many bits are one: every circuit, along every axis and for several planes at once."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.compiler.gadgets.count import count_arith, count_lanes, count_planes
from cloister.compiler.gadgets.kit import Kit, Num
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.build import Builder
from cloister.compiler.ir.nodes import Type
from cloister.compiler.price.circuit import price
from cloister.compiler.price.network import LAN
from cloister.runtime.protocols.registry import for_name

from .bench import Bench

WAYS = ("inject", "add up to 16 rows", "add up to 1024 rows", "add up")
SHAPES = [((0,), (0,)), ((1,), (0,)), ((2,), (0,)), ((3,), (0,)), ((70,), (0,)), ((5, 4), (0,)), ((5, 4), (1,)),
          ((3, 20, 2), (1,)), ((3, 2, 40), (0, 2)), ((0, 2), (0,)), ((2, 0), (1,))]


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("way", WAYS)
def test_along_every_axis(way, parts):
    rng = np.random.default_rng(parts)
    for shape, axes in SHAPES:
        values = rng.integers(0, 2, shape)
        for width in (64, 128):
            bench = Bench(parts)
            bench.kit.fixed = {"count": way, "count as bits": "through the ring"}
            bits = bench.planes(values, 0, 1).value
            ring = count_arith(bench.kit, bits, axes, width)
            found, as_planes = bench.run(ring, count_planes(bench.kit, bits, axes))
            assert found.tolist() == as_planes.tolist() == values.sum(axis=axes).tolist(), shape


@pytest.mark.parametrize("way", WAYS[:3])
def test_planes_at_once(way):
    rng = np.random.default_rng(1)
    for n in (1, 3, 64, 65, 3100):
        values = rng.integers(0, 1 << 5, n)
        bench = Bench(3)
        bench.kit.fixed = {"count": way}
        (found,) = bench.run(count_lanes(bench.kit, bench.planes(values, 0, 31).value, 64))
        assert found.tolist() == [int((values >> i & 1).sum()) for i in range(5)]


def test_all_ones_fill_the_range():
    for n in (63, 64, 127, 128):
        bench = Bench(3)
        bits = bench.planes([1] * n, 0, 1).value
        (found,) = bench.run(count_planes(bench.kit, bits, (0,)))
        assert int(found) == n


def test_what_a_count_sends():
    """Of bits in the ring the sum alone is sent; what is added up before takes a bit for each."""
    cost = {}
    for way in ("inject", "add up to 1024 rows"):
        kit = Kit(Builder("protocol"), for_name("replicated", 3), LAN, fixed={"count": way})
        bits = Num(kit.builder.add("arg", type=Type("planes", (100_000,), 1), index=0), Interval(0, 1))
        cost[way] = price(kit.builder.finish([count_arith(kit, bits.value, (0,), 64)]), kit.protocol)
    assert cost["inject"].rounds == 2
    assert cost["inject"].bytes <= 8 * 100_000 + 64
    assert cost["add up to 1024 rows"].rounds < 22
    assert cost["add up to 1024 rows"].bytes < 70_000
