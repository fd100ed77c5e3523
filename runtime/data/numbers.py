"""Text to exact numbers: whole columns at once where that is exact, cell by cell where it is not plain.

The plain path takes what nearly every cell is, `[+-] digits [. digits]` of at most 19 and 18 digits, in
integer arithmetic on whole columns. Everything else goes cell by cell through rational numbers, which also
finds the words for what is no number. Both give the same: floating point has no part in either.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import Cells
from .declare import Declaration
from .problems import Problems, absent, out_of_range, shown

_CHUNK = 1 << 15
_PLAIN_WIDTH = 40
_WHOLE_DIGITS = 19
_FRACTION_DIGITS = 18
_LONGEST_CELL = 1000

_POWERS = np.array([10**i for i in range(_FRACTION_DIGITS + 1)], dtype=np.uint64)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([,.' _\u00a0\u2009\u202f’])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_BOOLS = {"true": 1, "1": 1, "false": 0, "0": 0}


class _Plain(NamedTuple):
    """A chunk of cells as sign, whole part and fraction/10^places; not meant where `plain` is false."""

    plain: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    whole: NDArray[np.uint64]
    fraction: NDArray[np.uint64]
    places: NDArray[np.uint64]


def holds_int64(declaration: Declaration) -> bool:
    """Whether every value of the range fits an int64."""
    return declaration.lo >= -(1 << 63) and declaration.hi < 1 << 63


def parse(cells: Cells, declaration: Declaration) -> tuple[NDArray[Any], Problems]:
    """The scaled integers of a column: int64 where the declared range fits it, otherwise object.

    Values with a problem are 0, those that are missing in an optional column the declaration's filler.
    """
    problems = Problems()
    values = np.zeros(len(cells), dtype=np.int64 if holds_int64(declaration) else object)
    for first in range(0, len(cells), _CHUNK):
        part = cells.part(first, first + _CHUNK)
        scaled, done = _bools(part) if declaration.element == "bool" else _scaled(_plain(part), declaration)
        done &= (scaled >= max(declaration.lo, -(1 << 63))) & (scaled <= min(declaration.hi, (1 << 63) - 1))
        if declaration.optional:
            scaled, done = np.where(part.empty, declaration.filler, scaled), done | part.empty
        values[first:first + len(part)] = np.where(done, scaled, 0)
        for index in np.flatnonzero(~done).tolist():
            try:
                values[first + index] = exact(part.text(index), declaration)
            except ValueError as error:
                problems.add(first + index, str(error))
    return values, problems


def exact(text: str, declaration: Declaration) -> int:
    """The scaled integer of one cell. Raises ValueError that says what is wrong with it."""
    if text == "":
        raise ValueError("the value is missing")
    if declaration.element == "bool":
        if text.lower() not in _BOOLS:
            raise ValueError(f"{shown(text)} is neither true, false, 1 nor 0")
        return scale(Fraction(_BOOLS[text.lower()]), text, declaration)
    if len(text) > _LONGEST_CELL or not _NUMBER.fullmatch(text):
        raise ValueError(_no_number(text))
    return scale(Fraction(text), text, declaration)


def scale(value: Fraction, text: str, declaration: Declaration) -> int:
    """value * 2^frac to the nearest integer, ties up; `text` is how the value stood in the file.

    Raises ValueError for one out of range, or where an integer is declared and this is none.
    """
    if declaration.element != "fixed" and value.denominator != 1:
        raise ValueError(f"{shown(text)} is not a whole number")
    scaled = value * (1 << declaration.frac)
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    if not declaration.lo <= rounded <= declaration.hi:
        raise ValueError(out_of_range(text, rounded, declaration))
    return rounded


def _no_number(text: str) -> str:
    if _NOT_FINITE.fullmatch(text):
        return f"{shown(text)} is not a finite number{absent(text)}"
    if _THOUSANDS.fullmatch(text):
        return f"{shown(text)} is not a number: write it without thousands separators"
    if _DECIMAL_COMMA.fullmatch(text):
        return f"{shown(text)} is not a number: write a point before the decimals"
    return f"{shown(text)} is not a number{absent(text)}"


def _plain(cells: Cells) -> _Plain:
    """Reads the digits of a chunk of cells, one place of all cells at a time."""
    lengths = cells.ends - cells.starts
    plain = (lengths > 0) & (lengths <= _PLAIN_WIDTH)
    lengths = np.where(plain, lengths, 0)
    first = cells.buffer[cells.starts]
    negative = (first == ord("-")) & plain
    signed = negative | ((first == ord("+")) & plain)
    after = np.zeros(len(cells), dtype=bool)
    whole, fraction, places, digits = (np.zeros(len(cells), dtype=np.uint64) for _ in range(4))
    for j in range(int(lengths.max(initial=0))):
        live = j < lengths
        if j == 0:
            live &= ~signed
        byte = cells.buffer[np.where(live, cells.starts + j, 0)]
        digit = byte - np.uint8(ord("0"))
        number = live & (digit < 10)
        point = live & (byte == ord(".")) & ~after
        plain &= ~live | number | point
        into_fraction = number & after
        into_whole = number & ~after
        whole = np.where(into_whole, whole * np.uint64(10) + digit, whole)
        fraction = np.where(into_fraction, fraction * np.uint64(10) + digit, fraction)
        digits += into_whole
        places += into_fraction
        after |= point
    plain &= (digits <= _WHOLE_DIGITS) & (places <= _FRACTION_DIGITS) & (digits + places > 0)
    return _Plain(plain, negative, whole, fraction, np.minimum(places, np.uint64(_FRACTION_DIGITS)))


def _scaled(cells: _Plain, declaration: Declaration) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """value * 2^frac to nearest, ties up, and for which cells this is right.

    The fraction is divided by its power of ten four bits at a time: 10^18 * 2^4 still fits 64 bits.
    """
    frac = declaration.frac
    done = cells.plain & (cells.whole < np.uint64((1 << 63) >> min(frac, 63)))
    if declaration.element == "int":
        done &= cells.fraction == 0
    divisor = _POWERS[cells.places]
    rest = cells.fraction
    below = np.zeros(len(rest), dtype=np.uint64)
    for step in range(0, frac, 4):
        bits = np.uint64(min(4, frac - step))
        rest = rest << bits
        quotient = rest // divisor
        rest = rest - quotient * divisor
        below = below << bits | quotient
    twice = rest * np.uint64(2)
    up = (twice > divisor) | ((twice == divisor) & ~cells.negative)
    magnitude = (cells.whole << np.uint64(min(frac, 63))) + below + up
    done &= (magnitude < np.uint64(1 << 63)) & (frac < 63)
    signed = magnitude.astype(np.int64)
    return np.where(cells.negative, -signed, signed), done


def _bools(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The cells that are 0, 1 or one of the words, in letters of any case, and which those are."""
    lengths = cells.ends - cells.starts
    values = np.zeros(len(cells), dtype=np.int64)
    done = np.zeros(len(cells), dtype=bool)
    for word, value in _BOOLS.items():
        match = lengths == len(word)
        for j, letter in enumerate(word.encode("ascii")):
            byte = cells.buffer[np.where(match, cells.starts + j, 0)]
            match &= (byte | (0x20 if letter >= ord("a") else 0)) == letter
        values[match] = value
        done |= match
    return values, done
