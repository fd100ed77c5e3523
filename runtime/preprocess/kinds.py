"""The kinds of correlated randomness, and how much of them is consumed.

A protocol declares it for each instruction, as it declares the messages (`Protocol.needs`). A factor that one party
knows in the clear is masked by a number that this party alone holds: then only what it holds and what the others hold
meets, one way instead of both.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

#: In the place of a party: no party knows the factor, all hold shares of it.
SHARED = -1


class Products(msgspec.Struct, frozen=True, array_like=True, tag="products"):
    """(A, B, shared A @ B) over Z_2^width: A is rows x inner, B is inner x columns, rows <= columns.

    A single product is the case 1, 1, 1. `left` and `right` tell which party holds A and B.
    """

    width: int
    rows: int = 1
    inner: int = 1
    columns: int = 1
    left: int = SHARED
    right: int = SHARED


class Narrow(msgspec.Struct, frozen=True, array_like=True, tag="narrow"):
    """Products whose left factor party `left` knows and masks modulo 2^bits, so that it takes `bits` + 1 transfers.

    A is rows x inner, its numbers below 2^bits; for each of them there is one bit more, the matrix E. B is inner x
    columns over Z_2^width and `right` holds it. Shared are A @ B and, for every element (i, j) of A, 2^bits E[i, j]
    times row j of B. `bits` + 1 is at most 63.
    """

    width: int
    bits: int
    rows: int
    inner: int
    columns: int
    left: int
    right: int = SHARED


class Conjunctions(msgspec.Struct, frozen=True, array_like=True, tag="conjunctions"):
    """64 times: a bit that `left` holds, `fan` bits that `right` holds, and the shared ANDs of the one with each."""

    fan: int = 1
    left: int = SHARED
    right: int = SHARED


class Injections(msgspec.Struct, frozen=True, array_like=True, tag="injections"):
    """64 times: a bit that party `left` knows, an element of Z_2^width that `right` holds, and the shared product."""

    width: int
    left: int
    right: int = SHARED


class Translations(msgspec.Struct, frozen=True, array_like=True, tag="translations"):
    """An order of `rows` rows that party `left` knows, and what moves shared rows along it: see `translations`.

    A row is `lanes` elements of Z_2^width, or, with width 0, words of 64 bits under XOR.
    """

    rows: int
    lanes: int
    width: int
    left: int
    right: int = SHARED


Kind = Products | Narrow | Conjunctions | Injections | Translations


def holds(holder: int, other: int, party: int) -> bool:
    """Whether a party holds a factor or a share of it, by who knows this factor and who knows the other one.

    Where the other factor is one party's, that party holds nothing of this one: what it has of both it multiplies
    alone.
    """
    return party == holder or (holder == SHARED and party != other)


def holds_left(kind: Kind, party: int) -> bool:
    """Whether a party holds the left factors, or a share of them."""
    return holds(kind.left, kind.right, party)


def holds_right(kind: Kind, party: int) -> bool:
    """As `holds_left`, of the right factors."""
    return holds(kind.right, kind.left, party)


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
