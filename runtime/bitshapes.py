"""Shape operations on packed bit planes (see `bits`): what numpy's do on whole arrays.

Planes of element shape S are planes of n = prod(S) bits in C order. Ranges of consecutive bits move as
shifted words, and so do runs of bits at regular distances. Otherwise the trailing axes that an operation leaves whole
are one block: blocks of whole words move as words, others one bit a byte, a few planes at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bits import pack, trim, unpack, word_count

Words = NDArray[np.uint64]
Shape = tuple[int, ...]
Array = NDArray[Any]

#: Bits that are held one a byte at one time.
_UNPACKED = 1 << 22

#: Words from which on runs are taken word by word: below, it is as quick one bit a byte.
_FEW = 256

#: Rearranges arrays of axes (planes, outer axes..., block); the block and the planes stay as they are.
Move = Callable[[Sequence[Array]], Array]


def broadcast(planes: Words, shape: Shape, to: Shape) -> Words:
    """By numpy's rules."""
    spread = (1,) * (len(to) - len(shape)) + shape
    if spread == to:
        return planes
    if prod(shape) == 1:
        n = prod(to)
        every = np.broadcast_to(np.uint64(0) - planes, (planes.shape[0], word_count(n)))
        return trim(every.copy(), n) if n % 64 else every
    inner = _common_tail(spread, to)
    outer = to[:len(to) - inner]

    def spread_out(a: Sequence[Array]) -> Array:
        return np.broadcast_to(a[0], (a[0].shape[0], *outer, a[0].shape[-1]))

    return _move([planes], [spread], inner, to, spread_out)


def transpose(planes: Words, shape: Shape, axes: Sequence[int]) -> Words:
    """Axes permuted."""
    to = tuple(shape[axis] for axis in axes)
    moving = max((i + 1 for i, axis in enumerate(axes) if i != axis), default=0)
    if moving == 0 or prod(shape) == max(shape):
        return planes
    order = (0, *(axis + 1 for axis in axes[:moving]), moving + 1)
    return _move([planes], [shape], len(shape) - moving, to, lambda a: a[0].transpose(order))


class Runs(NamedTuple):
    """`times` runs of `length` bits, each `period` bits after the last one, from bit `start` on."""

    start: int
    length: int
    period: int
    times: int


def runs(shape: Shape, ranges: Sequence[range]) -> Runs | None:
    """The bits of one range each axis, none empty; None where they do not lie at one distance, or fall."""
    start = 0
    for extent, r in zip(shape, ranges, strict=True):
        start = start * extent + r.start
    length = period = count = unit = 1
    for extent, r in zip(reversed(shape), reversed(ranges), strict=True):
        if len(r) != 1:
            step = r.step * unit
            if count == 1 and step == length:
                length *= len(r)
            elif count == 1:
                period, count = step, len(r)
            elif step == period * count:
                count *= len(r)
            else:
                return None
        unit *= extent
    return Runs(start, length, period, count) if period > 0 else None


def thins(found: Runs | None, words: int) -> bool:
    """Whether runs are taken word by word of planes of so many words in all: where both lengths divide a word."""
    return (found is not None and words >= _FEW and found.length < found.period <= 64
            and found.length & (found.length - 1) == 0 and found.period & (found.period - 1) == 0)


def cut(planes: Words, shape: Shape, cuts: Sequence[slice]) -> Words:
    """One slice each axis, as `Ring.slice`."""
    ranges = [range(extent)[c] for extent, c in zip(shape, cuts, strict=True)]
    to = tuple(len(r) for r in ranges)
    if to == shape and all(r.step == 1 for r in ranges):
        return planes
    found = runs(shape, ranges) if prod(to) else None
    if found is not None and found.times == 1:
        return extract(planes, prod(shape), found.start, found.length)
    if found is not None and thins(found, planes.size):
        return _thinned(planes, prod(shape), found)
    outer = ranges
    while outer and outer[-1] == range(shape[len(outer) - 1]):
        outer = outer[:-1]
    index = (slice(None), *cuts[:len(outer)])
    return _move([planes], [shape], len(shape) - len(outer), to, lambda a: a[0][index])


def _thinned(planes: Words, n: int, wanted: Runs) -> Words:
    """Runs of a length and a period that are powers of two, one after the other.

    The runs of each word are moved together by halving the gaps between pairs of them (Warren, Hacker's Delight, 7-4).
    """
    length, period = wanted.length, wanted.period
    words = extract(planes, n, wanted.start, min(n - wanted.start, wanted.times * period)) & _every(length, period)
    each, full = 64 * length // period, period // length
    while period < 64:
        words |= words >> np.uint64(period - length)
        length, period = 2 * length, 2 * period
        words &= _every(length, period)
    out = np.zeros((words.shape[0], -(-words.shape[1] // full)), np.uint64)
    for i in range(full):
        piece = words[:, i::full]
        out[:, :piece.shape[1]] |= piece << np.uint64(i * each)
    return out


def _every(length: int, period: int) -> np.uint64:
    """A word whose bits are runs of this length at this period, the first at bit 0."""
    run = (1 << length) - 1
    return np.uint64(sum(run << i for i in range(0, 64, period)))


def concat(parts: Sequence[Words], shapes: Sequence[Shape], axis: int) -> Words:
    """Along one axis."""
    first = shapes[0]
    to = (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1:])
    if prod(first[:axis]) == 1:
        out = np.zeros((parts[0].shape[0], word_count(prod(to))), np.uint64)
        start = 0
        for piece, shape in zip(parts, shapes, strict=True):
            deposit(out, start, piece)
            start += prod(shape)
        return out
    return _move(parts, shapes, len(to) - axis - 1, to, lambda a: np.concatenate(a, axis=axis + 1))


def take(planes: Words, shape: Shape, indices: Sequence[int], axis: int) -> Words:
    """The elements at `indices` of one axis."""
    to = (*shape[:axis], len(indices), *shape[axis + 1:])
    where = np.asarray(indices, np.intp)
    return _move([planes], [shape], len(shape) - axis - 1, to, lambda a: np.take(a[0], where, axis=axis + 1))


def put(planes: Words, shape: Shape, index: int, piece: Words) -> Words:
    """A copy of `planes` with `piece` at `index` of the first axis."""
    n, block = prod(shape), prod(shape[1:])
    out = planes.copy()
    if block:
        deposit(out, index * block, extract(planes, n, index * block, block) ^ piece)
    return out


def fold(planes: Words, shape: Shape) -> Words:
    """The first axis to planes: plane i*k + j of the result is plane j of [i]."""
    k, m = planes.shape[0], shape[0]
    rest = prod(shape[1:])
    if rest % 64 == 0:
        return planes.reshape(k, m, rest // 64).transpose(1, 0, 2).reshape(m * k, rest // 64)
    rows = unpack(planes, m * rest).reshape(k, m, rest).transpose(1, 0, 2)
    return pack(rows.reshape(m * k, rest))


def unfold(planes: Words, n: int, k: int) -> Words:
    """The inverse of `fold`: m*k planes of n bits become k planes of m*n bits."""
    m = planes.shape[0] // k
    if n % 64 == 0:
        return planes.reshape(m, k, n // 64).transpose(1, 0, 2).reshape(k, m * n // 64)
    rows = unpack(planes, n).reshape(m, k, n).transpose(1, 0, 2)
    return pack(rows.reshape(k, m * n))


def extract(planes: Words, n: int, start: int, count: int) -> Words:
    """The bits start..start+count-1 of planes of n bits; a view where they are whole words."""
    first, shift = divmod(start, 64)
    words = word_count(count)
    piece = planes[:, first:first + words]
    if shift == 0:
        return piece if count % 64 == 0 or start + count == n else trim(piece.copy(), count)
    out = piece >> np.uint64(shift)
    upper = planes[:, first + 1:first + 1 + words]
    out[:, :upper.shape[1]] |= upper << np.uint64(64 - shift)
    return trim(out, count) if words else out


def deposit(out: Words, start: int, piece: Words) -> None:
    """Adds (XOR) the planes `piece` to those of `out` from bit `start`, in place."""
    first, shift = divmod(start, 64)
    words = piece.shape[1]
    if shift == 0:
        out[:, first:first + words] ^= piece
        return
    out[:, first:first + words] ^= piece << np.uint64(shift)
    upper = out[:, first + 1:first + 1 + words]
    upper ^= piece[:, :upper.shape[1]] >> np.uint64(64 - shift)


def _common_tail(a: Shape, b: Shape) -> int:
    """How many trailing axes two shapes of equal length have in common."""
    count = 0
    while count < len(a) and a[-1 - count] == b[-1 - count]:
        count += 1
    return count


def _move(parts: Sequence[Words], shapes: Sequence[Shape], inner: int, to: Shape, move: Move) -> Words:
    """Runs `move` over the outer axes of the parts; `inner` trailing axes are the block that stays whole."""
    k, n = parts[0].shape[0], prod(to)
    if n == 0:
        return np.zeros((k, 0), np.uint64)
    outers = [shape[:len(shape) - inner] for shape in shapes]
    block = prod(to[len(to) - inner:])
    if block % 64 == 0:
        words = [p.reshape(k, *outer, block // 64) for p, outer in zip(parts, outers, strict=True)]
        return np.asarray(move(words), np.uint64).reshape(k, n // 64)
    out = np.empty((k, word_count(n)), np.uint64)
    group = max(1, _UNPACKED // max(n, *(prod(shape) for shape in shapes)))
    for first in range(0, k, group):
        planes = slice(first, min(k, first + group))
        rows = [unpack(p[planes], prod(outer) * block).reshape(planes.stop - first, *outer, block)
                for p, outer in zip(parts, outers, strict=True)]
        out[planes] = pack(np.asarray(move(rows), np.uint8).reshape(planes.stop - first, n))
    return out

