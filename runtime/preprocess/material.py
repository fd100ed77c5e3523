"""The correlated randomness of one party for one run: each item is handed out once, in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..ring import ring
from .kinds import Conjunctions, Injections, Kind, Narrow, Need, Needs, Products, Translations
from .translations import group

Words = NDArray[np.uint64]

#: Shares of the two factors and of their product.
Triple = tuple[Words, Words, Words]


def shapes(need: Need) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The shapes of the arrays of a need: factors and products."""
    kind, count = need.kind, need.count
    if isinstance(kind, Conjunctions):
        return (count,), (kind.fan, count), (kind.fan, count)
    if isinstance(kind, Translations):
        masks = group(kind).full((count, kind.lanes, kind.rows))
        return (count, kind.rows), masks, masks
    full = ring(kind.width).full
    if isinstance(kind, Injections):
        return (count,), full((64, count)), full((64, count))
    if isinstance(kind, Narrow):
        return ((count, kind.rows, kind.inner), full((count, kind.inner, kind.columns)),
                full((count, kind.rows, 1 + kind.inner, kind.columns)))
    return (full((count, kind.rows, kind.inner)), full((count, kind.inner, kind.columns)),
            full((count, kind.rows, kind.columns)))


class Material:
    """Items of each kind; `arrays` are shares of the factors and the products, as the pools make them."""

    def __init__(self, needs: Needs, arrays: Sequence[Triple]) -> None:
        self.needs = needs
        self.arrays = tuple(arrays)
        self._places = {need.kind: i for i, need in enumerate(needs)}
        self._taken = [0] * len(needs)

    def products(self, kind: Products, count: int) -> Triple:
        """The next triples (count, rows, inner), (count, inner, columns), (count, rows, columns)."""
        r = ring(kind.width)
        place, items = self._next(kind, count)
        a, b, c = (r.slice(array, [items]) for array in self.arrays[place])
        return a, b, c

    def narrow(self, kind: Narrow, count: int) -> Triple:
        """The next uint64[count, rows, inner], the bits of E above those of A; B (count, inner, columns); and shares
        (count, rows, 1 + inner, columns): of a row of A @ B, and below it of what its elements' bits of E make of B.
        """
        r = ring(kind.width)
        place, items = self._next(kind, count)
        a, b, c = self.arrays[place]
        return a[items], r.slice(b, [items]), r.slice(c, [items])

    def conjunctions(self, kind: Conjunctions, words: int) -> Triple:
        """The next triples of packed bits: uint64[words], uint64[fan, words], uint64[fan, words]."""
        place, items = self._next(kind, words)
        a, b, c = self.arrays[place]
        return a[items], b[:, items], c[:, items]

    def injections(self, kind: Injections, words: int) -> Triple:
        """The next packed bits uint64[words], and elements and products (64, words): bit r of word w at [r, w]."""
        r = ring(kind.width)
        place, items = self._next(kind, words)
        a, b, c = self.arrays[place]
        return a[items], r.slice(b, [slice(None), items]), r.slice(c, [slice(None), items])

    def translation(self, kind: Translations) -> Triple:
        """The next order uint64[rows], masks before and after (lanes, rows): see `translations`."""
        r = group(kind)
        place, items = self._next(kind, 1)
        order, before, after = self.arrays[place]
        return order[items.start], *(r.slice(masks, [items])[..., 0, :, :] for masks in (before, after))

    def left(self) -> dict[Kind, int]:
        """What has not been used."""
        return {need.kind: need.count - taken for need, taken in zip(self.needs, self._taken, strict=True)}

    def taken(self) -> dict[str, int]:
        """Items used so far by kind: part of the state of a run."""
        return {repr(need.kind): taken for need, taken in zip(self.needs, self._taken, strict=True)}

    def _next(self, kind: Kind, count: int) -> tuple[int, slice]:
        place = self._places.get(kind)
        if place is None or self._taken[place] + count > self.needs[place].count:
            raise ValueError(f"more is consumed of {kind} than was made")
        start = self._taken[place]
        self._taken[place] = start + count
        return place, slice(start, start + count)
