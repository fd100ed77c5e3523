"""Ring arithmetic at both widths against Python's integers."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from cloister.runtime.ring import Ring, ring
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPES = ((), (7,), (3, 5), (2, 0))
DIVISORS = (1, 2, 3, 7, 1 << 31, (1 << 32) - 1, (1 << 32) + 5, (1 << 63) + 1, (1 << 64) - 1, 1 << 64,
            (1 << 64) + 1, (1 << 100) + 7, (1 << 127) - 1, 1 << 127, (1 << 128) - 1)


def drawn(width: int, shape: tuple[int, ...], seed: int = 1) -> np.ndarray:
    """Residues: random ones, and those at the ends and in the middle of the range and of its words."""
    source = random.Random(seed)
    top = 1 << width
    edges = [0, 1, top - 1, top // 2, top // 2 - 1, (1 << 32) - 1, (1 << 64) - 1, 1 << (width // 2)]
    out = np.empty(shape, object)
    out.reshape(-1)[:] = [source.choice([source.getrandbits(width), source.choice(edges) % top])
                          for _ in range(out.size)]
    return out


def unsigned(r: Ring, a: np.ndarray) -> np.ndarray:
    return np.asarray(r.to_ints(a)).astype(object) % (1 << r.width)


def same(r: Ring, a: np.ndarray, values: Any) -> bool:
    model = np.asarray(values, object)
    return r.shape(a) == model.shape and np.array_equal(unsigned(r, a), model % (1 << r.width))


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("shape", SHAPES)
def test_arithmetic(width, shape):
    r, x, y = ring(width), drawn(width, shape), drawn(width, shape, 2)
    a, b = r.from_ints(x), r.from_ints(y)
    assert same(r, r.add(a, b), x + y)
    assert same(r, r.sub(a, b), x - y)
    assert same(r, r.mul(a, b), x * y)
    assert same(r, r.neg(a), -x)
    into = a.copy()
    assert r.mul(into, b, out=into) is into
    assert same(r, into, x * y)
    for f in (0, 1, 31, 32, 63, 64, 65, 100, 127, 128):
        if f <= width:
            assert same(r, r.shift_right(a, f), x >> f)
            assert same(r, r.low(a, f), x % (1 << f))
        if f < width:
            assert same(r, r.bit(a, f), (x >> f) % 2)
    for other in (ring(64), ring(128)):
        assert same(other, r.resize(a, other), x)


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("d", DIVISORS)
def test_division(width, d):
    r, x = ring(width), drawn(width, (200,))
    x[:9] = [(1 << width) - 1, d % (1 << width), (d - 1) % (1 << width), (d + 1) % (1 << width), 0,
             *(((1 << width) // d * d + e) % (1 << width) for e in (-1, 0, 1, d - 1))]
    assert same(r, r.quotient(r.from_ints(x), d), x // d)
    assert same(r, r.remainder(r.from_ints(x), d), x % d)


@settings(max_examples=200, deadline=None)
@given(x=st.integers(0, (1 << 128) - 1), d=st.integers(1, (1 << 128) - 1), bits=st.integers(0, 127))
def test_wide_division_by_any_number(x, d, bits):
    r, d = ring(128), max(1, d >> bits)
    assert same(r, r.quotient(r.from_ints(np.array([x], object)), d), [x // d])


@pytest.mark.parametrize("width", [64, 128])
def test_sums(width):
    r, x, y = ring(width), drawn(width, (3, 4, 5)), drawn(width, (3, 4, 5), 2)
    a, b = r.from_ints(x), r.from_ints(y)
    for axes in ((0,), (2,), (0, 2), (0, 1, 2), ()):
        assert same(r, r.sum(a, axes), np.asarray(x.sum(axis=axes), object))
    for axis in range(3):
        assert same(r, r.dot(a, b, axis), (x * y).sum(axis=axis))
    ones = np.full(100_000, (1 << width) - 1, object)
    assert same(r, r.sum(r.from_ints(ones), (0,)), -100_000)


def extreme(width: int, x: np.ndarray) -> np.ndarray:
    """The first row all ones, the last two of limbs all at their most negative and most positive."""
    sizes = (22, 21, 21) if width == 64 else (22, 22, 22, 22, 22, 18)
    places = [sum(sizes[:i]) for i in range(len(sizes))]
    low = -sum(1 << (place + size - 1) for place, size in zip(places, sizes, strict=True))
    high = -low - sum(1 << place for place in places)
    for row, value in ((0, -1), (-2, low), (-1, high)):
        x[row:][:1] = value % (1 << width)
    return x


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("sizes", [(1, 3, 1), (60, 700, 50), (48, 2100, 48), (50, 1, 50), (49, 0, 49),
                                   (1030, 2, 48), (48, 3, 1030)])
def test_matrix_products(width, sizes):
    """Inner sizes beyond a block, rows and columns beyond a piece, and limbs at their extremes."""
    n, k, m = sizes
    r = ring(width)
    x, y = extreme(width, drawn(width, (n, k))), extreme(width, drawn(width, (k, m), 2).T).T
    product = unsigned(r, r.matmul(r.from_ints(x), r.from_ints(y)))
    rows = [0, n // 2, n - 2, n - 1]
    model = np.asarray(x[rows].dot(y) % (1 << width) if k else np.zeros((4, m), object), object)
    assert np.array_equal(product[rows], model)
    assert np.array_equal(product[:, -1], x.dot(y[:, -1]) % (1 << width) if k else np.zeros(n))


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("sizes", [(50, 700, 49), (49, 1024, 50), (48, 1500, 48), (5, 10, 6)])
def test_sums_of_matrix_products(width, sizes):
    """Blocks that begin in one product and end in the next."""
    n, k, m = sizes
    r = ring(width)
    factors = [(extreme(width, drawn(width, (n, k), i)), drawn(width, (k, m), i + 9)) for i in range(3)]
    total = unsigned(r, r.matmul_sum([(r.from_ints(x), r.from_ints(y)) for x, y in factors]))
    for row in (0, n // 2, n - 2, n - 1):
        assert np.array_equal(total[row], sum(x[row].dot(y) for x, y in factors) % (1 << width))


@pytest.mark.parametrize("width", [64, 128])
def test_stacked_matrix_products(width):
    r, x, y = ring(width), drawn(width, (2, 50, 9)), drawn(width, (2, 9, 51), 2)
    assert same(r, r.matmul(r.from_ints(x), r.from_ints(y)), np.stack([x[i].dot(y[i]) for i in range(2)]))


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("shape", SHAPES)
def test_planes(width, shape):
    r, x = ring(width), drawn(width, shape)
    a = r.from_ints(x)
    for lo, hi in ((0, width), (0, 1), (width - 1, width), (3, 40), (30, 64), (5, 5), (60, min(width, 70))):
        model = np.asarray((x >> lo) % (1 << (hi - lo)), object)
        assert same(r, r.from_planes(r.planes(a, lo, hi), shape), model)
        signed = model - ((model >> (hi - lo - 1)) << (hi - lo)) if hi > lo else model
        assert same(r, r.from_signed_planes(r.planes(a, lo, hi), shape), signed)
    assert r.signed_planes(a, width + 3).shape[0] == width + 3


@pytest.mark.parametrize("width", [64, 128])
def test_from_ints_takes_every_kind(width):
    r = ring(width)
    for values in (np.array([True, False]), np.array([-1, 5, -(1 << 63)]),
                   np.array([(1 << 64) - 1], np.uint64),
                   np.array([-(1 << (width - 1)), (1 << (width - 1)) - 1], object), -7, [1, -2]):
        x = np.asarray(values).astype(object)
        assert same(r, r.from_ints(values), x)
    assert np.array_equal(r.to_ints(r.from_ints([-3, 4])), [-3, 4])
