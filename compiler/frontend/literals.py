"""What the literals of the language mean: numbers, exactly, and texts."""

from __future__ import annotations

import re
from fractions import Fraction

MAX_LENGTH = 400  # characters of a number, and powers of ten: more is no quantity anybody computes with
_BASES = {"0x": 16, "0b": 2, "0o": 8}
_GROUPED = re.compile(r"[0-9]+(_[0-9]+)*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "\n": ""}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class LiteralError(ValueError):
    """A literal that means nothing: what is wrong, and the mend."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def number_value(text: str) -> tuple[Fraction, bool]:
    """The exact value of a number, and whether it is written as an integer. Raises LiteralError."""
    if len(text) > MAX_LENGTH:
        raise LiteralError("this number is too long")
    base = _BASES.get(text[:2].lower())
    if base is not None:
        try:
            return Fraction(int(text, base)), True
        except ValueError:
            raise LiteralError(f"`{text}` is not a number to the base {base}") from None
    mantissa, _, exponent = text.lower().partition("e")
    whole, dot, decimals = mantissa.partition(".")
    for digits in (whole, decimals, exponent.lstrip("+-")):
        if digits and not _GROUPED.fullmatch(digits):
            raise LiteralError(f"a `_` in `{text}` separates no digits", "write it between digits: `1_000`")
    if not dot and not exponent:
        if len(whole) > 1 and whole.startswith("0") and whole.strip("0_"):
            raise LiteralError(f"`{text}` starts with a zero", f"write `{whole.lstrip('0_')}`")
        return Fraction(int(whole)), True
    if exponent and abs(int(exponent)) > MAX_LENGTH:
        raise LiteralError(f"the exponent of `{text}` is too large")
    written = f"{whole or '0'}.{decimals or '0'}e{exponent or '0'}"
    return Fraction(written.replace("_", "")), False


def text_value(text: str) -> str:
    """The characters that a quoted text stands for. Raises LiteralError."""
    quote = 3 if text[:3] in ('"""', "'''") else 1
    return _ESCAPE.sub(_escaped, text[quote:-quote])


def _escaped(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPES:
        raise LiteralError(f"`\\{match[1]}` means nothing in a text", "a backslash itself is written `\\\\`")
    return _ESCAPES[match[1]]
