"""Boolean shares by rows: the k bits of an element side by side in one word, where planes hold them apart.

Rows are what moves: an element goes to another place as a whole. k bits take a word of 8, 16, 32 or 64 bits, and
above that as many words of 64 bits as they need, along a second axis; bit i is bit i % 64 of word i // 64.

**Invariant: the bits past k of a row are zero**, as those past n of a plane are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bits

Words = NDArray[np.uint64]
Rows = NDArray[Any]
Bytes = NDArray[np.uint8]


def row_bytes(k: int) -> int:
    """Bytes of a row of k bits, in memory and on the wire: 1, 2, 4 or a multiple of 8."""
    if k <= 32:
        return 1 << max(0, (max(k, 1) + 7) // 8 - 1).bit_length()
    return 8 * ((k + 63) // 64)


def view(buffer: Bytes, k: int, n: int) -> Rows:
    """The bytes of a message as n rows, not copied. Raises ValueError where a bit past k is set."""
    rows = buffer.view(_dtype(k)).reshape(_shape(k, n))
    if not is_trimmed(rows, k):
        raise ValueError("bits past the end of a row")
    return rows


def place(buffer: Bytes, k: int, n: int) -> Rows:
    """The bytes of a message that is to be filled, as n rows."""
    return buffer.view(_dtype(k)).reshape(_shape(k, n))


def empty(k: int, n: int) -> Rows:
    """A new array, contents undefined."""
    return np.empty(_shape(k, n), _dtype(k))


def zeros(k: int, n: int) -> Rows:
    """n rows of zeros that take no memory: a read-only view."""
    return np.broadcast_to(np.zeros((), _dtype(k)), _shape(k, n))


def fits(rows: Any, k: int, n: int) -> bool:
    """Whether an array is n rows of k bits, and trimmed."""
    return (isinstance(rows, np.ndarray) and rows.dtype == _dtype(k) and rows.shape == _shape(k, n)
            and is_trimmed(rows, k))


def trim(rows: Rows, k: int) -> Rows:
    """Zeroes the bits past k, in place."""
    held = 8 * row_bytes(k)
    if k < held:
        last = rows[:, -1] if rows.ndim == 2 else rows
        last &= rows.dtype.type(_mask(k))
    return rows


def is_trimmed(rows: Rows, k: int) -> bool:
    """Whether the invariant holds."""
    if k == 8 * row_bytes(k):
        return True
    last = rows[:, -1] if rows.ndim == 2 else rows
    return not np.any(last & rows.dtype.type(_full(rows) ^ _mask(k)))


def from_planes(planes: Words, n: int) -> Rows:
    """The rows of k planes of n bits."""
    k = planes.shape[0]
    out = empty(k, n)
    if out.ndim == 1:
        out[...] = bits.from_planes(planes, n)
    else:
        for column in range(out.shape[1]):
            out[:, column] = bits.from_planes(planes[64 * column:64 * column + 64], n)
    return out


def to_planes(rows: Rows, lo: int, hi: int) -> Words:
    """Bits lo..hi-1 of rows as planes."""
    if rows.ndim == 1:
        return bits.to_planes(rows.astype(np.uint64, copy=False), lo, hi)
    pieces = [bits.to_planes(rows[:, word], max(lo - 64 * word, 0), min(hi - 64 * word, 64))
              for word in range(lo // 64, -(-hi // 64))]
    return np.concatenate(pieces)


def cut(rows: Rows, lo: int, hi: int) -> Rows:
    """Bits lo..hi-1 of rows as rows of hi - lo bits."""
    if rows.ndim == 1:
        shifted = rows >> rows.dtype.type(lo)
        return trim(shifted.astype(_dtype(hi - lo), copy=False), hi - lo)
    first, shift = divmod(lo, 64)
    made = empty(hi - lo, rows.shape[0])
    for column in range(-(-(hi - lo) // 64)):
        word = rows[:, first + column] >> np.uint64(shift)
        if shift and first + column + 1 < rows.shape[1]:
            word |= rows[:, first + column + 1] << np.uint64(64 - shift)
        (made[:, column] if made.ndim == 2 else made)[...] = word.astype(made.dtype, copy=False)
    return trim(made, hi - lo)


def _dtype(k: int) -> np.dtype[Any]:
    return np.dtype(f"u{min(row_bytes(k), 8)}")


def _shape(k: int, n: int) -> tuple[int, ...]:
    return (n,) if k <= 64 else (n, row_bytes(k) // 8)


def _mask(k: int) -> int:
    """The bits of the last word of a row that belong to it."""
    return (1 << (k % 64 or 64)) - 1 if k else 0


def _full(rows: Rows) -> int:
    return (1 << 8 * rows.dtype.itemsize) - 1
