"""What is said about values that do not fit: the first few of them, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..transport.frame import printable
from .declare import Declaration

#: How many wrong values of one column are shown.
SHOWN = 5
_TEXT_LIMIT = 40
#: How other programs write that there is no value.
_ABSENT = frozenset({"na", "n/a", "#n/a", "nan", "nil", "none", "null"})


@dataclass
class Problems:
    """The wrong values of one column: `first` are (index of the value, what is wrong with it)."""

    total: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, index: int, why: str, count: int = 1) -> None:
        """Notes `count` values that are wrong, of which the one at `index` may be shown."""
        self.total += count
        if len(self.first) < SHOWN:
            self.first.append((index, why))

    def lines(self, what: str, first_row: int) -> Iterator[str]:
        """The report: `what` names file and column, `first_row` is the row of value 0 as the file counts."""
        values = "1 value does" if self.total == 1 else f"{self.total} values do"
        yield f"{what}: {values} not fit"
        for index, why in self.first:
            yield f"  row {index + first_row}: {why}"
        if self.total > len(self.first):
            yield f"  and {self.total - len(self.first)} more"


def shown(text: str) -> str:
    """A value from a file as messages show it: quoted, printable, and not too long."""
    safe = printable(text)
    return f"`{safe if len(safe) <= _TEXT_LIMIT else safe[:_TEXT_LIMIT] + '…'}`"


def absent(text: str) -> str:
    """What to do about a value that does not fit and means that there is none, or nothing."""
    return ": leave a missing value empty, where the input is `optional`" if text.casefold() in _ABSENT else ""


def out_of_range(text: str, scaled: int, declaration: Declaration) -> str:
    """What is wrong with a value that lies outside of lo..hi."""
    below = scaled < declaration.lo
    bound = declaration.lo if below else declaration.hi
    return (f"{shown(text)} is {'below' if below else 'above'} {unscaled(bound, declaration.frac)}, "
            f"the {'least' if below else 'greatest'} value declared")


def unscaled(scaled: int, frac: int) -> str:
    """scaled / 2^frac in decimal, exactly."""
    if frac == 0:
        return str(scaled)
    digits = str(abs(scaled) * 5**frac).rjust(frac + 1, "0")  # scaled / 2^frac = scaled * 5^frac / 10^frac
    text = f"{digits[:-frac]}.{digits[-frac:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text
