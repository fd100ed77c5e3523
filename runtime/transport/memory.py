"""The links of parties that are threads of one process: the twin of the socket transports, for tests.

Frames have the same headers and are checked the same way. Queues are unbounded, so nobody blocks on sending.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue

import numpy as np

from ..errors import PeerError
from .base import CONTROL_LIMIT, HEADER_BYTES, Bytes, Round, Transport
from .frame import (
    ABORT,
    CONTROL,
    ROUND,
    Header,
    abort_frame,
    buffers,
    check,
    check_control,
    check_plan,
    outgoing,
    stopped,
    unpack,
)

#: A frame on its way; None: the sender has closed.
_Queue = SimpleQueue[Bytes | None]


def network(parties: int, names: Sequence[str] = (), timeout: float = 30.0) -> list[Transport]:
    """The transports of `parties` computing parties linked to each other, by position.

    `names` are for messages; `timeout` is how long, in seconds, a party waits for a silent peer.
    """
    known = tuple(names) or tuple(f"party {i}" for i in range(parties))
    links: dict[tuple[int, int], _Queue] = {
        (src, dst): SimpleQueue() for src in range(parties) for dst in range(parties) if src != dst}
    return [MemoryTransport(me, known, links, timeout) for me in range(parties)]


class MemoryTransport(Transport):
    """One party's end of `network`."""

    def __init__(self, me: int, names: Sequence[str], links: Mapping[tuple[int, int], _Queue],
                 timeout: float) -> None:
        self.me = me
        self.parties = len(names)
        self._names = names
        self._links = links
        self.patience = timeout
        self._sent = 0
        self._waited = {peer: 0.0 for peer in range(self.parties) if peer != me}
        self._controls = 0
        self._closed = False

    @property
    def bytes_sent(self) -> int:
        return self._sent

    @property
    def waited(self) -> Mapping[int, float]:
        return dict(self._waited)

    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        check_plan(self.me, self.parties, number, outgoing, incoming)
        self._check_open()
        return _MemoryRound(self, number, outgoing, incoming)

    def control(self, payload: bytes) -> dict[int, bytes]:
        if len(payload) > CONTROL_LIMIT:
            raise ValueError(f"a control message of {len(payload)} bytes; at most {CONTROL_LIMIT} are sent")
        self._check_open()
        number, self._controls = self._controls, self._controls + 1
        peers = [peer for peer in range(self.parties) if peer != self.me]
        for peer in peers:
            head = Header(CONTROL, self.me, peer, number, len(payload)).pack()
            self._links[self.me, peer].put(np.frombuffer(head + payload, dtype=np.uint8))
        received = {}
        for peer in peers:
            frame = self.take(peer)
            expected = Header(CONTROL, peer, self.me, number, 0)
            check_control(unpack(frame[:HEADER_BYTES].data), expected, self._names[peer])
            received[peer] = frame[HEADER_BYTES:].tobytes()
        return received

    def close(self, reason: str = "") -> None:
        if self._closed:
            return
        self._closed = True
        for peer in range(self.parties):
            if peer != self.me:
                if reason:
                    told = np.frombuffer(abort_frame(self.me, peer, reason), dtype=np.uint8)
                    self._links[self.me, peer].put(told)
                self._links[self.me, peer].put(None)

    def send(self, peer: int, frame: Bytes) -> None:
        """Puts a copy of the frame of a round on its way: the receiver owns what it gets."""
        copy, _ = buffers(len(frame) - HEADER_BYTES)
        copy[:] = frame
        self._links[self.me, peer].put(copy)
        self._sent += len(frame)

    def take(self, peer: int) -> Bytes:
        """The next frame from `peer`, whatever it is. Raises PeerError when it is gone, stopped or silent."""
        name, begun = self._names[peer], time.monotonic()
        try:
            frame = self._links[peer, self.me].get(timeout=self.patience)
        except Empty:
            raise PeerError(f"{name} sent nothing for {self.patience:g} s") from None
        self._waited[peer] += time.monotonic() - begun
        if frame is None:
            self._links[peer, self.me].put(None)
            raise PeerError(f"{name} closed the link")
        if unpack(frame[:HEADER_BYTES].data).kind == ABORT:
            raise stopped(name, frame[HEADER_BYTES:].tobytes())
        return frame

    def name(self, peer: int) -> str:
        """The name of `peer` in messages."""
        return self._names[peer]

    def _check_open(self) -> None:
        if self._closed:
            raise PeerError("the links of this party are closed")


class _MemoryRound(Round):
    def __init__(self, transport: MemoryTransport, number: int, to: Mapping[int, int],
                 incoming: Mapping[int, int]) -> None:
        self._transport = transport
        self._expected = {peer: Header(ROUND, peer, transport.me, number, length)
                          for peer, length in incoming.items()}
        self._frames: dict[int, Bytes] = {}
        self.out = {}
        for peer, length in to.items():
            self._frames[peer], self.out[peer] = outgoing(Header(ROUND, transport.me, peer, number, length))

    def ready(self, peer: int, filled: int) -> None:
        if not 0 <= filled <= len(self.out[peer]):
            raise ValueError(f"{filled} bytes ready of a frame of {len(self.out[peer])}")

    def finish(self) -> dict[int, Bytes]:
        for peer, frame in self._frames.items():
            self._transport.send(peer, frame)
        received = {}
        for peer, expected in self._expected.items():
            frame = self._transport.take(peer)
            check(unpack(frame[:HEADER_BYTES].data), expected, self._transport.name(peer))
            received[peer] = frame[HEADER_BYTES:]
        return received
