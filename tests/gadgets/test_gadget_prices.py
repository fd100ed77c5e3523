"""What gadgets cost in the replicated protocol, and that the cheapest is taken."""

from __future__ import annotations

from math import ceil, log2

import pytest
from cloister.compiler.gadgets import bits, compare, divide, truncate
from cloister.compiler.gadgets.kit import Kit, Num
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.build import Builder, Value
from cloister.compiler.ir.nodes import Type
from cloister.compiler.price.circuit import Price, price
from cloister.compiler.price.network import LAN, NETWORKS, WAN, Network
from cloister.runtime.protocols.registry import for_name

REPLICATED = for_name("replicated", 3)
ROWS = 64


def kit(net: Network = WAN) -> Kit:
    return Kit(Builder("protocol"), REPLICATED, net)


def number(k: Kit, index: int, lo: int, hi: int, kind: str = "arith", rows: int = ROWS) -> Num:
    bounds = Interval(lo, hi)
    type = Type("arith", (rows,), 64) if kind == "arith" else Type("planes", (rows,), bounds.bits)
    return Num(k.builder.add("arg", type=type, index=index), bounds)


def cost(k: Kit, *results: Num | Value) -> Price:
    values = [r.value if isinstance(r, Num) else r for r in results]
    return price(k.builder.finish(values), REPLICATED)


@pytest.mark.parametrize("bits_", [2, 3, 5, 8, 9, 16, 17, 32, 33, 62, 63])
def test_comparison_of_arithmetic_shares(bits_: int) -> None:
    k = kit()
    hi = (1 << bits_ - 1) - 1
    found = cost(k, compare.less(k, number(k, 0, 0, hi), number(k, 1, 0, hi)))
    width = Interval(-hi, hi).signed_bits
    assert found.rounds == ceil(log2(width - 1)) + 2
    assert found.ands < 3 * width * ROWS


def test_the_sign_of_64_bits() -> None:
    k = kit()
    found = cost(k, compare.negative(k, number(k, 0, -1 << 63, (1 << 63) - 1)))
    assert (found.rounds, found.ands) == (8, 181 * ROWS)


def test_equality_needs_no_adder() -> None:
    k = kit()
    found = cost(k, compare.equal(k, number(k, 0, 0, 255), number(k, 1, 0, 255)))
    assert (found.rounds, found.ands) == (4, 7 * ROWS)


@pytest.mark.parametrize("c", [1, 77, 128, 200, 255])
def test_comparison_with_a_constant(c: int) -> None:
    k = kit()
    public = Num(k.const(c, 64, (ROWS,)), Interval(c, c))
    found = cost(k, compare.less(k, number(k, 0, 0, 255, "planes"), public))
    assert found.rounds <= 3
    assert found.ands <= 12 * ROWS


def test_bits_and_back() -> None:
    k = kit()
    x = number(k, 0, 0, 255)
    assert cost(k, truncate.widen(k, x)).rounds == 2
    assert cost(k, bits.bit_to_arith(k, number(k, 1, 0, 1, "planes").value, 64)).rounds == 2
    composed = cost(k, bits.compose(k, number(k, 2, 0, 255, "planes"), 64))
    assert (composed.rounds, composed.bytes) == (2, 9 * 8 * ROWS)  # eight bits re-shared, one scalar product


def test_exact_and_faithful_shift() -> None:
    k = kit()
    x = number(k, 0, 0, 1 << 40)
    exact = cost(k, truncate.shift_floor(k, x, 16))
    assert exact.rounds == 1 + 1 + 4 + 2
    k = kit()
    loose = cost(k, truncate.shift_floor(k, number(k, 0, 0, 1 << 40), 16, exact=False))
    assert (loose.rounds, loose.ands, loose.muls) == (2, 0, ROWS)


def test_a_price_follows_the_network() -> None:
    seconds = {}
    for net in (LAN, WAN):
        k = kit(net)
        x, y = number(k, 0, 0, 1 << 40, rows=10**6), number(k, 1, 0, 1 << 40, rows=10**6)
        result = compare.less(k, x, y)
        (choice,) = k.choices
        assert choice.what == "carry"
        assert choice.chosen == ("ripple" if net is LAN else "tree")
        best = choice.prices[choice.chosen].seconds(net)
        assert all(best <= other.seconds(net) for other in choice.prices.values())
        seconds[net.name] = cost(k, result).seconds(net)
    assert seconds["lan"] < seconds["wan"]


def test_a_choice_is_made_once_for_equal_operands_and_recorded_each_time() -> None:
    k = kit()
    for i in range(3):
        divide.floordiv_public(k, number(k, i, 0, 1000), 7)
    asked = [c for c in k.choices if c.what == "division by a constant"]
    assert len(asked) == 3
    assert len({id(c.prices) for c in asked}) == 1


def test_trips_of_a_loop_and_unused_nodes() -> None:
    inner = Builder("protocol")
    arg = inner.add("arg", type=Type("arith", (ROWS,), 64), index=1)
    body = inner.finish([inner.add("mul", arg, arg)])
    outer = Builder("protocol")
    x = outer.add("arg", type=Type("arith", (ROWS,), 64), index=0)
    loop = outer.add("loop", x, body=body, trips=5, carried=1)
    outer.add("mul", x, x)
    y = outer.add("result", loop, type=Type("arith", (ROWS,), 64), index=0)
    found = price(outer.finish([outer.add("mul", y, x)]), REPLICATED)
    assert found == Price(rounds=6, bytes=6 * 8 * ROWS, ands=0, muls=6 * ROWS)


def test_profiles() -> None:
    assert NETWORKS["lan"].seconds(2, 125_000_000) == pytest.approx(1.001)
    assert NETWORKS["wan"].seconds(1, 12_500_000) == pytest.approx(1.04)
    assert set(NETWORKS) == {"local", "lan", "wan", "mobile"}
