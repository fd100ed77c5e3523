"""What people write for values that are no numbers, and the whole numbers that stand for it.

===========  =============================================================================================
ip4          `10.1.2.3` is the unsigned 32-bit number with these bytes, the first one highest
date         `2026-11-21` is its days since 1970-01-01 in the (proleptic) Gregorian calendar, years 1 to 9999
category     a level is its place, from 0, among the levels in the order of their declaration
text         UTF-8 padded with zero bytes to the length declared, cut into `text_layout` words of equal width
===========  =============================================================================================
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPOCH = datetime.date(1970, 1, 1).toordinal()
FIRST_DAY = datetime.date.min.toordinal() - EPOCH
LAST_DAY = datetime.date.max.toordinal() - EPOCH

_IP4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WORD_BYTES = 7


def ip4_value(text: str) -> int:
    """The number of an address. Raises ValueError with what is wrong."""
    match = _IP4.fullmatch(text)
    if match is None:
        raise ValueError("is not an address such as 10.1.2.3")
    for part in match.groups():
        if int(part) > 255:
            raise ValueError(f"is not an address: {part} is above 255")
        if len(part) > 1 and part[0] == "0":
            raise ValueError(f"is not an address: `{part}` starts with a zero, which some read as octal")
    return int.from_bytes(bytes(map(int, match.groups())), "big")


def ip4_text(value: int) -> str:
    """The address of a number."""
    return ".".join(map(str, value.to_bytes(4, "big")))


def date_value(text: str) -> int:
    """The days since 1970-01-01 of an ISO date. Raises ValueError with what is wrong."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("is not a date such as 2026-11-21")
    try:
        return datetime.date(*map(int, match.groups())).toordinal() - EPOCH
    except ValueError:
        raise ValueError("is not a date of the calendar") from None


def date_text(days: int) -> str:
    """The ISO date of days since 1970-01-01; of days outside of the years 1 to 9999 their number."""
    if not FIRST_DAY <= days <= LAST_DAY:
        return f"{days} days from 1970-01-01"
    return datetime.date.fromordinal(days + EPOCH).isoformat()


def level_value(text: str, levels: Sequence[str]) -> int:
    """The place of a level. Raises ValueError with what is wrong, and a suggestion."""
    if text in levels:
        return levels.index(text)
    close = get_close_matches(text, levels, n=1)
    lower = [level for level in levels if level.lower() == text.lower()]
    if close or lower:
        raise ValueError(f"is no level; is it `{(lower or close)[0]}`?")
    raise ValueError(f"is no level; there is {', '.join(f'`{level}`' for level in levels)}")


def text_layout(length: int) -> tuple[int, int]:
    """How many words hold a text of `length` bytes, and the bytes of each: as few words as fit 64-bit numbers."""
    count = max(1, -(-length // _WORD_BYTES))
    return count, -(-length // count)


def text_words(text: str, length: int) -> tuple[int, ...]:
    """The words of a text, its first byte lowest. Raises ValueError when it is too long or holds a zero byte."""
    content = text.encode("utf-8")
    if len(content) > length:
        raise ValueError(f"has {len(content)} bytes, more than the {length} of text[{length}]")
    if b"\0" in content:
        raise ValueError("holds a zero byte")
    count, width = text_layout(length)
    padded = content.ljust(count * width, b"\0")
    return tuple(int.from_bytes(padded[k * width:(k + 1) * width], "little") for k in range(count))


def words_text(words: Sequence[int], length: int) -> str:
    """The text of its words."""
    _, width = text_layout(length)
    content = b"".join(int(word).to_bytes(width, "little") for word in words)
    return content.rstrip(b"\0").decode("utf-8", errors="replace")


def texts(words: NDArray[Any], length: int) -> NDArray[Any]:
    """Texts, as objects, from words along the last axis."""
    shape = words.shape[:-1]
    flat = words.reshape(-1, words.shape[-1])
    found = np.empty(len(flat), dtype=object)
    found[:] = [words_text(row, length) for row in flat.tolist()]
    return found.reshape(shape)


#: The kinds of elements that `labels` shows: one number each.
LABELLED = frozenset(("ip4", "date", "category"))


def labels(values: NDArray[Any], element: str, levels: Sequence[str]) -> NDArray[Any]:
    """Addresses, dates or levels, as objects, from their numbers."""
    show: Callable[[int], str] = {"ip4": ip4_text, "date": date_text, "category": lambda place: levels[place]}[element]
    found = np.empty(values.size, dtype=object)
    found[:] = [show(int(value)) for value in values.reshape(-1).tolist()]
    return found.reshape(values.shape)
