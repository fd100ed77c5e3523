"""Translations of shared rows along an order that one party knows: what moving them takes beforehand.

Party `left` has a random order q of n rows; every other party j has random rows a_j and b_j; and `left` has the
sum over j of a_j moved along q, less b_j. With this the others' shares move along q by one message (M. Chase, E. Ghosh,
O. Poburinnaya, Secret-shared shuffle, ASIACRYPT 2020, eprint 2019/1340).

It is made by a switching network. `left` chooses by its switches, all at once: they are one layer after the other
only for who answers. That party holds a mask for every row; a switch s on the masks u0, u1 gives both shares of
s (u1 - u0), its own is added to u0 and taken from u1, and `left` does the same with its own (P. Mohassel, S. Sadeghian,
How to hide circuits in MPC, EUROCRYPT 2013, eprint 2013/137, with correlated transfers). The masks that come out
at the end are b_j.

Elements are of a ring, or words under XOR, as many `lanes` to a row; every lane is a network of its own with the same
switches. The switches of a layer stand in words, 64 to a word, those of all items and lanes side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import orders
from ..prg import Stream
from ..ring import Ring, Ring64, ring
from . import injections
from .hashing import Hash
from .kinds import Translations
from .network import Network

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]


class Exclusive(Ring64):
    """Words under XOR, as the group that they are."""

    def add(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return np.asarray(np.bitwise_xor(a, b, out=out))

    def sub(self, a: Words, b: Words, out: Words | None = None) -> Words:
        return np.asarray(np.bitwise_xor(a, b, out=out))

    def neg(self, a: Words) -> Words:
        return a


_EXCLUSIVE = Exclusive()


def group(kind: Translations) -> Ring:
    """What the elements are."""
    return ring(kind.width) if kind.width else _EXCLUSIVE


def layers(kind: Translations, count: int) -> tuple[int, int]:
    """How many layers `count` translations have, and the words of switches in each."""
    network = Network(kind.rows)
    return network.layers, count * kind.lanes * _words(network)


def _words(network: Network) -> int:
    return -(-network.size // 128)


class Chooser:
    """The side of party `left`."""

    def __init__(self, kind: Translations, count: int, random: Stream) -> None:
        self._kind, self._count, self._group = kind, count, group(kind)
        self._network = Network(kind.rows)
        self._orders = np.tile(np.arange(self._network.size), (count, 1))
        for row in self._orders:
            row[:kind.rows] = orders.draw(random, kind.rows)
        self._bits = self._network.route(self._orders)
        self.choices = self._packed()
        self._shares = self._group.zeros((64, self.choices.size))

    def _packed(self) -> Words:
        """The switches of all layers as words."""
        depth, count, half = self._bits.shape
        room = np.zeros((depth, count, self._kind.lanes, 64 * _words(self._network)), np.uint8)
        room[..., :half] = self._bits[:, :, None]
        return np.packbits(room, axis=-1, bitorder="little").reshape(-1).view(np.uint64)

    def accept(self, words: slice, blocks: Words, hashed: Hash, message: Bytes) -> None:
        """Adds the shares of a sender's differences, each times its switch."""
        r = self._group
        place = r.slice(self._shares, [slice(None), words])
        r.add(place, injections.receive(r, blocks, self.choices[words], hashed, message), out=place)

    def arrays(self) -> tuple[Words, Words, Words]:
        """The orders (count, rows), nothing, and the sums (count, lanes, rows)."""
        r, kind = self._group, self._kind
        x = r.zeros((self._count, kind.lanes, self._network.size))
        size = layers(kind, self._count)[1]
        for layer in range(self._network.layers):
            words = slice(layer * size, (layer + 1) * size)
            shares = _rows(r, r.slice(self._shares, [slice(None), words]), self._count, kind.lanes, self._network)
            apart = r.sub(x[..., 1::2], x[..., ::2]) * self._bits[layer][:, None].astype(np.uint64)
            x = self._network.regroup(layer, _switched(r, x, r.add(apart, shares)))
        taken = self._orders[:, :kind.rows].astype(np.uint64)
        return taken, r.zeros((self._count, kind.lanes, kind.rows)), x[..., :kind.rows].copy()


class Sender:
    """The side of every other party."""

    def __init__(self, kind: Translations, count: int, random: Stream) -> None:
        self._kind, self._count, self._group = kind, count, group(kind)
        self._network = Network(kind.rows)
        self._masks = self._group.empty((count, kind.lanes, self._network.size))
        random.fill(self._masks)
        self._first = self._masks[..., :kind.rows].copy()
        self._layer = 0
        self._size = layers(kind, count)[1]
        self._start()

    def _start(self) -> None:
        """What the switches of the layer multiply."""
        r = self._group
        self._apart = _switches(r, r.sub(self._masks[..., 1::2], self._masks[..., ::2]), self._network)
        self._own = r.zeros((64, self._size))

    def answer(self, words: slice, blocks: Words, offset: Words, hashed: Hash, out: Bytes) -> None:
        """Fills the corrections for words of one layer; the last ones of it end the layer."""
        r, before = self._group, self._layer * self._size
        place = [slice(None), slice(words.start - before, words.stop - before)]
        r.slice(self._own, place)[...] = injections.send(r, blocks, offset, r.slice(self._apart, place), hashed, out)
        if words.stop == before + self._size:
            shares = _rows(r, self._own, self._count, self._kind.lanes, self._network)
            self._masks = self._network.regroup(self._layer, _switched(r, self._masks, shares))
            self._layer += 1
            if self._layer < self._network.layers:
                self._start()

    def arrays(self) -> tuple[Words, Words, Words]:
        """Nothing (count, rows), and the masks before and after (count, lanes, rows)."""
        nothing = np.zeros((self._count, self._kind.rows), np.uint64)
        return nothing, self._first, self._masks[..., :self._kind.rows].copy()


def _switched(r: Ring, x: Words, exchange: Words) -> Words:
    """The rows after a layer: what a switch exchanges is added to the one of its pair and taken from the other."""
    out = np.empty_like(x)
    out[..., ::2] = r.add(x[..., ::2], exchange)
    out[..., 1::2] = r.sub(x[..., 1::2], exchange)
    return out


def _switches(r: Ring, pairs: Words, network: Network) -> Words:
    """Elements (count, lanes, size / 2) as those of words of switches: (64, words)."""
    count, lanes, half = r.shape(pairs)
    room = r.zeros((count, lanes, 64 * _words(network)))
    room[..., :half] = pairs
    return np.ascontiguousarray(r.transpose(r.reshape(room, (-1, 64)), (1, 0)))


def _rows(r: Ring, elements: Words, count: int, lanes: int, network: Network) -> Words:
    """The inverse of `_switches`."""
    room = r.reshape(np.ascontiguousarray(r.transpose(elements, (1, 0))), (count, lanes, 64 * _words(network)))
    return room[..., :network.size // 2]
