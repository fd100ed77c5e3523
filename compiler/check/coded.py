"""Values that are no numbers and are held as whole numbers: levels of a category, days."""

from __future__ import annotations

from ..source import Span
from .shapes import make
from .tree import Const, Expr
from .types import Category, Dim, Int, Type
from .values import plain


def all_levels(elem: Category, span: Span) -> Const:
    """The levels in the order of their declaration, an array."""
    places = tuple(range(len(elem.levels)))
    return Const(Type(Category.of(elem.levels), (Dim.of(len(places)),)), span, places)


def numbers_behind(value: Expr, span: Span) -> Expr:
    """The whole numbers that the values are held as."""
    elem = Int(value.type.elem.lo, value.type.elem.hi)
    if isinstance(value, Const):
        return Const(Type(elem, value.type.shape), span, value.values)
    return make("refine", (plain(value),), elem, value.type.shape, span)
