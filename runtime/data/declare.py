"""What a party must bring: one declaration for each input of each party, before any size is known."""

from __future__ import annotations

from dataclasses import dataclass

from ..program import Element


@dataclass(frozen=True)
class Declaration:
    """An input that `party` gives.

    `name` is the input's name as in the program; the artifact calls it `name.party`. Values are scaled
    integers lo..hi (inclusive): a fixed-point v is given as v * 2^frac, rounded to nearest, ties up. `dims`
    are extents: numbers, or names of sizes such as `rows.north` that are bound from the data (all inputs of
    one party that share a size must agree on it). () is a scalar.

    `levels` are those of a category, `length` the bytes of a text, whose words stand along one axis more. Of an
    `optional` input a second array says where it has values. `hidden` names the size that counts the rows in
    secret; the first extent is its bound then, to which the rows are padded.
    """

    name: str
    party: str
    element: Element
    frac: int
    lo: int
    hi: int
    dims: tuple[int | str, ...]
    levels: tuple[str, ...] = ()
    length: int = 0
    optional: bool = False
    hidden: str = ""

    @property
    def key(self) -> str:
        """The name in the artifact."""
        return f"{self.name}.{self.party}"

    @property
    def filler(self) -> int:
        """What stands where there is no value: the number of the range that is nearest to 0."""
        return min(max(0, self.lo), self.hi)


def presence(name: str) -> str:
    """The name of the truth values that say where an optional input has values, or which rows of a size exist."""
    return f"{name}?"


def is_presence(name: str) -> bool:
    """Whether a name is one that `presence` gives."""
    return name.endswith("?")
