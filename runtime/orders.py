"""Orders of rows: random ones drawn from a stream, and moving the rows of plain arrays along one.

An order is an array p of n different places. To gather along it is to take row p[i] to place i; to scatter is the
inverse: row i goes to place p[i].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import PeerError
from .prg import Stream
from .program import ValueType

Places = NDArray[np.intp]


def draw(stream: Stream, n: int) -> Places:
    """A random order of n rows, each as likely as any other; both holders of the stream draw the same.

    The rows are sorted by random words, of which as many upper bits count as the numbers of the rows leave; rows with
    equal words are sorted by fresh ones, so that the order is uniform without an error. The time this takes
    depends on the stream alone.
    """
    if n < 2:
        return np.arange(n)
    below = np.uint64((n - 1).bit_length())
    keys = stream.words(n)
    keys >>= below
    keys <<= below
    keys |= np.arange(n, dtype=np.uint64)
    keys.sort()
    order = (keys & np.uint64((1 << int(below)) - 1)).view(np.intp)
    keys >>= below
    same = keys[1:] == keys[:-1]
    if same.any():
        _settle(order, keys, same, stream)
    return order


def _settle(order: Places, keys: NDArray[np.uint64], same: NDArray[np.bool_], stream: Stream) -> None:
    """Sorts rows of equal keys by fresh words, in place; `same` says where a key equals the one before it."""
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    group = keys[tied]
    while True:
        fresh = stream.words(tied.size)
        by = np.lexsort((fresh, group))
        if not np.any((np.diff(group[by]) == 0) & (np.diff(fresh[by]) == 0)):
            order[tied] = order[tied][by]
            return


def inverse(order: NDArray[Any]) -> Places:
    """The order that undoes it; in a time that does not depend on the order."""
    back = np.zeros(order.size, np.intp)
    back[order] = np.arange(order.size)
    return back


def places(index: NDArray[np.uint64], n: int) -> Places:
    """A public array of n places as it came. Raises PeerError when it names a row that there is not."""
    if index.size and int(index.max()) >= n:
        raise PeerError("what was opened is no order of the rows")
    return index.reshape(-1).view(np.intp)


def gather(array: NDArray[Any], index: Places, of: ValueType) -> NDArray[Any]:
    """Place i of the first element axis holds row index[i]."""
    return np.take(array, index, axis=_axis(of))


def scatter(array: NDArray[Any], index: Places, of: ValueType) -> NDArray[Any]:
    """Row i of the first element axis goes to place index[i]; a place that none goes to holds 0."""
    out = np.zeros(array.shape, array.dtype)
    out[(slice(None),) * _axis(of) + (index,)] = array
    return out


def _axis(of: ValueType) -> int:
    """The axis of the rows: elements of 128 bits are held with their words first."""
    return 1 if of.kind != "rows" and of.width == 128 else 0
