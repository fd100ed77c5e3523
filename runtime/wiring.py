"""Which planes go where: picked ones, and networks of XORs, the linear part of one level of a Boolean circuit, for
all instances at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import Kernels, kernels

Words = NDArray[np.uint64]
Indices = NDArray[np.int64]

#: Words of all wires that are held at one time: they stay in the second-level cache.
_WORDS = 1 << 16
#: Columns that are done at one time are whole cache lines of so many words.
_LINE = 8


class Picked(NamedTuple):
    """The planes to take of a value, and where they go where others are zero."""

    planes: slice | list[int]
    places: list[int] | None

    @classmethod
    def of(cls, planes: Sequence[int]) -> Picked:
        """From plane numbers, -1 for a plane of zeros: a slice where they are consecutive."""
        wanted, first = list(planes), planes[0] if planes else 0
        if first >= 0 and wanted == list(range(first, first + len(wanted))):
            return cls(slice(first, first + len(wanted)), None)
        if -1 not in wanted:
            return cls(wanted, None)
        places = [i for i, plane in enumerate(wanted) if plane >= 0]
        return cls([wanted[i] for i in places], places)


class Network:
    """A network whose first `given` wires are planes, checked and laid out once, before a program runs.

    Gate i is wire `left[i]` XOR wire `right[i]`. `layers` are the numbers of gates, in order, that need nothing of
    each other; `outs` are the wires of the result. Raises ValueError for what is no network.
    """

    def __init__(self, attrs: Mapping[str, Any], given: int) -> None:
        self.given = given
        self.left, self.right, self.outs = (_fixed(attrs[name]) for name in ("left", "right", "outs"))
        self.bounds = tuple(pairwise(accumulate(attrs["layers"], initial=0)))
        self.height = given + self.left.size
        self._check()
        made = kernels()
        self.compiled = None if made is None else _Compiled(made, self)

    def _check(self) -> None:
        """Every wire is there before it is read: what a kernel may read and write hangs on this."""
        sizes = [stop - start for start, stop in self.bounds]
        gates = (sum(sizes),)
        if min(sizes, default=0) < 0 or not self.left.shape == self.right.shape == gates or self.outs.ndim != 1:
            raise ValueError(f"layers of {gates[0]} gates with {self.left.size} left and {self.right.size} right wires")
        there = self.given + np.repeat(np.array([start for start, _ in self.bounds], np.int64), sizes)
        for wires, bound in ((self.left, there), (self.right, there), (self.outs, self.height)):
            if np.any(wires < 0) or np.any(wires >= bound):
                raise ValueError("a network reads a wire before it is there")


class _Compiled:
    """A network as the compiled kernel takes it: a gate that is wanted is made where it is wanted.

    `gates`: how many, their left and right wires, and their rows of the result or, from -1 downwards, of the room for
    the `hidden` ones that nobody wants. `copies`: how many, the wires, and the rows of the result that repeat them.
    """

    def __init__(self, made: Kernels, network: Network) -> None:
        outs, given = network.outs, network.given
        row = np.full(network.height, -1, np.int64)
        row[outs] = np.arange(len(outs))
        place = row[given:]
        unwanted = place < 0
        self.hidden = int(unwanted.sum())
        place[unwanted] = -1 - np.arange(self.hidden)
        copied = np.flatnonzero((outs < given) | (row[outs] != np.arange(len(outs))))
        self.kernels, of = made, made.indices
        self.gates = len(place), of(network.left), of(network.right), of(_fixed(place))
        self.copies = len(copied), of(_fixed(outs[copied])), of(_fixed(copied))


def _fixed(numbers: Any) -> Indices:
    """Numbers as an array of its own that nobody changes once it is checked."""
    made = np.array(numbers, np.int64)
    made.flags.writeable = False
    return made


def xors(components: Sequence[Sequence[Words]], network: Network) -> tuple[Words, ...]:
    """The wires `outs` of a network, for each component: its first wires are the planes of all its parts, the next
    ones its gates.

    Planes of equal length; a result has a plane for each of `outs`. Raises ValueError where the parts are not those of
    the network, or of each other.
    """
    shapes = [part.shape for part in components[0]]
    columns = shapes[0][1]
    if (sum(height for height, _ in shapes) != network.given or any(width != columns for _, width in shapes)
            or any([part.shape for part in parts] != shapes for parts in components[1:])):
        raise ValueError(f"planes of {shapes} for a network of {network.given}")
    made = tuple([np.empty((len(network.outs), columns), np.uint64) for _ in components])
    if network.compiled is not None:
        _by_kernel(components, network, network.compiled, made)
    else:
        _by_layers(components, network, made)
    return made


def _by_kernel(components: Sequence[Sequence[Words]], network: Network, compiled: _Compiled,
               made: Sequence[Words]) -> None:
    """All gates in one call, one component after the other."""
    parts, columns, k = components[0], made[0].shape[1], compiled.kernels
    step = _step(network.height, columns)
    k.xors(len(components), len(parts), [k.words(part) for given in components for part in given],
           [part.shape[0] for part in parts], *compiled.gates, *compiled.copies, columns, step,
           k.room(network.height + compiled.hidden * step), [k.written(out) for out in made])


def _by_layers(components: Sequence[Sequence[Words]], network: Network, made: Sequence[Words]) -> None:
    """A call for each layer; components stand side by side, so that a gate is done for all of them at once."""
    given, height, columns = network.given, network.height, made[0].shape[1]
    for start, width in _pieces(columns, _step(height * len(components), columns)):
        wires = np.empty((height, len(components) * width), np.uint64)
        places = [slice(c * width, (c + 1) * width) for c in range(len(components))]
        for parts, place in zip(components, places, strict=True):
            np.concatenate([part[:, start:start + width] for part in parts], out=wires[:given, place])
        for first, stop in network.bounds:
            np.bitwise_xor(wires.take(network.left[first:stop], 0), wires.take(network.right[first:stop], 0),
                           out=wires[given + first:given + stop])
        for out, place in zip(made, places, strict=True):
            out[:, start:start + width] = wires[network.outs, place]


def _step(height: int, columns: int) -> int:
    """How many columns of so many wires stay in the cache."""
    step = max(1, _WORDS // max(height, 1))
    return max(1, columns) if step >= columns else max(_LINE, step - step % _LINE)


def _pieces(columns: int, step: int) -> Iterator[tuple[int, int]]:
    """Where each piece starts, and its width."""
    return ((start, min(step, columns - start)) for start in range(0, columns, step))
