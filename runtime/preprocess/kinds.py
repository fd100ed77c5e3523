"""The kinds of correlated randomness, and how much of them is consumed.

A protocol declares it for each instruction, as it declares the messages (`Protocol.needs`).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Products(msgspec.Struct, frozen=True, array_like=True, tag="products"):
    """Shared (A, B, A @ B) over Z_2^width: A is rows x inner, B is inner x columns, rows <= columns.

    A single product is the case 1, 1, 1.
    """

    width: int
    rows: int = 1
    inner: int = 1
    columns: int = 1


class Conjunctions(msgspec.Struct, frozen=True, array_like=True, tag="conjunctions"):
    """64 times: a shared bit, `fan` shared bits, and the AND of the one with each of the others."""

    fan: int = 1


Kind = Products | Conjunctions


class Need(msgspec.Struct, frozen=True, array_like=True):
    """So many items of one kind."""

    kind: Kind
    count: int


#: What a whole program consumes: every kind once, in the order of first use, counts above zero.
Needs = tuple[Need, ...]


def total(rows: Iterable[Need]) -> Needs:
    """The sum by kind."""
    counts: dict[Kind, int] = {}
    for need in rows:
        counts[need.kind] = counts.get(need.kind, 0) + need.count
    return tuple(Need(kind, count) for kind, count in counts.items() if count)
