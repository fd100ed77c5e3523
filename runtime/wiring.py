"""Networks of XORs over bit planes: the linear part of one level of a Boolean circuit, for all instances at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

#: Words of all wires that are held at one time: they stay in the second-level cache.
_WORDS = 1 << 16

#: The attributes of a network that number wires.
WIRES = ("left", "right", "outs")


def laid_out(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a network with arrays in place of lists of wires: to do once, before a program runs."""
    return {**attrs, **{name: np.asarray(attrs[name], np.intp) for name in WIRES}}


def xors(components: Sequence[Sequence[Words]], attrs: Mapping[str, Any]) -> tuple[Words, ...]:
    """The wires `outs` of a network, for each component: the first wires are the planes of all its parts, the next
    ones its XOR gates.

    Gate i is wire `left[i]` XOR wire `right[i]`. `layers` are the numbers of gates, in order, that need nothing of
    each other. Planes of equal length; a result has a plane for each of `outs`. Components stand side by side, so that
    a gate is done for all of them at once.
    """
    a, b, wanted = (np.asarray(attrs[name], np.intp) for name in WIRES)
    bounds = list(pairwise(accumulate(attrs["layers"], initial=0)))
    given, columns = sum(part.shape[0] for part in components[0]), components[0][0].shape[1]
    made = tuple([np.empty((len(wanted), columns), np.uint64) for _ in components])
    height = given + len(a)
    step = max(1, _WORDS // max(height * len(components), 1))
    for start in range(0, columns, step):
        width = min(step, columns - start)
        wires = np.empty((height, len(components) * width), np.uint64)
        places = [slice(c * width, (c + 1) * width) for c in range(len(components))]
        for parts, place in zip(components, places, strict=True):
            np.concatenate([part[:, start:start + width] for part in parts], out=wires[:given, place])
        for first, stop in bounds:
            np.bitwise_xor(wires.take(a[first:stop], 0), wires.take(b[first:stop], 0),
                           out=wires[given + first:given + stop])
        for out, place in zip(made, places, strict=True):
            out[:, start:start + width] = wires[wanted, place]
    return made
