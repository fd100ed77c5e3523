"""The products of the replicated protocol, at sizes around the pieces that they are cut into."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import prod

import numpy as np
import pytest
from cloister.runtime import bits
from cloister.runtime.memory import keep_freed, reserve
from cloister.runtime.prg import Stream
from cloister.runtime.protocols.replicated import kernels
from cloister.runtime.protocols.replicated.kernels import CHUNK, Masks, Pair, conjoin, dot, multiply, product
from cloister.runtime.ring import Words, ring

AROUND = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3)


def words(*shape: int) -> Words:
    return np.frombuffer(os.urandom(8 * prod(shape)), np.uint64).reshape(shape)


def pieces(shape: tuple[int, ...]) -> list[Words]:
    return [words(*shape) for _ in range(3)]


def by_party(x: list[Words], y: list[Words], out: Callable[[], Words],
             run: Callable[[int, Pair, Pair, Masks, Words], None]) -> list[Words]:
    """What each of the three parties makes of its components."""
    keys = [os.urandom(32) for _ in range(3)]
    made = []
    for i in range(3):
        masks = Masks(Stream(keys[i], b"test"), Stream(keys[(i + 2) % 3], b"test"))
        made.append(out())
        run(i, (x[i], x[(i + 1) % 3]), (y[i], y[(i + 1) % 3]), masks, made[i])
    return made


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("n", AROUND)
def test_products(width, n):
    r, told = ring(width), []
    x, y = pieces(r.full((n,))), pieces(r.full((n,)))
    z = by_party(x, y, lambda: r.empty((n,)), lambda me, a, b, masks, out: multiply(r, a, b, masks, out, told.append))
    whole = [r.add(r.add(s[0], s[1]), s[2]) for s in (x, y, z)]
    assert np.array_equal(whole[2], r.mul(whole[0], whole[1]))
    assert told[-1:] == ([n] if n else [])
    assert all(0 < m <= n for m in told)


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("shape", [(5,), (0,), (0, 4), (4, 0), (CHUNK + 1,), (2 * CHUNK,), (3, CHUNK // 2),
                                   (CHUNK // 2 + 1, 3), (7, 9, 11), (200, 300, 2)])
def test_dot_products_over_every_axis(width, shape):
    r = ring(width)
    x, y = pieces(r.full(shape)), pieces(r.full(shape))
    whole = [r.add(r.add(s[0], s[1]), s[2]) for s in (x, y)]
    for axis in range(len(shape)):
        kept = (*shape[:axis], *shape[axis + 1:])
        z = by_party(x, y, lambda kept=kept: r.empty((prod(kept),)),
                     lambda me, a, b, masks, out, axis=axis: dot(r, a, b, axis, masks, out))
        assert np.array_equal(r.reshape(r.add(r.add(z[0], z[1]), z[2]), kept), r.dot(*whole, axis))


def extremes(width: int) -> list[int]:
    """Residues at which the limbs of an operand, doubled and not, carry and borrow the most."""
    halves = [sum(1 << 22 * i + 21 for i in range(width // 22)), (1 << width - 1) - 1, (1 << 43) - (1 << 21)]
    return [value % (1 << width) for half in halves for value in (half, -half, 2 * half + 1, half >> 1, -1, 0)]


@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize(("left", "right"), [
    ((3, 5), (5, 2)), ((47, 50), (50, 48)), ((48, 1), (1, 48)), ((48, 0), (0, 50)), ((50, 909), (909, 49)),
    ((49, 911), (911, 50)), ((48, 2000), (2000, 51)), ((520, 3), (3, 1030)), ((2, 48, 9), (2, 9, 50))])
def test_matrix_products(width, left, right):
    """As numpy has them on integers of any size: small ones, blocks of the inner axis, components at the extremes."""
    r = ring(width)
    x, y = pieces(r.full(left)), pieces(r.full(right))
    for shift, component in enumerate((*x, *y)):
        flat, some = r.flat(component.copy()), extremes(width)
        count = min(flat.shape[-1], len(some))
        flat[..., :count] = r.from_ints(np.array(np.roll(np.array(some, object), shift), object))[..., :count]
        component = r.reshape(flat, r.shape(component))
        (x if shift < 3 else y)[shift % 3] = component
    shape = (*left[:-1], right[-1])
    z = by_party(x, y, lambda: r.empty((prod(shape),)),
                 lambda me, a, b, masks, out: product(r, me, a, b, masks, out))
    whole = [r.add(r.add(s[0], s[1]), s[2]) for s in (x, y, z)]
    ints = [r.to_ints(s).astype(object) for s in whole[:2]]
    model = np.asarray(np.matmul(*ints) if left[-1] else np.zeros(shape, object), object)
    assert np.array_equal(r.reshape(whole[2], shape), r.from_ints(model % (1 << width)))


@pytest.mark.parametrize("n", [1, 63, 64, 65, 64 * (CHUNK - 1), 64 * CHUNK, 64 * CHUNK + 1])
@pytest.mark.parametrize("alone", [False, True])
def test_conjunctions(n, alone):
    """Also where one plane goes with three."""
    k = 3
    x, y = pieces((1 if alone else k, bits.word_count(n))), pieces((k, bits.word_count(n)))
    x, y = ([bits.trim(planes.copy(), n) for planes in s] for s in (x, y))
    z = by_party(x, y, lambda: np.empty((k, bits.word_count(n)), np.uint64),
                 lambda me, a, b, masks, out: conjoin(a, b, n, masks, out, lambda m: None))
    whole = [s[0] ^ s[1] ^ s[2] for s in (x, y, z)]
    assert np.array_equal(whole[2], whole[0] & whole[1])
    assert all(bits.is_trimmed(component, n) for component in z)


def test_no_mask_is_drawn_twice(monkeypatch):
    """Every piece of a product moves the streams on by what it has."""
    r, n = ring(64), 2 * CHUNK + 3
    keys = os.urandom(32), os.urandom(32)
    masks = Masks(Stream(keys[0], b"test"), Stream(keys[1], b"test"))
    zeros = np.zeros(n, np.uint64)
    outs = [np.empty(n, np.uint64) for _ in range(2)]
    for out in outs:
        multiply(r, (zeros, zeros), (zeros, zeros), masks, out, lambda m: None)
    assert masks.right.position == masks.left.position == 16 * n
    assert len(np.unique(np.concatenate(outs))) == 2 * n
    monkeypatch.setattr(kernels, "CHUNK", 100)
    again = np.empty(n, np.uint64)
    masks = Masks(Stream(keys[0], b"test"), Stream(keys[1], b"test"))
    multiply(r, (zeros, zeros), (zeros, zeros), masks, again, lambda m: None)
    assert np.array_equal(again, outs[0]), "pieces are local: they do not change what is drawn"


def test_memory_is_kept():
    keep_freed()
    kept = [np.ones(1 << 20, np.uint8) for _ in range(4)]
    assert sum(int(a.sum()) for a in kept) == 4 << 20


def test_memory_is_reserved_or_not_to_be_had():
    reserve(0)
    reserve(3 << 20)
    reserve(1 << 60)
