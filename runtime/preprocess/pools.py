"""What is being made of each kind: a party's own random factors, and its shares of the products.

The factors are the sums of the own ones of those who hold them, a = a_0 + a_1 + .., so that a b is the sum of the
a_i b_i, which are local, and of the a_i b_j, which parties i and j make with transfers: i chooses by the bits of a_i.
Who does not hold a factor has zero in its place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from .. import bits
from ..prg import Stream
from ..ring import Ring, ring
from . import bit_products, digit_products, gilboa, injections, translations
from .hashing import Hash
from .kinds import Conjunctions, Injections, Narrow, Need, Products, Translations, holds_left, holds_right
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
        """The words of a whose bits choose (of b, where the piece is turned)."""

    @abstractmethod
    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        """The sender's side of a piece: adds its shares to c and fills the message."""

    @abstractmethod
    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        """The receiver's side: adds its shares to c."""


class ProductPool(Pool):
    """Matrix products: a (count, rows, inner), b (count, inner, columns), c (count, rows, columns)."""

    def __init__(self, kind: Products, count: int, me: int, random: Stream) -> None:
        self._kind = kind
        r = self._ring = ring(kind.width)
        left, right = holds_left(kind, me), holds_right(kind, me)
        self.a = _drawn(r, (count, kind.rows, kind.inner), random, left)
        self.b = _drawn(r, (count, kind.inner, kind.columns), random, right)
        single = kind.rows == kind.inner == kind.columns == 1
        multiply = r.mul if single else r.matmul
        self.c = np.ascontiguousarray(multiply(self.a, self.b)) if left and right else r.zeros(
            (count, kind.rows, kind.columns))

    def choices(self, piece: Piece) -> Words:
        return self._left(piece).reshape(-1)

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        start, columns = 0, piece.right - piece.left
        b = _rows_for(self._ring, self.a if piece.turned else self.b, piece, self._kind)
        if piece.digits:
            self._add(piece, self._ring, digit_products.send(piece.digits, blocks, offset, b, hashes, out))
            return
        for r, words, a in self._sections(piece):
            end = start + gilboa.correction_bytes(r, a.size * columns)
            share = gilboa.send(r, blocks[:, words], offset, self._ring.resize(b, r), hashes, out[start:end])
            self._add(piece, r, share)
            start = end

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        start, columns = 0, piece.right - piece.left
        if piece.digits:
            a = self._left(piece).reshape(-1)
            self._add(piece, self._ring, digit_products.receive(piece.digits, blocks, a, columns, hashes, message))
            return
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
        """(rows, inner) of the piece; only single products are turned."""
        r = self._ring
        rows = r.reshape(self.b if piece.turned else self.a, (-1, self._kind.inner))
        return r.slice(rows, [slice(piece.first, piece.last), slice(piece.lo, piece.hi)])

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


class NarrowPool(Pool):
    """Products with narrow left factors: arrays as `Material.narrow` hands them out.

    The transfers of a piece are numbered by bit of the factors, 64 factors to a word.
    """

    def __init__(self, kind: Narrow, count: int, me: int, random: Stream) -> None:
        self._kind = kind
        r = self._ring = ring(kind.width)
        self.a = np.zeros((count, kind.rows, kind.inner), np.uint64)
        if holds_left(kind, me):
            self.a = random.words(self.a.size).reshape(self.a.shape) & np.uint64((2 << kind.bits) - 1)
        self.b = _drawn(r, (count, kind.inner, kind.columns), random, holds_right(kind, me))
        self.c = r.zeros((count, kind.rows, 1 + kind.inner, kind.columns))

    def choices(self, piece: Piece) -> Words:
        return bits.to_planes(self._left(piece), 0, self._kind.bits + 1).reshape(-1)

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        r, b = self._ring, _rows_for(self._ring, self.b, piece, self._kind)
        factors, carries = self._by_bit(piece, blocks)
        end = out.size - gilboa.correction_bytes(r, prod(r.shape(b)), 1, self._kind.bits)
        if piece.digits:
            share = digit_products.send(piece.digits, factors, offset, b, hashes, out[:end])
        else:
            share = gilboa.send(r, factors, offset, b, hashes, out[:end])
        self._add(piece, share, gilboa.send(r, carries, offset, b, hashes, out[end:], self._kind.bits))

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        r, a, columns = self._ring, self._left(piece), piece.right - piece.left
        factors, carries = self._by_bit(piece, blocks)
        end = message.size - gilboa.correction_bytes(r, a.size * columns, 1, self._kind.bits)
        if piece.digits:
            share = digit_products.receive(piece.digits, factors, a, columns, hashes, message[:end])
        else:
            share = gilboa.receive(r, factors, a, columns, hashes, message[:end])
        carried = a >> np.uint64(self._kind.bits)
        self._add(piece, share, gilboa.receive(r, carries, carried, columns, hashes, message[end:], self._kind.bits))

    def _left(self, piece: Piece) -> Words:
        """The factors of a piece with their bits of E, one after the other."""
        rows = self.a.reshape(-1, self._kind.inner)[piece.first:piece.last, piece.lo:piece.hi]
        return rows.reshape(-1)

    def _by_bit(self, piece: Piece, blocks: Words) -> tuple[Words, Words]:
        """The blocks uint64[bits, n, 2] of the bits of n factors, and uint64[1, n, 2] of those of E."""
        n = (piece.last - piece.first) * (piece.hi - piece.lo)
        transfers = self._kind.bits + 1
        placed = blocks.reshape(64, transfers, -1, 2).transpose(1, 2, 0, 3).reshape(transfers, -1, 2)
        placed = np.ascontiguousarray(placed[:, :n])
        return placed[:-1], placed[-1:]

    def _add(self, piece: Piece, products: Words, carried: Words) -> None:
        """Adds shares (rows * inner, columns) to those of the rows, and to what stands below them."""
        r = self._ring
        shape = piece.last - piece.first, piece.hi - piece.lo, piece.right - piece.left
        flat = r.reshape(self.c, (-1, 1 + self._kind.inner, self._kind.columns))
        rows, columns = slice(piece.first, piece.last), slice(piece.left, piece.right)
        whole = r.reshape(r.sum(r.reshape(products, shape), (1,)), (shape[0], 1, shape[2]))
        below = slice(1 + piece.lo, 1 + piece.hi)
        for places, share in ((slice(0, 1), whole), (below, r.reshape(carried, shape))):
            c = r.slice(flat, [rows, places, columns])
            r.add(c, share, out=c)


class ConjunctionPool(Pool):
    """ANDs: a [words], b [fan, words], c [fan, words], 64 bits to a word."""

    def __init__(self, kind: Conjunctions, count: int, me: int, random: Stream) -> None:
        left, right = holds_left(kind, me), holds_right(kind, me)
        self.a = random.words(count) if left else np.zeros(count, np.uint64)
        shape = kind.fan, count
        self.b = random.words(kind.fan * count).reshape(shape) if right else np.zeros(shape, np.uint64)
        self.c = self.a & self.b if left and right else np.zeros(shape, np.uint64)

    def choices(self, piece: Piece) -> Words:
        return (self.b[0] if piece.turned else self.a)[piece.first:piece.last]

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        words = slice(piece.first, piece.last)
        b = (self.a[None] if piece.turned else self.b)[:, words]
        self.c[:, words] ^= bit_products.send(blocks, offset, b, hashes, out.view(np.uint64).reshape(b.shape))

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        words = slice(piece.first, piece.last)
        corrections = message.view(np.uint64).reshape(self.c[:, words].shape)
        self.c[:, words] ^= bit_products.receive(blocks, self.choices(piece), hashes, corrections)


class InjectionPool(Pool):
    """Bits times ring elements: a [words] packed bits; b and c (64, words), bit r of word w at [r, w]."""

    def __init__(self, kind: Injections, count: int, me: int, random: Stream) -> None:
        self._ring = ring(kind.width)
        self.a = random.words(count) if holds_left(kind, me) else np.zeros(count, np.uint64)
        self.b = _drawn(self._ring, (64, count), random, holds_right(kind, me))
        self.c = self._ring.zeros((64, count))

    def choices(self, piece: Piece) -> Words:
        return self.a[piece.first:piece.last]

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        r = self._ring
        self._add(piece, injections.send(r, blocks, offset, r.slice(self.b, self._cut(piece)), hashes[0], out))

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        self._add(piece, injections.receive(self._ring, blocks, self.choices(piece), hashes[0], message))

    def _cut(self, piece: Piece) -> tuple[slice, slice]:
        return slice(None), slice(piece.first, piece.last)

    def _add(self, piece: Piece, share: Words) -> None:
        c = self._ring.slice(self.c, self._cut(piece))
        self._ring.add(c, share, out=c)


class TranslationPool(Pool):
    """Orders that one party knows: its order, or masks before and after."""

    def __init__(self, kind: Translations, count: int, me: int, random: Stream) -> None:
        self._chooser = translations.Chooser(kind, count, random) if me == kind.left else None
        self._sender = translations.Sender(kind, count, random) if me != kind.left else None

    @property
    def arrays(self) -> tuple[Words, Words, Words]:
        side = self._chooser or self._sender
        assert side is not None
        return side.arrays()

    def choices(self, piece: Piece) -> Words:
        assert self._chooser is not None
        return self._chooser.choices[piece.first:piece.last]

    def answer(self, piece: Piece, blocks: Words, offset: Words, hashes: Sequence[Hash], out: Bytes) -> None:
        assert self._sender is not None
        self._sender.answer(slice(piece.first, piece.last), blocks, offset, hashes[0], out)

    def accept(self, piece: Piece, blocks: Words, hashes: Sequence[Hash], message: Bytes) -> None:
        assert self._chooser is not None
        self._chooser.accept(slice(piece.first, piece.last), blocks, hashes[0], message)


def pool(need: Need, me: int, random: Stream) -> Pool:
    """An empty pool of party `me`: random factors where it holds them, and of the products what is local."""
    if isinstance(need.kind, Conjunctions):
        return ConjunctionPool(need.kind, need.count, me, random)
    if isinstance(need.kind, Injections):
        return InjectionPool(need.kind, need.count, me, random)
    if isinstance(need.kind, Translations):
        return TranslationPool(need.kind, need.count, me, random)
    if isinstance(need.kind, Narrow):
        return NarrowPool(need.kind, need.count, me, random)
    return ProductPool(need.kind, need.count, me, random)


def _rows_for(r: Ring, b: Words, piece: Piece, kind: Products | Narrow) -> Words:
    """For every factor that chooses in a piece its row of the matrices b: (rows * inner, columns)."""
    first, last = piece.first // kind.rows, (piece.last - 1) // kind.rows + 1
    part = r.slice(b, [slice(first, last), slice(piece.lo, piece.hi), slice(piece.left, piece.right)])
    if kind.rows > 1:
        part = r.take(part, (np.arange(piece.first, piece.last) // kind.rows - first).tolist(), 0)
    return r.reshape(part, (-1, piece.right - piece.left))


def _drawn(r: Ring, shape: tuple[int, ...], random: Stream, held: bool) -> Words:
    if not held:
        return r.zeros(shape)
    out = r.empty(shape)
    random.fill(out)
    return out
