"""What a party must bring: one declaration for each input of each party, before any size is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Declaration:
    """An input that `party` gives.

    `name` is the input's name as in the program; the artifact calls it `name.party`. Values are scaled
    integers lo..hi (inclusive): a fixed-point v is given as v * 2^frac, rounded to nearest, ties up. `dims`
    are extents: numbers, or names of sizes such as `rows.north` that are bound from the data (all inputs of
    one party that share a size must agree on it). () is a scalar.
    """

    name: str
    party: str
    element: Literal["int", "fixed", "bool"]
    frac: int
    lo: int
    hi: int
    dims: tuple[int | str, ...]

    @property
    def key(self) -> str:
        """The name in the artifact."""
        return f"{self.name}.{self.party}"
