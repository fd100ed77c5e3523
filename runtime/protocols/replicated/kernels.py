"""The products of two shares, in pieces that stay in the second-level cache.

Party i computes z_i = x_i y_i + x_i y_{i+1} + x_{i+1} y_i + a_i with a_0 + a_1 + a_2 = 0: the a_i are
differences of what the two pairwise streams give, so each z_i is uniform to whoever lacks one of the keys.
z_i is written into the outgoing message, where it stays as the party's own component of the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...compiled import kernels
from ...limbs import is_small
from ...prg import Stream
from ...ring import Ring

Words = NDArray[np.uint64]
Pair = tuple[Words, Words]

#: Words of a piece: six arrays of this length are alive at one time.
CHUNK = 1 << 15


class Masks:
    """Sharings of zero from the streams shared with the right and the left neighbour."""

    def __init__(self, right: Stream, left: Stream) -> None:
        self.right = right
        self.left = left

    def add(self, r: Ring, out: Words) -> None:
        """Adds this party's fresh share of zero to a ring array of one element axis, in place."""
        words = np.empty(out.size, np.uint64)
        share = r.from_stream(words, (out.shape[-1],))
        self.right.fill(words)
        r.add(out, share, out=out)
        self.left.fill(words)
        r.sub(out, share, out=out)

    def xor(self, out: Words) -> None:
        """The same over Z_2, into a contiguous array."""
        self.right.mask(out)
        self.left.mask(out)

    def draw(self, out: Words) -> None:
        """The same share of zero over Z_2 alone."""
        self.right.fill(out)
        self.left.mask(out)


def multiply(r: Ring, x: Pair, y: Pair, masks: Masks, out: Words, ready: Callable[[int], None]) -> None:
    """Elementwise ring products into `out`, one element axis; `ready(n)`: the first n elements are final."""
    (x0, x1), (y0, y1) = [r.flat(c) for c in x], [r.flat(c) for c in y]
    for start in range(0, out.shape[-1], CHUNK):
        piece = slice(start, start + CHUNK)
        z, own = out[..., piece], y0[..., piece]
        both = r.add(own, y1[..., piece])
        r.mul(x0[..., piece], both, out=z)
        r.mul(x1[..., piece], own, out=both)
        r.add(z, both, out=z)
        masks.add(r, z)
        ready(min(start + CHUNK, out.shape[-1]))


def product(r: Ring, me: int, x: Pair, y: Pair, masks: Masks, out: Words) -> None:
    """Products of matrices (.., n, k) and (.., k, m) into `out`, one element axis; `me` is the party.

    Matrices large enough for the conversion to floating point take one product a party instead of two:

        z_0 + z_1 = (2 x_0 + x_1)(2 y_0 + y_1) / 2 + (x_1 + 2 x_2)(y_1 + 2 y_2) / 2      z_2 = (x_2 - x_0)(y_0 - y_2)

    add up to (x_0 + x_1 + x_2)(y_0 + y_1 + y_2). (One product a party is enough: the nine terms, as a matrix of ones,
    are a sum of three matrices of rank 1, each of which takes two of the components alone.) Both halves are of products
    that are odd where x_1 y_1 is, integers that parties 0 and 1 hold alike: one of them rounds down, the other up.
    """
    (x0, x1), (y0, y1) = x, y
    left, right = r.shape(x0), r.shape(y0)
    if is_small(left, right):
        out[...] = r.flat(r.matmul_sum([(x0, r.add(y0, y1)), (x1, y0)]))
    elif me == 2:
        out[...] = r.flat(r.matmul(r.sub(x0, x1), r.sub(y1, y0)))
    else:
        twice, once = (0, 1) if me == 0 else (1, 0)
        r.matmul_halved((x[twice], x[once]), (y[twice], y[once]), me == 1, r.reshape(out, (*left[:-1], right[-1])))
    masks.add(r, out)


def dot(r: Ring, x: Pair, y: Pair, axis: int, masks: Masks, out: Words) -> None:
    """Sums of products over one element axis into `out`, one element axis; cut along the longest axis."""
    shape = r.shape(x[0])
    kept = (*shape[:axis], *shape[axis + 1:])
    total = r.reshape(out, kept)
    total[...] = 0
    along = max(range(len(shape)), key=lambda i: shape[i])
    step = max(1, CHUNK * shape[along] // max(1, prod(shape)))
    for start in range(0, shape[along], step):
        cuts = [slice(start, start + step) if i == along else slice(None) for i in range(len(shape))]
        (x0, x1), (own, other) = ([r.slice(c, cuts) for c in pair] for pair in (x, y))
        place = r.slice(total, [cut for i, cut in enumerate(cuts) if i != axis])
        r.add(place, r.dot(x0, r.add(own, other), axis), out=place)
        r.add(place, r.dot(x1, own, axis), out=place)
    masks.add(r, out)


def conjoin(x: Pair, y: Pair, n: int, masks: Masks, out: Words, ready: Callable[[int], None]) -> None:
    """Bitwise products of planes of n bits into `out`; `ready(m)`: the first m words are final."""
    if out.size <= CHUNK:
        _conjoin(x, y, n, masks, out)
        ready(out.size)
        return
    (x0, x1), (y0, y1) = x, y
    for rows, columns in _pieces(*out.shape):
        _conjoin((_part(x0, rows, columns), _part(x1, rows, columns)),
                 (_part(y0, rows, columns), _part(y1, rows, columns)),
                 n if columns.stop == out.shape[1] else 64, masks, out[rows, columns])
        ready((rows.stop - 1) * out.shape[1] + columns.stop)


def _conjoin(x: Pair, y: Pair, n: int, masks: Masks, out: Words) -> None:
    """x_i y_i + x_i y_{i+1} + x_{i+1} y_i + a_i over Z_2, into a piece that is contiguous; its planes end with bit
    n % 64 of their last words.
    """
    (x0, x1), (y0, y1), compiled = x, y, kernels()
    x_apart, y_apart = _apart(x, out), _apart(y, out)
    if compiled is None:
        both = y0 ^ y1
        np.bitwise_and(x0, both, out=out)
        out ^= x1 & y0
        masks.xor(out)
        bits.trim(out, n)
    else:
        words = compiled.words
        masks.draw(out)
        compiled.conjoin(out.shape[0], out.shape[1], words(x0), words(x1), x_apart, words(y0), words(y1), y_apart,
                         (1 << (n % 64 or 64)) - 1, compiled.written(out))


def _apart(x: Pair, out: Words) -> int:
    """How many words the planes of a factor stand from each other: 0 where one goes with all. Raises ValueError."""
    height, width = x[0].shape
    if x[1].shape != (height, width) or width != out.shape[1] or height not in (1, out.shape[0]):
        raise ValueError(f"planes of {x[0].shape} and {x[1].shape} in a product of {out.shape}")
    return width if height == out.shape[0] else 0


def _part(planes: Words, rows: slice, columns: slice) -> Words:
    """A piece of planes; a single plane goes with every plane of the other side."""
    return planes[:, columns] if planes.shape[0] == 1 else planes[rows, columns]


def _pieces(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Contiguous pieces of a matrix in C order: some whole rows, or a part of one row."""
    if width <= CHUNK:
        group = max(1, CHUNK // max(width, 1))
        for top in range(0, height, group):
            yield slice(top, min(top + group, height)), slice(0, width)
    else:
        for row in range(height):
            for start in range(0, width, CHUNK):
                yield slice(row, row + 1), slice(start, min(start + CHUNK, width))
