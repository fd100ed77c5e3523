"""What an order moves, ring elements or rows of bits, as plain arrays: the group that they form, and the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import rows
from ..errors import PeerError
from ..prg import Stream
from ..program import ValueType
from ..ring import ring

Array = NDArray[Any]
Bytes = NDArray[np.uint8]


def add(of: ValueType, a: Array, b: Array, out: Array | None = None) -> Array:
    """The sum in the ring, or the XOR of rows."""
    return np.bitwise_xor(a, b, out=out) if of.kind == "rows" else ring(of.width).add(a, b, out=out)


def sub(of: ValueType, a: Array, b: Array, out: Array | None = None) -> Array:
    """The difference in the ring, or the XOR of rows."""
    return np.bitwise_xor(a, b, out=out) if of.kind == "rows" else ring(of.width).sub(a, b, out=out)


def draw(of: ValueType, stream: Stream) -> Array:
    """The next of a stream as such an array: uniform."""
    if of.kind == "arith":
        return ring(of.width).from_stream(stream.words(of.words), of.shape)
    made = rows.empty(of.width, of.size)
    stream.fill(made)
    return rows.trim(made, of.width)


def nbytes(of: ValueType) -> int:
    """Bytes of the array on the wire."""
    return of.size * (rows.row_bytes(of.width) if of.kind == "rows" else of.width // 8)


def place(of: ValueType, buffer: Bytes) -> Array:
    """A message that is to be filled, as such an array."""
    return rows.place(buffer, of.width, of.size) if of.kind == "rows" else ring(of.width).view(buffer, of.shape)


def received(of: ValueType, buffer: Bytes, peer: int) -> Array:
    """A message of a peer as such an array, not copied. Raises PeerError when it is malformed."""
    if of.kind == "arith":
        return ring(of.width).view(buffer, of.shape)
    try:
        return rows.view(buffer, of.width, of.size)
    except ValueError as error:
        raise PeerError(f"computing party {peer} sent {error}") from error


def numbers(of: ValueType, plain: Array) -> Array:
    """An opened array as words of the ring of 64 bits, or of its own; rows of at most 64 bits are unsigned numbers."""
    return plain.astype(np.uint64, copy=False) if of.kind == "rows" else plain
