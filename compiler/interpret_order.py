"""Orders of rows in the clear, from their meaning: for the interpreter alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def rank(keys: Sequence[Array], descending: Sequence[bool], bytewise: Sequence[bool]) -> Array:
    """The place of each row among all by the first key; of equal rows by the next one; at last by where it stood."""
    sortable = [_sortable(*key) for key in zip(keys, descending, bytewise, strict=True)]
    rows = np.lexsort(sortable[::-1])  # stable, the last key first
    places = np.empty(len(rows), np.int64)
    places[rows] = np.arange(len(rows))
    return places


def _sortable(key: Array, descending: bool, bytewise: bool) -> Array:
    """Numbers in whose order the rows go; of a text's word its first byte, which is its lowest, counts most."""
    if bytewise:
        key = np.array([int.from_bytes(int(value).to_bytes(8, "little"), "big") for value in key], object)
    _, place = np.unique(key, return_inverse=True)
    return -place if descending else place


def move(x: Array, order: Array) -> Array:
    """Row i at place order[i]."""
    made = np.empty_like(x)
    made[order.astype(np.int64)] = x
    return made


def unmove(x: Array, order: Array) -> Array:
    """At place i row order[i]."""
    return x[order.astype(np.int64)]


def nth(x: Array, places: Array, among: Array | None = None) -> Array:
    """What stands at places of the sorted values, of those `among` says; of all where it names none."""
    kept = x if among is None or not among.any() else x[among]
    return np.sort(kept)[np.minimum(places.astype(np.int64), len(kept) - 1)]
