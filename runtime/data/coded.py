"""Columns of addresses, dates, levels and texts: whole columns at once where they are plain, else cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import Cells
from .declare import Declaration
from .labels import date_value, ip4_value, level_value, text_layout, text_words
from .problems import Problems, absent, shown

Values = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CHUNK = 1 << 15
_IP4_WIDTH = 15
_DATE_WIDTH = 10
_QUOTE = ord('"')


def parse_coded(cells: Cells, declaration: Declaration) -> tuple[NDArray[Any], Problems]:
    """The numbers of a column: int64, of texts with the words along a second axis. Wrong values are 0."""
    problems = Problems()
    quick = _QUICK[declaration.element]
    wide = (text_layout(declaration.length)[0],) if declaration.element == "text" else ()
    values = np.zeros((len(cells), *wide), dtype=np.int64)
    for first in range(0, len(cells), _CHUNK):
        part = cells.part(first, first + _CHUNK)
        found, done = quick(part, declaration)
        if declaration.element == "date":
            done &= (found >= declaration.lo) & (found <= declaration.hi)
        if declaration.optional:
            done |= part.empty
        values[first:first + len(part)] = np.where(done.reshape(-1, *(1,) * len(wide)), found, 0)
        if declaration.optional:
            values[first:first + len(part)][part.empty] = declaration.filler
        for index in np.flatnonzero(~done).tolist():
            try:
                values[first + index] = exact_coded(part.text(index), declaration)
            except ValueError as error:
                problems.add(first + index, str(error))
    return values, problems


def exact_coded(text: str, declaration: Declaration) -> int | tuple[int, ...]:
    """The number of one cell, the words of a text. Raises ValueError that says what is wrong with it."""
    if text == "" and declaration.element != "text":
        raise ValueError("the value is missing")
    try:
        match declaration.element:
            case "ip4":
                return ip4_value(text)
            case "category":
                return level_value(text, declaration.levels)
            case "text":
                return text_words(text, declaration.length)
        days = date_value(text)
    except ValueError as error:
        raise ValueError(f"{shown(text)} {error}{absent(text)}") from None
    if not declaration.lo <= days <= declaration.hi:
        raise ValueError(f"{shown(text)} is {'before the first' if days < declaration.lo else 'after the last'} "
                         "day declared")
    return days


def _byte(cells: Cells, place: int, live: Flags) -> NDArray[np.uint8]:
    """The byte at `place` of every cell that is `live`, of the others any."""
    return cells.buffer[np.where(live, cells.starts + place, 0)]


def _ip4(cells: Cells, declaration: Declaration) -> tuple[Values, Flags]:
    """Four numbers of one to three digits, without needless zeros, with points between them."""
    lengths = cells.ends - cells.starts
    plain = (lengths > 0) & (lengths <= _IP4_WIDTH)
    value, part, digits, points = (np.zeros(len(cells), dtype=np.int64) for _ in range(4))
    for j in range(_IP4_WIDTH):
        live = plain & (j < lengths)
        byte = _byte(cells, j, live)
        digit = byte.astype(np.int64) - ord("0")
        number = live & (digit >= 0) & (digit < 10)
        point = live & (byte == ord("."))
        plain &= ~live | (number & ~((digits > 0) & (part == 0))) | (point & (digits > 0))
        value = np.where(point, value * 256 + part, value)
        part = np.where(point, 0, np.where(number, part * 10 + digit, part))
        plain &= part < 256
        digits = np.where(point, 0, digits + number)
        points += point
    return value * 256 + part, plain & (points == 3) & (digits > 0)


def _date(cells: Cells, declaration: Declaration) -> tuple[Values, Flags]:
    """`yyyy-mm-dd`, days of the calendar."""
    plain = cells.ends - cells.starts == _DATE_WIDTH
    fields = [np.zeros(len(cells), dtype=np.int64) for _ in range(3)]
    field = 0
    for j in range(_DATE_WIDTH):
        byte = _byte(cells, j, plain)
        if j in (4, 7):
            plain &= byte == ord("-")
            field += 1
            continue
        digit = byte.astype(np.int64) - ord("0")
        plain &= (digit >= 0) & (digit < 10)
        fields[field] = fields[field] * 10 + digit
    year, month, day = fields
    plain &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(plain, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    return first.astype(np.int64) + day - 1, plain & (day <= length)


def _category(cells: Cells, declaration: Declaration) -> tuple[Values, Flags]:
    """The cells that are the name of a level, letter by letter."""
    lengths = cells.ends - cells.starts
    values = np.zeros(len(cells), dtype=np.int64)
    done = np.zeros(len(cells), dtype=bool)
    for place, level in enumerate(declaration.levels):
        content = level.encode("utf-8")
        match = lengths == len(content)
        for j, letter in enumerate(content):
            match &= _byte(cells, j, match) == letter
        values[match] = place
        done |= match
    return values, done


def _text(cells: Cells, declaration: Declaration) -> tuple[Values, Flags]:
    """Cells that are no longer than declared; those with quotes or zero bytes inside are left to be looked at."""
    lengths = cells.ends - cells.starts
    done = lengths <= declaration.length
    count, width = text_layout(declaration.length)
    values = np.zeros((len(cells), count), dtype=np.int64)
    for j in range(int(np.where(done, lengths, 0).max(initial=0))):
        live = done & (j < lengths)
        byte = _byte(cells, j, live)
        done &= ~live | ((byte != _QUOTE) & (byte != 0))
        values[:, j // width] |= np.where(live, byte, 0).astype(np.int64) << (8 * (j % width))
    return values, done


_QUICK: dict[str, Callable[[Cells, Declaration], tuple[NDArray[Any], Flags]]] = {
    "ip4": _ip4,
    "date": _date,
    "category": _category,
    "text": _text,
}

#: The kinds of elements whose columns are read here.
CODED = frozenset(_QUICK)
