"""Outputs while they are being collected."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..frontend import syntax
from ..source import Span
from .tree import Expr
from .types import Dim, Type


@dataclass(frozen=True)
class Cell:
    """One value that was written, under its condition."""

    value: Expr
    condition: Expr | None
    span: Span


@dataclass
class Record:
    """One output: `cells` by index, or `statement` when a loop that stays a loop fills it as an array.

    `axes` are the extents of the index, as far as loops tell them; `sample` the types of value and condition.
    """

    name: str
    span: Span
    receivers: tuple[str, ...]
    condition_text: str
    axes: list[Dim | None]
    sample: tuple[Type, Type | None]
    cells: dict[tuple[int, ...], Cell] = field(default_factory=dict)
    statement: syntax.Output | None = None
