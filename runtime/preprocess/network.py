"""Switching networks: any order of rows as layers of switches, each of which exchanges two neighbours or does not.

The network of V. Benes (Mathematical theory of connecting networks and telephone traffic, 1965) on 2^m rows: the first
layer sends one of each pair of neighbours to an upper and one to a lower network of half the size, the last layer
puts theirs together; 2m - 1 layers of 2^(m-1) switches. Rows beyond those that are wanted stay where they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
Array = NDArray[Any]


class Network:
    """The network for so many rows; `size` is the power of two that they are filled up to."""

    def __init__(self, rows: int) -> None:
        self._levels = max(1, (rows - 1).bit_length())
        self.size = 1 << self._levels
        self.layers = 2 * self._levels - 1

    def regroup(self, layer: int, x: Array) -> Array:
        """The rows (along the last axis) after the switches of a layer, as the next one wants them: neighbours."""
        if layer == self.layers - 1:
            return x
        forward = layer < self._levels - 1
        block = self.size >> (layer if forward else self.layers - 2 - layer)
        parts = (block // 2, 2) if forward else (2, block // 2)
        return x.reshape(*x.shape[:-1], self.size // block, *parts).swapaxes(-1, -2).reshape(x.shape)

    def route(self, orders: Places) -> NDArray[np.bool_]:
        """Whether each switch exchanges: (layers, count, size / 2) for orders (count, size), place i taking row
        order[i]. Its time depends on how rows lie in the orders only through the memory's caches.

        In one level the elements of each loop, from an input to its neighbour, to where that goes, to the neighbour
        there, and so on, alternate between the two halves. All loops are followed at once, by doubling.
        """
        count = orders.shape[0]
        base = np.arange(count)[:, None] * self.size
        goes = np.empty(count * self.size, np.intp)
        goes[(orders + base).reshape(-1)] = np.arange(goes.size)
        bits = np.empty((self.layers, count, self.size // 2), bool)
        for level in range(self._levels - 1):
            block = self.size >> level
            lower = _lower(goes, self._levels - level)
            comes = np.empty_like(goes)
            comes[goes] = np.arange(goes.size)
            bits[level] = lower[::2].reshape(count, -1)
            bits[self.layers - 1 - level] = lower[comes[::2]].reshape(count, -1)
            goes = _within(goes, lower, block)
        bits[self._levels - 1] = (goes[::2] & 1).astype(bool).reshape(count, -1)
        return bits


def _lower(goes: Places, doublings: int) -> NDArray[np.bool_]:
    """Which elements go through the lower half: of two neighbours, at the inputs and at the outputs, one each."""
    here = np.arange(goes.size)
    comes = np.empty_like(goes)
    comes[goes] = here
    onward = comes[goes[here ^ 1] ^ 1]
    first = here
    for _ in range(doublings):
        first = np.minimum(first, first[onward])
        onward = onward[onward]
    return np.asarray(first > first[here ^ 1])


def _within(goes: Places, lower: NDArray[np.bool_], block: int) -> Places:
    """Where the elements go in the networks of half the size, upper before lower."""
    here = np.arange(goes.size)
    half = lower * (block // 2)
    places, targets = ((at & -block) + half + ((at & (block - 1)) >> 1) for at in (here, goes))
    inner = np.empty_like(goes)
    inner[places] = targets
    return inner
