"""Arithmetic on numpy arrays of ring words: Z_2^64 and Z_2^128 behind one interface.

A ring array of element shape S is uint64[S] at width 64 and uint64[2, *S] at width 128, low words first.
Values are unsigned residues; as signed numbers they are two's complement. Shapes in this interface are
element shapes. Results may be views of the operands: ring arrays are not changed once they are values of a
program.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bits, limbs, wide

Words = NDArray[np.uint64]
Shape = tuple[int, ...]


class Ring(ABC):
    """Z_2^width. `lead` is the number of axes before those of the elements (0 or 1)."""

    width: int
    lead: int

    @property
    def nbytes(self) -> int:
        """Bytes of one element."""
        return self.width // 8

    # -- making and reading -------------------------------------------------------------------------------

    def full(self, shape: Shape) -> Shape:
        """The array shape of element shape `shape`."""
        return (2, *shape) if self.lead else shape

    def shape(self, a: Words) -> Shape:
        """The element shape of a ring array."""
        return a.shape[self.lead:]

    def empty(self, shape: Shape) -> Words:
        """A new array, contents undefined."""
        return np.empty(self.full(shape), np.uint64)

    def zeros(self, shape: Shape) -> Words:
        """A new array of zeros."""
        return np.zeros(self.full(shape), np.uint64)

    def zero(self, shape: Shape) -> Words:
        """Zeros that take no memory: a read-only view."""
        return np.broadcast_to(np.uint64(0), self.full(shape))

    def constant(self, value: int, shape: Shape) -> Words:
        """`value` modulo 2^width in every element: a read-only view."""
        return self.broadcast(self.from_ints(np.array(value % (1 << self.width), object)), shape)

    def view(self, buffer: NDArray[np.uint8], shape: Shape) -> Words:
        """The bytes of a message as a ring array, not copied: 8-byte aligned and exactly as long."""
        return buffer.view(np.uint64).reshape(self.full(shape))

    def from_stream(self, words: Words, shape: Shape) -> Words:
        """Consecutive words, an element's own words side by side, as a ring array; no copy."""
        return np.moveaxis(words.reshape(*shape, 2), -1, 0) if self.lead else words.reshape(shape)

    def flat(self, a: Words) -> Words:
        """One element axis, C order: a view where the array allows."""
        return a.reshape(self.full((-1,)))

    @abstractmethod
    def from_ints(self, values: Any) -> Words:
        """Integers (an array of bool, int64, uint64, or object for wider ones) modulo 2^width."""

    @abstractmethod
    def to_ints(self, a: Words) -> NDArray[Any]:
        """Two's complement: int64[S] at width 64, Python integers in object[S] at width 128."""

    # -- arithmetic ---------------------------------------------------------------------------------------

    @abstractmethod
    def add(self, a: Words, b: Words, out: Words | None = None) -> Words:
        """a + b, elementwise; shapes as numpy broadcasts arrays of the same number of axes."""

    @abstractmethod
    def sub(self, a: Words, b: Words, out: Words | None = None) -> Words:
        """a - b, elementwise."""

    @abstractmethod
    def mul(self, a: Words, b: Words, out: Words | None = None) -> Words:
        """a * b, elementwise."""

    def neg(self, a: Words) -> Words:
        """-a."""
        return self.sub(self.zero(self.shape(a)), a)

    @abstractmethod
    def sum(self, a: Words, axes: tuple[int, ...]) -> Words:
        """The sum over element axes, which are dropped."""

    @abstractmethod
    def cumsum(self, a: Words, axis: int) -> Words:
        """The running sums along one element axis."""

    @abstractmethod
    def dot(self, a: Words, b: Words, axis: int) -> Words:
        """The sum of a * b over one element axis, which is dropped."""

    def matmul(self, a: Words, b: Words) -> Words:
        """(.., n, k) @ (.., k, m)."""
        return self.matmul_sum([(a, b)])

    def matmul_sum(self, pairs: Sequence[tuple[Words, Words]]) -> Words:
        """The sum of the matrix products of pairs of equal shapes: less work than one by one."""
        return limbs.matmul(pairs, self.width)

    def matmul_halved(self, a: tuple[Words, Words], b: tuple[Words, Words], up: bool, out: Words) -> Words:
        """Half of (2 a[0] + a[1]) @ (2 b[0] + b[1]), a product of integers, in `out`.

        Halves are rounded up or down, the sum of each block of the inner axis for itself: two such products with the
        same a[1] and b[1], one rounded up and one down, add up to half of their sum.
        """
        return limbs.halved(a, b, self.width, up, out)

    # -- unsigned parts -----------------------------------------------------------------------------------

    @abstractmethod
    def shift_right(self, a: Words, f: int) -> Words:
        """a >> f, 0 <= f <= width."""

    @abstractmethod
    def low(self, a: Words, f: int) -> Words:
        """a mod 2^f, 0 <= f <= width."""

    @abstractmethod
    def quotient(self, a: Words, d: int) -> Words:
        """a // d for a public d >= 1."""

    def bit(self, a: Words, f: int) -> Words:
        """Bit f of a, as 0 or 1."""
        return self.low(self.shift_right(a, f), 1)

    def remainder(self, a: Words, d: int) -> Words:
        """a mod d for a public d >= 1."""
        multiple = self.mul(self.quotient(a, d), self.scalar(self.constant(d, ()), len(self.shape(a))))
        return self.sub(a, multiple)

    @abstractmethod
    def resize(self, a: Words, to: Ring) -> Words:
        """The unsigned value modulo 2^to.width in ring `to`."""

    @abstractmethod
    def planes(self, a: Words, lo: int, hi: int) -> Words:
        """Bit planes lo..hi-1 of the elements in C order (0 <= lo <= hi <= width): uint64[hi-lo, W]."""

    @abstractmethod
    def from_planes(self, planes: Words, shape: Shape) -> Words:
        """The unsigned integers of k planes, modulo 2^width, at `shape`."""

    def signed_planes(self, a: Words, k: int) -> Words:
        """The low k planes of the two's complement value; beyond the width the sign goes on."""
        planes = self.planes(a, 0, min(k, self.width))
        if k <= self.width:
            return planes
        return np.concatenate([planes, np.repeat(planes[-1:], k - self.width, axis=0)])

    def from_signed_planes(self, planes: Words, shape: Shape) -> Words:
        """The two's complement integers of k planes, modulo 2^width."""
        values = self.from_planes(planes, shape)
        k = planes.shape[0]
        if not 0 < k < self.width:
            return values
        sign = self.scalar(self.constant(1 << (k - 1), ()), len(shape))
        return self.sub(np.asarray(values ^ sign), sign)

    # -- shape --------------------------------------------------------------------------------------------

    def scalar(self, a: Words, ndim: int) -> Words:
        """An array of one element, with axes of extent 1 so that it goes with `ndim` axes."""
        return a.reshape(self.full((1,) * ndim))

    def reshape(self, a: Words, shape: Shape) -> Words:
        """The same elements in C order."""
        return a.reshape(self.full(shape))

    def broadcast(self, a: Words, shape: Shape) -> Words:
        """By numpy's rules; a read-only view."""
        inner = self.shape(a)
        spread = (1,) * (len(shape) - len(inner)) + inner
        return np.broadcast_to(a.reshape(self.full(spread)), self.full(shape))

    def transpose(self, a: Words, axes: Sequence[int]) -> Words:
        """Axes permuted; a view."""
        return a.transpose(*range(self.lead), *(axis + self.lead for axis in axes))

    def slice(self, a: Words, cuts: Sequence[slice]) -> Words:
        """One slice each axis; a view."""
        return a[(slice(None),) * self.lead + (*cuts, ...)]

    def concat(self, parts: Sequence[Words], axis: int) -> Words:
        """Along one axis."""
        return np.concatenate(parts, axis=axis + self.lead)

    def take(self, a: Words, indices: Sequence[int], axis: int) -> Words:
        """The elements at `indices` of one axis."""
        return np.take(a, np.asarray(indices, np.intp), axis=axis + self.lead)

    def put(self, a: Words, index: int, b: Words) -> Words:
        """A copy of `a` with `b` at `index` of the first axis."""
        out = a.copy()
        out[(slice(None),) * self.lead + (index,)] = b
        return out


class Ring64(Ring):
    """Z_2^64: numpy's own unsigned arithmetic."""

    width = 64
    lead = 0

    def from_ints(self, values: Any) -> Words:
        a = np.asarray(values)
        if a.dtype == object:
            return np.asarray(a & ((1 << 64) - 1), object).astype(np.uint64)
        return a.astype(np.uint64)

    def to_ints(self, a: Words) -> NDArray[Any]:
        return a.astype(np.int64)

    def add(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return np.asarray(np.add(a, b, out=out))

    def sub(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return np.asarray(np.subtract(a, b, out=out))

    def mul(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return np.asarray(np.multiply(a, b, out=out))

    def sum(self, a: Words, axes: tuple[int, ...]) -> Words:
        return np.asarray(np.sum(a, axis=axes))

    def cumsum(self, a: Words, axis: int) -> Words:
        return np.cumsum(a, axis=axis, dtype=np.uint64)

    def dot(self, a: Words, b: Words, axis: int) -> Words:
        return np.asarray(np.einsum("...k,...k->...", np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)))

    def shift_right(self, a: Words, f: int) -> Words:
        return np.asarray(a >> np.uint64(f)) if f < 64 else self.zeros(a.shape)

    def low(self, a: Words, f: int) -> Words:
        return np.asarray(a & np.uint64((1 << f) - 1))

    def quotient(self, a: Words, d: int) -> Words:
        return np.asarray(a // np.uint64(d)) if d < 1 << 64 else self.zeros(a.shape)

    def resize(self, a: Words, to: Ring) -> Words:
        return np.stack([a, np.zeros_like(a)]) if to.lead else a

    def planes(self, a: Words, lo: int, hi: int) -> Words:
        return bits.to_planes(a.reshape(-1), lo, hi)

    def from_planes(self, planes: Words, shape: Shape) -> Words:
        n = int(np.prod(shape, dtype=np.int64))
        return bits.from_planes(planes[:64], n).reshape(shape)


class Ring128(Ring):
    """Z_2^128: two words an element, see `wide`."""

    width = 128
    lead = 1

    def _out(self, a: Words, b: Words, out: Words | None) -> Words:
        return np.empty(np.broadcast_shapes(a.shape, b.shape), np.uint64) if out is None else out

    def from_ints(self, values: Any) -> Words:
        a = np.asarray(values)
        if a.dtype == object:
            low, high = a & ((1 << 64) - 1), (a >> 64) & ((1 << 64) - 1)
            return np.stack([np.asarray(word, object).astype(np.uint64) for word in (low, high)])
        high = np.zeros_like(a) if a.dtype.kind in "bu" else a >> 63
        return np.stack([a.astype(np.uint64), np.asarray(high).astype(np.uint64)])

    def to_ints(self, a: Words) -> NDArray[Any]:
        high = np.asarray(a[1].astype(np.int64).astype(object) * (1 << 64), object)
        return np.asarray(high + a[0].astype(object), object)

    def add(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return wide.add(a, b, self._out(a, b, out))

    def sub(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return wide.sub(a, b, self._out(a, b, out))

    def mul(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return wide.mul(a, b, self._out(a, b, out))

    def sum(self, a: Words, axes: tuple[int, ...]) -> Words:
        return wide.total(a, tuple(axis + 1 for axis in axes))

    def cumsum(self, a: Words, axis: int) -> Words:
        return wide.running(a, axis + 1)

    def dot(self, a: Words, b: Words, axis: int) -> Words:
        return wide.total(self.mul(a, b), (axis + 1,))

    def shift_right(self, a: Words, f: int) -> Words:
        return wide.shift_right(a, f) if f < 128 else np.zeros_like(a)

    def low(self, a: Words, f: int) -> Words:
        masks = (1 << min(f, 64)) - 1, (1 << max(f - 64, 0)) - 1
        return np.stack([word & np.uint64(mask) for word, mask in zip(a, masks, strict=True)])

    def quotient(self, a: Words, d: int) -> Words:
        return wide.quotient(a, d) if d < 1 << 128 else np.zeros_like(a)

    def resize(self, a: Words, to: Ring) -> Words:
        return a if to.lead else a[0, ...]

    def planes(self, a: Words, lo: int, hi: int) -> Words:
        flat = self.flat(a)
        cuts = (min(lo, 64), min(hi, 64)), (max(lo - 64, 0), max(hi - 64, 0))
        return np.concatenate([bits.to_planes(word, *cut) for word, cut in zip(flat, cuts, strict=True)])

    def from_planes(self, planes: Words, shape: Shape) -> Words:
        n = int(np.prod(shape, dtype=np.int64))
        words = np.stack([bits.from_planes(planes[:64], n), bits.from_planes(planes[64:128], n)])
        return words.reshape(2, *shape)


_RINGS: dict[int, Ring] = {64: Ring64(), 128: Ring128()}


def ring(width: int) -> Ring:
    """The ring of `width` bits: 64 or 128."""
    return _RINGS[width]
