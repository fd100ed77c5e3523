"""How the preprocessing of a program is cut into batches and pieces: a pure function of what it consumes.

A batch is one extension of oblivious transfers and one message each way; it bounds the memory. A piece is what
is worked on at one time and stays in the cache. All parties make the same cuts, and the messages' lengths
follow from them. In a piece a party that holds left factors chooses and one that holds right factors answers. Where
each factor is held on one side only and it matters to nobody which is which, every other piece is turned around,
so that both sides have the same work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..ring import ring
from . import bit_products, digit_products, gilboa, injections, translations
from .kinds import Conjunctions, Kind, Narrow, Need, Needs, Products, Translations, holds_left, holds_right
from .softspoken import PIECE

#: Words of choices in a batch (64 transfers each), and bytes of what answers them.
BATCH_WORDS = 1 << 13
BATCH_BYTES = 1 << 24

#: Columns, and elements of products, in a piece.
_COLUMNS = 1 << 10
_ELEMENTS = 1 << 14


@dataclass(frozen=True)
class Piece:
    """Some of the products of need number `need`, of kind `kind`.

    Products, narrow ones too: rows first..last-1 of all left matrices, one below another, of them the inner places
    lo..hi-1, by the columns left..right-1. Others: words first..last-1. `words` of choices, `reply` bytes of
    corrections, `hashes` of a transfer. `turned`: the right factors choose. `digits`: bits of a digit where the
    products are made digit by digit (`digit_products`); 0 where bit by bit.
    """

    need: int
    kind: Kind
    first: int
    last: int
    words: int
    reply: int
    hashes: int
    lo: int = 0
    hi: int = 0
    left: int = 0
    right: int = 0
    turned: bool = False
    digits: int = 0

    def between(self, chooser: int, sender: int) -> bool:
        """Whether the one party chooses here and the other answers."""
        if self.turned:
            return holds_right(self.kind, chooser) and holds_left(self.kind, sender)
        return holds_left(self.kind, chooser) and holds_right(self.kind, sender)


@dataclass(frozen=True)
class Batch:
    """Pieces that are made together; their choices and corrections stand one after the other."""

    pieces: tuple[Piece, ...]

    def between(self, chooser: int, sender: int) -> Batch:
        """What of it the one party chooses and the other answers."""
        return Batch(tuple(piece for piece in self.pieces if piece.between(chooser, sender)))

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
        return max((piece.hashes for piece in self.pieces), default=0)


def batches(needs: Needs, k: int) -> Iterator[Batch]:
    """The batches of a whole program, made with digits of k bits."""
    held: list[Piece] = []
    words = reply = 0
    for piece in _pieces(needs, k):
        if held and (words + piece.words > BATCH_WORDS or reply + piece.reply > BATCH_BYTES):
            yield Batch(tuple(held))
            held, words, reply = [], 0, 0
        held.append(piece)
        words, reply = words + piece.words, reply + piece.reply
    if held:
        yield Batch(tuple(held))


def _pieces(needs: Needs, k: int) -> Iterator[Piece]:
    for i, need in enumerate(needs):
        if isinstance(need.kind, Products):
            yield from _products(i, need.kind, need.count, k)
        elif isinstance(need.kind, Narrow):
            yield from _narrow(i, need.kind, need.count, k)
        elif isinstance(need.kind, Translations):
            yield from _translations(i, need.kind, need.count)
        else:
            yield from _words(i, need)


def _words(number: int, need: Need) -> Iterator[Piece]:
    """Pieces of the kinds that come 64 to a word."""
    kind = need.kind
    reply, hashes = _word_costs(kind)
    turns = isinstance(kind, Conjunctions) and kind.fan == 1 and _one_way(kind)
    for first in range(0, need.count, PIECE):
        words = min(PIECE, need.count - first)
        turned = turns and first // PIECE % 2 == 1
        yield Piece(number, kind, first, first + words, words, reply * words, hashes, turned=turned)


def _word_costs(kind: Kind) -> tuple[int, int]:
    """Bytes of corrections for a word of choices, and hashes of a transfer."""
    if isinstance(kind, Conjunctions):
        return 8 * kind.fan, bit_products.hash_count(kind.fan)
    return injections.correction_bytes(ring(kind.width), 1), 1


def _translations(number: int, kind: Translations, count: int) -> Iterator[Piece]:
    """The words of all switches, layer by layer: a piece lies within one."""
    depth, size = translations.layers(kind, count)
    reply = injections.correction_bytes(translations.group(kind), 1)
    for start in range(0, depth * size, size):
        for first in range(start, start + size, PIECE):
            words = min(PIECE, start + size - first)
            yield Piece(number, kind, first, first + words, words, reply * words, 1)


def _one_way(kind: Kind) -> bool:
    """Whether some party knows a factor."""
    return kind.left >= 0 or kind.right >= 0


def _products(need: int, kind: Products, count: int, k: int) -> Iterator[Piece]:
    lanes, step = kind.width // 64, min(kind.columns, _COLUMNS)
    most = max(1, min(PIECE // lanes, _ELEMENTS // (lanes * lanes * step)))
    turns = kind.inner == kind.columns == 1 and _one_way(kind)
    for number, piece in enumerate(_tiles(need, kind, count, most, step)):
        yield _with_costs(replace(piece, turned=turns and number % 2 == 1), kind, k)


def _narrow(need: int, kind: Narrow, count: int, k: int) -> Iterator[Piece]:
    """The same with the bits of 64 factors, one more for each, as words."""
    transfers, lanes = kind.bits + 1, kind.width // 64
    step = min(kind.columns, _COLUMNS // (2 * lanes))
    most = min(64 * PIECE, 64 * _ELEMENTS // (lanes * step)) // transfers
    for piece in _tiles(need, kind, count, max(64, most // 64 * 64), step):
        elements, columns = (piece.last - piece.first) * (piece.hi - piece.lo), piece.right - piece.left
        words = transfers * -(-elements // 64)
        r = ring(kind.width)
        reply, hashes = gilboa.correction_bytes(r, elements * columns, kind.bits), gilboa.hash_count(r, columns)
        digits = 0
        by_digits = digit_products.reply_bytes(k, elements, columns, kind.bits)
        if kind.width == 64 and by_digits < reply:
            reply, hashes, digits = by_digits, digit_products.hash_count(columns), k
        reply += gilboa.correction_bytes(r, elements * columns, 1, kind.bits)
        yield replace(piece, words=words, reply=reply, hashes=hashes, digits=digits)


def _tiles(need: int, kind: Products | Narrow, count: int, most: int, step: int) -> Iterator[Piece]:
    """By `step` columns: several whole rows where their factors fit into a piece of `most`, otherwise parts of one."""
    jobs = count * kind.rows
    whole = step == kind.columns and kind.inner <= most
    group = most // kind.inner if whole else 1
    for first in range(0, jobs, group):
        for left in range(0, kind.columns, step):
            for lo in range(0, kind.inner, most):
                places = lo, min(lo + most, kind.inner), left, min(left + step, kind.columns)
                yield Piece(need, kind, first, min(first + group, jobs), 0, 0, 0, *places)


def _with_costs(piece: Piece, kind: Products, k: int) -> Piece:
    """A piece of products, made in the way that takes fewer bytes."""
    rows = (piece.last - piece.first) * (piece.hi - piece.lo)
    columns, words = piece.right - piece.left, rows * (kind.width // 64)
    # Of a word of 64 bits the bits times an element of the ring; of the high word of 128 only the low word counts.
    reply = sum(gilboa.correction_bytes(ring(width), rows * columns) for width in range(64, kind.width + 64, 64))
    by_digits = digit_products.reply_bytes(k, rows, columns)
    if kind.width == 64 and by_digits < reply:
        return replace(piece, words=words, reply=by_digits, hashes=digit_products.hash_count(columns), digits=k)
    return replace(piece, words=words, reply=reply, hashes=gilboa.hash_count(ring(kind.width), columns))

