"""One round by the clock, up to the last byte sent: what each party has worked, and until when its link is busy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloister.runtime.protocols.base import Message
from cloister.runtime.traffic import padded


class RoundClock:
    """Seconds since the round was begun.

    `crowd` is how many times as long all parties' work takes where they share a machine, `pace` the seconds of the link
    for a byte, `byte` those of work for a byte sent and received.
    """

    def __init__(self, parties: int, crowd: float, pace: float, byte: float) -> None:
        self._crowd = crowd
        self._pace = pace
        self._byte = byte
        self._own = [0.0] * parties
        #: Work of sending and receiving, which goes on beside what is computed.
        self._carrying = [0.0] * parties
        self._up = [0.0] * parties
        self._down = [0.0] * parties

    @property
    def worked(self) -> float:
        """When the last party has done its work; on a shared machine not before all work is done."""
        return self.together([own + carrying for own, carrying in zip(self._own, self._carrying, strict=True)])

    @property
    def travelled(self) -> float:
        """When the last byte is sent."""
        return max(*self._up, *self._down)

    def work(self, seconds: Sequence[float]) -> None:
        """What each party works next."""
        for party, more in enumerate(seconds):
            self._own[party] += more

    def send(self, messages: Iterable[Message]) -> None:
        """Messages that are ready when their sender is."""
        whole = self.together(self._own)
        for message in messages:
            nbytes = padded(message.nbytes)
            ready = min(whole, self._crowd * self._own[message.src])
            for lanes, party in ((self._up, message.src), (self._down, message.dst)):
                lanes[party] = max(lanes[party], ready) + nbytes * self._pace
                self._carrying[party] += nbytes * self._byte / 2

    def together(self, own: Sequence[float]) -> float:
        """How long it takes until each party has done this much."""
        return max(*own, self._crowd * sum(own) / len(own))
