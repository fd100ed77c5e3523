"""Polynomials by every number of baby steps, against powers added up; what they cost."""

from __future__ import annotations

import pytest
from cloister.compiler.gadgets.kit import Kit
from cloister.compiler.gadgets.polynomial import polynomial, steps
from cloister.compiler.ir.build import Builder
from cloister.compiler.ir.nodes import Type
from cloister.compiler.price.circuit import price
from cloister.compiler.price.network import WAN
from cloister.runtime.protocols.registry import for_name

from .bench import Bench

COEFFICIENTS = [
    (5, 1), (0, 0, 1), (3, 0, 0, -7), (1, 1, 1, 1, 1), (0, 1, 0, 7, 0, -2, 0, 3, 1), tuple(range(-6, 12)),
    (0,) * 16 + (1,), (-4, *(0,) * 22, 9), tuple((-3) ** i for i in range(34)),
]


@pytest.mark.parametrize("coefficients", COEFFICIENTS, ids=lambda c: f"degree {len(c) - 1}")
def test_every_circuit(coefficients: tuple[int, ...]) -> None:
    """Also where powers leave the ring: what is left of them is right modulo 2^64."""
    values = [0, 1, -1, 2, -9, 13, 1 << 31]
    for turn in range(len(steps(len(coefficients) - 1))):
        bench = Bench(parts=1 + turn % 3, turn=turn)
        (found,) = bench.run(polynomial(bench.kit, bench.arith(values, -9, 1 << 31).value, coefficients))
        exact = [sum(c * x ** i for i, c in enumerate(coefficients)) for x in values]
        assert found.tolist() == [(v + (1 << 63)) % (1 << 64) - (1 << 63) for v in exact], turn


@pytest.mark.parametrize(("degree", "levels", "products"), [
    (3, 2, 2), (4, 2, 2), (8, 3, 4), (9, 4, 5), (16, 4, 7), (32, 5, 11),
])
def test_levels_and_products(degree: int, levels: int, products: int) -> None:
    kit = Kit(Builder("protocol"), for_name("replicated", 3), WAN)
    x = kit.builder.add("arg", type=Type("arith", (10,), 64), index=0)
    found = price(kit.builder.finish([polynomial(kit, x, range(1, degree + 2))]), kit.protocol)
    assert (found.rounds, found.muls // 10) == (levels, products)
