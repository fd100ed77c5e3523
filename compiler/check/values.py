"""What an expression means to the checker: a typed tree, or a thing that exists at compile time only.

Numbers and arrays are `tree.Expr`. Two private kinds of Const carry more than the tree needs: `Literal` its
exact value, so that it can take the fractional bits of what it meets, and `Extent` how it was made from
sizes, so that shapes agree by form. `plain` drops both before anything enters the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from cloister.runtime.data.labels import date_text

from .. import intervals
from ..frontend import syntax
from ..source import Span
from .tree import Const, Expr, Iota
from .types import Bool, Category, Date, Dim, Elem, Fixed, Int, Ip4, Type, Word

if TYPE_CHECKING:
    from .scope import Scope

DEFAULT_FRAC = 16
"""Fractional bits of a fixed-point value that says nothing else."""


@dataclass(frozen=True)
class Literal(Const):
    """A number computed from literals alone; `exact` is its value. As a Const it is what it is when alone."""

    exact: Fraction = field(kw_only=True)


@dataclass(frozen=True)
class Extent(Const):
    """A whole number made from sizes (`rows`, `len(x) + 1`), known at compile time."""

    dim: Dim = field(kw_only=True)


class Thing:
    """A value that is no number: it exists at compile time only. A `constant` one is seen inside of functions.

    `called` is what messages call it.
    """

    constant: ClassVar[bool] = False
    called: ClassVar[str] = "nothing"


class Composite(Thing):
    """A value of several arrays that a program sees as one: a text, values some of which are missing, a table.

    Operations that only move elements about work part by part.
    """

    def parts(self) -> tuple[Expr, ...]:
        """The arrays that it consists of."""
        raise NotImplementedError

    def with_parts(self, parts: Sequence[Expr]) -> Composite:
        """One of the same structure, of these arrays."""
        raise NotImplementedError

    def kind(self) -> str:
        """What it is in words, for messages."""
        raise NotImplementedError


@dataclass(frozen=True)
class Nothing(Thing):
    """`none`: a missing value of any kind."""

    span: Span

    def kind(self) -> str:
        """What it is in words, for messages."""
        return "`none`, which is missing and of no kind"


@dataclass(frozen=True)
class Descending(Thing):
    """`desc(x)`: a column to sort by, the largest first."""

    value: Value


@dataclass(frozen=True)
class Poison(Thing):
    """Stands for a value whose error was reported already; silences what would follow from it."""


POISON = Poison()


@dataclass(frozen=True)
class Unassigned(Thing):
    """A name that may have no value here, and why."""

    reason: str
    span: Span


@dataclass(frozen=True)
class TextValue(Thing):
    """A text literal."""

    text: str
    constant = True


@dataclass(frozen=True)
class Tuple(Thing):
    """Several values at once: a result of a function, or what `zip` and `enumerate` give."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Function(Thing):
    """A `def`, and the module whose names it sees."""

    definition: syntax.Def
    home: Scope = field(repr=False, compare=False)
    constant = True


@dataclass(frozen=True)
class ModuleValue(Thing):
    """An imported module."""

    name: str
    scope: Scope = field(repr=False, compare=False)
    constant = True


@dataclass(frozen=True)
class Builtin(Thing):
    """A built-in function."""

    name: str


@dataclass(frozen=True)
class Zip(Thing):
    """Several sequences side by side, for a loop to run over; of `enumerate` the first counts."""

    items: tuple[Value, ...]


Value = Expr | Thing


def number_elem(fixed: bool, frac: int, range_: intervals.Interval) -> Elem:
    """The element type of a number in `range_` (scaled)."""
    return Fixed(frac, range_.lo, range_.hi) if fixed else Int(range_.lo, range_.hi)


def ranged(elem: Elem, range_: intervals.Interval) -> Elem:
    """The element type with another range; a truth value has the one that it has."""
    return elem if isinstance(elem, Bool) else replace(elem, lo=range_.lo, hi=range_.hi)


def constant(elem: Elem, values: tuple[int, ...], shape: tuple[Dim, ...], span: Span) -> Const:
    """A Const whose range is exactly what its values span."""
    lo, hi = (min(values), max(values)) if values else (0, 0)
    elem = ranged(elem, intervals.Interval(lo, hi))
    if len(values) > 1 and len(set(values)) == 1:
        values = values[:1]
    return Const(Type(elem, shape), span, values or (0,))


def whole(value: int, span: Span) -> Const:
    """A public whole number."""
    return Const(Type(Int(value, value)), span, (value,))


def truth(value: bool, span: Span) -> Const:
    """A public truth value."""
    return Const(Type(Bool()), span, (int(value),))


def nearest(value: Fraction, frac: int) -> int:
    """`value` as a scaled integer of `frac` fractional bits: to nearest, ties up."""
    scaled = value * (1 << frac)
    return intervals.rounded_div(scaled.numerator, scaled.denominator)


def literal(value: Fraction, span: Span, is_int: bool) -> Literal:
    """A literal number; alone it is a whole number, or has sixteen fractional bits."""
    n = int(value) if is_int else nearest(value, DEFAULT_FRAC)
    elem = number_elem(not is_int, DEFAULT_FRAC, intervals.Interval(n, n))
    return Literal(Type(elem), span, (n,), exact=value)


def extent(dim: Dim, span: Span) -> Extent:
    """The whole number that `dim` is."""
    return Extent(Type(Int(dim.value, dim.value)), span, (dim.value,), dim=dim)


def plain(expr: Expr) -> Expr:
    """The expression as it may stand in the tree."""
    if isinstance(expr, Literal | Extent):
        return Const(expr.type, expr.span, expr.values)
    return expr


def named(value: Value) -> Value:
    """The value as a name holds it: a literal settles on its fractional bits, an extent keeps its form."""
    if isinstance(value, Literal):
        return plain(value)
    if isinstance(value, Tuple):
        return Tuple(tuple(named(item) for item in value.items))
    return value


def is_known(value: Value) -> bool:
    """Whether the value is public and known at compile time."""
    return isinstance(value, Const | Iota)


def is_constant(value: Value) -> bool:
    """Whether the value was written down: a number, a text, a function, or a list of such."""
    if isinstance(value, Tuple):
        return all(map(is_constant, value.items))
    return is_known(value) or (isinstance(value, Thing) and value.constant)


def known_dim(value: Value) -> Dim | None:
    """The value as an extent when it is one whole number known at compile time."""
    if isinstance(value, Extent):
        return value.dim
    if isinstance(value, Const) and isinstance(value.type.elem, Int) and not value.type.shape:
        return Dim.of(value.values[0])
    return None


def known_int(value: Value) -> int | None:
    """The value when it is one whole number known at compile time."""
    dim = known_dim(value)
    return None if dim is None else dim.value


def known_bool(value: Value) -> bool | None:
    """The value when it is one truth value known at compile time."""
    if isinstance(value, Const) and isinstance(value.type.elem, Bool) and not value.type.shape:
        return bool(value.values[0])
    return None


def known_number(value: Value) -> Fraction | None:
    """The exact value of a literal, else the value of any one number known at compile time."""
    if isinstance(value, Literal):
        return value.exact
    if isinstance(value, Const) and isinstance(value.type.elem, Int | Fixed) and not value.type.shape:
        return Fraction(value.values[0], 1 << value.type.elem.frac)
    return None


def kind_name(value: Value) -> str:
    """The kind of a value in words, for messages."""
    if isinstance(value, Expr):
        return type_name(value.type)
    if isinstance(value, Composite | Nothing):
        return value.kind()
    names = {
        TextValue: "a text",
        Tuple: "several values",
        Function: "a function",
        ModuleValue: "a module",
        Builtin: "a built-in function",
        Zip: "a sequence of tuples",
        Descending: "`desc(…)`, which only `sort_by` knows",
    }
    return names.get(type(value), value.called)


def type_name(type_: Type) -> str:
    """A type in words: `a secret fixed[16] array [rows]`."""
    base = elem_name(type_.elem)
    side = "secret" if type_.secret else "public"
    if not type_.shape:
        return f"a {side} {base}"
    return f"a {side} {base} array {shape_name(type_.shape)}"


def elem_name(elem: Elem) -> str:
    """The kind of an element: `bool`, `int`, `fixed[16]`, `ip4`, `date`, `category(low, high)` or `text[8]`."""
    match elem:
        case Bool():
            return "bool"
        case Int():
            return "int"
        case Fixed():
            return f"fixed[{elem.frac}]"
        case Date():
            return "date"
        case _:
            return str(elem)


def shape_name(shape: tuple[Dim, ...]) -> str:
    """A shape in words: `[rows, 4]`; a single value is `[]`."""
    return f"[{', '.join(map(str, shape))}]"


def range_name(elem: Elem) -> str:
    """The range of a number in the units of the program; empty for what has none."""
    if isinstance(elem, Bool | Ip4 | Category | Word):
        return ""
    if isinstance(elem, Date):
        return f"{date_text(elem.lo)}..{date_text(elem.hi)}"
    lo, hi = (number_name(bound, elem.frac) for bound in elem.range)
    return f"{lo}..{hi}"


def number_name(scaled: int, frac: int) -> str:
    """A scaled integer as people write it; a long one by the nearest power of two above it."""
    value = Fraction(scaled, 1 << frac)
    if abs(value) >= 1 << 40:
        size = abs(int(value))
        return f"{'-' if value < 0 else ''}2^{(size - 1).bit_length()}"
    return str(int(value)) if value.denominator == 1 else f"{float(value):g}"


def join_elems(elems: Sequence[Elem]) -> Elem:
    """The element type around several of one kind and equal fractional bits."""
    first = elems[0]
    range_ = first.range
    for elem in elems[1:]:
        range_ = intervals.join(range_, elem.range)
    return ranged(first, range_)
