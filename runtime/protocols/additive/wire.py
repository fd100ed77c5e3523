"""One share on the wire: its bytes, how it is written, how it is read and checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...errors import PeerError
from ...program import ValueType
from ...ring import ring
from .. import movable
from ..base import Incoming

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


def total(incoming: Incoming, peers: Sequence[int], of: ValueType) -> Words:
    """The sum of what came from peers, at least one, as their whole messages. Raises PeerError for a malformed one."""
    found = read(incoming.of(peers[0]), of, peers[0])
    for peer in peers[1:]:
        came = read(incoming.of(peer), of, peer)
        found = found ^ came if of.kind == "planes" else ring(of.width).add(found, came)
    return found
