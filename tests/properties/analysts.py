"""Random programs over tables, missing values, hidden sizes, dates, addresses, levels and texts, with their data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cloister.compiler.check.tree import Checked, PartyInput
from cloister.compiler.check.types import Bool
from hypothesis import strategies as st

from .generate import HONEST, PARTIES, Array, Program

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
    parties: tuple[str, ...]
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
        self.among([self.where, self.extended, self.summary, self.summary, self.groups, self.rows, self.shown,
                    self.ordered, self.grouped, self.related])()

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
        if self.draw(st.booleans()):
            share = self.among(["0", "0.25", "1 / 3", "0.5", "0.95", "1"])
            forms = [f"median({self.number(1)})", f"quantile({self.number(1)}, {share})"]
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

    def ordered(self) -> None:
        """The rows in another order, some of the first ones, or their ranks."""
        name, sortable = self.name("u"), [own for own, kind in sorted(self.columns.items()) if kind != "level"]
        keys = [f"{self.table}.{own}" for own in self.draw(st.lists(st.sampled_from(sortable), min_size=1, max_size=3))]
        keys = [f"desc({key})" if self.draw(st.booleans()) else key for key in [*keys, self.number(0)]]
        forms = [f"sort_by({', '.join(keys)})", f"sort_by({keys[0]}).head(2)", f"top(2, {self.number(1)})",
                 f"with(place = rank({self.number(1)}, descending={self.among(['true', 'false'])}))",
                 f"with(other = sort({self.number(0)}))"]
        form = self.among(forms)
        self.body.append(f"{name} = {self.table}.{form}")
        self.columns |= {new: "number" for new in ("place", "other") if form.startswith(f"with({new}")}
        self.table = name

    def grouped(self) -> None:
        """A row for each group of rows, or for each that differs from all others."""
        name, (x, y, z) = self.name("u"), (self.name("z") for _ in range(3))
        keys = self.draw(st.lists(st.sampled_from(sorted(self.columns)), min_size=1, max_size=2, unique=True))
        first, counted = self.among(sorted(self.columns)), self.among(sorted(self.columns))
        aggregates = {
            x: f"{self.among(['sum', 'min', 'max', 'mean'])}({self.number(0)})",
            y: f"{self.among(['count', 'count_distinct'])}({self.table}.{counted})",
            z: f"first({self.table}.{first})",
        }
        by = ", ".join(f"{self.table}.{key}" for key in keys)
        made = ", ".join(f"{new} = {value}" for new, value in aggregates.items())
        self.body.append(f"{name} = {self.table}.group_by({by}).agg({made})")
        self.columns = {key: self.columns[key] for key in keys} | {x: "number", y: "number", z: self.columns[first]}
        self.table = name

    def related(self) -> None:
        """The rows without those that are not there, without repetition, or beside others of the same key."""
        name, once, new = self.name("u"), self.name("u"), self.name("z")
        key, other = self.among(sorted(self.columns)), self.among(sorted(self.columns))
        how = self.among(["", "inner", "left", "outer", "semi", "anti"])
        if not how:
            self.body.append(f"{name} = {self.table}.{self.among(['compact()', f'distinct({self.table}.{key})'])}")
        else:
            self.body += [f"{once} = {self.table}.distinct({self.table}.{key})",
                          f'{name} = {self.table}.join({once}.select({key}, {new} = {once}.{other}), on = "{key}", '
                          f'how = "{how}")']
            self.columns |= {} if how in ("semi", "anti") else {new: self.columns[other]}
        self.table = name

    def _receivers(self) -> str:
        return str(self.among(["all", self.parties[0], ", ".join(self.parties[1:])]))


_LEAVES = {
    "truth": ["{}"],
    "date": ['({} >= date("2020-02-29"))', "({}.month == 2)"],
    "ip4": ['({} in ip4("10.0.0.0/8"))', '({} == ip4("10.0.0.1"))', '({} in [ip4("0.0.0.0/1"), ip4("10.1.0.0/16")])'],
    "level": ['({} == "mid")', '({} in ["low", "high"])'],
    "text": ['({} == "abc")', '({} in ["", "abcdefghi"])'],
}


@st.composite
def analyses(draw: Callable[[Any], Any], statements: int = 5, parties: tuple[str, ...] = PARTIES,
             majority: str = HONEST) -> Program:
    """A program over one table; `drawn` gives it data."""
    author = _Author(draw, parties)
    kept = sorted(draw(st.sets(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=5)) | {"a"})
    optional = {name for name in kept if draw(st.integers(0, 2)) == 0}
    hidden = draw(st.booleans())
    counts = {f"rows.{party}": draw(st.sampled_from(COUNTS)) for party in parties}
    bound = max(*counts.values(), 1)
    written = ", ".join(f"{name}: {COLUMNS[name]}{' optional' if name in optional else ''}" for name in kept)
    lines = [f"party {', '.join(parties)}", f"security {majority}, semi_honest", "from stats import mean",
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
