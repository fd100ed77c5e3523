"""The shape operations of the instruction set on plain arrays: components of shares, or public values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import bits, bitshapes, orders, rows
from ..program import ValueType
from ..ring import ring

Words = NDArray[np.uint64]
Attrs = Mapping[str, Any]
Arrays = Sequence[Words]
Types = Sequence[ValueType]

#: One operation on plain arrays: attributes, operands, their types, the type of the result.
Plain = Callable[[Attrs, Arrays, Types, ValueType], Words]


def _reshape(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return a[0] if to.kind == "planes" else ring(to.width).reshape(a[0], to.shape)


def _broadcast(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    if to.kind == "planes":
        return bitshapes.broadcast(a[0], types[0].shape, to.shape)
    return ring(to.width).broadcast(a[0], to.shape)


def _transpose(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    if to.kind == "planes":
        return bitshapes.transpose(a[0], types[0].shape, attrs["axes"])
    return ring(to.width).transpose(a[0], attrs["axes"])


def _slice(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    cuts = [_cut(*row) for row in zip(attrs["starts"], attrs["steps"], to.shape, strict=True)]
    if to.kind == "planes":
        return bitshapes.cut(a[0], types[0].shape, cuts)
    return ring(to.width).slice(a[0], cuts)


def _cut(start: int, step: int, count: int) -> slice:
    """`count` elements from `start`, `step` (negative: backwards) apart."""
    if count == 0:
        return slice(0, 0)
    stop = start + (count - 1) * step + (1 if step > 0 else -1)
    return slice(start, stop if stop >= 0 else None, step)


def _concat(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    if to.kind == "planes":
        return bitshapes.concat(a, [t.shape for t in types], attrs["axis"])
    return ring(to.width).concat(a, attrs["axis"])


def _take(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    if to.kind == "planes":
        return bitshapes.take(a[0], types[0].shape, attrs["indices"], attrs["axis"])
    return ring(to.width).take(a[0], attrs["indices"], attrs["axis"])


def _pad(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    shape, axis = types[0].shape, attrs["axis"]
    before, after = ((*shape[:axis], attrs[side], *shape[axis + 1:]) for side in ("before", "after"))
    edges = [ValueType(to.kind, to.width, before), ValueType(to.kind, to.width, after)]
    pieces = [zero(edges[0]), a[0], zero(edges[1])]
    return _concat(attrs, pieces, [edges[0], types[0], edges[1]], to)


def _take_at(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    index = _index(a[1], types[0])
    if to.kind == "planes":
        return bitshapes.extract(a[0], types[0].size, index * to.size, to.size)
    return ring(to.width).reshape(ring(to.width).slice(a[0], [slice(index, index + 1)]), to.shape)


def _put_at(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    index = _index(a[1], types[0])
    if to.kind == "planes":
        return bitshapes.put(a[0], to.shape, index, a[2])
    return ring(to.width).put(a[0], index, a[2])


def _index(index: Words, of: ValueType) -> int:
    """A public run-time index into the first axis. Raises IndexError outside of it."""
    position = int(index.reshape(-1)[0])
    if position >= of.shape[0]:
        raise IndexError(f"index {position} is outside of an axis of {of.shape[0]}")
    return position


def _gather(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return orders.gather(a[0], orders.places(a[1], types[0].shape[0]), to)


def _scatter(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return orders.scatter(a[0], orders.places(a[1], types[0].shape[0]), to)


def _to_rows(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return rows.from_planes(a[0], to.size)


def _from_rows(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return rows.to_planes(a[0], attrs["lo"], attrs["lo"] + to.width)


def _cut_rows(attrs: Attrs, a: Arrays, types: Types, to: ValueType) -> Words:
    return rows.cut(a[0], attrs["lo"], attrs["lo"] + to.width)


@lru_cache(maxsize=1 << 10)
def zero(of: ValueType) -> Words:
    """A plain array of zeros that takes no memory, and cannot be written to."""
    if of.kind == "rows":
        return rows.zeros(of.width, of.size)
    return bits.zeros(of.width, of.size) if of.kind == "planes" else ring(of.width).zero(of.shape)


SHAPES: dict[str, Plain] = {
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "slice": _slice,
    "concat": _concat,
    "take": _take,
    "pad": _pad,
    "take_at": _take_at,
    "put_at": _put_at,
    "gather": _gather,
    "scatter": _scatter,
    "to_rows": _to_rows,
    "from_rows": _from_rows,
    "cut_rows": _cut_rows,
}
