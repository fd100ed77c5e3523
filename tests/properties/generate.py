"""Random programs as source text, with parameters, sizes and everybody's data.

`programs()` is the strategy; `keyed` turns the data into the scaled integers that an interpreter takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from cloister.compiler.check.tree import Checked
from cloister.compiler.check.types import Type
from hypothesis import strategies as st

from .expressions import Shape, Term, Writer

Array = np.ndarray[Any, np.dtype[Any]]

PARTIES = ("north", "south", "west")
#: What is asked for where these three compute, and what where any others do.
HONEST, DISHONEST = "honest_majority", "dishonest_majority"
TOTALS = (1, 2, 3, 5, 17, 63, 64, 65, 70)


@dataclass(frozen=True)
class Program:
    """Source text, values of parameters and sizes, and data by party and input: nested lists of numbers."""

    source: str
    params: dict[str, int]
    sizes: dict[str, int]
    data: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Given:
    """How an input is declared: the written type, fractional bits, and the range of the scaled integers."""

    written: str
    suffix: str
    kind: str
    frac: int
    lo: int
    hi: int

    @property
    def top(self) -> int:
        return max(abs(self.lo), abs(self.hi)) // (1 << self.frac) + 1


NUMBERS = (
    Given("bool", "", "bool", 0, 0, 1),
    Given("uint8", " in 0..9", "int", 0, 0, 9),
    Given("int8", " in -5..3", "int", 0, -5, 3),
    Given("int8", "", "int", 0, -128, 127),
    Given("uint8", " in 7..7", "int", 0, 7, 7),
    Given("int16", " in -1000..0", "int", 0, -1000, 0),
    Given("uint32", " in 1..4_000_000", "int", 0, 1, 4_000_000),
    Given("fixed[4]", " in -2..1.5", "fixed", 4, -32, 24),
    Given("fixed[8]", " in 0..9", "fixed", 8, 0, 9 << 8),
    Given("fixed", " in -0.5..3", "fixed", 16, -(1 << 15), 3 << 16),
    Given("fixed[2]", " in -500..500", "fixed", 2, -2000, 2000),
)


@dataclass
class _Author:
    """A program in the making."""

    draw: Callable[[Any], Any]
    writer: Writer
    sizes: dict[str, int]
    parties: tuple[str, ...]
    data: dict[str, dict[str, Any]]
    lines: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    params: dict[str, int] = field(default_factory=dict)
    made: list[Term] = field(default_factory=list)
    count: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    # ------------------------------------------------------------------ inputs

    def input(self, shape: Shape, each: bool) -> None:
        """An input of one party, or from each; `rows` counts over all parties."""
        given: Given = self.writer.among(NUMBERS)
        name = self.name("x")
        gives = self.parties if each else (self.writer.among(self.parties if "k" not in shape else self.parties[:1]),)
        brackets = f"[{', '.join(shape)}]" if shape else ""
        if given.written == "fixed" and shape and shape[0].isdigit():
            brackets = f"[16]{brackets}"
        source = "each" if each else gives[0]
        self.lines.append(f"input {name}: {given.written}{brackets}{given.suffix} from {source}")
        for party in gives:
            extents = tuple(self.sizes.get(f"{d}.{party}", self.writer.extents[d]) for d in shape)
            self.data[party][name] = self._values(given, extents)
        self.writer.terms.append(Term(name, given.kind, shape, given.top, given.frac))

    def _values(self, given: Given, extents: tuple[int, ...]) -> Any:
        edges = sorted({given.lo, given.lo + 1, -1, 0, 1, given.hi - 1, given.hi})
        inside = [v for v in edges if given.lo <= v <= given.hi]
        value = st.one_of(st.sampled_from(inside), st.integers(given.lo, given.hi))
        pool = self.draw(st.lists(value, min_size=1, max_size=5))
        size = int(np.prod(extents, dtype=int))
        scaled = [pool[(i * 3 + i // 7) % len(pool)] for i in range(size)]
        if given.kind == "bool":
            plain: list[Any] = [bool(v) for v in scaled]
        else:
            plain = [v / (1 << given.frac) if given.frac else v for v in scaled]
        return np.array(plain, dtype=object).reshape(extents).tolist()

    def param(self) -> None:
        name = self.name("p")
        value = self.draw(st.integers(-9, 9))
        self.lines.append(f"param {name}: int = {self.draw(st.integers(0, 5))}")
        self.params[name] = value
        self.writer.terms.append(Term(name, "int", (), 9))

    # ------------------------------------------------------------------ statements

    def bind(self, name: str, term: Term) -> None:
        """`name` is a variable with the value of the term from now on."""
        variable = replace(term, text=name)
        for terms in (self.writer.terms, self.made):
            terms[:] = [t for t in terms if t.text != name]
            terms.append(variable)

    def statement(self) -> None:
        self.writer.among([
            *[self.assignment] * 4, self.choice, self.unrolled, self.long_loop, self.function, self.revealed,
            self.stretch, self.put, self.assumed, self.listed,
        ])()

    def _target(self) -> tuple[str, Shape]:
        return self.writer.among(["int", "int", "fixed", "bool"]), self.writer.among(self._known_shapes())

    def _known_shapes(self) -> list[Shape]:
        return sorted({(), *(t.shape for t in self.writer.terms)})

    def assignment(self) -> None:
        kind, shape = self._target()
        term = self.writer.any(kind, shape, self.draw(st.integers(1, 3)))
        name = self.name("v")
        self.body.append(f"{name} = {term.text}")
        self.bind(name, term)

    def choice(self) -> None:
        """A variable assigned before and in a branch, and one assigned in both."""
        condition = self.writer.truth((), 1)
        kind, shape = self._target()
        name = self.name("v")
        before, then, other = (self.writer.any(kind, shape, 1) for _ in range(3))
        self.body += [f"{name} = {before.text}", f"if {condition.text}:", f"    {name} = {then.text}"]
        cases = [before, then]
        if self.writer.number_below(2):
            second = self.writer.truth((), 1)
            self.body += [f"elif {second.text}:", f"    {name} = {other.text}"]
            cases.append(other)
        self.bind(name, Term(name, kind, shape, max(c.top for c in cases), max(c.frac for c in cases)))

    def unrolled(self) -> None:
        """An accumulator, and cells of an indexed output."""
        kind, shape = self.writer.among(["int", "fixed"]), self.writer.among(self._known_shapes())
        total, cells, trips = self.name("v"), self.name("cell"), self.writer.number_below(4) + 1
        outer = list(self.writer.terms)
        start = self.writer.number(kind, shape, 1)
        self.writer.terms.append(Term("i", "int", (), trips))
        step, cell = self.writer.number(kind, shape, 1), self.writer.any(*self._target(), 1)
        condition = f" if {self.writer.truth((), 1).text}" if self.writer.number_below(2) else ""
        self.writer.terms[:] = outer
        self.body += [
            f"{total} = {start.text}", f"for i in range({trips}):", f"    {total} = {total} + {step.text}",
            f"    output {cells}[i] = {cell.text} to {self._receivers()}{condition}",
        ]
        top, frac = start.top + trips * step.top, max(start.frac, step.frac)
        self.bind(total, Term(total, kind, shape, top, frac))

    def long_loop(self) -> None:
        """A loop that stays one: a sum, a clamped recurrence with a choice, an array written by the index."""
        columns = [t for t in self.writer.terms if t.shape == ("70",) and t.kind != "bool"]
        if not columns:
            return self.assignment()
        column: Term = self.writer.among(columns)
        total, state, array, index = (self.name(prefix) for prefix in "vvvi")
        zero, frac = ("0", 0) if column.kind == "int" else ("fixed(0)", 16)
        outer = list(self.writer.terms)
        self.writer.terms.append(replace(column, text=f"{column.text}[{index}]", shape=()))
        self.writer.terms.append(Term(index, "int", (), 70))
        step = self.writer.number(column.kind, (), 1)
        self.writer.terms.append(Term(state, column.kind, (), 50, frac))
        turn, cell = (self.writer.number(column.kind, (), 1) for _ in range(2))
        condition, other = self.writer.truth((), 1), self.writer.number(column.kind, (), 1)
        self.writer.terms[:] = outer
        trips = self.writer.among([65, 70])
        self.body += [
            f"{total} = {zero}", f"{state} = {zero}", f"{array} = {column.text}",
            f"for {index} in range({trips}):",
            f"    {total} = {total} + {step.text}",
            f"    {state} = clamp({turn.text}, -50, 50)",
            f"    if {condition.text}:", f"        {state} = clamp({other.text}, -50, 50)",
            f"    {array}[{index}] = {cell.text}",
        ]
        self.bind(total, Term(total, column.kind, (), trips * step.top, max(step.frac, frac)))
        self.bind(state, Term(state, column.kind, (), 50, max(turn.frac, other.frac, frac)))
        top, frac = max(column.top, cell.top), max(column.frac, cell.frac)
        self.bind(array, Term(array, column.kind, ("70",), top, frac))
        return None

    def put(self) -> None:
        """An array of which one element is replaced."""
        arrays = [t for t in self.writer.terms if len(t.shape) == 1]
        if not arrays:
            return self.assignment()
        array, name = self.writer.among(arrays), self.name("v")
        n = self.writer.extents[array.shape[0]]
        value = self.writer.any(array.kind, (), 1)
        index = self.writer.among([str(self.writer.number_below(2 * n) - n), self.writer.hidden(n)])
        self.body += [f"{name} = {array.text}", f"{name}[{index}] = {value.text}"]
        top, frac = max(array.top, value.top), max(array.frac, value.frac)
        self.bind(name, Term(name, array.kind, array.shape, top, frac))
        return None

    def assumed(self) -> None:
        """What holds in any case, of a variable; its range may become narrower."""
        known = [t for t in self.writer.terms if t.kind != "bool" and t.text.isidentifier()]
        if not known:
            return self.assignment()
        term: Term = self.writer.among(known)
        bound = self.writer.any(term.kind, (), 0)
        self.body.append(self.writer.among([
            f"assume({-term.top} <= {term.text} and {term.text} <= {term.top})",
            f"assume(not ({term.text} > {term.top}) or {bound.text} == {bound.text})",
            f"assume(abs({term.text}) < {term.top + 1})",
            f"assume_unchecked({term.text} <= {term.top})",
        ]))
        return None

    def listed(self) -> None:
        """A list over an array, short or long."""
        columns = [t for t in self.writer.terms if len(t.shape) == 1 and t.kind != "bool"]
        if not columns:
            return self.assignment()
        column: Term = self.writer.among(columns)
        outer, name, item = list(self.writer.terms), self.name("v"), self.name("e")
        self.writer.terms.append(replace(column, text=item, shape=()))
        cell = self.writer.any(self.writer.among(["int", "fixed", "bool"]), (), 2)
        self.writer.terms[:] = outer
        self.body.append(f"{name} = [{cell.text} for {item} in {column.text}]")
        self.bind(name, replace(cell, shape=column.shape))
        return None

    def function(self) -> None:
        """A function of one or two terms in sight, and a call of it."""
        if not self.writer.terms:
            return self.assignment()
        given = [self.writer.among(self.writer.terms) for _ in range(self.writer.number_below(2) + 1)]
        names = ["a", "b"][: len(given)]
        inner = Writer(self.draw, self.writer.extents, [], self.writer.limit)
        inner.terms = [replace(t, text=n) for t, n in zip(given, names, strict=True)]
        kind = self.writer.among(["int", "fixed", "bool"])
        shape = self.writer.among(sorted({t.shape for t in given}))
        local, result = inner.any(kind, shape, 1), inner.any(kind, shape, 2)
        call, name, joined = self.name("f"), self.name("v"), "!=" if kind == "bool" else "+"
        self.lines += [f"def {call}({', '.join(names)}):", f"    c = {local.text}",
                       f"    return c {joined} {result.text}"]
        result = replace(result, top=result.top + local.top, frac=max(result.frac, local.frac))
        self.body.append(f"{name} = {call}({', '.join(t.text for t in given)})")
        self.bind(name, result)
        return None

    def revealed(self) -> None:
        kind = self.writer.among(["int", "fixed", "bool"])
        term, name = self.writer.any(kind, (), 1), self.name("v")
        self.body.append(f"{name} = reveal({term.text})")
        self.bind(name, term)

    def stretch(self) -> None:
        """A slice of a column, whose extent follows from a size."""
        columns = [t for t in self.writer.terms if t.shape == ("rows",) and self.writer.extents["rows"] > 1]
        if not columns:
            return self.assignment()
        term, name = self.writer.among(columns), self.name("v")
        self.body.append(f"{name} = {term.text}[{self.writer.among(['1:', ':-1'])}]")
        self.bind(name, replace(term, shape=("rows - 1",)))
        return None

    # ------------------------------------------------------------------ outputs

    def _receivers(self) -> str:
        return str(self.writer.among(["all", self.parties[0], ", ".join(self.parties[1:])]))

    def outputs(self) -> None:
        for term in self.made:
            shapes = [term.shape[:n] for n in range(len(term.shape) + 1)]
            condition = ""
            if self.writer.number_below(3) == 0:
                condition = f" if {self.writer.truth(self.writer.among(shapes), 1).text}"
            self.body.append(f"output out_{term.text} = {term.text} to {self._receivers()}{condition}")


@st.composite
def programs(draw: Callable[[Any], Any], statements: int = 4, parties: tuple[str, ...] = PARTIES,
             majority: str = HONEST) -> Program:
    """A program of at most that many statements; the checker accepts nearly all."""
    total = draw(st.sampled_from(TOTALS))
    cuts = sorted(draw(st.integers(0, total)) for _ in parties[1:])
    counts = [after - before for before, after in pairwise([0, *cuts, total])]
    sizes = {f"rows.{party}": n for party, n in zip(parties, counts, strict=True)}
    extents = {"rows": total, "rows - 1": total - 1, "k": draw(st.sampled_from(TOTALS)), "3": 3, "4": 4,
               "70": 70}
    limit = draw(st.sampled_from([20, 40, 56]))
    author = _Author(draw, Writer(draw, extents, [], limit), sizes, parties, {party: {} for party in parties})
    author.lines += [f"party {', '.join(parties)}", f"security {majority}, semi_honest"]
    columns = [("rows",), ("rows", "3"), ("k",), ("70",), ("3", "4"), ("4", "3"), ("4",)]
    wanted = [(), *draw(st.lists(st.sampled_from(columns), min_size=1, max_size=4))]
    author.lines += ["size rows <= 1000"] * any("rows" in s for s in wanted)
    author.lines += ["size k <= 1000"] * any("k" in s for s in wanted)
    if draw(st.booleans()):
        author.param()
    for shape in wanted:
        author.input(shape, "rows" in shape)
    bound = dict(sizes) if any("rows" in s for s in wanted) else {}
    if any("k" in s for s in wanted):
        bound["k"] = extents["k"]
    for _ in range(draw(st.integers(1, statements))):
        author.statement()
    author.outputs()
    source = "\n".join([*author.lines, *author.body]) + "\n"
    return Program(source, author.params, bound, author.data)


def keyed(program: Program, checked: Checked) -> dict[str, Array]:
    """The data as scaled integers by key (`age.north`), for the inputs of the checked program."""
    return {f"{i.name}.{i.party}": _scaled(program.data[i.party][i.name], i.var.type) for i in checked.inputs}


def _scaled(values: Any, type: Type) -> Array:
    array = np.array(values, dtype=object).reshape(type.extents)
    scale = np.frompyfunc(lambda v: int(Fraction(v) * (1 << type.elem.frac)), 1, 1)
    return np.array(scale(array), dtype=object)
