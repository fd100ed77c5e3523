"""Arithmetic modulo 2^128 on pairs of 64-bit words: arrays uint64[2, *shape], low words first.

Schoolbook over 32-bit halves; every function is branch-free in the values. Words are taken as slices `a[:1]`
and `a[1:]`, not as items, so that the words of a scalar stay arrays: numpy warns of overflow in its scalars.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_HALF = np.uint64(32)
_MASK = np.uint64(0xFFFFFFFF)


def add(a: Words, b: Words, out: Words) -> Words:
    """a + b; `out` may be `a` or `b`."""
    high = a[1:] + b[1:]
    low = a[:1] + b[:1]
    high += low < a[:1]
    out[:1] = low
    out[1:] = high
    return out


def sub(a: Words, b: Words, out: Words) -> Words:
    """a - b; `out` may be `a` or `b`."""
    high = a[1:] - b[1:]
    high -= a[:1] < b[:1]
    low = a[:1] - b[:1]
    out[:1] = low
    out[1:] = high
    return out


def mul(a: Words, b: Words, out: Words) -> Words:
    """a * b; `out` may be `a` or `b`."""
    high = _high_word(a[:1], b[:1])
    high += a[:1] * b[1:]
    high += a[1:] * b[:1]
    low = a[:1] * b[:1]
    out[:1] = low
    out[1:] = high
    return out


def _high_word(a: Words, b: Words) -> Words:
    """The upper 64 bits of the 128-bit products of 64-bit words."""
    a0, a1, b0, b1 = a & _MASK, a >> _HALF, b & _MASK, b >> _HALF
    low, mid, cross = a0 * b0, a1 * b0, a0 * b1
    carry = ((low >> _HALF) + (mid & _MASK) + (cross & _MASK)) >> _HALF
    high: Words = a1 * b1 + (mid >> _HALF) + (cross >> _HALF) + carry
    return high


def total(a: Words, axes: tuple[int, ...]) -> Words:
    """The sum over array axes (1 is the first of the elements); exact for fewer than 2^32 terms."""
    low = np.sum(a[:1] & _MASK, axis=axes)
    mid = np.sum(a[:1] >> _HALF, axis=axes)
    high = np.sum(a[1:], axis=axes)
    word = low + (mid << _HALF)
    return np.concatenate([word, high + (mid >> _HALF) + (word < low)])


def running(a: Words, axis: int) -> Words:
    """The running sums along an array axis (1 is the first of the elements)."""
    low = np.cumsum(a[:1], axis=axis, dtype=np.uint64)
    carries = np.cumsum(low < a[:1], axis=axis, dtype=np.uint64)  # each sum smaller than what was added to it
    return np.concatenate([low, np.cumsum(a[1:], axis=axis, dtype=np.uint64) + carries])


def shift_right(a: Words, f: int) -> Words:
    """a >> f, unsigned, f in 0..127."""
    if f >= 64:
        high = a[1:] >> np.uint64(f - 64)
        return np.concatenate([high, np.zeros_like(high)])
    if f == 0:
        return a
    right, left = np.uint64(f), np.uint64(64 - f)
    return np.concatenate([(a[:1] >> right) | (a[1:] << left), a[1:] >> right])


def shift_left(a: Words, f: int) -> Words:
    """a << f modulo 2^128, f in 0..127."""
    if f >= 64:
        low = a[:1] << np.uint64(f - 64)
        return np.concatenate([np.zeros_like(low), low])
    if f == 0:
        return a
    left, right = np.uint64(f), np.uint64(64 - f)
    return np.concatenate([a[:1] << left, (a[1:] << left) | (a[:1] >> right)])


def quotient(a: Words, d: int) -> Words:
    """a // d, unsigned, 1 <= d < 2^128, by multiplication with a rounded-up reciprocal.

    With l = ceil(log2 d) and m = ceil(2^(128+l) / d) <= 2^129, a // d = a*m >> (128+l) for every a < 2^128
    (Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994, theorem 4.2).
    """
    scale = 128 + (d - 1).bit_length()
    reciprocal = -(-(1 << scale) // d)
    halves = [a[:1] & _MASK, a[:1] >> _HALF, a[1:] & _MASK, a[1:] >> _HALF]
    factors = [np.uint64((reciprocal >> (32 * j)) & 0xFFFFFFFF) for j in range(5)]
    # Column c collects the halves of products that weigh 2^(32c): at most nine, so no column overflows.
    columns = [np.zeros_like(a[:1]) for _ in range(14)]
    for i, half in enumerate(halves):
        for j, factor in enumerate(factors):
            product = half * factor
            columns[i + j] += product & _MASK
            columns[i + j + 1] += product >> _HALF
    for c in range(10):
        columns[c + 1] += columns[c] >> _HALF
        columns[c] &= _MASK
    skip, bits = divmod(scale, 32)
    low, mid, high = (columns[c] | (columns[c + 1] << _HALF) for c in (skip, skip + 2, skip + 4))
    if bits == 0:
        return np.concatenate([low, mid])
    right, left = np.uint64(bits), np.uint64(64 - bits)
    return np.concatenate([(low >> right) | (mid << left), (mid >> right) | (high << left)])
