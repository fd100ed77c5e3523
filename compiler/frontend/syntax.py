"""The syntax tree: what was written, and where. Frozen; no meaning yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..source import Span


@dataclass(frozen=True, kw_only=True)
class Node:
    """Anything that was written. `span` is its place."""

    span: Span


# --------------------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Expr(Node):
    """An expression."""


@dataclass(frozen=True)
class Name(Expr):
    id: str


@dataclass(frozen=True)
class Number(Expr):
    """A number as written: exact. `is_int` tells `2` from `2.0`; both have value 2."""

    value: Fraction
    is_int: bool


@dataclass(frozen=True)
class Boolean(Expr):
    value: bool


@dataclass(frozen=True)
class Text(Expr):
    value: str


@dataclass(frozen=True)
class NoneLiteral(Expr):
    """`none`: a missing value."""


@dataclass(frozen=True)
class Unary(Expr):
    """op: `-`, `+`, `not`, `~`."""

    op: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Expr):
    """op: `+ - * / // % ** @ & | ^ << >> and or`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Compare(Expr):
    """A chain as in Python: `a < b <= c`. ops: `== != < <= > >= in not in`; len(ops) == len(operands) - 1."""

    ops: tuple[str, ...]
    operands: tuple[Expr, ...]


@dataclass(frozen=True)
class Conditional(Expr):
    """`then if condition else otherwise`."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True)
class Argument(Node):
    """One argument of a call; `name` is None for a positional one."""

    name: str | None
    value: Expr


@dataclass(frozen=True)
class Call(Expr):
    """`function(args)`; a method call has an Attribute as its function."""

    function: Expr
    args: tuple[Argument, ...]


@dataclass(frozen=True)
class Attribute(Expr):
    value: Expr
    name: str


@dataclass(frozen=True)
class Slice(Node):
    """`start:stop:step` inside of an index; each part may be absent."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(frozen=True)
class Index(Expr):
    """`value[items]`."""

    value: Expr
    items: tuple[Expr | Slice, ...]


@dataclass(frozen=True)
class ListDisplay(Expr):
    """`[a, b, c]`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class TupleDisplay(Expr):
    """`a, b` or `(a, b)`; also as a target."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Generator(Node):
    """`for target in iterable if condition ...` inside of a comprehension."""

    target: Expr
    iterable: Expr
    conditions: tuple[Expr, ...]


@dataclass(frozen=True)
class Comprehension(Expr):
    """`[element for ... in ...]`; also a bare generator given to a function such as `sum`."""

    element: Expr
    generators: tuple[Generator, ...]


def nodes(written: object) -> Iterator[Node]:
    """Everything that was written inside of a node, or of a tuple of them, the node included, in order."""
    if isinstance(written, tuple):
        for part in written:
            yield from nodes(part)
    elif isinstance(written, Node):
        yield written
        for value in vars(written).values():
            yield from nodes(value)


# --------------------------------------------------------------------------- types as written


@dataclass(frozen=True)
class TypeExpr(Node):
    """`name[args][dims] in range`: `uint8[rows] in 0..119`, `fixed[16]`, `text[8]`.

    Which of the bracketed lists are arguments of the type and which are its shape is for the checker:
    `brackets` holds each bracket in order. `columns` is given for `table` only, `levels` for `category`.
    """

    name: str
    brackets: tuple[tuple[Expr, ...], ...] = ()
    low: Expr | None = None
    high: Expr | None = None
    optional: bool = False
    columns: tuple[Column, ...] = ()
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column(Node):
    """One column of a table type: `name: type`."""

    name: str
    type: TypeExpr


# --------------------------------------------------------------------------- statements


@dataclass(frozen=True)
class Statement(Node):
    """A statement."""


@dataclass(frozen=True)
class Party(Statement):
    """`party north, south`. names carry their own places."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class Security(Statement):
    """`security honest_majority, semi_honest`."""

    words: tuple[Name, ...]


@dataclass(frozen=True)
class Param(Statement):
    """`param bands: int = 4`; type or default may be absent, not both."""

    name: Name
    type: TypeExpr | None
    default: Expr | None


@dataclass(frozen=True)
class Size(Statement):
    """`size rows <= 5_000_000`, `size rows`, or `size rows up to 10000` (hidden count: `hidden`)."""

    name: Name
    bound: Expr | None
    hidden: bool = False


@dataclass(frozen=True)
class Input(Statement):
    """`input age: uint8[rows] in 0..119 from each`; party is None for `each`."""

    name: Name
    type: TypeExpr
    party: Name | None


@dataclass(frozen=True)
class Load(Statement):
    """`load stays: fixed[rows] from "stays-2026"`."""

    name: Name
    type: TypeExpr
    store: str


@dataclass(frozen=True)
class Keep(Statement):
    """`keep stay as "stays-2026"`."""

    value: Expr
    store: str


@dataclass(frozen=True)
class Output(Statement):
    """`output NAME[indices] = value to parties if condition`; parties is None for `all`.

    `output NAME to all` has value None and means `output NAME = NAME to all`.
    """

    name: Name
    indices: tuple[Expr, ...]
    value: Expr | None
    parties: tuple[Name, ...] | None
    condition: Expr | None


@dataclass(frozen=True)
class Assign(Statement):
    """`target = value`, `target: type = value`, `a, b = value`, `x[i] = value`."""

    target: Expr
    type: TypeExpr | None
    value: Expr


@dataclass(frozen=True)
class AugAssign(Statement):
    """`target += value`; op without the equals sign."""

    target: Expr
    op: str
    value: Expr


@dataclass(frozen=True)
class If(Statement):
    """An `elif` is an If alone in `otherwise`."""

    condition: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class For(Statement):
    target: Expr
    iterable: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Parameter(Node):
    """A parameter of a function."""

    name: str
    type: TypeExpr | None
    default: Expr | None


@dataclass(frozen=True)
class Def(Statement):
    """`def name(parameters) -> returns:`; `doc` is its docstring. `bristol` names a circuit file instead of a body."""

    name: Name
    parameters: tuple[Parameter, ...]
    returns: TypeExpr | None
    body: tuple[Statement, ...]
    doc: str = ""
    bristol: str | None = None


@dataclass(frozen=True)
class Return(Statement):
    value: Expr | None


@dataclass(frozen=True)
class Import(Statement):
    """`import stats` (no names; an alias may rename it), `from stats import mean, variance as var` (names, aliases)."""

    module: str
    alias: str | None = None
    names: tuple[tuple[Name, str | None], ...] = ()
    is_from: bool = False


@dataclass(frozen=True)
class Assume(Statement):
    """`assume(cond)`, or `assume_unchecked(cond)` with checked False."""

    condition: Expr
    checked: bool = True


@dataclass(frozen=True)
class Fast(Statement):
    """`fast:` and an indented block: fixed-point arithmetic may be re-associated there."""

    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Pass(Statement):
    """`pass`."""


@dataclass(frozen=True)
class ExprStatement(Statement):
    """An expression on its own line: a docstring, or a call whose result is dropped (which the checker refuses)."""

    value: Expr


@dataclass(frozen=True)
class Module(Node):
    """A whole file: `doc` is its docstring, `statements` in order."""

    file: str
    doc: str
    statements: tuple[Statement, ...]
