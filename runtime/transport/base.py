"""What carries bytes between parties. The one interface; memory, TCP and TLS stand behind it.

A run is a sequence of rounds. In a round each party sends at most one frame to each peer and takes at most
one from each; both sides know every length beforehand from the program, so a frame is a fixed header and then
the bytes, with nothing between. `Round` lets the caller fill a frame piece by piece while what is ready
already travels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

#: Bytes of the header of a frame: magic (2), source (1), destination (1), round (4), length (8).
HEADER_BYTES = 16


class Round(ABC):
    """One exchange under way. `out[peer]` is the body of the frame to that peer, filled by the caller."""

    out: dict[int, Bytes]

    @abstractmethod
    def ready(self, peer: int, filled: int) -> None:
        """The first `filled` bytes of `out[peer]` are final: they may be sent. Does not block."""

    @abstractmethod
    def finish(self) -> dict[int, Bytes]:
        """Sends what is left, waits for every expected frame and returns their bodies by peer.

        Raises PeerError when a peer is gone, silent past the timeout, or sends another header than expected.
        """


class Transport(ABC):
    """The links of one computing party to all others. Positions are those of `Program.computing`.

    `patience` is how long, in seconds, a peer that is waited for may be silent before it counts as gone. It may
    be raised: how long a round computes is known only when the program is.
    """

    me: int
    parties: int
    patience: float = 30.0

    @abstractmethod
    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        """Starts round `number`: bytes of the body to send to and to expect from each peer (none: no frame).

        The buffers of `out` start on 64-byte boundaries, are new for each round and are not touched by the
        transport after `finish`, so that results may go on living in them.
        """

    @abstractmethod
    def control(self, payload: bytes) -> dict[int, bytes]:
        """Gives `payload` to every peer and returns theirs: never while a round is under way.

        Payloads are bounded (CONTROL_LIMIT); raises PeerError as `Round.finish` does.
        """

    @property
    @abstractmethod
    def bytes_sent(self) -> int:
        """Bytes of round frames sent so far, headers included, control messages and TLS records not."""

    @property
    def waited(self) -> Mapping[int, float]:
        """Seconds spent in exchanges so far, what sending takes included, by the peer that came last in each.

        Nothing where nobody measures.
        """
        return {}

    @abstractmethod
    def close(self, reason: str = "") -> None:
        """Ends all links; with a reason, peers are told it (best effort) so that they can name the cause."""


CONTROL_LIMIT = 1 << 24
