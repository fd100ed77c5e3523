"""What stands on the command line: `-D NAME=VALUE` and numbers as people write them."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path


class Usage(Exception):
    """The command line is wrong: exit code 2."""


#: An exponent of more than three digits: written out, the number would fill the memory.
_ENDLESS = re.compile(r"\d[eE][+-]?\d{4,}")


def definitions(items: Iterable[str]) -> dict[str, list[str]]:
    """`NAME=V1,V2,...` for each -D; values stay text. Raises Usage."""
    found: dict[str, list[str]] = {}
    for item in items:
        name, sign, values = item.partition("=")
        if not sign or not name.strip() or not values.strip():
            raise Usage(f"-D takes NAME=VALUE, not `{item}`")
        if _ENDLESS.search(values):
            raise Usage(f"-D {name.strip()}: a number with so many digits is no use to anybody")
        if name.strip() in found:
            raise Usage(f"-D {name.strip()} is given twice")
        found[name.strip()] = [value.strip() for value in values.split(",")]
    return found


def single(found: dict[str, list[str]]) -> dict[str, str]:
    """The definitions where each has one value. Raises Usage."""
    for name, values in found.items():
        if len(values) != 1:
            raise Usage(f"-D {name} takes one value here; several are for `cloister cost`")
    return {name: values[0] for name, values in found.items()}


def whole(text: str) -> int:
    """A whole number from 0: `1000`, `1_000`, `1e6`. Raises Usage."""
    match = re.fullmatch(r"([0-9][0-9_]{0,29})(\.[0-9]{1,30})?([eE]\+?[0-9]{1,2})?", text)
    value = Fraction(text.replace("_", "")) if match else Fraction(-1)
    if value.denominator != 1 or value < 0:
        raise Usage(f"`{text}` is not a whole number such as 1000 or 1e6")
    return int(value)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` or, where nothing is near, what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known: {', '.join(f'`{one}`' for one in names)}" if names else ""


def check_writable(path: Path | None, flag: str) -> None:
    """Makes sure, before any work, that a file can be put there. Raises Usage."""
    if path is None:
        return
    if path.exists() and not path.is_file():
        raise Usage(f"{flag} {path}: this is {'a folder' if path.is_dir() else 'no ordinary file'}; name a file")
    if not path.parent.is_dir():
        raise Usage(f"{flag} {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise Usage(f"{flag} {path}: the folder {path.parent} cannot be written to")


_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def byte_count(text: str) -> int:
    """A number of bytes: `100MB`, `1.5GiB`, `4096`. Raises argparse.ArgumentTypeError."""
    match = re.fullmatch(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)\s*([a-zA-Z]*)\s*", text)
    if not match or match[2].lower() not in _UNITS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of bytes such as 100MB")
    return int(Fraction(match[1].replace("_", "")) * _UNITS[match[2].lower()])


def count(text: str) -> int:
    """A whole number of something, from 0. Raises argparse.ArgumentTypeError."""
    try:
        return whole(text)
    except Usage as error:
        raise argparse.ArgumentTypeError(str(error)) from None


_TIMES = {"": 1.0, "s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """A time in seconds, from 0: `2.5`, `500ms`, `2min`. Raises argparse.ArgumentTypeError."""
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?|\.[0-9]{1,15})\s*([a-zA-Z]*)\s*", text)
    if not match or match[2].lower() not in _TIMES:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time such as 2.5, 500ms or 2min")
    return float(match[1]) * _TIMES[match[2].lower()]


def human_bytes(count: float) -> str:
    """1234567 -> `1.23 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def human_count(count: int) -> str:
    """1234567 -> `1.23 M`; up to 9,999 as it is."""
    if count < 10_000:
        return f"{count:,}"
    value = float(count)
    for unit in ("k", "M", "G"):
        value /= 1000
        if value < 999.5:
            return f"{value:.3g} {unit}"
    return f"{value / 1000:,.3g} T"


def human_seconds(seconds: float) -> str:
    """0.0123 -> `12.3 ms`."""
    if seconds < 0.9995e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 119.5:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
