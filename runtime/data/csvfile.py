"""CSV text cut into cells: places in a buffer of bytes, found for the whole file at once.

The format is RFC 4180 with commas: UTF-8 (a byte order mark is skipped), rows end with LF or CRLF, cells may
be quoted and then hold commas, line breaks and doubled quotes. The first row names the columns. Blank lines
at the end of the file are skipped, and so is white space around a cell.

numpy cuts and reads a million rows in a fraction of a second, and what it does not find plain is read cell by
cell: there is one reader for small and large files, and pyarrow, which is slow to load, has no part in it.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .cells import Cells, Places, trimmed
from .coded import CODED, parse_coded
from .declare import Declaration
from .numbers import parse
from .problems import Problems

_COMMA, _LINE, _QUOTE = b",\n\""
#: What else separates columns in files that are called CSV, and how messages call it.
_SEPARATORS = {b";": "`;`", b"\t": "tabs", b"|": "`|`"}


@dataclass(frozen=True)
class CsvTable:
    """A CSV file. `starts` and `ends` are the places of all cells, by row (header included) and column."""

    path: Path
    buffer: NDArray[np.uint8]
    starts: Places
    ends: Places
    first_row: int = 2

    @property
    def rows(self) -> int:
        """The number of rows below the header."""
        return len(self.starts) - 1

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names in the header."""
        header = trimmed(self.buffer, self.starts[0], self.ends[0])
        return tuple(header.text(i) for i in range(len(header)))

    def values(self, column: str, declaration: Declaration) -> tuple[NDArray[Any], Problems]:
        """The scaled integers of a column, as `numbers.parse` gives them, or the numbers of its labels."""
        reader = parse_coded if declaration.element in CODED else parse
        return reader(self._cells(column), declaration)

    def missing(self, column: str) -> NDArray[np.bool_]:
        """Which cells of a column are empty."""
        return self._cells(column).empty

    def _cells(self, column: str) -> Cells:
        index = self.columns.index(column)
        return trimmed(self.buffer, self.starts[1:, index], self.ends[1:, index])


def read_csv(path: Path) -> CsvTable:
    """Reads and cuts a file. Raises DataError."""
    content = _content(path)
    buffer = np.frombuffer(content, dtype=np.uint8)
    lines = buffer == _LINE
    breaks = (buffer == _COMMA) | lines
    if b'"' in content:
        inside = np.bitwise_xor.accumulate(buffer == _QUOTE)
        breaks &= ~inside
        if inside[-1]:
            outside = np.flatnonzero(~inside)
            opening = int(outside[-1]) if len(outside) else 0
            row = 1 + np.count_nonzero((breaks & lines)[:opening + 1])
            raise DataError(f"{path}: a quoted cell that begins in row {row} never ends")
    ends = np.flatnonzero(breaks)
    counts = np.diff(np.flatnonzero(lines[ends]), prepend=-1)
    if counts[0] == 1:
        _check_separator(path, content[:ends[0]])
    ragged = np.flatnonzero(counts != counts[0])
    if len(ragged):
        first, count = int(ragged[0]), int(counts[ragged[0]])
        cells = "1 cell" if count == 1 else f"{count} cells"
        more = count > counts[0]
        mend = "a cell with a comma in it stands in quotes" if more else "empty cells have their commas too"
        raise DataError(f"{path}: row {first + 1} has {cells}, the header has {counts[0]}; {mend}")
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    return CsvTable(path, buffer, starts.reshape(-1, counts[0]), ends.reshape(-1, counts[0]))


def _check_separator(path: Path, header: bytes) -> None:
    """Raises DataError for a header without a comma, but with what other programs write in its place."""
    for sign, name in _SEPARATORS.items():
        if sign in header:
            raise DataError(f"{path}: the columns are separated by {name}; save it with commas between them, and a "
                            "point before decimals")


def _content(path: Path) -> bytes:
    """The bytes of the file without byte order mark, ending in exactly one line end."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(f"{path} is UTF-16 text; save it as UTF-8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = 1 + content.count(b"\n", 0, error.start)
        raise DataError(f"{path} is not UTF-8 text (byte {content[error.start]:#04x} in row {row}); "
                        "save it as UTF-8") from None
    content = content.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
    if not content:
        raise DataError(f"{path} is empty; its first row must name the columns")
    return content + b"\n"
