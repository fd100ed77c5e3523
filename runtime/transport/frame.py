"""A frame: its header, its buffers, and what is said when the wrong one comes.

=======  =============================================================================================
CR       the one frame of a round: number is the round's, the length is known to both sides
CC       a control message: number counts the control messages of the run, length <= CONTROL_LIMIT
CX       the sender stops: the body says why, UTF-8 text of at most ABORT_LIMIT bytes, never data
=======  =============================================================================================

The header is little endian: kind (2), source (1), destination (1), number (4), length (8). Header and body
are one contiguous buffer, so that a frame needs neither a second system call nor a copy; it is the body that
starts on a 64-byte boundary.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..errors import PeerError
from .base import CONTROL_LIMIT, HEADER_BYTES, Bytes

ROUND = b"CR"
CONTROL = b"CC"
ABORT = b"CX"

ABORT_LIMIT = 1024
ALIGNMENT = 64

#: A computing position takes one byte of the header.
MOST_PARTIES = 256
_MOST_NUMBER = 1 << 32

_HEADER = struct.Struct("<2sBBIQ")
assert _HEADER.size == HEADER_BYTES


class Header(NamedTuple):
    """The fields of a frame's header; `kind` is ROUND, CONTROL or ABORT."""

    kind: bytes
    source: int
    destination: int
    number: int
    length: int

    def pack(self) -> bytes:
        """The HEADER_BYTES on the wire."""
        return _HEADER.pack(*self)


def unpack(head: bytes | memoryview) -> Header:
    """The header in the first HEADER_BYTES of `head`; whether it makes sense is for `check` to say."""
    return Header(*_HEADER.unpack_from(head))


def check(found: Header, expected: Header, name: str) -> None:
    """Raises PeerError naming the peer `name` unless `found` is exactly what it had to send."""
    if found == expected:
        return
    if found.kind != expected.kind:
        kinds = {ROUND: "a frame of a round", CONTROL: "a control message"}
        what = kinds.get(found.kind, "bytes that are no frame")
        raise PeerError(f"{name} sent {what} where {kinds[expected.kind]} was expected")
    for field in ("source", "destination", "number", "length"):
        have, want = getattr(found, field), getattr(expected, field)
        if have != want:
            where = "round" if expected.kind == ROUND else "control message"
            raise PeerError(f"{name} sent a frame with {field} {have}, expected {want}, "
                            f"in {where} {expected.number}")


def check_control(found: Header, expected: Header, name: str) -> None:
    """As `check` for a control message, whose length is the sender's choice up to CONTROL_LIMIT."""
    check(found._replace(length=0), expected._replace(length=0), name)
    if found.length > CONTROL_LIMIT:
        raise PeerError(f"{name} sent a control message of {found.length} bytes; "
                        f"at most {CONTROL_LIMIT} are taken")


def buffers(length: int) -> tuple[Bytes, Bytes]:
    """A new frame of HEADER_BYTES + length bytes, not initialised, and the view of its aligned body."""
    room = np.empty(length + HEADER_BYTES + ALIGNMENT - 1, dtype=np.uint8)
    address: int = room.__array_interface__["data"][0]
    start = -(address + HEADER_BYTES) % ALIGNMENT
    frame = room[start:start + HEADER_BYTES + length]
    return frame, frame[HEADER_BYTES:]


def outgoing(header: Header) -> tuple[Bytes, Bytes]:
    """`buffers` of the header's length with the header written."""
    frame, body = buffers(header.length)
    frame[:HEADER_BYTES] = np.frombuffer(header.pack(), dtype=np.uint8)
    return frame, body


def check_plan(me: int, parties: int, number: int, *lengths: Mapping[int, int]) -> None:
    """Raises ValueError when a round is asked for that no frame can carry: a mistake of the caller."""
    if not 0 <= number < _MOST_NUMBER:
        raise ValueError(f"round {number} does not fit the header")
    for plan in lengths:
        for peer, length in plan.items():
            if not 0 <= peer < parties or peer == me or length < 0:
                raise ValueError(f"no frame of {length} bytes between {me} and {peer} of {parties} parties")


def abort_frame(me: int, peer: int, reason: str) -> bytes:
    """The whole frame that tells `peer` why this party stops; the text is cut to ABORT_LIMIT bytes."""
    text = reason.encode("utf-8", "replace")[:ABORT_LIMIT]
    return Header(ABORT, me, peer, 0, len(text)).pack() + text


def stopped(name: str, text: bytes) -> PeerError:
    """The error for an abort frame of the peer `name`. What it sent is shown as plain printable text."""
    words = text[:ABORT_LIMIT].decode("utf-8", "replace")
    return PeerError(f"{name} stopped: {printable(words)}")


def printable(text: str) -> str:
    """Text from elsewhere made safe for a terminal: one line, no control characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
