"""Orders of rows: radix sort with digits of every width, keys of every kind, and what moves along."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.compiler.gadgets.kit import Num
from cloister.compiler.gadgets.nth import nth
from cloister.compiler.gadgets.permute import moved, moved_back, moved_in_public, numbers, secret_order
from cloister.compiler.gadgets.sort import key_number, key_planes, order_of
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.nodes import Type
from cloister.compiler.price.network import WAN
from cloister.runtime.protocols.replicated import Replicated

from .bench import Bench

SIZES = (2, 3, 63, 64, 65, 100)


def places(key: list, descending: bool = False) -> list[int]:
    order = sorted(range(len(key)), key=lambda i: -key[i] if descending else key[i])
    return np.argsort(order).tolist()


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("w", [1, 2, 3, 4])
def test_every_width_of_a_digit(w, parts):
    rng = np.random.default_rng(w)
    name = f"{w} bits a pass" if w > 1 else "1 bit a pass"
    for n in SIZES:
        for bits in (1, 2, 5):
            key = rng.integers(0, 1 << bits, n)
            bench = Bench(parts)
            bench.kit.fixed = {"sort": name, "order": "radix"}
            order = order_of(bench.kit, bench.planes(key, 0, (1 << bits) - 1).value)
            assert [choice.chosen for choice in bench.kit.choices if choice.what == "sort"] == [name]
            k = (n - 1).bit_length()
            found, as_planes = bench.run(numbers(bench.kit, order, None), numbers(bench.kit, order, k))
            assert found.tolist() == as_planes.tolist() == places(key.tolist())


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_all_pairs(parts):
    rng = np.random.default_rng(parts)
    for n in (2, 3, 64, 65):
        for bits in (1, 9):
            key = rng.integers(0, 1 << bits, n)
            bench = Bench(parts)
            bench.kit.fixed = {"order": "pairs"}
            order = order_of(bench.kit, bench.planes(key, 0, (1 << bits) - 1).value)
            (found,) = bench.run(numbers(bench.kit, order, None))
            assert found.tolist() == places(key.tolist())


@pytest.mark.parametrize(("lo", "hi"), [(0, 0), (0, 1), (-1, 0), (-1, 1), (-8, 7), (5, 6), (1000, 1003), (-70, -65),
                                        (0, (1 << 64) - 1), (-(1 << 63), (1 << 63) - 1), (-(1 << 100), 1 << 100)])
@pytest.mark.parametrize("descending", [False, True])
def test_keys_of_every_range(lo, hi, descending):
    ends = [lo, hi, (lo + hi) // 2, lo, hi, min(lo + 1, hi), max(hi - 1, lo)]
    bench = Bench()
    planes = key_planes(bench.kit, bench.planes(ends, lo, hi), descending, False)
    assert planes.type.width == (Interval(lo, hi).bits if lo < 0 <= hi else (lo ^ hi).bit_length())
    if not planes.type.width:
        return
    (found,) = bench.run(numbers(bench.kit, order_of(bench.kit, planes), None))
    assert found.tolist() == places(ends, descending)


def test_words_of_texts_sort_by_their_lowest_byte():
    words = ["abc", "ab", "b", "", "aac", "zzz", "abd"]
    bench = Bench()
    held = bench.planes([int.from_bytes(word.encode(), "little") for word in words], 0, (1 << 24) - 1)
    planes = key_planes(bench.kit, held, False, True)
    (found,) = bench.run(numbers(bench.kit, order_of(bench.kit, planes), None))
    order = sorted(range(len(words)), key=words.__getitem__)
    assert found.tolist() == np.argsort(order).tolist()


def _movable(bench: Bench, n: int, rng) -> list[tuple[Num, np.ndarray]]:
    """Ring shares and planes of several shapes and widths."""
    found = []
    for shape in ((n,), (n, 3), (n, 2, 2), (n, 0)):
        small, wide = rng.integers(-5, 6, shape).astype(object), rng.integers(-5, 6, shape).astype(object) << 90
        found += [(bench.arith(small, -5, 5), small), (bench.arith(wide, -5 << 90, 5 << 90, 128), wide),
                  (bench.planes(small, -5, 5), small), (bench.planes(wide, -5 << 90, 5 << 90), wide),
                  (bench.planes(small & 1, 0, 1), small & 1)]
    return found


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 64, 65])
def test_what_moves_along_an_order(n, parts):
    rng = np.random.default_rng(n)
    goes = rng.permutation(n)
    bench = Bench(parts)
    secret = secret_order(bench.kit, bench.arith(goes.astype(object), 0, max(n - 1, 1)).value)
    public = bench.public(goes.tolist(), 0, n).value
    wanted, made = [], []
    for num, values in _movable(bench, n, rng):
        for back in (False, True):
            here = values[goes] if back else values[np.argsort(goes)]
            there = (moved_back if back else moved)(bench.kit, secret, num.value)
            openly = moved_in_public(bench.kit, public, num.value, back)
            made += [Num(there, num.range), Num(openly, num.range)]
            wanted += [here, here]
    for found, values in zip(bench.run(*made), wanted, strict=True):
        assert found.tolist() == values.tolist()


@pytest.mark.parametrize(("name", "parts"), [("count", 2), ("count", 3), ("sort", 1), ("sort", 2)])
def test_values_at_places(name, parts):
    rng = np.random.default_rng(parts)
    for n in (1, 2, 64, 65):
        for bits in (1, 5):
            values, counts = rng.integers(0, 1 << bits, n), rng.integers(0, 2, n)
            bench = Bench(parts)
            bench.kit.fixed = {"values at places": name}
            key, among = bench.planes(values, 0, (1 << bits) - 1).value, bench.planes(counts, 0, 1).value
            last = max(int(counts.sum()), 1) - 1
            everywhere, wanted = sorted({0, n // 2, n - 1}), sorted({0, last // 2, last})
            of_all = nth(bench.kit, key, bench.planes(everywhere, 0, max(n - 1, 1)), None)
            of_some = nth(bench.kit, key, bench.planes(wanted, 0, max(n - 1, 1)), among)
            found, chosen = bench.run(of_all, of_some)
            assert found.tolist() == np.sort(values)[everywhere].tolist()
            kept = values[counts == 1] if counts.any() else values
            assert chosen.tolist() == np.sort(kept)[wanted].tolist()


@pytest.mark.parametrize("name", ["count", "sort"])
@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_a_place_that_is_known(name, place):
    """Its range is a single number, and no place that is found on the way stays within it."""
    bench = Bench()
    bench.kit.fixed = {"values at places": name}
    key = bench.planes([7, 3, 9, 5, 4], 0, 15).value
    (found,) = bench.run(nth(bench.kit, key, bench.planes([place], place, place), None))
    assert found.tolist() == [[3, 4, 5, 7, 9][place]]


def test_nothing_counts():
    bench = Bench()
    among = bench.planes([0] * 5, 0, 1).value
    (found,) = bench.run(nth(bench.kit, bench.planes([7, 3, 9, 5, 4], 0, 15).value, bench.planes([0], 0, 1), among))
    assert found.tolist() == [3]


@pytest.mark.parametrize(("lo", "hi"), [(0, 1), (-1, 1), (1000, 1003), (-70, -65), (-(1 << 100), 1 << 100), (4, 5)])
def test_the_number_of_a_key(lo, hi):
    values = [lo, hi, (lo + hi) // 2]
    bench = Bench()
    held = bench.planes(values, lo, hi)
    (found,) = bench.run(key_number(bench.kit, key_planes(bench.kit, held, False, False), held.range))
    assert found.tolist() == values


def test_the_width_of_a_digit_goes_with_the_number_of_rows():
    """Beyond what fits, wide digits are not even tried."""
    found = {}
    for n in (1000, 100_000, 1_000_000):
        bench = Bench(protocol=Replicated(3), net=WAN)
        key = bench.kit.builder.add("input", type=Type("planes", (n,), 32), name="x")
        order_of(bench.kit, Num(key, Interval(0, 1)).value)
        (choice,) = [one for one in bench.kit.choices if one.what == "sort"]
        found[n] = choice.chosen, len(choice.prices)
    assert found == {1000: ("4 bits a pass", 4), 100_000: ("3 bits a pass", 4), 1_000_000: ("2 bits a pass", 2)}
