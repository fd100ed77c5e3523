"""What a program declares, known before any data is read."""

from __future__ import annotations

from dataclasses import dataclass

from cloister.runtime.data.declare import Declaration
from cloister.runtime.data.wanted import Wanted

from ..diagnostics import Diagnostic
from ..source import Span
from .tree import Const, Size
from .types import Elem

DEFAULT_BOUND = 1 << 24
"""What a size without a declared bound is taken to be at most."""


@dataclass(frozen=True)
class ParamFact:
    """A parameter: its value in the tree, and as agreed (in the form that is shown and given)."""

    name: str
    value: Const
    given: int | bool | float | str
    span: Span


@dataclass(frozen=True)
class Field:
    """An array of its own, or a column of a table: `optional` ones can be without a value."""

    name: str
    elem: Elem
    optional: bool


@dataclass(frozen=True)
class InputFact:
    """An input: `dims` of what one giver gives, numbers and names of sizes; `party` is None for `each`.

    Nobody gives what an earlier program kept: its `party` is "", and `store` the name that it was kept as.

    `fields` has one entry under the input's own name or, of a table, its `columns`.
    """

    name: str
    fields: tuple[Field, ...]
    dims: tuple[int | str, ...]
    party: str | None
    span: Span
    columns: bool = False
    store: str = ""

    def key(self, field: Field) -> str:
        """The name under which it is given: `age`, or `t.age` of a table."""
        return f"{self.name}.{field.name}" if self.columns else self.name


@dataclass(frozen=True)
class Header:
    """The declarations of a program. `declarations` are what the parties give, `wanted` what was kept before,
    and `samples` what stands for it where a program is tried in the clear: as if a party of that name gave it.

    `problems` are the findings so far, which `check` reports too.
    """

    name: str
    title: str
    parties: tuple[str, ...]
    security: tuple[str, ...]
    params: tuple[ParamFact, ...]
    sizes: tuple[Size, ...]
    inputs: tuple[InputFact, ...]
    declarations: tuple[Declaration, ...]
    wanted: tuple[Wanted, ...]
    samples: tuple[Declaration, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def each_sizes(self) -> frozenset[str]:
        """The sizes that count rows of each party."""
        return frozenset(size.name for size in self.sizes if size.each)

    def bound(self, size: Size) -> int:
        """The most that a size can be."""
        return DEFAULT_BOUND if size.bound is None else size.bound
