"""Packed bit planes: uint64[k, ceil(n / 64)] holds k bits of n values, value i in bit i % 64 of word i // 64.

**Invariant: the bits past n of a plane are zero**, always. Everything here that makes planes keeps it, and so
must everybody who draws or negates planes (`trim`). No neighbour's bit can therefore travel in a tail.

The host is little-endian, as every platform is that numpy's wheels are built for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .compiled import kernels

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

#: Blocks of 64 words that are transposed together: 256 KiB, which stay in the second-level cache.
_BLOCKS = 512

#: For each stage j of a transposition: j, the shift, and the bits whose number lacks j.
_STAGES = tuple((j, np.uint64(j), np.uint64(sum(1 << b for b in range(64) if not b & j)))
                for j in (32, 16, 8, 4, 2, 1))


def word_count(n: int) -> int:
    """Words of a plane of n bits."""
    return (n + 63) // 64


def zeros(k: int, n: int) -> Words:
    """k planes of n zeros that take no memory: a read-only view."""
    return np.broadcast_to(np.uint64(0), (k, word_count(n)))


def tail(n: int) -> np.uint64:
    """The mask of the bits of the last word that belong to a plane of n bits."""
    return np.uint64((1 << (n % 64 or 64)) - 1)


def trim(planes: Words, n: int) -> Words:
    """Zeroes the bits past n, in place."""
    if n % 64:
        planes[:, -1] &= tail(n)
    return planes


def is_trimmed(planes: Words, n: int) -> bool:
    """Whether the invariant holds."""
    return n % 64 == 0 or not int(np.bitwise_or.reduce(planes[:, -1])) >> n % 64


def pack(rows: Bytes) -> Words:
    """Planes of bits given one a byte: uint8[k, n] of 0 and 1."""
    k, n = rows.shape
    out = np.zeros((k, word_count(n)), np.uint64)
    out.view(np.uint8)[:, :(n + 7) // 8] = np.packbits(rows, axis=1, bitorder="little")
    return out


def unpack(planes: Words, n: int) -> Bytes:
    """The bits of planes, one a byte: uint8[k, n]."""
    if planes.size == 0:
        return np.zeros((planes.shape[0], n), np.uint8)
    flat = np.ascontiguousarray(planes).view(np.uint8)
    return np.unpackbits(flat, axis=1, count=n, bitorder="little")


def to_planes(words: Words, lo: int, hi: int) -> Words:
    """Bit planes lo..hi-1 of the words uint64[n], 0 <= lo <= hi <= 64.

    Blocks of 64 x 64 bits are transposed by masked swaps (Warren, Hacker's Delight, 7-3). Where only the low
    2^s bits are wanted, the first stages merge the halves instead of swapping them and the work halves.
    """
    n, k = words.shape[0], hi - lo
    out = np.zeros((k, word_count(n)), np.uint64)
    if k == 0:
        return out
    for first, count in _batches(n):
        rows = np.zeros((64, count), np.uint64)
        piece = words[first * 64:(first + count) * 64]
        whole = piece.shape[0] // 64
        rows[:, :whole] = piece[:whole * 64].reshape(whole, 64).T
        rows[:piece.shape[0] - whole * 64, whole:] = piece[whole * 64:, None]
        if lo:
            rows >>= np.uint64(lo)
        for j, shift, mask in _STAGES:
            low, high = _halves(rows, j)
            if k <= j:
                rows = ((low & mask) | ((high & mask) << shift)).reshape(rows.shape[0] // 2, count)
            else:
                _swap(low, high, shift, mask)
        out[:, first:first + count] = rows[:k]
    return out


def from_planes(planes: Words, n: int) -> Words:
    """The unsigned words uint64[n] of at most 64 planes: the inverse of `to_planes`."""
    k = planes.shape[0]
    if k == 1:
        return np.asarray(unpack(planes, n)[0], np.uint64)
    out = np.zeros(n, np.uint64)
    if k == 0:
        return out
    height = 1 << (k - 1).bit_length()
    for first, count in _batches(n):
        rows = np.zeros((height, count), np.uint64)
        rows[:k] = planes[:, first:first + count]
        for j, shift, mask in reversed(_STAGES):
            if j < height:
                _swap(*_halves(rows, j), shift, mask)
            else:
                rows = np.stack([rows & mask, (rows >> shift) & mask]).reshape(2 * j, count)
        piece = out[first * 64:(first + count) * 64]
        whole = piece.shape[0] // 64
        piece[:whole * 64].reshape(whole, 64)[...] = rows[:, :whole].T
        piece[whole * 64:] = rows[:piece.shape[0] - whole * 64, -1]
    return out


def _batches(n: int) -> Iterator[tuple[int, int]]:
    """The blocks of 64 values in cache-sized batches: first block and count."""
    total = word_count(n)
    return ((first, min(_BLOCKS, total - first)) for first in range(0, total, _BLOCKS))


def transpose(rows: Words) -> None:
    """Exchanges, in place, bit i of rows[j, w] and bit j of rows[i, w]: uint64[64, n], or several of them, stacked."""
    for j, shift, mask in _STAGES:
        _swap(*_halves(rows, j), shift, mask)


def _halves(rows: Words, j: int) -> tuple[Words, Words]:
    """The rows whose number lacks bit j, and those that have it: two views."""
    pairs = rows.reshape(-1, 2, j, rows.shape[1])
    return pairs[:, 0], pairs[:, 1]


def _swap(low: Words, high: Words, shift: np.uint64, mask: np.uint64) -> None:
    """Exchanges the bits outside `mask` of `low` with those inside of `high`."""
    moved = low >> shift
    moved ^= high
    moved &= mask
    high ^= moved
    moved <<= shift
    low ^= moved


# -- on the wire ---------------------------------------------------------------------------------------------


def wire_bytes(k: int, n: int) -> int:
    """Bytes of k planes of n bits in a message: whole bytes a plane, or in all where planes are short."""
    return k * ((n + 7) // 8) if n >= 64 else (k * n + 7) // 8


def wire_view(buffer: Bytes, k: int, n: int) -> Words | None:
    """The message itself as planes, where a plane on the wire is as long as in memory; otherwise None."""
    if n < 64 or (n + 7) // 8 != 8 * word_count(n):
        return None
    return buffer.view(np.uint64).reshape(k, word_count(n))


def to_wire(planes: Words, n: int, buffer: Bytes) -> None:
    """Writes k planes of n bits into a message of exactly `wire_bytes`."""
    k = planes.shape[0]
    if k * n == 0:
        return
    if n >= 64:
        whole = np.ascontiguousarray(planes).view(np.uint8)
        buffer.reshape(k, -1)[...] = whole[:, :(n + 7) // 8]
    else:
        buffer[...] = np.packbits(unpack(planes, n).reshape(-1), bitorder="little")


def from_wire(buffer: Bytes, k: int, n: int) -> Words:
    """The planes of a message; a view where `wire_view` is one. Raises ValueError on bits past an end."""
    planes = wire_view(buffer, k, n)
    if k * n == 0:
        return np.zeros((k, word_count(n)), np.uint64)
    if planes is None and n >= 64:
        return _widened(buffer, k, n)
    if planes is None:
        if k * n % 8 and buffer[-1] >> (k * n % 8):
            raise ValueError("bits past the end of a message")
        planes = pack(np.unpackbits(buffer, count=k * n, bitorder="little").reshape(k, n))
    if not is_trimmed(planes, n):
        raise ValueError("bits past the end of a plane")
    return planes


def _widened(buffer: Bytes, k: int, n: int) -> Words:
    """Planes that take whole bytes in a message, and whole words in memory. Raises ValueError as `from_wire`."""
    nbytes, compiled = (n + 7) // 8, kernels()
    if compiled is None:
        planes = np.zeros((k, word_count(n)), np.uint64)
        planes.view(np.uint8)[:, :nbytes] = buffer.reshape(k, nbytes)
        trimmed = is_trimmed(planes, n)
    else:
        planes = np.empty((k, word_count(n)), np.uint64)
        rows = compiled.message(buffer.reshape(k, nbytes))
        trimmed = not compiled.widen(k, planes.shape[1], nbytes, rows, compiled.written(planes)) >> n % 64
    if not trimmed:
        raise ValueError("bits past the end of a plane")
    return planes
