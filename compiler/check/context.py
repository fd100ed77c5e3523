"""What the checker carries with it: where it is, what it found, and the tree that it builds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..diagnostics import Findings, Label
from ..frontend import syntax
from ..intervals import Interval
from ..source import Source, Span
from .facts import InputFact
from .numbers import Numbers
from .results import Record
from .scope import Scope
from .standing import Standing
from .tree import Assumed, Expr, If, KeptPart, Let, LoadedPart, PartyInput, Ref, Reveal, Stmt, Var
from .types import Dim, Type
from .values import POISON, Composite, Function, Poison, Value, is_known

if TYPE_CHECKING:
    from .grouping import Groups

LOOP_NOTE = (
    "a loop of more than 64 trips stays a loop, and its index is not known at compile time; where the "
    "loop is meant to be short, declare the bound of its size (`size n <= 50`)"
)


@dataclass
class Growth:
    """How far the result of a loop can be from the value that it began with."""

    init: Expr
    range: Interval


def variables(value: Value) -> tuple[int, ...]:
    """The ids of the variables that a value consists of; none of what is computed."""
    parts = value.parts() if isinstance(value, Composite) else (value,)
    return tuple(part.var.id for part in parts if isinstance(part, Ref))


@dataclass
class Inputs:
    """Inputs given by each party: the parts of a stacked value, by the ids of its variables; hidden rows, by the
    name of their size (`rows` of all parties, `rows.north` of one)."""

    parts: dict[tuple[int, ...], dict[str, Value]] = field(default_factory=dict)
    rows: dict[str, Expr] = field(default_factory=dict)
    given: list[PartyInput] = field(default_factory=list)
    loaded: list[LoadedPart] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


@dataclass
class Trip:
    """A loop that is being checked: the names that count its trips from 0, how many; `known`: written out."""

    counters: tuple[str, ...]
    dim: Dim
    known: bool


@dataclass
class Context:
    """The state of one check. `evaluate` and `run` tie expressions, calls and statements together."""

    findings: Findings
    sources: Mapping[str, Source]
    parties: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    each_sizes: frozenset[str] = frozenset()
    facts: Mapping[str, InputFact] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    inputs: Inputs = field(default_factory=Inputs)
    outputs: dict[str, Record] = field(default_factory=dict)
    spoiled_outputs: set[str] = field(default_factory=set)
    reveals: list[Reveal] = field(default_factory=list)
    assumptions: list[Assumed] = field(default_factory=list)
    kept: list[KeptPart] = field(default_factory=list)
    types: dict[tuple[Span, str], Type] = field(default_factory=dict)
    growth: dict[int, Growth] = field(default_factory=dict)
    definitions: dict[int, tuple[Expr, ...]] = field(default_factory=dict)
    origins: Standing = field(init=False)
    numbers: Numbers = field(default_factory=Numbers)
    calls: list[tuple[Function, Span]] = field(default_factory=list)
    statements: tuple[syntax.Statement, ...] = ()
    called: set[Span] = field(default_factory=set)
    trips: list[Trip] = field(default_factory=list)
    choice: Span | None = None
    dead: bool = False
    no_return: str = ""
    fast: bool = False
    groups: Groups | None = None
    blocks: list[list[Stmt]] = field(default_factory=lambda: [[]])
    next_id: int = 0
    evaluate: Callable[[Context, syntax.Expr], Value] = field(kw_only=True)
    run: Callable[[Context, Iterable[syntax.Statement]], Value | None] = field(kw_only=True)

    def __post_init__(self) -> None:
        """What is known of rows goes by the numbers of this check."""
        self.origins = Standing(self.sequence, lambda expr: self.numbers.of(expr, self.definitions))

    # ------------------------------------------------------------------ places and findings

    def at(self, span: Span) -> Span:
        """The place, with the call that led here."""
        return span.called_from(self.calls[-1][1]) if self.calls else span

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *others: Label,
        notes: Iterable[str] = (),
        help: str = "",
    ) -> Poison:
        """Report an error; its value silences what follows from it."""
        if code == "E2006" and any(not trip.known for trip in self.trips):
            notes = (*notes, LOOP_NOTE)
        self.findings.report(code, message, span, label, *others, notes=notes, help=help)
        return POISON

    def text(self, span: Span) -> str:
        """The program text of a place, in one line."""
        source = self.sources.get(span.file)
        if source is None:
            return ""
        lines = [source.line(number) for number in range(span.line, span.end_line + 1)]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        if len(lines) > 1:
            lines = [line.split("#")[0] for line in lines]
        return " ".join(" ".join(lines).split())

    # ------------------------------------------------------------------ building the tree

    def emit(self, statement: Stmt) -> None:
        """Add a statement to the block that is being built."""
        self.blocks[-1].append(statement)
        if isinstance(statement, Let):
            self.definitions[statement.var.id] = (statement.value,)
            self.origins.known[statement.var.id] = self.origins.of(statement.value)
        if isinstance(statement, If):
            self.origins.choose(statement)
            self.definitions.update({merge.var.id: (merge.then, merge.otherwise) for merge in statement.merges})

    def sequence(self) -> int:
        """A sequence of rows that is none of those before."""
        self.next_id += 1
        return self.next_id

    def fresh(self, name: str, type_: Type) -> Var:
        """A new variable."""
        self.next_id += 1
        return Var(name, self.next_id, type_)

    def let(self, name: str, value: Expr, span: Span) -> Expr:
        """The value under a name; what is known, or has a name already, needs no variable."""
        if is_known(value) or isinstance(value, Ref):
            return value
        var = self.fresh(name, value.type)
        self.emit(Let(var, value, span))
        return Ref(value.type, span, var=var)

    @contextmanager
    def block(self) -> Iterator[list[Stmt]]:
        """Statements emitted inside go into a block of their own."""
        self.blocks.append([])
        try:
            yield self.blocks[-1]
        finally:
            self.blocks.pop()

    @contextmanager
    def attempt(self) -> Iterator[Callable[[], None]]:
        """What is found inside is forgotten when the function given is called; used to try a loop's body."""
        found, reveals, assumed = len(self.findings.items), len(self.reveals), len(self.assumptions)

        def forget() -> None:
            del self.findings.items[found:]
            del self.reveals[reveals:]
            del self.assumptions[assumed:]

        yield forget

    @property
    def at_top(self) -> bool:
        """Whether this is the program's own text, outside of any function."""
        return not self.calls
