"""A party's own data: finds the files, reads the columns that are declared, checks every value.

For party P and folder D the columns stand in D/P.csv or D/P.parquet under the inputs' names; those of a
matrix `m` are `m_0`, `m_1`, ... An input of another length stands in a file of its own, D/P.INPUT.csv or
.parquet. The columns of a table `t`, declared as `t.column`, stand in D/P.t.csv, or in D/P.csv. A scalar is a
column of one row. Columns that nobody asks for are not looked at. What is wrong is collected and raised
together; the messages show values and are for the party itself.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..transport.frame import printable
from .csvfile import read_csv
from .declare import Declaration, presence
from .labels import text_layout
from .numbers import holds_int64
from .problems import Problems

_ENDINGS = ".csv", ".parquet"
_NAMES_SHOWN = 20


@dataclass(frozen=True)
class Data:
    """What a party gives: arrays of scaled integers by `Declaration.key`, and the sizes that they bind.

    An array is int64 where the declared range fits it and otherwise holds Python integers; its shape is that
    of the input, with the words of a text along one axis more. Of an optional input `x` and of a hidden size
    `rows`, `x?.PARTY` and `rows?.PARTY` say with 0 and 1 where there are values, and which rows there are.
    """

    values: dict[str, NDArray[Any]] = field(repr=False)
    sizes: dict[str, int]


class Table(Protocol):
    """A file of named columns. `first_row` is the row number of the first value as the file counts."""

    @property
    def path(self) -> Path: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> int: ...
    @property
    def first_row(self) -> int: ...

    def values(self, column: str, declaration: Declaration) -> tuple[NDArray[Any], Problems]:
        """The scaled integers of a column and what is wrong with them. Raises DataError."""

    def missing(self, column: str) -> NDArray[np.bool_]:
        """Which cells of a column hold no value. Raises DataError."""


def read(declarations: Sequence[Declaration], folder: Path, party: str,
         files: Mapping[str, Path] | None = None) -> Data:
    """Reads all inputs of `party`; `files` are those of single inputs that lie elsewhere, by input name.

    Raises DataError with everything that is wrong.
    """
    reader = _Reader(folder, party, files or {})
    values: dict[str, NDArray[Any]] = {}
    for declaration in declarations:
        if declaration.party == party:
            values |= reader.read(declaration)
    wrong = [*reader.wrong, *reader.absent()]
    if wrong:
        raise DataError("\n".join(dict.fromkeys(wrong)))
    return Data(values, {name: size for name, (size, _) in reader.sizes.items()})


class _Absent(Exception):
    """A file does not have some of the columns, which is noted."""


class _Reader:
    """The files opened so far, the sizes bound so far (with where from), and what is wrong so far."""

    def __init__(self, folder: Path, party: str, files: Mapping[str, Path]) -> None:
        self.wrong: list[str] = []
        self._lacking: dict[Path, list[str]] = {}
        self.sizes: dict[str, tuple[int, str]] = {}
        self._counts: dict[str, tuple[int, str]] = {}
        self._folder = folder
        self._party = party
        self._files = files
        self._tables: dict[Path, Table | None] = {}

    def read(self, declaration: Declaration) -> dict[str, NDArray[Any]]:
        """The arrays of one input by key; none when something is wrong with it, which is noted."""
        try:
            path = self._locate(declaration.name)
            if path not in self._tables:
                self._tables[path] = None  # so that a file that cannot be read is complained about once
                self._tables[path] = _open(path)
            table = self._tables[path]
            return {} if table is None else self._arrays(table, declaration)
        except DataError as error:
            self.wrong.append(str(error))
            return {}
        except _Absent:
            return {}

    def absent(self) -> Iterator[str]:
        """For each file the columns that it does not have, and those that it has."""
        for path, columns in self._lacking.items():
            table = self._tables[path]
            assert table is not None
            wanted = [_hinted(column, table) for column in dict.fromkeys(columns)]
            value = any(one[:1].isdigit() or one[:1] == "-" for one in table.columns)
            mend = "; its first row must name the columns" if value else ""
            yield (f"{path} has no column{'s' if len(wanted) > 1 else ''} {_some(wanted)}; it has: "
                   f"{_some([printable(one) for one in table.columns])}{mend}")

    def _locate(self, name: str) -> Path:
        """The file that an input stands in."""
        stem = name.partition(".")[0]
        if stem in self._files:
            return self._files[stem]
        bases = f"{self._party}.{stem}", self._party
        for base in bases:
            found = [path for ending in _ENDINGS if (path := self._folder / f"{base}{ending}").is_file()]
            if len(found) > 1:
                raise DataError(f"{found[0]} and {found[1].name} are both there; which one is meant?")
            if found:
                return found[0]
        names = ", ".join(f"{base}{ending}" for base in reversed(bases) for ending in _ENDINGS)
        raise DataError(f"no file for the input `{stem}`: in {self._folder} there is none of {names}"
                        f"{self._near(bases)}")

    def _near(self, bases: Sequence[str]) -> str:
        """What there is instead of a file of these names: of another spelling, or of another kind."""
        wanted = {base.casefold() for base in bases}
        there = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        for path in there:
            if path.is_file() and path.stem.casefold() in wanted:
                if path.suffix.lower() in _ENDINGS:
                    return f"; is it `{printable(path.name)}`?"
                return f"; `{printable(path.name)}` is neither, save it as CSV"
        return ""

    def _arrays(self, table: Table, declaration: Declaration) -> dict[str, NDArray[Any]]:
        """The columns of an input as an array of its shape, and where it has values if it may be without."""
        columns, shape = self._layout(table, declaration)
        rows = shape[0] if shape else 1
        words = (text_layout(declaration.length)[0],) if declaration.element == "text" else ()
        dtype = np.int64 if holds_int64(declaration) else object
        array = np.full((rows, len(columns), *words), declaration.filler, dtype=dtype)
        there = np.zeros((rows, len(columns)), dtype=np.int64)
        good = True
        for index, column in enumerate(columns):
            array[:table.rows, index], problems = table.values(column, declaration)
            if declaration.optional:
                there[:table.rows, index] = ~table.missing(column)
            if problems.total:
                good = False
                self.wrong += problems.lines(f"{table.path}, column `{column}`", table.first_row)
        found = {declaration.key: array.reshape((*shape, *words))} if good else {}
        if declaration.optional:
            found[f"{presence(declaration.name)}.{self._party}"] = there.reshape(shape)
        if declaration.hidden:
            found[f"{presence(declaration.hidden)}.{self._party}"] = (np.arange(rows) < table.rows).astype(np.int64)
        return found

    def _layout(self, table: Table, declaration: Declaration) -> tuple[list[str], tuple[int, ...]]:
        """The columns that make up an input, and its shape. Binds sizes; raises DataError, _Absent."""
        name = declaration.name.rpartition(".")[2]
        if not declaration.dims:
            if table.rows != 1:
                raise DataError(f"{table.path} has {table.rows} rows, but `{name}` is a single value; "
                                f"it may stand in a file {self._party}.{declaration.name}.csv of one row")
            return self._present(table, [name]), ()
        if declaration.hidden:
            rows = self._padded(table, declaration)
        else:
            rows = self._extent(declaration.dims[0], table.rows, "rows", table, declaration)
        inner = declaration.dims[1:]
        if len(inner) == 1:
            count = next(k for k in itertools.count() if f"{name}_{k}" not in table.columns)
            if not count:
                self._present(table, [f"{name}_0"])
            what = f"columns `{name}_0`, `{name}_1`, ..."
            inner = (self._extent(inner[0], count, what, table, declaration),)
        if any(isinstance(extent, str) for extent in inner):
            raise DataError(f"`{name}` has several dimensions; beyond the first they must be numbers")
        extents = tuple(int(extent) for extent in inner)
        suffixes = itertools.product(*(range(extent) for extent in extents))
        columns = ["_".join([name, *map(str, suffix)]) for suffix in suffixes]
        return self._present(table, columns), (rows, *extents)

    def _present(self, table: Table, columns: list[str]) -> list[str]:
        """The columns, if the file has each of them once. Raises DataError, _Absent."""
        for column in columns:
            count = table.columns.count(column)
            if count > 1:
                raise DataError(f"{table.path} has {count} columns named `{column}`")
        lacking = [column for column in columns if column not in table.columns]
        if lacking:
            self._lacking.setdefault(table.path, []).extend(lacking)
            raise _Absent
        return columns

    def _padded(self, table: Table, declaration: Declaration) -> int:
        """The bound of a hidden size, to which the rows are padded; their number stays with the party."""
        bound, size = declaration.dims[0], declaration.hidden
        assert isinstance(bound, int)
        if table.rows > bound:
            raise DataError(f"{table.path} has {table.rows} rows, but `{size}` is declared up to {bound}")
        here = f"`{declaration.name}` in {table.path}"
        count, origin = self._counts.setdefault(size, (table.rows, here))
        if count != table.rows:
            raise DataError(f"the size `{size}` is {count} by {origin}, but {table.rows} by {here}")
        return bound

    def _extent(self, dim: int | str, count: int, what: str, table: Table, declaration: Declaration) -> int:
        """Makes sure that an extent is what was declared, or what the size has been bound to before."""
        if isinstance(dim, int):
            if count != dim:
                raise DataError(f"{table.path} has {count} {what}, but `{declaration.name}` is declared "
                                f"with {dim}")
            return count
        size, origin = self.sizes.setdefault(dim, (count, f"`{declaration.name}` in {table.path}"))
        if size != count:
            raise DataError(f"the size `{dim}` is {size} by {origin}, but {count} by `{declaration.name}` in "
                            f"{table.path}")
        return count


def _hinted(column: str, table: Table) -> str:
    """A column that a file does not have, with the one that may be meant."""
    close = difflib.get_close_matches(column, table.columns, 1)
    return f"`{column}` (is it `{printable(close[0])}`?)" if close else f"`{column}`"


def _some(names: Sequence[str]) -> str:
    """The first of many names."""
    return ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")


def _open(path: Path) -> Table:
    """The table in a file. Raises DataError."""
    if path.suffix == ".csv":
        return read_csv(path)
    if path.suffix == ".parquet":
        # Not at the top: pyarrow takes longer to load than a small run takes in all.
        from .parquet import read_parquet
        return read_parquet(path)
    raise DataError(f"{path} is neither .csv nor .parquet")
