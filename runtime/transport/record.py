"""A transport that notes every frame of the one it wraps: for tests on leakage, and for `--trace`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .base import Bytes, Round, Transport


@dataclass(frozen=True)
class Frame:
    """One frame of a round: `length` bytes of body to or from `peer`; `body` only where bodies are kept."""

    sent: bool
    round: int
    peer: int
    length: int
    body: bytes | None = field(default=None, repr=False)


class RecordingTransport(Transport):
    """Passes everything on to `inner`; `frames` are those of the rounds finished so far, in order.

    With `keep` the bodies are kept too. They are shares: a test may look at them, a trace must not.
    """

    def __init__(self, inner: Transport, keep: bool = False) -> None:
        self.me = inner.me
        self.parties = inner.parties
        self.frames: list[Frame] = []
        self._inner = inner
        self._keep = keep

    @property
    def patience(self) -> float:
        return self._inner.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self._inner.patience = seconds

    @property
    def bytes_sent(self) -> int:
        return self._inner.bytes_sent

    @property
    def waited(self) -> Mapping[int, float]:
        return self._inner.waited

    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        return _RecordedRound(self, self._inner.begin(number, outgoing, incoming), number)

    def control(self, payload: bytes) -> dict[int, bytes]:
        return self._inner.control(payload)

    def close(self, reason: str = "") -> None:
        self._inner.close(reason)

    def note(self, sent: bool, number: int, bodies: Mapping[int, Bytes]) -> None:
        """Adds one frame for each of `bodies`, by peer."""
        self.frames += [Frame(sent, number, peer, len(body), body.tobytes() if self._keep else None)
                        for peer, body in sorted(bodies.items())]


class _RecordedRound(Round):
    def __init__(self, transport: RecordingTransport, inner: Round, number: int) -> None:
        self._transport = transport
        self._inner = inner
        self._number = number
        self.out = inner.out

    def ready(self, peer: int, filled: int) -> None:
        self._inner.ready(peer, filled)

    def finish(self) -> dict[int, Bytes]:
        received = self._inner.finish()
        self._transport.note(True, self._number, self.out)
        self._transport.note(False, self._number, received)
        return received
