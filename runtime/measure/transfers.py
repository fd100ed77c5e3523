"""How fast this machine makes correlated randomness: two parties as threads of one process, over memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import process_time
from typing import NamedTuple

from ..preprocess.kinds import Conjunctions, Kind, Narrow, Need, Products
from ..preprocess.phase import DIGIT_BITS, prepare
from ..preprocess.pieces import Batch, Piece, batches
from ..program import DigitBits
from ..transport.memory import network

#: What the digits may be; products are not made by digits of one bit.
_DIGITS: tuple[DigitBits, ...] = (1, 2, 4, 8)


class _Sample(NamedTuple):
    """Items that are made of two kinds, the second with more planes or columns; digits of so many bits."""

    items: int
    few: Kind
    many: Kind
    k: DigitBits = DIGIT_BITS


def _narrow(width: int, columns: int) -> Narrow:
    """Of so many bits that digits do not pay."""
    return Narrow(width, 62, 1, 1, columns, 0)


#: By the ways in which transfers become correlated randomness: by bits, by ring elements, by few bits of these, by
#: digits of them.
_SAMPLES = {
    "conjunctions": _Sample(1 << 13, Conjunctions(1), Conjunctions(16)),
    "products.64": _Sample(1 << 12, Products(64), Products(64, 1, 1, 8)),
    "products.128": _Sample(1 << 10, Products(128), Products(128, 1, 1, 16)),
    "narrow.64": _Sample(1 << 12, _narrow(64, 1), _narrow(64, 8)),
    "narrow.128": _Sample(1 << 11, _narrow(128, 1), _narrow(128, 8)),
    **{f"digits.{k}": _Sample(1 << 6, Products(64, 1, 1, 32), Products(64, 1, 1, 512), k) for k in _DIGITS[1:]},
}

#: Runs of each, of which the fastest counts.
_TRIES = 3

#: What an estimate needs of it.
TRANSFERS = ("start", *(f"extension.{k}" for k in _DIGITS), *_SAMPLES, *(f"{name}.reply" for name in _SAMPLES))


def way(piece: Piece) -> str:
    """The way in which a piece is made."""
    if piece.digits:
        return f"digits.{piece.digits}"
    if isinstance(piece.kind, Conjunctions) or not piece.kind.width:
        return "conjunctions"
    if isinstance(piece.kind, Narrow):
        return f"narrow.{piece.kind.width}"
    return f"products.{piece.kind.width}"


def measure() -> dict[str, float]:
    """CPU seconds, on both sides together but for the start.

    `start`: base transfers and trees, of one party with one peer. For each way a word of choices, of which the
    extension is a part, and a byte of what answers them as `….reply`. `extension.K`: a transfer with digits of K bits.
    """
    start = {k: _fastest(Conjunctions(), 1, k) for k in _DIGITS}
    found = {"start": start[DIGIT_BITS] / 2}
    for name, (items, *kinds, k) in _SAMPLES.items():
        few, many = (_chosen(kind, items, k) for kind in kinds)
        less, more = (_fastest(kind, items, k) - start[k] for kind in kinds)
        reply = max(more - less, 0.0) / (_bytes(many) - _bytes(few))
        found[f"{name}.reply"] = reply
        found[name] = max(less - _bytes(few) * reply, 0.0) / sum(batch.words for batch in few)
    items = _SAMPLES["conjunctions"].items
    for k in _DIGITS:
        words = sum(batch.words for batch in _chosen(Conjunctions(), items, k))
        found[f"extension.{k}"] = max(_fastest(Conjunctions(), items, k) - start[k], 0.0) / (64 * words)
    return found


def _chosen(kind: Kind, count: int, k: DigitBits) -> list[Batch]:
    """All that either party chooses of so many items."""
    pieces = [piece for batch in batches((Need(kind, count),), k) for piece in batch.pieces]
    return [Batch(tuple(piece for piece in pieces if piece.between(*pair))) for pair in ((0, 1), (1, 0))]


def _bytes(chosen: list[Batch]) -> int:
    return sum(batch.reply for batch in chosen)


def _fastest(kind: Kind, count: int, k: DigitBits) -> float:
    return min(_seconds(kind, count, k) for _ in range(_TRIES))


def _seconds(kind: Kind, count: int, k: DigitBits) -> float:
    started = process_time()
    with ThreadPoolExecutor(2) as parties:
        running = [parties.submit(prepare, (Need(kind, count),), transport, {1 - transport.me: bytes(32)}, None, k)
                   for transport in network(2)]
        for one in running:
            one.result()
    return process_time() - started
