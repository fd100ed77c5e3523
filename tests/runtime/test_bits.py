"""Packed planes against one bit a byte, and the invariant that nothing stands past the end."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from cloister.runtime import bits, bitshapes
from hypothesis import given
from hypothesis import strategies as st

SIZES = (0, 1, 5, 63, 64, 65, 127, 128, 1000)
SHAPES = ((), (1,), (65,), (128,), (3, 5), (4, 64), (2, 3, 7), (1, 70), (0,), (3, 0))


def planes_of(shape: tuple[int, ...], k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Random planes and the same as uint8[k, *shape]."""
    rows = np.random.default_rng(prod(shape) + k).integers(0, 2, (k, prod(shape)), np.uint8)
    return bits.pack(rows), rows.reshape(k, *shape)


def check(planes: np.ndarray, rows: np.ndarray) -> None:
    k, n = rows.shape[0], prod(rows.shape[1:])
    assert planes.shape == (k, bits.word_count(n))
    assert bits.is_trimmed(planes, n)
    assert np.array_equal(bits.unpack(planes, n), rows.reshape(k, n))


@pytest.mark.parametrize("n", [*SIZES, 40_000])
def test_transposition(n):
    words = np.random.default_rng(n).integers(0, 1 << 64, n, np.uint64)
    for lo, hi in ((0, 64), (0, 32), (0, 33), (0, 1), (3, 8), (63, 64), (5, 5), (10, 64), (64, 64)):
        each = [(words >> np.uint64(b)) & np.uint64(1) for b in range(lo, hi)]
        rows = np.array(each, np.uint8).reshape(hi - lo, n)
        planes = bits.to_planes(words, lo, hi)
        if hi > lo:
            check(planes, rows)
            field = (words >> np.uint64(lo)) & np.uint64((1 << (hi - lo)) - 1)
            assert np.array_equal(bits.from_planes(planes, n), field)
        else:
            assert planes.shape == (0, bits.word_count(n))
            assert not bits.from_planes(planes, n).any()


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("k", [0, 1, 3, 64])
def test_wire(kernel_path, n, k):
    planes, rows = planes_of((n,), k)
    buffer = np.full(bits.wire_bytes(k, n) + 8, 255, np.uint8)
    message = buffer[:bits.wire_bytes(k, n)]
    assert message.size <= k * (n + 7) // 8 + k
    bits.to_wire(planes, n, message)
    assert (buffer[message.size:] == 255).all()
    if k * n:
        check(bits.from_wire(message, k, n), rows)


@pytest.mark.parametrize("nbytes", [0, 15, 17, 24])
def test_a_message_of_another_length_is_refused(kernel_path, nbytes):
    with pytest.raises(ValueError, match="reshape"):
        bits.from_wire(np.zeros(nbytes, np.uint8), 2, 67)


@pytest.mark.parametrize(("k", "n"), [(1, 63), (3, 5), (2, 65), (3, 125), (1, 70)])
def test_bits_past_the_end_of_a_message_are_refused(kernel_path, k, n):
    message = np.full(bits.wire_bytes(k, n), 255, np.uint8)
    with pytest.raises(ValueError, match="past the end"):
        bits.from_wire(message, k, n)
    message[:] = 0
    if n > 64:  # one bit, of one plane that is neither the first nor the last where there are three
        message[(k - 1) // 2 * ((n + 7) // 8) + n // 8] = 1 << n % 8
        with pytest.raises(ValueError, match="past the end"):
            bits.from_wire(message, k, n)


@pytest.mark.parametrize("shape", SHAPES)
def test_broadcast(shape):
    planes, rows = planes_of(shape)
    k = rows.shape[0]
    for to in (shape, (3, *shape), (2, 1, *shape), (64, *shape)):
        spread = rows.reshape(k, *(1,) * (len(to) - len(shape)), *shape)
        check(bitshapes.broadcast(planes, shape, to), np.broadcast_to(spread, (k, *to)))
    column, thin = planes_of((5, 1))
    check(bitshapes.broadcast(column, (5, 1), (2, 5, 64)), np.broadcast_to(thin[:, None], (3, 2, 5, 64)))


@pytest.mark.parametrize("shape", SHAPES)
def test_moves_along_axes(shape):
    planes, rows = planes_of(shape)
    for turn in range(len(shape)):
        axes = [*range(turn, len(shape)), *range(turn)]
        check(bitshapes.transpose(planes, shape, axes), rows.transpose(0, *(a + 1 for a in axes)))
    for axis, extent in enumerate(shape):
        other, more = planes_of((*shape[:axis], 2, *shape[axis + 1:]))
        others = (*shape[:axis], 2, *shape[axis + 1:])
        check(bitshapes.concat([planes, other, planes], [shape, others, shape], axis),
              np.concatenate([rows, more, rows], axis=axis + 1))
        where = [i % extent for i in (0, 3, 3, 1)] if extent else []
        check(bitshapes.take(planes, shape, where, axis), np.take(rows, np.array(where, int), axis=axis + 1))
        for cut in (slice(None, None, -1), slice(1, None, 2), slice(0, extent // 2), slice(extent // 3, None),
                    slice(extent, None), slice(0, 1)):
            cuts = [cut if i == axis else slice(None) for i in range(len(shape))]
            check(bitshapes.cut(planes, shape, cuts), rows[(slice(None), *cuts)])
    everywhere = [slice(1, None)] * len(shape)
    check(bitshapes.cut(planes, shape, everywhere), rows[(slice(None), *everywhere)])


@st.composite
def cuts_of_shapes(draw):
    """Shapes of up to three axes, and a slice each."""
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 4, 8, 16, 32, 65, 130]), min_size=1, max_size=3)))
    cuts = []
    for extent in shape:
        start = draw(st.integers(0, extent - 1))
        stop = draw(st.integers(start + 1, extent))
        cuts.append(slice(start, stop, draw(st.sampled_from([1, 1, 2, 3, 4, 8, 64]))))
    return shape, cuts


@given(cuts_of_shapes(), st.sampled_from([0, bitshapes._FEW]))
def test_runs_of_bits_are_taken_word_by_word(drawn, few):
    shape, cuts = drawn
    planes, rows = planes_of(shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bitshapes, "_FEW", few)
        check(bitshapes.cut(planes, shape, cuts), rows[(slice(None), *cuts)])


@pytest.mark.parametrize("n", [64 * 86 - 1, 64 * 86, 64 * 86 + 1, 40_001])
@pytest.mark.parametrize("step", [2, 3, 4, 8, 16, 32, 64, 128])
def test_every_so_many_bits_of_long_planes(n, step):
    planes, rows = planes_of((n,))
    for start in (0, 1, step - 1, 63, 64, 65, n - 1):
        for count in {1, 2, len(range(start, n, step)) // 2, len(range(start, n, step))} - {0}:
            cut = slice(start, min(n, start + (count - 1) * step + 1), step)
            check(bitshapes.cut(planes, (n,), [cut]), rows[:, cut])


@pytest.mark.parametrize("width", [2, 4, 8, 16, 32, 64])
def test_columns_of_long_tables(width):
    planes, rows = planes_of((2500, width))
    for first in range(0, width, max(1, width // 8)):
        for stop in range(first + 1, width + 1, max(1, width // 8)):
            cuts = [slice(None), slice(first, stop)]
            check(bitshapes.cut(planes, (2500, width), cuts), rows[:, :, first:stop])


@pytest.mark.parametrize("shape", [s for s in SHAPES if s])
def test_rows(shape):
    planes, rows = planes_of(shape)
    inner = shape[1:]
    n = prod(inner)
    folded = bitshapes.fold(planes, shape)
    check(folded, rows.swapaxes(0, 1).reshape(shape[0] * 3, *inner))
    if shape[0]:
        assert np.array_equal(bitshapes.unfold(folded, n, 3), planes)
    piece, values = planes_of(inner)
    for index in range(shape[0]):
        check(bitshapes.extract(planes, prod(shape), index * n, n), rows[:, index])
        model = rows.copy()
        model[:, index] = values
        check(bitshapes.put(planes, shape, index, piece), model)


def test_extract_and_deposit_at_every_offset():
    planes, rows = planes_of((200,))
    for start in range(0, 200, 7):
        for count in (0, 1, 63, 64, 65, 100):
            if start + count <= 200:
                piece = bitshapes.extract(planes, 200, start, count)
                check(piece, rows[:, start:start + count])
                out = np.zeros((3, 4), np.uint64)
                bitshapes.deposit(out, start, piece)
                model = np.zeros((3, 200), np.uint8)
                model[:, start:start + count] = rows[:, start:start + count]
                check(out, model)
