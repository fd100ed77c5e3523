"""The linear operations of the instruction set on plain arrays: components of shares, or public values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import bitshapes
from ..clear import compute
from ..program import ValueType
from ..ring import ring
from ..wiring import Picked, xors
from .shapes import SHAPES, Arrays, Attrs, Plain, Types

Words = NDArray[np.uint64]


def _const(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    r = ring(to.width)
    words = np.frombuffer(attrs["words"], "<u8").astype(np.uint64)
    if words.size == to.width // 64 != to.size * (to.width // 64):
        return r.broadcast(r.from_stream(words, ()), to.shape)
    return r.from_stream(words, to.shape)


def _iota(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    r = ring(to.width)
    count = r.from_ints(np.arange(to.size, dtype=np.int64))
    start, step = (r.scalar(r.constant(int(attrs[name]), ()), 1) for name in ("start", "step"))
    return r.reshape(r.add(r.mul(count, step), start), to.shape)


def _aligned(a: Arrays, types: Types, to: ValueType) -> list[Words]:
    """The operands with as many axes as the result: a public one of one element goes with any shape."""
    r = ring(to.width)
    return [x if t.shape == to.shape else r.scalar(x, len(to.shape)) for x, t in zip(a, types, strict=True)]


def _add(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).add(*_aligned(a, types, to))


def _sub(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).sub(*_aligned(a, types, to))


def _scale(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).mul(*_aligned(a, types, to))


def _neg(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).neg(a[0])


def _sum(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).sum(a[0], tuple(attrs["axes"]))


def _cumsum(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).cumsum(a[0], attrs["axis"])


def _matmul(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).matmul(a[0], a[1])


def _narrow(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(types[0].width).resize(a[0], ring(to.width))


def _extend(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return ring(to.width).from_ints(ring(types[0].width).to_ints(a[0]))


def _compute(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    numbers = [ring(t.width).to_ints(x) for x, t in zip(a, types, strict=True)]
    return ring(to.width).from_ints(compute(attrs, numbers).reshape(to.shape))


def _xor(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return np.bitwise_xor(a[0], a[1])


def _pick(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    """A view where the planes picked are consecutive."""
    picked: Picked = attrs["picked"]
    if picked.places is None:
        return a[0][picked.planes]
    out = np.zeros((to.width, a[0].shape[1]), np.uint64)
    out[picked.places] = a[0][picked.planes]
    return out


def _join(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return np.concatenate(a)


def _xors(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return xors([a], attrs["network"])[0]


def _fold(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return bitshapes.fold(a[0], types[0].shape)


def _unfold(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return bitshapes.unfold(a[0], types[0].size, attrs["k"])


PLAIN: dict[str, Plain] = {
    **SHAPES,
    "const": _const,
    "iota": _iota,
    "add": _add,
    "sub": _sub,
    "neg": _neg,
    "scale": _scale,
    "sum": _sum,
    "cumsum": _cumsum,
    "matmul_public": _matmul,
    "narrow": _narrow,
    "compute": _compute,
    "extend": _extend,
    "xor": _xor,
    "pick": _pick,
    "join": _join,
    "xors": _xors,
    "fold_planes": _fold,
    "unfold_planes": _unfold,
}
