"""Integer matrix products through the floating-point BLAS, exact modulo 2^64 and 2^128.

An operand is cut into balanced limbs, 3 for 64 bits and 6 for 128: one of b bits lies in -2^(b-1) .. 2^(b-1).
Products of limbs that weigh the same are added inside of one product of wider matrices, [a0|a1|..] @
[..;b1;b0]; those that weigh too much vanish. At 64 bits a0 b1 + a1 b0 comes from (a0 + a1)(b0 + b1) and
two products that are there already (Karatsuba and Ofman, 1962): five products of limbs instead of six. Double
precision is exact to 2^53, which bounds how many terms may be added: the inner size is cut into blocks.

The limbs hold one bit more than the ring, so that half of a product can be had modulo 2^width (`halved`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import wide

Words = NDArray[np.uint64]
Doubles = NDArray[np.float64]

#: Operands whose product is wanted, (.., n, k) and (.., k, m), or two parts of one operand.
Pair = tuple[Words, Words]

#: Rows and columns of a result that are worked on at one time.
_ROWS, _COLUMNS = 256, 1024

#: Words that are converted at one time: they stay in the second-level cache.
_CHUNK = 1 << 15

#: Below this many rows or columns the conversion costs more than numpy's own integer product.
_SMALL = 48


class Operand(NamedTuple):
    """The matrix 2 * twice + once of integers; ring arrays of one shape, None: 0."""

    once: Words
    twice: Words | None = None


class _Product(NamedTuple):
    """Slabs start..stop-1 of the left side by those of the right, and the weights (shift, sign) it has."""

    left: tuple[int, int]
    right: tuple[int, int]
    weights: tuple[tuple[int, int], ...]


class _Scheme(NamedTuple):
    """The bits of the limbs, lowest first, the limbs that each slab of an operand sums, the products to make,
    and the terms that one of them may have."""

    bits: tuple[int, ...]
    left: tuple[tuple[int, ...], ...]
    right: tuple[tuple[int, ...], ...]
    products: tuple[_Product, ...]
    terms: int


_SCHEMES = {
    # limbs at 0, 22 and 43; 2^53 bounds a0 b2 + a2 b0, each 2^42, and (a0 + a1)(b0 + b1), 2.25 * 2^42
    64: _Scheme(
        (22, 21, 22), ((1,), (0,), (2,), (0, 1)), ((1,), (2,), (0,), (0, 1)),
        (_Product((1, 2), (2, 3), ((0, 1), (22, -1))),
         _Product((0, 1), (0, 1), ((22, -1), (44, 1))),
         _Product((3, 4), (3, 4), ((22, 1),)),
         _Product((1, 3), (1, 3), ((43, 1),))),
        (1 << 53) // (9 << 40)),
    # 2^53 bounds a0 b4 + .. + a4 b0, each 2^42
    128: _Scheme(
        (22, 22, 22, 22, 22, 19), tuple((i,) for i in range(6)), tuple((5 - i,) for i in range(6)),
        tuple(_Product((0, i + 1), (5 - i, 6), ((22 * i, 1),)) for i in range(6)),
        (1 << 53) // (5 << 42)),
}


def matmul(pairs: Sequence[Pair], width: int) -> Words:
    """The sum of the products of `pairs`, all of one shape, modulo 2^width. Arrays as in `ring`."""
    a, b = pairs[0]
    if width == 64 and is_small(a.shape, b.shape):
        total = np.matmul(a, b)
        for c, d in pairs[1:]:
            total += np.matmul(c, d)
        return np.asarray(total)
    out = np.empty((*a.shape[:-1], b.shape[-1]), np.uint64)
    return _product([(Operand(left), Operand(right)) for left, right in pairs], width, None, out)


def is_small(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Whether matrices of these shapes are multiplied as they are."""
    return min(left[-2], right[-1]) < _SMALL


def halved(a: Pair, b: Pair, width: int, up: bool, out: Words) -> Words:
    """Half of (2 a[0] + a[1]) @ (2 b[0] + b[1]) in `out`, see `Ring.matmul_halved`."""
    return _product([(Operand(a[1], a[0]), Operand(b[1], b[0]))], width, int(up), out)


def _product(pairs: Sequence[tuple[Operand, Operand]], width: int, half: int | None, out: Words) -> Words:
    """The sum of the products, or the half of it, rounded up by `half` (0 or 1), in `out`."""
    a, b = (operand.once for operand in pairs[0])
    out[...] = 0
    for block in _blocks(a.shape[-1], len(pairs), _SCHEMES[width].terms):
        left = [_cut(pairs[i][0], np.s_[..., start:stop]) for i, start, stop in block]
        right = [_cut(pairs[i][1], np.s_[..., start:stop, :]) for i, start, stop in block]
        for columns in _ranges(b.shape[-1], _COLUMNS):
            slabs = _right_slabs([_cut(piece, np.s_[..., columns]) for piece in right], width)
            for rows in _ranges(a.shape[-2], _ROWS):
                part = _left_slabs([_cut(piece, np.s_[..., rows, :]) for piece in left], width)
                _accumulate(out[..., rows, columns], part, slabs, width, half)
    return out


def _cut(operand: Operand, where: Any) -> Operand:
    return Operand(operand.once[where], None if operand.twice is None else operand.twice[where])


def _blocks(k: int, pairs: int, most: int) -> Iterator[list[tuple[int, int, int]]]:
    """The inner axes of all pairs in equal blocks of at most `most`: pieces (pair, start, stop)."""
    terms = -(-k * pairs // max(1, -(-k * pairs // most)))
    block: list[tuple[int, int, int]] = []
    room = terms
    for i in range(pairs):
        start = 0
        while start < k:
            stop = min(k, start + room)
            block.append((i, start, stop))
            room -= stop - start
            start = stop
            if room == 0:
                yield block
                block, room = [], terms
    if block:
        yield block


def _ranges(extent: int, step: int) -> Iterator[slice]:
    return (slice(start, min(start + step, extent)) for start in range(0, extent, step))


def _accumulate(out: Words, left: Doubles, right: Doubles, width: int, half: int | None) -> None:
    """out += the product of operands, or half of it, given by their slabs: (.., n, slabs, k) and (.., slabs, k, m)."""
    k = left.shape[-1]
    flat_left = left.reshape(*left.shape[:-2], -1)
    flat_right = right.reshape(*right.shape[:-3], -1, right.shape[-1])
    product = np.empty((*flat_left.shape[:-1], right.shape[-1]), np.float64)
    for (first, last), (top, bottom), weights in _SCHEMES[width].products:
        np.matmul(flat_left[..., first * k:last * k], flat_right[..., top * k:bottom * k, :], out=product)
        for rows in _ranges(product.shape[-2], max(1, _CHUNK // max(1, product[..., 0, :].size))):
            terms = product[..., rows, :].astype(np.int64)
            for shift, sign in weights:
                if half is None:
                    _add(out[..., rows, :], terms, shift, sign, width)
                elif shift:
                    _add(out[..., rows, :], terms, shift - 1, sign, width)
                else:  # all others are even
                    _add(out[..., rows, :], (terms + half) >> 1, 0, sign, width)


def _add(out: Words, terms: NDArray[np.int64], shift: int, sign: int, width: int) -> None:
    """out += sign * terms * 2^shift; at 128 bits the sign is 1."""
    words = terms.view(np.uint64)
    if width == 128:
        words = np.stack([words, (terms >> 63).view(np.uint64)])
        wide.add(out, wide.shift_left(words, shift), out)
    else:
        shifted = words << np.uint64(shift) if shift else words
        (np.add if sign > 0 else np.subtract)(out, shifted, out=out)


def _left_slabs(pieces: Sequence[Operand], width: int) -> Doubles:
    """The slabs of matrices side by side: (.., n, slabs, k)."""
    sums = _SCHEMES[width].left
    *lead, n, _ = pieces[0].once.shape[width // 128:]
    out = np.empty((*lead, n, len(sums), sum(piece.once.shape[-1] for piece in pieces)), np.float64)
    _fill(np.moveaxis(out, -2, 0), pieces, sums, width, -1)
    return out


def _right_slabs(pieces: Sequence[Operand], width: int) -> Doubles:
    """The slabs of matrices one below another: (.., slabs, k, m)."""
    sums = _SCHEMES[width].right
    *lead, _, m = pieces[0].once.shape[width // 128:]
    out = np.empty((*lead, len(sums), sum(piece.once.shape[-2] for piece in pieces), m), np.float64)
    _fill(np.moveaxis(out, -3, 0), pieces, sums, width, -2)
    return out


def _fill(slabs: Doubles, pieces: Sequence[Operand], sums: Sequence[tuple[int, ...]], width: int, axis: int) -> None:
    """Writes the sums of limbs into slabs (slabs, .., n, k) or (slabs, .., k, m): the pieces along `axis`."""
    start = 0
    for piece in pieces:
        words = piece.once
        extent = words.shape[axis]
        inside = slice(start, start + extent)
        target = slabs[..., inside] if axis == -1 else slabs[..., inside, :]
        for rows in _ranges(words.shape[-2], max(1, _CHUNK // max(1, words[..., 0, :].size))):
            limbs = _split(_cut(piece, np.s_[..., rows, :]), width)
            for slab, numbers in zip(target, sums, strict=True):
                slab[..., rows, :] = sum((limbs[i] for i in numbers[1:]), start=limbs[numbers[0]])
        start += extent


def _split(a: Operand, width: int) -> list[NDArray[np.int64]]:
    """The balanced limbs, lowest first, of the element shape."""
    limbs: list[NDArray[np.int64]] = []
    rest, top = _doubled(a, width)
    sizes = _SCHEMES[width].bits
    for i, size in enumerate(sizes):
        word, unused = rest if width == 64 else rest[0], np.int64(64 - size)
        digit = (word.view(np.int64) << unused) >> unused
        limbs.append(digit)
        if i == len(sizes) - 1:
            break
        borrowed = (digit < 0).astype(np.uint64)  # a negative digit takes one from the next
        if width == 64:
            rest = (rest >> np.uint64(size)) + borrowed
        else:
            rest = wide.shift_right(rest, size)
            wide.add(rest, np.stack([borrowed, np.zeros_like(borrowed)]), rest)
        if i == 0 and top is not None:
            (rest if width == 64 else rest[1])[...] += top.astype(np.uint64) << np.uint64(64 - size)
    return limbs


def _doubled(a: Operand, width: int) -> tuple[Words, NDArray[np.bool_] | None]:
    """An operand modulo 2^(width + 1): ring words, and the bit above them, of the element shape; None: 0."""
    if a.twice is None:
        return a.once, None
    if width == 64:
        words = (a.twice << np.uint64(1)) + a.once
        return words, (a.twice.view(np.int64) < 0) ^ (words < a.once)
    words = wide.add(wide.shift_left(a.twice, 1), a.once, np.empty_like(a.twice))
    carry = (words[1] < a.once[1]) | ((words[1] == a.once[1]) & (words[0] < a.once[0]))
    return words, (a.twice[1].view(np.int64) < 0) ^ carry
