"""Networks of XORs over bit planes: the linear part of one level of a Boolean circuit, for all instances at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

#: Words of all wires that are held at one time: they stay in the second-level cache.
_WORDS = 1 << 16


def xors(parts: Sequence[Words], left: Sequence[int], right: Sequence[int], layers: Sequence[int],
         outs: Sequence[int]) -> Words:
    """The wires `outs` of a network: the first wires are the planes of all parts, the next ones its XOR gates.

    Gate i is wire `left[i]` XOR wire `right[i]`. `layers` are the numbers of gates, in order, that need nothing of
    each other. Planes of equal length; the result has a plane for each of `outs`.
    """
    given, columns = sum(part.shape[0] for part in parts), parts[0].shape[1]
    a, b, wanted = (np.asarray(wires, np.intp) for wires in (left, right, outs))
    bounds = list(pairwise(accumulate(layers, initial=0)))
    out = np.empty((len(outs), columns), np.uint64)
    height = given + len(a)
    step = max(1, _WORDS // max(height, 1))
    for start in range(0, columns, step):
        piece = slice(start, min(start + step, columns))
        wires = np.empty((height, piece.stop - piece.start), np.uint64)
        np.concatenate([part[:, piece] for part in parts], out=wires[:given])
        for first, stop in bounds:
            np.bitwise_xor(wires[a[first:stop]], wires[b[first:stop]], out=wires[given + first:given + stop])
        out[:, piece] = wires[wanted]
    return out
