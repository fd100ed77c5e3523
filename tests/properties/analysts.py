"""Random programs over tables, missing values, hidden sizes, dates, addresses, levels and texts, with their data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cloister.compiler.check.tree import Checked, PartyInput
from cloister.compiler.check.types import Bool
from hypothesis import strategies as st

from .generate import PARTIES, Array, Program

COUNTS = (0, 1, 2, 5, 17, 23)
LEVELS = ("low", "mid", "high")
COLUMNS = {
    "a": "int8 in -5..9",
    "c": "uint8 in 1..200",
    "f": "fixed[4] in -2..3",
    "b": "bool",
    "d": 'date in date("2019-12-30")..date("2021-03-02")',
    "ip": "ip4",
    "g": 'category("low", "mid", "high")',
    "n": "text[9]",
}
KINDS = {"a": "number", "c": "number", "f": "number", "b": "truth", "d": "date", "ip": "ip4", "g": "level", "n": "text"}


@dataclass
class _Author:
    """A program in the making: `columns` are those of the table in sight, by name."""

    draw: Callable[[Any], Any]
    table: str = "t"
    columns: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    count: int = 0

    def among(self, items: Any) -> Any:
        return self.draw(st.sampled_from(list(items)))

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def column(self, kind: str) -> str | None:
        known = [name for name, own in self.columns.items() if own == kind]
        return f"{self.table}.{self.among(known)}" if known else None

    def number(self, depth: int) -> str:
        """A number for each row."""
        name = self.column("number") or f"int(present({self.table}))"
        if depth == 0:
            return str(name)
        a, b = self.number(depth - 1), self.number(depth - 1)
        date = self.column("date")
        options = [f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"min({a}, {b})", f"clamp({a}, -9, 40)",
                   f"coalesce({a}, 3)", f"select({self.truth(depth - 1)}, {a}, {b})", f"int({self.truth(depth - 1)})",
                   f"select({self.truth(depth - 1)}, {a}, none)"]
        if date:
            options += [f"{date}.{self.among(['year', 'month', 'day', 'weekday'])}", f"({date} - min({date}))"]
        return str(self.among(options))

    def truth(self, depth: int) -> str:
        """A truth value for each row."""
        found = [self._leaf_truth()]
        if depth:
            a, b = self.truth(depth - 1), self.truth(depth - 1)
            found += [f"({a} and {b})", f"({a} or {b})", f"(not {a})", f"({a} ^ {b})", f"missing({self.number(0)})",
                      f"({self.number(depth - 1)} {self.among(['<', '>=', '==', '!='])} {self.number(0)})"]
        return str(self.among(found))

    def _leaf_truth(self) -> str:
        options = [f"({self.number(0)} > {self.among([-1, 0, 2])})"]
        for kind, forms in _LEAVES.items():
            name = self.column(kind)
            if name:
                options += [form.format(name) for form in forms]
        return str(self.among(options))

    # ------------------------------------------------------------------ statements

    def statement(self) -> None:
        self.among([self.where, self.extended, self.summary, self.summary, self.groups, self.rows, self.shown])()

    def where(self) -> None:
        name = self.name("u")
        self.body.append(f"{name} = {self.table}.where({self.truth(1)})")
        self.table = name

    def extended(self) -> None:
        name, new = self.name("u"), self.name("z")
        value = f"clamp({self.number(1)}, -100, 100)"
        if len(self.columns) > 2 and self.draw(st.booleans()):
            kept = self.draw(st.lists(st.sampled_from(sorted(self.columns)), min_size=1, unique=True))
            self.body.append(f"{name} = {self.table}.select({', '.join(kept)}, {new} = {value})")
            self.columns = {own: self.columns[own] for own in kept}
        else:
            self.body.append(f"{name} = {self.table}.with({new} = {value})")
        self.columns[new] = "number"
        self.table = name

    def summary(self) -> None:
        forms = [f"{self.among(['sum', 'min', 'max', 'count', 'mean'])}({self.number(2)})",
                 f"{self.among(['count', 'any', 'all'])}({self.truth(2)})", f"len({self.table})",
                 f"({self.number(1)} @ {self.number(0)})"]
        date = self.column("date")
        forms += [f"{self.among(['min', 'max'])}({date})"] if date else []
        condition = f" if len({self.table}) > 2" if self.draw(st.booleans()) else ""
        self.body.append(f"output {self.name('o')} = {self.among(forms)} to {self._receivers()}{condition}")

    def groups(self) -> None:
        level = self.column("level")
        if level is None:
            return self.summary()
        self.body += [f"for i, level in enumerate(levels({level})):",
                      f"    output {self.name('o')}[i] = sum(select({level} == level, {self.number(1)}, 0)) to all"]
        return None

    def rows(self) -> None:
        """A loop over rows, which is written out or stays one."""
        total, last = self.name("v"), self.name("v")
        outer, self.table = self.table, "row"
        step, condition, other = self.number(1), self.truth(1), self.number(0)
        self.table = outer
        if "min(row" in step or "present(row)" in step + condition + other:
            step, condition, other = "1", "present(row)", "0"
        self.body += [f"{total}, {last} = 0, 0", f"for row in {outer}:", f"    {total} += coalesce({step}, 0)",
                      f"    if {condition}:", f"        {last} = clamp({other}, -5, 5)"]
        self.body += [f"output {self.name('o')} = {v} to {self._receivers()}" for v in (total, last)]

    def shown(self) -> None:
        name = self.among(sorted(self.columns))
        self.body.append(f"output {self.name('o')} = {self.table}.{name} to {self._receivers()} if {self.truth(0)}")

    def _receivers(self) -> str:
        return str(self.among(["all", "north", "south, west"]))


_LEAVES = {
    "truth": ["{}"],
    "date": ['({} >= date("2020-02-29"))', "({}.month == 2)"],
    "ip4": ['({} in ip4("10.0.0.0/8"))', '({} == ip4("10.0.0.1"))', '({} in [ip4("0.0.0.0/1"), ip4("10.1.0.0/16")])'],
    "level": ['({} == "mid")', '({} in ["low", "high"])'],
    "text": ['({} == "abc")', '({} in ["", "abcdefghi"])'],
}


@st.composite
def analyses(draw: Callable[[Any], Any], statements: int = 5) -> Program:
    """A program over one table; `drawn` gives it data."""
    author = _Author(draw)
    kept = sorted(draw(st.sets(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=5)) | {"a"})
    optional = {name for name in kept if draw(st.integers(0, 2)) == 0}
    hidden = draw(st.booleans())
    counts = {f"rows.{party}": draw(st.sampled_from(COUNTS)) for party in PARTIES}
    bound = max(*counts.values(), 1)
    written = ", ".join(f"{name}: {COLUMNS[name]}{' optional' if name in optional else ''}" for name in kept)
    lines = [f"party {', '.join(PARTIES)}", "security honest_majority, semi_honest", "from stats import mean",
             f"size rows up to {bound}" if hidden else "size rows <= 1000",
             f"input t: table({written})[rows] from each"]
    author.columns = {name: KINDS[name] for name in kept}
    for _ in range(draw(st.integers(1, statements))):
        author.statement()
    author.body.append("output rows = len(t) to all")
    sizes = {} if hidden else counts
    return Program("\n".join([*lines, *author.body]) + "\n", {}, sizes, {})


@st.composite
def drawn(draw: Callable[[Any], Any], checked: Checked) -> Mapping[str, Array]:
    """Data for the inputs of a checked program, by key: a few values of each, at the edges of its range or inside."""
    return {f"{given.name}.{given.party}": draw(_values(given)) for given in checked.inputs}


@st.composite
def _values(draw: Callable[[Any], Any], given: PartyInput) -> Array:
    type_, elem = given.var.type, given.elem
    size = int(np.prod(type_.extents, dtype=int))
    if given.name == "rows?":
        return np.arange(size) < draw(st.integers(0, size))
    edges = {elem.lo, elem.lo + 1, elem.hi - 1, elem.hi, 0, 1, 0x0A000000, 0x0A000001, 0x0AFFFFFF, 0x636261}
    inside = sorted(v for v in edges if elem.lo <= v <= elem.hi)
    pool = draw(st.lists(st.one_of(st.sampled_from(inside), st.integers(elem.lo, elem.hi)), min_size=1, max_size=6))
    values = np.array([pool[(i * 5 + i // 7) % len(pool)] for i in range(size)], dtype=object).reshape(type_.extents)
    return values.astype(bool) if isinstance(elem, Bool) else values
