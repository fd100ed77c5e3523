"""How the preprocessing of a program is cut into batches and pieces: a pure function of what it consumes.

A batch is one extension of oblivious transfers and one message each way; it bounds the memory. A piece is what
is worked on at one time and stays in the cache. Both sides make the same cuts, and the messages' lengths
follow from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..ring import ring
from . import bit_products, gilboa
from .kinds import Conjunctions, Needs, Products
from .softspoken import PIECE

#: Words of choices in a batch (64 transfers each), and bytes of what answers them.
BATCH_WORDS = 1 << 13
BATCH_BYTES = 1 << 24

#: Columns, and elements of products, in a piece.
_COLUMNS = 1 << 10
_ELEMENTS = 1 << 14


@dataclass(frozen=True)
class Piece:
    """Some of the products of `needs[need]`.

    Products: rows first..last-1 of all left matrices, one below another, of them the inner places lo..hi-1, by
    the columns left..right-1. Conjunctions: words first..last-1. `words` of choices, `reply` bytes of corrections,
    `hashes` of a transfer.
    """

    need: int
    first: int
    last: int
    words: int
    reply: int
    hashes: int
    lo: int = 0
    hi: int = 0
    left: int = 0
    right: int = 0


@dataclass(frozen=True)
class Batch:
    """Pieces that are made together; their choices and corrections stand one after the other."""

    pieces: tuple[Piece, ...]

    @property
    def words(self) -> int:
        """Words of choices."""
        return sum(piece.words for piece in self.pieces)

    @property
    def reply(self) -> int:
        """Bytes of corrections."""
        return sum(piece.reply for piece in self.pieces)

    @property
    def hashes(self) -> int:
        """Hashes of a transfer."""
        return max(piece.hashes for piece in self.pieces)


def batches(needs: Needs) -> Iterator[Batch]:
    """The batches of a whole program."""
    held: list[Piece] = []
    words = reply = 0
    for piece in _pieces(needs):
        if held and (words + piece.words > BATCH_WORDS or reply + piece.reply > BATCH_BYTES):
            yield Batch(tuple(held))
            held, words, reply = [], 0, 0
        held.append(piece)
        words, reply = words + piece.words, reply + piece.reply
    if held:
        yield Batch(tuple(held))


def _pieces(needs: Needs) -> Iterator[Piece]:
    for i, need in enumerate(needs):
        if isinstance(need.kind, Conjunctions):
            yield from _conjunctions(i, need.kind, need.count)
        else:
            yield from _products(i, need.kind, need.count)


def _conjunctions(need: int, kind: Conjunctions, count: int) -> Iterator[Piece]:
    for first in range(0, count, PIECE):
        words = min(PIECE, count - first)
        yield Piece(need, first, first + words, words, 8 * kind.fan * words, bit_products.hash_count(kind.fan))


def _products(need: int, kind: Products, count: int) -> Iterator[Piece]:
    """Several whole rows where they fit into a piece, otherwise parts of one."""
    lanes = kind.width // 64
    step = min(kind.columns, _COLUMNS)
    most = max(1, min(PIECE // lanes, _ELEMENTS // (lanes * lanes * step)))
    jobs = count * kind.rows
    whole = step == kind.columns and kind.inner <= most
    group = most // kind.inner if whole else 1
    for first in range(0, jobs, group):
        for left in range(0, kind.columns, step):
            for lo in range(0, kind.inner, most):
                yield _product_piece(need, kind, (first, min(first + group, jobs)), (lo, min(lo + most, kind.inner)),
                                     (left, min(left + step, kind.columns)))


def _product_piece(need: int, kind: Products, jobs: tuple[int, int], inner: tuple[int, int],
                   columns: tuple[int, int]) -> Piece:
    words = (jobs[1] - jobs[0]) * (inner[1] - inner[0])
    wide = columns[1] - columns[0]
    # Of a word of 64 bits the bits times an element of the ring; of the high word of 128 only the low word counts.
    reply = sum(gilboa.correction_bytes(ring(width), words * wide) for width in range(64, kind.width + 64, 64))
    return Piece(need, *jobs, words * (kind.width // 64), reply, gilboa.hash_count(ring(kind.width), wide),
                 *inner, *columns)
