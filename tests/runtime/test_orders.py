"""Secret orders of rows: uniform ones from a stream, rows of bits, and the instructions that move along them."""

from __future__ import annotations

import os
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from cloister.runtime import bits, orders, rows
from cloister.runtime.errors import PeerError
from cloister.runtime.prg import Stream
from cloister.runtime.program import ValueType

from .build import A, B, Builder, P, ints, run, signed
from .cases import numbers

PROTOCOLS = ("reference", "replicated")
SIZES = (0, 1, 2, 63, 64, 65, 200)
WIDTHS = (1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 128, 130)


class Scripted(Stream):
    """Words that the test names first, then those of a stream."""

    def __init__(self, words) -> None:
        super().__init__(bytes(32), b"test")
        self.left = list(words)

    def words(self, n):
        found = super().words(n)
        given, self.left = self.left[:n], self.left[n:]
        found[:len(given)] = given
        return found


# --------------------------------------------------------------------------- random orders


def test_orders_of_four_rows_are_uniform():
    stream = Stream(os.urandom(32), b"test")
    counted = Counter(tuple(orders.draw(stream, 4).tolist()) for _ in range(24 * 400))
    assert set(counted) == set(permutations(range(4)))
    assert sum((n - 400) ** 2 / 400 for n in counted.values()) < 70  # chi square of 23 degrees: p is below 10^-6


@pytest.mark.parametrize("n", SIZES)
def test_both_holders_of_a_stream_draw_the_same(n):
    first, second = (Stream(bytes(32), b"test") for _ in range(2))
    order = orders.draw(first, n)
    assert sorted(order.tolist()) == list(range(n))
    assert np.array_equal(order, orders.draw(second, n))
    assert first.position == second.position


def test_ties_are_settled_by_fresh_words():
    low = [5, 5, 7, 5, 1]  # the words but for their low bits, where the numbers of the rows stand
    tie = [9, 3, 4]  # of rows 0, 1 and 3
    assert orders.draw(Scripted([word << 3 for word in low] + tie), 5).tolist() == [4, 1, 3, 0, 2]


def test_ties_of_ties_are_drawn_again():
    stream = Scripted([8, 8, 8, 16, 3, 3, 1, 9, 8, 7])
    assert orders.draw(stream, 4).tolist() == [2, 1, 0, 3]


def test_a_place_that_is_none_is_the_peers_fault():
    with pytest.raises(PeerError):
        orders.places(np.array([0, 3], np.uint64), 3 - 1)


# --------------------------------------------------------------------------- rows


@pytest.mark.parametrize("k", WIDTHS)
@pytest.mark.parametrize("n", SIZES)
def test_rows_hold_what_planes_hold(n, k):
    rng = np.random.default_rng(n + k)
    planes = bits.trim(rng.integers(0, 1 << 63, (k, bits.word_count(n)), dtype=np.uint64) * np.uint64(3), n)
    held = rows.from_planes(planes, n)
    assert rows.fits(held, k, n)
    assert held.nbytes == n * rows.row_bytes(k)
    for lo, hi in {(0, k), (k // 2, k), (0, max(1, k // 3)), (k - 1, k), (k // 2, k // 2 + 1)}:
        assert np.array_equal(rows.to_planes(held, lo, hi), planes[lo:hi])
        piece = rows.cut(held, lo, hi)
        assert rows.fits(piece, hi - lo, n)
        assert np.array_equal(rows.to_planes(piece, 0, hi - lo), planes[lo:hi])


def test_a_bit_past_the_end_of_a_row_is_refused():
    with pytest.raises(ValueError, match="past the end"):
        rows.view(np.array([0, 128], np.uint8), 7, 2)


# --------------------------------------------------------------------------- instructions


def R(k: int, n: int) -> ValueType:
    return ValueType("rows", k, (n,))


def _order(rng, n: int) -> np.ndarray:
    return rng.permutation(n).astype(object)


def _shown(build: Builder, value: int) -> int:
    """A value that can be opened."""
    of = build.types[value]
    if of.kind == "rows":
        value = build.local("from_rows", [value], B(of.width, *of.shape), lo=0, k=of.width)
    return value if of.kind == "public" else build.reveal(value)


def _moving(build: Builder, rng, n: int, width: int) -> list[tuple[int, np.ndarray, int]]:
    """Values of every kind that can move, with what they are and the modulus of what they show."""
    found = []
    for of in (A(width, n), A(width, n, 3), P(width, n), P(width, n, 2), B(5, n), B(40, n)):
        values = numbers(of.width, of.shape, rng)
        number = build.const(values, of) if of.kind == "public" else build.input(values, of, 1)
        if of.kind == "planes":
            number = build.local("to_rows", [number], R(of.width, n))
        found.append((number, values, width if of.kind != "planes" else 64))
    return found


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("op", ["gather", "scatter"])
def test_public_orders(op, width, protocol):
    rng = np.random.default_rng(3)
    build, expected = Builder(), []
    for n in SIZES:
        order = _order(rng, n)
        along = build.const(order, P(64, n))
        for number, values, modulus in _moving(build, rng, n, width):
            out = _shown(build, build.local(op, [number, along], build.types[number]))
            place = order.astype(int)
            expected.append((out, values[place if op == "gather" else np.argsort(place)], modulus))
    outcome = run(build.program([out for out, _, _ in expected]), build.given, protocol)
    for got in outcome.results:
        for opened, (_, values, modulus) in zip(got.outputs, expected, strict=True):
            assert np.array_equal(ints(opened.value, modulus), signed(values, modulus))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("width", [64, 128])
def test_a_secret_order_moves_all_alike_and_back(width, protocol):
    """Everything moves as the numbers of the rows do, which are a permutation; the inverse undoes it."""
    rng = np.random.default_rng(4)
    build, expected = Builder(), []
    for n in SIZES:
        drawn = build.local("draw_order", [], ValueType("order", 64, (n,)))
        count = build.local("share", [build.const(np.arange(n), P(64, n))], A(64, n))
        where = _opened(build, _shuffled(build, drawn, count))
        for number, values, modulus in _moving(build, rng, n, width):
            if build.types[number].kind == "public":
                continue
            there = _shuffled(build, drawn, number)
            back = _shuffled(build, drawn, there, inverse=True)
            expected.append((where, _shown(build, there), _shown(build, back), values, modulus))
    outcome = run(build.program([out for row in expected for out in row[:3]]), build.given, protocol)
    for got in outcome.results:
        shown = iter(got.outputs)
        for _, _, _, values, modulus in expected:
            places = ints(next(shown).value, 64).astype(int)
            assert sorted(places) == list(range(len(values)))
            assert np.array_equal(ints(next(shown).value, modulus), signed(values[places], modulus))
            assert np.array_equal(ints(next(shown).value, modulus), signed(values, modulus))


def _shuffled(build: Builder, drawn: int, value: int, inverse: bool = False) -> int:
    for index in reversed(range(3)) if inverse else range(3):
        value = build.exchange("permute", [drawn, value], build.types[value], index=index, inverse=inverse)
    return value


def _opened(build: Builder, value: int) -> int:
    of = build.types[value]
    return build.exchange("open_masked", [value], P(of.width if of.kind == "arith" else 64, *of.shape), why="a test")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("k", [1, 9, 30, 64])
def test_rows_are_opened_as_numbers(k, protocol):
    rng = np.random.default_rng(k)
    build, expected = Builder(), []
    for n in SIZES:
        values = numbers(k, (n,), rng)
        held = build.local("to_rows", [build.input(values, B(k, n), 2)], R(k, n))
        cut = build.local("cut_rows", [held], R(k - k // 2, n), lo=k // 2, k=k - k // 2)
        expected += [(_opened(build, held), values), (_opened(build, cut), values >> k // 2)]
    outcome = run(build.program([out for out, _ in expected]), build.given, protocol)
    for got in outcome.results:
        for opened, (_, values) in zip(got.outputs, expected, strict=True):
            assert np.array_equal(opened.value.astype(object), values)


def test_every_execution_draws_another_order():
    build = Builder()
    shown = []
    for _ in range(2):
        drawn = build.local("draw_order", [], ValueType("order", 64, (50,)))
        count = build.local("share", [build.const(np.arange(50), P(64, 50))], A(64, 50))
        shown.append(_opened(build, _shuffled(build, drawn, count)))
    for protocol in PROTOCOLS:
        first, second = run(build.program(shown), build.given, protocol).results[0].outputs
        assert not np.array_equal(first.value, second.value)
