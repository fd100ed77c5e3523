"""One share on the wire: its bytes, how it is written, how it is read and checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...errors import PeerError
from ...program import ValueType
from .. import movable

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]


def nbytes(of: ValueType) -> int:
    """Bytes of one share."""
    return bits.wire_bytes(of.width, of.size) if of.kind == "planes" else movable.nbytes(of)


def write(share: Words, of: ValueType, buffer: Bytes) -> None:
    """Fills a message."""
    if of.kind == "planes":
        bits.to_wire(share, of.size, buffer)
    else:
        movable.place(of, buffer)[...] = share


def read(buffer: Bytes, of: ValueType, peer: int) -> Words:
    """The share that computing party `peer` sent; may be the message itself. Raises PeerError for a malformed one."""
    if of.kind != "planes":
        return movable.received(of, buffer, peer)
    try:
        return bits.from_wire(buffer, of.width, of.size)
    except ValueError as error:
        raise PeerError(f"computing party {peer} sent {error}") from error
