"""What stands on the command line: `-D NAME=VALUE` and numbers as people write them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from fractions import Fraction


class Usage(Exception):
    """The command line is wrong: exit code 2."""


def definitions(items: Iterable[str]) -> dict[str, list[str]]:
    """`NAME=V1,V2,...` for each -D; values stay text. Raises Usage."""
    found: dict[str, list[str]] = {}
    for item in items:
        name, sign, values = item.partition("=")
        if not sign or not name.strip() or not values.strip():
            raise Usage(f"-D takes NAME=VALUE, not `{item}`")
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
    """A whole number: `1000`, `1_000`, `1e6`. Raises Usage."""
    try:
        value = Fraction(text.replace("_", ""))
    except (ValueError, ZeroDivisionError):
        raise Usage(f"`{text}` is not a whole number") from None
    if value.denominator != 1 or value < 0:
        raise Usage(f"`{text}` is not a whole number")
    return int(value)


_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def byte_count(text: str) -> int:
    """A number of bytes: `100MB`, `1.5GiB`, `4096`. Raises argparse.ArgumentTypeError."""
    match = re.fullmatch(r"\s*([0-9][0-9_.eE+]*)\s*([a-zA-Z]*)\s*", text)
    if not match or match[2].lower() not in _UNITS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of bytes such as 100MB")
    return int(Fraction(match[1].replace("_", "")) * _UNITS[match[2].lower()])


def human_bytes(count: float) -> str:
    """1234567 -> `1.23 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def human_seconds(seconds: float) -> str:
    """0.0123 -> `12.3 ms`."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"
