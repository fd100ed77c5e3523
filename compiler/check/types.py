"""Types of checked values: element, symbolic shape, secrecy.

A number is an integer n that stands for n / 2^frac; `lo` and `hi` bound n. A width (`uint8`) constrains what is
read or annotated; in between a number has a range only.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloister.runtime.data.labels import FIRST_DAY, LAST_DAY, date_text, text_layout
from cloister.runtime.program import Element

from ..intervals import Interval


@dataclass(frozen=True)
class Int:
    """A whole number in lo..hi."""

    lo: int
    hi: int
    frac = 0

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    def __str__(self) -> str:
        return f"int {self.lo}..{self.hi}"


@dataclass(frozen=True)
class Fixed:
    """n / 2^frac with n in lo..hi."""

    frac: int
    lo: int
    hi: int

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    def __str__(self) -> str:
        scale = 1 << self.frac
        return f"fixed[{self.frac}] {self.lo / scale:g}..{self.hi / scale:g}"


@dataclass(frozen=True)
class Bool:
    """true or false; held as 1 or 0."""

    lo = 0
    hi = 1
    frac = 0

    @property
    def range(self) -> Interval:
        return Interval(0, 1)

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True)
class Ip4:
    """An IPv4 address, an unsigned 32-bit number; compared, but not computed with."""

    lo: int = 0
    hi: int = (1 << 32) - 1
    frac = 0

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    def __str__(self) -> str:
        return "ip4"


@dataclass(frozen=True)
class Date:
    """A day, by its number from 1970-01-01."""

    lo: int = FIRST_DAY
    hi: int = LAST_DAY
    frac = 0

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    def __str__(self) -> str:
        return f"date {date_text(self.lo)}..{date_text(self.hi)}"


@dataclass(frozen=True)
class Category:
    """One of some levels, by its place among them; only equal or not."""

    levels: tuple[str, ...]
    lo: int
    hi: int
    frac = 0

    @staticmethod
    def of(levels: tuple[str, ...]) -> Category:
        """Any of the levels."""
        return Category(levels, 0, len(levels) - 1)

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    def __str__(self) -> str:
        return f"category({', '.join(self.levels)})"


@dataclass(frozen=True)
class Word:
    """The words of a text of at most `length` bytes (see `runtime.data.labels`), along the last axis where it
    is given or shown; inside of a program a text is a value of several such arrays.
    """

    length: int
    lo: int
    hi: int
    frac = 0

    @staticmethod
    def of(length: int) -> Word:
        """The words of any text of this length."""
        return Word(length, 0, (1 << 8 * text_layout(length)[1]) - 1)

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    def __str__(self) -> str:
        return f"text[{self.length}]"


Coded = Ip4 | Date | Category | Word
"""Whole numbers that stand for something that is no number."""

Elem = Int | Fixed | Bool | Coded


def element_of(elem: Elem) -> Element:
    """How declarations and artifacts call a kind of element."""
    names: dict[type[Elem], Element] = {
        Int: "int", Fixed: "fixed", Bool: "bool", Ip4: "ip4", Date: "date", Category: "category", Word: "text"
    }
    return names[type(elem)]


@dataclass(frozen=True)
class Dim:
    """One extent: its value in this binding, and how it was made from the sizes.

    `terms` is a linear form over names of sizes (`rows.north`), `constant` its constant. Two extents agree when
    their forms agree, so that sizes which happen to be equal today are not mixed up.
    """

    value: int
    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(value: int) -> Dim:
        """An extent that is a plain number."""
        return Dim(value, (), value)

    @staticmethod
    def size(name: str, value: int) -> Dim:
        """An extent that is a size."""
        return Dim(value, ((name, 1),), 0)

    @property
    def is_one(self) -> bool:
        """Whether the extent is the number 1, which broadcasts; a size that is 1 today does not."""
        return not self.terms and self.constant == 1

    def same(self, other: Dim) -> bool:
        """Whether the two are equal in every binding."""
        return self.terms == other.terms and self.constant == other.constant

    def __add__(self, other: Dim) -> Dim:
        terms = dict(self.terms)
        for name, factor in other.terms:
            terms[name] = terms.get(name, 0) + factor
        kept = tuple(sorted((name, factor) for name, factor in terms.items() if factor))
        return Dim(self.value + other.value, kept, self.constant + other.constant)

    def times(self, factor: int) -> Dim:
        """The extent multiplied by a number."""
        if factor == 0:
            return Dim.of(0)
        return Dim(self.value * factor, tuple((n, f * factor) for n, f in self.terms), self.constant * factor)

    def __str__(self) -> str:
        parts = [name if factor == 1 else f"{factor}*{name}" for name, factor in self.terms]
        if self.constant or not parts:
            parts.append(str(self.constant))
        return " + ".join(parts).replace("+ -", "- ")


@dataclass(frozen=True)
class Type:
    """Element, shape (() for a single value) and whether it is secret."""

    elem: Elem
    shape: tuple[Dim, ...] = ()
    secret: bool = False

    @property
    def extents(self) -> tuple[int, ...]:
        """The shape in this binding."""
        return tuple(dim.value for dim in self.shape)

    def __str__(self) -> str:
        shape = f"[{', '.join(map(str, self.shape))}]" if self.shape else ""
        return f"{'secret' if self.secret else 'public'} {self.elem}{shape}"
