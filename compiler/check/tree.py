"""The checked tree: every name resolved, every function inlined, every rounding placed, every type known.

It is made for one binding of parameters and sizes. Numbers are scaled integers from here on: a value n of a type
with `frac` fractional bits stands for n / 2^frac. What public and compile-time known was, is a Const.

Operations of `Apply` (all elementwise ones take operands of one shape; broadcasting is explicit):

============================  =====================================================================
add sub mul neg               exact; operands of add and sub have the same frac, mul adds them
scale {bits}                  x * 2^bits, exact
round {bits, fast}            x / 2^bits to nearest, ties up: the only place where a product rounds; fast: to
                              either neighbour, whichever a protocol finds first
floordiv, mod                 floor of a / b (operands of one frac; the result is whole) and a - b * that
div {shift}                   a * 2^shift / b to nearest, ties up
sqrt {shift}                  square root of a * 2^shift to nearest
abs min max                   elementwise
lt eq                         -> bool
and or xor not                on bools
select                        (condition, then, otherwise)
to_int                        bool -> 0 or 1
sum reduce_min reduce_max     {axes}: reduced and dropped; an empty sum is 0
any all                       {axes}; empty: false, true
scan {axis, combine}          all up to each element along the axis, combined: add min max first on numbers, and or
                              xor first on bools. A second argument of bools begins anew where it is true; `first`,
                              the value there, takes one
rank {descending, bytewise}   (keys..) where each row goes in the stable order by them, the first counting most;
                              one flag each key; of a bytewise one, a text's word, the lowest byte counts most
move, unmove                  (array, order): row i at place order[i]; at place i row order[i]. An order has every
                              number of a row once
nth                           (values, places, which of them count): what stands at some places of the sorted values.
                              A place is below how many count; where none does, all do and the place is 0
matmul {picks}                (.., n, k) @ (.., k, m) of equal leading axes; exact, frac adds; picks: each row of
                              the left has a single 1, so that the result consists of rows of the right
reshape broadcast             to the shape of the type
transpose {axes}
slice {starts, steps}         element i of an axis is start + i * step; counts stand in the type
concat {axis}
take {axis, indices}          fixed indices, repeats allowed
take_at                       (array, public index known at run time): that element of the first axis
put_at                        (array, public index, value): a copy with that element replaced
reveal                        opened to everybody
netlist {name, text}          bools along the last axis through a circuit in Bristol Fashion, for each of the rest
refine                        the same value, known to lie in the narrower range of the type
============================  =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cloister.runtime.data.wanted import kept_key

from ..diagnostics import Diagnostic
from ..source import Span
from .types import Dim, Elem, Type


@dataclass(frozen=True)
class Var:
    """A value with a name; assigned once. `name` is the source's, `id` makes it unique."""

    name: str
    id: int
    type: Type


@dataclass(frozen=True)
class Expr:
    """A typed expression; `span` is the place in the source that asked for it."""

    type: Type
    span: Span


@dataclass(frozen=True)
class Const(Expr):
    """Known at compile time: one number for every element, or one each in C order."""

    values: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Iota(Expr):
    """start + step * i for i along the one axis of the type: a public range that costs nothing to write down."""

    start: int = 0
    step: int = 1


@dataclass(frozen=True)
class Ref(Expr):
    """The value of a variable."""

    var: Var = field(kw_only=True)


@dataclass(frozen=True)
class Apply(Expr):
    """An operation of the table above."""

    op: str = field(kw_only=True)
    args: tuple[Expr, ...] = field(kw_only=True)
    attrs: dict[str, Any] = field(kw_only=True, default_factory=dict)


# --------------------------------------------------------------------------- statements


@dataclass(frozen=True)
class Let:
    """var = value."""

    var: Var
    value: Expr
    span: Span


@dataclass(frozen=True)
class Merge:
    """After an If, `var` is the `then` variable of one branch or the `otherwise` of the other."""

    var: Var
    then: Expr
    otherwise: Expr


@dataclass(frozen=True)
class If:
    """A choice that is not known at compile time: both branches are evaluated, the results selected."""

    condition: Expr
    then: Block
    otherwise: Block
    merges: tuple[Merge, ...]
    span: Span


@dataclass(frozen=True)
class Carry:
    """A variable carried through a loop: `init` before, `inside` at the start of a trip, `next` at its end, `out`
    after."""

    inside: Var
    init: Expr
    next: Expr
    out: Var


@dataclass(frozen=True)
class For:
    """A loop that stays a loop. `index` (public, whole) is start + step * trip."""

    index: Var
    start: int
    step: int
    trips: int
    body: Block
    carried: tuple[Carry, ...]
    span: Span


@dataclass(frozen=True)
class Assume:
    """The condition, truth values of any shape, holds everywhere; `checked` in secret before anything is opened
    that depends on it, or else believed. `text` is the condition as written."""

    condition: Expr
    checked: bool
    text: str
    span: Span


Stmt = Let | If | For | Assume
Block = tuple[Stmt, ...]


# --------------------------------------------------------------------------- the program


@dataclass(frozen=True)
class PartyInput:
    """What one party gives for an input. `name` is the input's name; `var` its value; `dims` symbolic for
    `Declaration`."""

    name: str
    party: str
    var: Var
    elem: Elem
    dims: tuple[int | str, ...]
    span: Span


@dataclass(frozen=True)
class LoadedPart:
    """One array of what an earlier program kept as `store`; `var` is its value, `dims` are symbolic for a Declaration.

    `part` is its name in `store` (see `check.kept`).
    """

    store: str
    part: str
    var: Var
    elem: Elem
    dims: tuple[int | str, ...]
    span: Span

    @property
    def key(self) -> str:
        """The name in the circuit."""
        return kept_key(self.store, self.part)


@dataclass(frozen=True)
class KeptPart:
    """One array of what is kept as `store` for a later program; `text` is the whole value as written."""

    store: str
    part: str
    value: Expr
    text: str
    span: Span

    @property
    def key(self) -> str:
        """The name in the circuit."""
        return kept_key(self.store, self.part)


@dataclass(frozen=True)
class Output:
    """A result: to whom, its value, and the condition under which it is shown (None: always).

    The condition's shape is a leading part of the value's shape, or (); it is broadcast over the rest.
    """

    name: str
    receivers: tuple[str, ...]
    value: Expr
    condition: Expr | None
    condition_text: str
    span: Span


@dataclass(frozen=True)
class Reveal:
    """A disclosure in mid-program, for the statement of who learns what."""

    text: str
    type: Type
    span: Span


@dataclass(frozen=True)
class Assumed:
    """An assumption of the program, for the statement of who learns what."""

    text: str
    checked: bool
    span: Span


@dataclass(frozen=True)
class Size:
    """A declared size: its bound, and whether it counts rows `from each` party or of one input.

    Of a `hidden` one the bound, of each party's own count, is public and the count is not.
    """

    name: str
    bound: int | None
    each: bool
    span: Span
    hidden: bool = False


@dataclass(frozen=True)
class Binding:
    """What is public and agreed: parameters, and the value of every size (`rows.north`, or `rows` of a single
    giver)."""

    params: dict[str, int | bool | float | str]
    sizes: dict[str, int]


@dataclass(frozen=True)
class Checked:
    """A checked program. `body` ends with the outputs' values computed; `warnings` are for people.

    `title` is the program's docstring; `security` the words of its security statement.
    """

    name: str
    title: str
    parties: tuple[str, ...]
    security: tuple[str, ...]
    binding: Binding
    sizes: tuple[Size, ...]
    params: tuple[str, ...]
    inputs: tuple[PartyInput, ...]
    body: Block
    outputs: tuple[Output, ...]
    reveals: tuple[Reveal, ...]
    types: tuple[tuple[Span, str, Type], ...]
    warnings: tuple[Diagnostic, ...]
    assumptions: tuple[Assumed, ...] = ()
    loads: tuple[LoadedPart, ...] = ()
    keeps: tuple[KeptPart, ...] = ()


__all__ = [
    "Apply", "Assume", "Assumed", "Binding", "Block", "Carry", "Checked", "Const", "Dim", "Expr", "For", "If",
    "Iota", "KeptPart", "Let", "LoadedPart", "Merge",
    "Output", "PartyInput", "Ref", "Reveal", "Size", "Stmt", "Type", "Var",
]
