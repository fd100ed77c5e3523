"""Words cut to their low bytes on the way: in pieces of 8, 4, 2 and 1 bytes, each for all words one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

_PIECES = ((8, np.uint64), (4, np.uint32), (2, np.uint16), (1, np.uint8))


def pack(values: Words, size: int, out: Bytes, start: int) -> int:
    """Writes the low `size` bytes of every word into `out` from `start` on; where it ends."""
    for piece, kind, shift in _cut(size):
        end = start + values.size * piece
        room: NDArray[Any] = out[start:end].view(kind).reshape(values.shape)
        room[...] = values if shift == 0 else values >> np.uint64(shift)
        start = end
    return start


def unpack(shape: tuple[int, ...], size: int, message: Bytes, start: int) -> tuple[Words, int]:
    """What `pack` wrote, the other bytes zero, and where it ends."""
    out = np.zeros(shape, np.uint64)
    for piece, kind, shift in _cut(size):
        end = start + out.size * piece
        out |= message[start:end].view(kind).reshape(shape).astype(np.uint64) << np.uint64(shift)
        start = end
    return out, start


def _cut(size: int) -> Iterator[tuple[int, type, int]]:
    """The pieces of so many bytes: bytes, type, place in the word."""
    shift = 0
    for piece, kind in _PIECES:
        if size & piece:
            yield piece, kind, shift
            shift += 8 * piece
