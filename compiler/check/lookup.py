"""Elements by an index that nobody may know: every element is looked at, and the one wanted is picked in secret.

The index is compared with every place, so reading costs as many comparisons as there are places, for each index,
and one product of a matrix with the array; writing costs the comparisons and a choice for every element.
"""

from __future__ import annotations

from ..source import Span
from .operands import is_bool
from .shapes import broadcast, make, reshape, size_of
from .tree import Expr, Iota
from .types import Bool, Dim, Int, Type
from .values import join_elems, plain


def lookup(base: Expr, index: Expr, span: Span) -> Expr:
    """`base[index]` along the first axis, for an index of any shape that lies within it.

    The shape is that of the index and the other axes of the array.
    """
    base, index = plain(base), plain(index)
    rest, places = base.type.shape[1:], base.type.shape[0]
    count, width = size_of(index.type.shape), size_of(rest)
    hot = one_hot(reshape(index, (count,), span), places, span)
    rows = reshape(base, (places, width), span)
    if is_bool(base):
        shape = (count, places, width)
        pair = [
            broadcast(reshape(hot, (count, places, Dim.of(1)), span), shape),
            broadcast(reshape(rows, (Dim.of(1), places, width), span), shape),
        ]
        both = make("and", pair, Bool(), shape, span)
        found = make("any", (both,), Bool(), (count, width), span, axes=(1,))
    else:
        ones = make("to_int", (hot,), Int(0, 1), hot.type.shape, span)
        found = make("matmul", (ones, rows), base.type.elem, (count, width), span, picks=True)
    return reshape(found, (*index.type.shape, *rest), span)


def replaced(base: Expr, index: Expr, element: Expr, span: Span) -> Expr:
    """A copy of `base` with the element at the single index, which lies within the first axis, replaced."""
    base, shape = plain(base), base.type.shape
    places = shape[0]
    hot = reshape(one_hot(reshape(index, (Dim.of(1),), span), places, span), (places,), span)
    mask = broadcast(reshape(hot, (places, *(Dim.of(1) for _ in shape[1:])), span), shape)
    elem = join_elems([element.type.elem, base.type.elem])
    return make("select", (mask, broadcast(element, shape), base), elem, shape, span)


def one_hot(index: Expr, places: Dim, span: Span) -> Expr:
    """For indices of the shape (m,): truth values of the shape (m, places), true at the index of each row."""
    shape = (index.type.shape[0], places)
    numbers = Iota(Type(Int(0, max(places.value - 1, 0)), (places,)), span)
    column = broadcast(reshape(plain(index), (shape[0], Dim.of(1)), span), shape)
    return make("eq", (column, broadcast(numbers, shape)), Bool(), shape, span)

