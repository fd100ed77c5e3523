"""Decomposition, composition, shifts and rings: every circuit, one to five parts, both rings."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.compiler.gadgets import bits, truncate
from cloister.compiler.gadgets.kit import Num
from cloister.compiler.intervals import Interval, rounded_shift
from hypothesis import given, settings
from hypothesis import strategies as st

from .bench import Bench

RANGES = ((0, 1, 64), (-1, 0, 64), (-5, 9, 64), (3, 3, 64), (0, 1 << 32, 64), (-1 << 62, (1 << 62) - 1, 64),
          (-1 << 126, (1 << 126) - 1, 128), (0, 1 << 100, 128), (-(1 << 64) - 1, 77, 128))


def edges(lo: int, hi: int) -> list[int]:
    exponents = (0, 1, 5, 30, 31, 62, 63, 64, 99)
    powers = {s * (1 << e) + o for e in exponents for s in (1, -1) for o in (-1, 0, 1)}
    inside = {v for v in powers if lo <= v <= hi}
    return sorted(inside | {lo, hi, min(lo + 1, hi), max(lo, hi - 1), (lo + hi) // 2})


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("parts", [1, 2, 3, 5])
@pytest.mark.parametrize(("lo", "hi", "width"), RANGES)
def test_there_and_back(lo: int, hi: int, width: int, parts: int, turn: int) -> None:
    values = edges(lo, hi)
    bench = Bench(parts, turn)
    planes = bits.decompose(bench.kit, bench.arith(values, lo, hi, width))
    shown, back = bench.run(planes, bits.compose(bench.kit, planes, width))
    assert list(shown) == values
    assert list(back) == values


@pytest.mark.parametrize("parts", [1, 2, 3, 5])
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("shape", [(), (1,), (63,), (65,), (3, 5), (0,)])
def test_bit_to_arith_and_shapes(shape: tuple[int, ...], width: int, parts: int) -> None:
    plain = np.arange(int(np.prod(shape)), dtype=object).reshape(shape) % 3
    bench = Bench(parts)
    bit, number = bench.planes(plain % 2, 0, 1), bench.planes(plain, -2, 3)
    one, all_ = bench.run(Num(bits.bit_to_arith(bench.kit, bit.value, width), bit.range),
                          bits.compose(bench.kit, number, width))
    assert np.array_equal(one, plain % 2)
    assert np.array_equal(all_, plain)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize(("lo", "hi", "width"), RANGES)
def test_shifts(lo: int, hi: int, width: int, parts: int, turn: int) -> None:
    for f in (0, 1, 2, 16, 33, width - 3, width - 1):
        ties = {s * k * (1 << f) // 2 for s in (1, -1) for k in (1, 2, 3)}
        values = sorted({*edges(lo, hi), *(v for v in ties if lo <= v <= hi)})
        bench = Bench(parts, turn)
        x = bench.arith(values, lo, hi, width)
        floor = truncate.shift_floor(bench.kit, x, f)
        near = truncate.round_shift(bench.kit, x, f)
        loose = truncate.shift_floor(bench.kit, x, f, exact=False)
        found = bench.run(floor, near, loose)
        assert list(found[0]) == [v >> f for v in values]
        assert list(found[1]) == [rounded_shift(v, f) for v in values]
        assert all(g in (v >> f, -(-v >> f)) for g, v in zip(found[2], values, strict=True))
        for num, shown in zip((floor, near, loose), found, strict=True):
            assert all(num.range.lo <= v <= num.range.hi for v in shown)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_rings(parts: int) -> None:
    lo, hi = -1 << 62, (1 << 62) - 1
    values = edges(lo, hi)
    bench = Bench(parts)
    wide = truncate.widen(bench.kit, bench.arith(values, lo, hi))
    shown, back = bench.run(wide, truncate.narrow(bench.kit, wide))
    assert list(shown) == values
    assert list(back) == values


@settings(max_examples=25, deadline=None)
@given(k=st.integers(1, 126), f=st.integers(0, 100), signed=st.booleans(), data=st.data())
def test_any_range(k: int, f: int, signed: bool, data: st.DataObject) -> None:
    lo, hi = (-(1 << k - 1) if signed else 0), (1 << (k - 1)) - 1 if signed else (1 << k) - 1
    width = 64 if Interval(lo, hi).signed_bits <= 63 else 128
    values = data.draw(st.lists(st.integers(lo, hi), min_size=1, max_size=70))
    bench = Bench(2, data.draw(st.integers(0, 2)))
    x = bench.arith(values, lo, hi, width)
    planes, floor, near = bench.run(bits.decompose(bench.kit, x), truncate.shift_floor(bench.kit, x, f),
                                    truncate.round_shift(bench.kit, x, min(f, k)))
    assert list(planes) == values
    assert list(floor) == [v >> f for v in values]
    assert list(near) == [rounded_shift(v, min(f, k)) for v in values]
