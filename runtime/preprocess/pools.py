"""What is being made of each kind: a party's own random factors, and its shares of the products.

The factors are the sums of all parties' own ones, a = a_0 + a_1 + .., so that a b is the sum of the a_i b_i,
which are local, and of the a_i b_j, which parties i and j make with transfers: i chooses by the bits of a_i.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..prg import Stream
from ..ring import Ring, ring
from . import bit_products, gilboa
from .hashing import Hash
from .kinds import Conjunctions, Need, Products
from .pieces import Piece

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]


class Pool(ABC):
    """The items of one need; `arrays` are the factors and the products."""

    a: Words
    b: Words
    c: Words

    @property
    def arrays(self) -> tuple[Words, Words, Words]:
        """a, b and c = a b."""
        return self.a, self.b, self.c

    @abstractmethod
    def choices(self, piece: Piece) -> Words:
        """The words of a whose bits choose."""

    @abstractmethod
    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        """The sender's side of a piece: adds its shares to c and fills the message."""

    @abstractmethod
    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        """The receiver's side: adds its shares to c."""


class ProductPool(Pool):
    """Matrix products: a (count, rows, inner), b (count, inner, columns), c (count, rows, columns)."""

    def __init__(self, kind: Products, count: int, random: Stream) -> None:
        self._kind = kind
        self._ring = ring(kind.width)
        self.a = _drawn(self._ring, (count, kind.rows, kind.inner), random)
        self.b = _drawn(self._ring, (count, kind.inner, kind.columns), random)
        single = kind.rows == kind.inner == kind.columns == 1
        multiply = self._ring.mul if single else self._ring.matmul
        self.c = np.ascontiguousarray(multiply(self.a, self.b))

    def choices(self, piece: Piece) -> Words:
        return self._left(piece).reshape(-1)

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        start, columns = 0, piece.right - piece.left
        b = self._right(piece)
        for r, words, a in self._sections(piece):
            end = start + gilboa.correction_bytes(r, a.size * columns)
            share = gilboa.send(r, blocks[:, words], offset, self._ring.resize(b, r), hashes, out[start:end])
            self._add(piece, r, share)
            start = end

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        start, columns = 0, piece.right - piece.left
        for r, words, a in self._sections(piece):
            end = start + gilboa.correction_bytes(r, a.size * columns)
            share = gilboa.receive(r, blocks[:, words], a, columns, hashes, message[start:end])
            self._add(piece, r, share)
            start = end

    def _sections(self, piece: Piece) -> Iterator[tuple[Ring, slice, Words]]:
        """For each word of the ring: the ring in which its products count, its transfers, and the words of a."""
        a = self._left(piece)
        rows = a if self._ring.lead else a[None]
        size = rows.shape[1] * rows.shape[2]
        for i, words in enumerate(rows):
            yield ring(self._kind.width - 64 * i), slice(i * size, (i + 1) * size), words.reshape(-1)

    def _left(self, piece: Piece) -> Words:
        """(rows, inner) of the piece."""
        r = self._ring
        rows = r.reshape(self.a, (-1, self._kind.inner))
        return r.slice(rows, [slice(piece.first, piece.last), slice(piece.lo, piece.hi)])

    def _right(self, piece: Piece) -> Words:
        """For every choosing word its row of b: (rows * inner, columns)."""
        r, kind = self._ring, self._kind
        first, last = piece.first // kind.rows, (piece.last - 1) // kind.rows + 1
        part = r.slice(self.b, [slice(first, last), slice(piece.lo, piece.hi), slice(piece.left, piece.right)])
        if kind.rows > 1:
            part = r.take(part, (np.arange(piece.first, piece.last) // kind.rows - first).tolist(), 0)
        return r.reshape(part, (-1, piece.right - piece.left))

    def _add(self, piece: Piece, r: Ring, share: Words) -> None:
        """Adds shares (rows * inner, columns); those that the high word makes count from the high word on."""
        whole = self._ring
        rows, columns = piece.last - piece.first, piece.right - piece.left
        total = r.sum(r.reshape(share, (rows, piece.hi - piece.lo, columns)), (1,))
        c = whole.slice(whole.reshape(self.c, (-1, self._kind.columns)),
                        [slice(piece.first, piece.last), slice(piece.left, piece.right)])
        if r.width == whole.width:
            whole.add(c, total, out=c)
        else:
            c[1] += total


class ConjunctionPool(Pool):
    """ANDs: a [words], b [fan, words], c [fan, words], 64 bits to a word."""

    def __init__(self, kind: Conjunctions, count: int, random: Stream) -> None:
        self.a = random.words(count)
        self.b = random.words(kind.fan * count).reshape(kind.fan, count)
        self.c = self.a & self.b

    def choices(self, piece: Piece) -> Words:
        return self.a[piece.first:piece.last]

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        words = slice(piece.first, piece.last)
        b = self.b[:, words]
        self.c[:, words] ^= bit_products.send(blocks, offset, b, hashes, out.view(np.uint64).reshape(b.shape))

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        words = slice(piece.first, piece.last)
        corrections = message.view(np.uint64).reshape(self.c[:, words].shape)
        self.c[:, words] ^= bit_products.receive(blocks, self.a[words], hashes, corrections)


def pool(need: Need, random: Stream) -> Pool:
    """An empty pool: random factors, and of the products what is local."""
    if isinstance(need.kind, Conjunctions):
        return ConjunctionPool(need.kind, need.count, random)
    return ProductPool(need.kind, need.count, random)


def _drawn(r: Ring, shape: tuple[int, ...], random: Stream) -> Words:
    out = r.empty(shape)
    random.fill(out)
    return out
