"""A diagnostic is a value: a code, a sentence, the places it is about, and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .errors import CODES
from .source import Source, Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Label:
    """A place and what is to be said about it. The first label of a diagnostic is the main one."""

    span: Span
    text: str = ""


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `code` is a key of `errors.CODES`; its first letter tells errors (E) from warnings (W)."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code

    @property
    def severity(self) -> Severity:
        """`error` stops the compilation, `warning` does not."""
        return "warning" if self.code.startswith("W") else "error"

    @property
    def span(self) -> Span | None:
        """The main place, if there is one."""
        return self.labels[0].span if self.labels else None


def _place(diagnostic: Diagnostic) -> tuple[bool, int, int]:
    """Source order within a file; what has no place comes first."""
    span = diagnostic.span
    return (span is not None, span.origin.line if span else 0, span.origin.column if span else 0)


class ProgramError(Exception):
    """The program is wrong: carries every diagnostic found, errors and warnings, in source order.

    `sources` are the texts that the places are in, by `Span.file`, where they are known.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source] | None = None) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=_place))
        self.sources = dict(sources or {})
        super().__init__("; ".join(d.message for d in self.diagnostics if d.severity == "error"))


class InternalError(Exception):
    """The compiler is wrong, not the program: a check of its own between two stages failed."""


@dataclass
class Findings:
    """Collects diagnostics while a stage goes on past the first error."""

    items: list[Diagnostic] = field(default_factory=list)

    def report(self, code: str, message: str, span: Span | None, label: str = "", *others: Label,
               notes: Iterable[str] = (), help: str = "") -> Diagnostic:
        """Add one diagnostic; the same finding at the same place is kept once."""
        labels = (Label(span, label), *others) if span is not None else tuple(others)
        finding = Diagnostic(code, message, labels, tuple(notes), help)
        if finding not in self.items:
            self.items.append(finding)
        return finding

    @property
    def failed(self) -> bool:
        """Whether any error was found."""
        return any(d.severity == "error" for d in self.items)

    def raise_if_failed(self) -> None:
        """Raises ProgramError with everything found, when any of it is an error."""
        if self.failed:
            raise ProgramError(self.items)
