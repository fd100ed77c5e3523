"""A transport that behaves like a slower network: a delay line and a token bucket at the receiver, over any other.

For parties on one machine, whose clocks are one: a frame carries when its sender began and ended it, and it is handed
over when it would have come. So nothing is added to what a party waits for anyway while it computes. What
arrives from all peers shares the receiver's bandwidth. `bytes_sent` does not count the stamps.

This models a link of constant latency and rate with an endless queue: no loss, no jitter, no slow start, and senders
who are never held back.
"""

from __future__ import annotations

import struct
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from .base import Bytes, Round, Transport
from .frame import check_plan

_STAMPS = struct.Struct("<dd")
_STAMP = struct.Struct("<d")

#: Sleeps by which the timer's delay is found: how many, and of how many seconds.
_TRIALS, _NAP = 15, 2e-4


@dataclass(frozen=True)
class Shape:
    """A link: seconds one way, and bytes a second that one party receives in all."""

    latency: float
    bandwidth: float


class ShapedTransport(Transport):
    """Passes everything on to `inner`, later."""

    def __init__(self, inner: Transport, shape: Shape) -> None:
        self.me = inner.me
        self.parties = inner.parties
        self._inner = inner
        self._shape = shape
        self._stamps = 0
        self._free = 0.0
        self._late = _lateness()
        self._slept: dict[int, float] = defaultdict(float)

    @property
    def patience(self) -> float:
        return self._inner.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self._inner.patience = seconds

    @property
    def bytes_sent(self) -> int:
        return self._inner.bytes_sent - self._stamps

    @property
    def waited(self) -> Mapping[int, float]:
        return {peer: seconds + self._slept[peer] for peer, seconds in self._inner.waited.items()}

    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        check_plan(self.me, self.parties, number, outgoing, incoming)
        self._stamps += _STAMPS.size * len(outgoing)
        return _ShapedRound(self, self._inner.begin(number, _stamped(outgoing), _stamped(incoming)))

    def control(self, payload: bytes) -> dict[int, bytes]:
        received = self._inner.control(_STAMP.pack(time.monotonic()) + payload)
        sent = [float(_STAMP.unpack_from(one)[0]) for one in received.values()]
        self._sleep_until(max(sent, default=0.0) + self._shape.latency)
        return {peer: one[_STAMP.size:] for peer, one in received.items()}

    def close(self, reason: str = "") -> None:
        self._inner.close(reason)

    def deliver(self, frames: Iterable[tuple[float, float, int, int]]) -> None:
        """Returns when the last of these frames has come: for each when it was begun, when ended, its bytes, and who
        sent it."""
        latency, seconds = self._shape.latency, 1 / self._shape.bandwidth
        for begun, ended, nbytes, peer in sorted(frames):
            self._free = max(max(begun + latency, self._free) + nbytes * seconds, ended + latency)
            before = time.monotonic()
            self._sleep_until(self._free)
            self._slept[peer] += time.monotonic() - before

    def _sleep_until(self, moment: float) -> None:
        left = moment - time.monotonic() - self._late
        if left > 0:
            time.sleep(left)


class _ShapedRound(Round):
    def __init__(self, transport: ShapedTransport, inner: Round) -> None:
        self._transport = transport
        self._inner = inner
        self._begun: dict[int, float] = {}
        self.out = {peer: body[:-_STAMPS.size] for peer, body in inner.out.items()}

    def ready(self, peer: int, filled: int) -> None:
        if filled:
            self._begun.setdefault(peer, time.monotonic())
        self._inner.ready(peer, filled)

    def finish(self) -> dict[int, Bytes]:
        for peer, body in self._inner.out.items():
            now = time.monotonic()
            stamps = _STAMPS.pack(self._begun.get(peer, now), now)
            body[-_STAMPS.size:] = np.frombuffer(stamps, np.uint8)
        received = self._inner.finish()
        self._transport.deliver((*_STAMPS.unpack(body[-_STAMPS.size:].tobytes()), len(body) - _STAMPS.size, peer)
                                for peer, body in received.items())
        return {peer: body[:-_STAMPS.size] for peer, body in received.items()}


def _stamped(lengths: Mapping[int, int]) -> dict[int, int]:
    return {peer: length + _STAMPS.size for peer, length in lengths.items()}


def _lateness() -> float:
    """Seconds by which the system wakes a sleeper late."""
    late = []
    for _ in range(_TRIALS):
        begun = time.monotonic()
        time.sleep(_NAP)
        late.append(time.monotonic() - begun - _NAP)
    return max(0.0, median(late))
