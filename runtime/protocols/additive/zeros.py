"""Fresh sharings of zero from pairwise keys: what makes the shares of an opened value uniform given the value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...prg import Stream
from ...program import ValueType
from .. import movable

Words = NDArray[np.uint64]


class Zeros:
    """Party `me` adds what it draws with later parties and subtracts what it draws with earlier ones.

    With two parties nothing is drawn: one share of an opened value follows from the other and the value.
    """

    def __init__(self, me: int, keys: Mapping[int, bytes]) -> None:
        shared = keys if len(keys) > 1 else {}
        self._plus = {peer: Stream(key, b"additive") for peer, key in shared.items() if peer > me}
        self._minus = {peer: Stream(key, b"additive") for peer, key in shared.items() if peer < me}

    def add(self, of: ValueType, share: Words) -> None:
        """Adds this party's share of a fresh zero to one of a value, in place. Not where `share` is read-only."""
        if of.kind == "planes":
            for stream in (*self._plus.values(), *self._minus.values()):
                share ^= bits.trim(stream.words(share.size).reshape(share.shape), of.size)
            return
        for stream in self._plus.values():
            movable.add(of, share, movable.draw(of, stream), out=share)
        for stream in self._minus.values():
            movable.sub(of, share, movable.draw(of, stream), out=share)

    def position(self) -> dict[str, int]:
        """Bytes drawn with each peer."""
        return {f"peer {peer}": stream.position for peer, stream in sorted((self._plus | self._minus).items())}
