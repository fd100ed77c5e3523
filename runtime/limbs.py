"""Integer matrix products through the floating-point BLAS, exact modulo 2^64 and 2^128.

An operand is cut into balanced limbs of 22 bits (each in -2^21 .. 2^21 - 1), 3 for 64 bits and 6 for 128.
Products of limbs i and j weigh 2^(22(i+j)); those of one weight are added inside of one product of wider
matrices, [a0|a1|..] @ [..;b1;b0]. A product of limbs is at most 2^42 and double precision is exact to 2^53,
so that 2048 terms may be added: the inner size is cut into blocks for that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import wide

Words = NDArray[np.uint64]
Doubles = NDArray[np.float64]

_BITS = 22
_TERMS = 1 << (53 - 2 * (_BITS - 1))

#: Rows of the left side that are in floating point at one time (times the inner block times the limbs).
_ROWS = 4096

#: Below this many rows or columns the conversion costs more than numpy's own integer product.
_SMALL = 48


def matmul(a: Words, b: Words, width: int) -> Words:
    """(.., n, k) @ (.., k, m) modulo 2^width; equal leading axes. Arrays as in `ring`."""
    if width == 64 and min(a.shape[-2], b.shape[-1]) < _SMALL:
        return np.asarray(np.matmul(a, b))
    count = -(-width // _BITS)
    block = _TERMS // count
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    out = np.zeros((*a.shape[:-2], n, m), np.uint64)
    for start in range(0, k, block):
        stop = min(k, start + block)
        right = np.concatenate(_split(b[..., start:stop, :], width)[::-1], axis=-2)
        for top in range(0, n, _ROWS):
            rows = slice(top, min(n, top + _ROWS))
            left = np.concatenate(_split(a[..., rows, start:stop], width), axis=-1)
            _accumulate(out[..., rows, :], left, right, stop - start, width)
    return out


def _accumulate(out: Words, left: Doubles, right: Doubles, k: int, width: int) -> None:
    """out += the product of operands given by their limbs, side by side and, reversed, one below another."""
    count = left.shape[-1] // k
    for level in range(count):
        product = np.matmul(left[..., :(level + 1) * k], right[..., (count - 1 - level) * k:, :])
        terms = product.astype(np.int64)
        if width == 64:
            out += terms.astype(np.uint64) << np.uint64(_BITS * level)
        else:
            signed = np.stack([terms.astype(np.uint64), (terms >> 63).astype(np.uint64)])
            wide.add(out, wide.shift_left(signed, _BITS * level), out)


def _split(a: Words, width: int) -> list[Doubles]:
    """The balanced limbs, lowest first, as doubles of the element shape."""
    half, mask = 1 << (_BITS - 1), np.uint64((1 << _BITS) - 1)
    limbs = []
    rest = a
    for _ in range(-(-width // _BITS)):
        word = rest if width == 64 else rest[0]
        digit = ((word + np.uint64(half)) & mask).astype(np.int64) - half
        limbs.append(digit.astype(np.float64))
        if width == 64:
            rest = (rest - digit.astype(np.uint64)) >> np.uint64(_BITS)
        else:
            signed = np.stack([digit.astype(np.uint64), (digit >> 63).astype(np.uint64)])
            rest = wide.shift_right(wide.sub(rest, signed, np.empty_like(rest)), _BITS)
    return limbs
