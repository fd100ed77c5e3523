"""What a program loads, held against what was kept: elements, ranges, shapes, and what may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import DataError
from ..program import Element, KeptKind
from .declare import is_presence, presence

#: The part of a kept value that says which rows there are.
ROWS = "?rows"


def kept_key(store: str, part: str) -> str:
    """What a part of a kept value is called in a circuit; no input is called so."""
    return f'"{store}"{part}'


@dataclass(frozen=True)
class Wanted:
    """One array that a program loads as `name`; `dims` are numbers and names of sizes, the rest as in `KeptKind`.

    A value may be loaded with a wider range than it was kept with.
    """

    store: str
    name: str
    part: str
    element: Element
    frac: int
    lo: int
    hi: int
    dims: tuple[int | str, ...]
    levels: tuple[str, ...] = ()
    length: int = 0

    @property
    def key(self) -> str:
        """The name of the array in the circuit."""
        return kept_key(self.store, self.part)

    @property
    def title(self) -> str:
        """The array in the words of the program."""
        return f"`{self.name}`" if self.part == ROWS else f"`{self.name}{self.part}`"


def bind(wanted: Sequence[Wanted], kept: Mapping[str, Sequence[KeptKind]]) -> dict[str, int]:
    """The sizes that kept values say; `kept` are the parts of each by its name.

    Raises DataError with everything in which they are not what is wanted.
    """
    sizes: dict[str, int] = {}
    wrong: list[str] = []
    asked = {(want.store, want.part) for want in wanted}
    for want in wanted:
        kinds = {kind.part: kind for kind in kept[want.store]}
        kind = kinds.get(want.part)
        problem = _lacking(want.part, kinds) if kind is None else _unlike(want, kind)
        if not problem:
            problem = _unasked(want, kinds, asked)
        if problem:
            wrong.append(f'{want.title}: what was kept as "{want.store}" {problem}')
        elif kind is not None:
            wrong += _extents(want, kind, sizes)
    if wrong:
        raise DataError("\n".join(dict.fromkeys(wrong)))
    return sizes


def _lacking(part: str, kinds: Mapping[str, KeptKind]) -> str:
    if part == ROWS:
        return "has a public number of rows: declare a `size` without `up to`"
    if is_presence(part):
        return "has no missing values: leave out `optional`"
    columns = ", ".join(name[1:] for name in kinds if name.startswith(".") and not is_presence(name))
    if part.startswith("."):
        return f"has no such column; it has {columns}" if columns else "is no table"
    return f"is a table of {columns}"


def _unasked(want: Wanted, kinds: Mapping[str, KeptKind], asked: set[tuple[str, str]]) -> str:
    """What says where there is no value may not be left behind."""
    if want.part == ROWS or is_presence(want.part):
        return ""
    if presence(want.part) in kinds and (want.store, presence(want.part)) not in asked:
        return "can have missing values: declare it `optional`"
    if ROWS in kinds and (want.store, ROWS) not in asked:
        return f"hides which rows there are: `size … up to {kinds[ROWS].shape[0]}`"
    return ""


def _unlike(want: Wanted, kind: KeptKind) -> str:
    if kind.element != want.element:
        return f"has values of the type {kind.element}, not {want.element}"
    if kind.frac != want.frac:
        return f"has {kind.frac} fractional bits: `fixed[{kind.frac}]`"
    if kind.levels != want.levels:
        return f"has the levels {', '.join(kind.levels)}"
    if kind.length != want.length:
        return f"has texts of up to {kind.length} bytes: `text[{kind.length}]`"
    if want.element != "text" and not want.lo <= int(kind.lo) <= int(kind.hi) <= want.hi:
        return f"lies in {bound(kind.lo, kind.frac)}..{bound(kind.hi, kind.frac)}, more than the range declared here"
    dimensions = len(kind.shape) - (want.element == "text")
    if dimensions != len(want.dims):
        return f"has {dimensions} dimensions, not {len(want.dims)}"
    return ""


def bound(end: str, frac: int) -> str:
    """An end of a range as people write it."""
    return f"{int(end) / (1 << frac):g}" if frac else end


def _extents(want: Wanted, kind: KeptKind, sizes: dict[str, int]) -> list[str]:
    """Binds the sizes of one array; what does not agree."""
    wrong = []
    for dim, count in zip(want.dims, kind.shape, strict=False):
        known = dim if isinstance(dim, int) else sizes.setdefault(dim, count)
        if known != count:
            wrong.append(f'{want.title}: what was kept as "{want.store}" has an extent of {count}, '
                         f"and `{dim}` is {known}")
    return wrong
