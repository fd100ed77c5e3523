"""A transport without peers: what goes out is dropped, what comes in is zeros. For measuring one party's own work.

Zeros are well-formed shares of everything. A program that runs over it computes nonsense, in the time that it takes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..transport.base import Bytes, Round, Transport


class EchoTransport(Transport):
    """Party `me` of `parties`, alone."""

    def __init__(self, me: int, parties: int) -> None:
        self.me = me
        self.parties = parties

    @property
    def bytes_sent(self) -> int:
        return 0

    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        return _EchoRound(outgoing, incoming)

    def control(self, payload: bytes) -> dict[int, bytes]:
        return {peer: payload for peer in range(self.parties) if peer != self.me}

    def close(self, reason: str = "") -> None:
        pass


class _EchoRound(Round):
    def __init__(self, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> None:
        self.out = {peer: _words(length) for peer, length in outgoing.items()}
        self._incoming = incoming

    def ready(self, peer: int, filled: int) -> None:
        pass

    def finish(self) -> dict[int, Bytes]:
        return {peer: np.zeros(length, np.uint8) for peer, length in self._incoming.items()}


def _words(length: int) -> Bytes:
    """Fresh bytes, aligned as those of a frame."""
    return np.empty((length + 7) // 8, np.uint64).view(np.uint8)[:length]
