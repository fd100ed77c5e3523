"""Types of checked values: element, symbolic shape, secrecy.

A number is an integer n that stands for n / 2^frac; `lo` and `hi` bound n. A width (`uint8`) constrains what is
read or annotated; in between a number has a range only.
"""

from __future__ import annotations

from dataclasses import dataclass

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


Elem = Int | Fixed | Bool


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
