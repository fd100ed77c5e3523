"""Program text and places in it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Source:
    """One file of program text. `name` is what messages show; `text` is the whole content."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line ending; empty past the end."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass(frozen=True)
class Span:
    """A half-open stretch of one file: lines and columns count from 1.

    `via` is the call that led here when the text was inlined from a function: innermost call first,
    so that a cost or an error can be shown both at the place and at the line that asked for it.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    via: Span | None = None

    def to(self, other: Span) -> Span:
        """The stretch from the start of this span to the end of `other`, in the same file."""
        return replace(self, end_line=other.end_line, end_column=other.end_column)

    def called_from(self, call: Span) -> Span:
        """The same place, reached through `call`."""
        return replace(self, via=call)

    @property
    def origin(self) -> Span:
        """The outermost call in the program itself that led here (this span when there is none)."""
        span = self
        while span.via is not None:
            span = span.via
        return span

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span("", 0, 0, 0, 0)
