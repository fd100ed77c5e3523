"""How fast this machine makes correlated randomness: two parties as threads of one process, over memory.

Each is sender and receiver, so that half of the CPU seconds are those of one party with one peer.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import process_time
from typing import NamedTuple

from ..preprocess.kinds import Conjunctions, Kind, Need, Products
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


#: By the ways in which transfers become correlated randomness: by bits, by ring elements, by digits of these.
_SAMPLES = {
    "conjunctions": _Sample(1 << 13, Conjunctions(1), Conjunctions(16)),
    "products.64": _Sample(1 << 12, Products(64), Products(64, 1, 1, 8)),
    "products.128": _Sample(1 << 10, Products(128), Products(128, 1, 1, 16)),
    **{f"digits.{k}": _Sample(1 << 7, Products(64, 1, 1, 32), Products(64, 1, 1, 512), k) for k in _DIGITS[1:]},
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
    return f"products.{piece.kind.width}"


def measure() -> dict[str, float]:
    """CPU seconds of one party with one peer, both ways.

    `start`: base transfers and trees. For each way a word of choices, of which the extension is a part, and a byte of
    what answers them as `….reply`. `extension.K`: a transfer with digits of K bits, the start left out.
    """
    start = {k: _fastest(Conjunctions(), 1, k) for k in _DIGITS}
    found = {"start": start[DIGIT_BITS]}
    for name, (items, *kinds, k) in _SAMPLES.items():
        few, many = (_chosen(kind, items, k) for kind in kinds)
        less, more = (_fastest(kind, items, k) - start[k] for kind in kinds)
        reply = max(more - less, 0.0) / (many.reply - few.reply)
        found[f"{name}.reply"] = reply
        found[name] = max(less - few.reply * reply, 0.0) / few.words
    items = _SAMPLES["conjunctions"].items
    for k in _DIGITS:
        found[f"extension.{k}"] = max(_fastest(Conjunctions(), items, k) - start[k], 0.0) / (64 * items)
    return found


def _chosen(kind: Kind, count: int, k: DigitBits) -> Batch:
    """All that one party chooses of so many items."""
    made = batches((Need(kind, count),), k)
    return Batch(tuple(piece for batch in made for piece in batch.between(0, 1).pieces))


def _fastest(kind: Kind, count: int, k: DigitBits) -> float:
    return min(_seconds(kind, count, k) for _ in range(_TRIES))


def _seconds(kind: Kind, count: int, k: DigitBits) -> float:
    started = process_time()
    with ThreadPoolExecutor(2) as parties:
        running = [parties.submit(prepare, (Need(kind, count),), transport, {1 - transport.me: bytes(32)}, None, k)
                   for transport in network(2)]
        for one in running:
            one.result()
    return (process_time() - started) / 2
