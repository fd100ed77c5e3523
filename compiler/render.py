"""Diagnostics on the terminal: code, sentence, the source underlined at every place, notes and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from .diagnostics import Diagnostic, Label
from .frontend.tokens import INVISIBLE
from .source import Source, Span

_STYLES = {"error": "bold red", "warning": "bold yellow"}
_FRAME = "blue"
_MAX_CALLS = 5  # of a chain of calls this many are shown


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], console: Console) -> None:
    """Print `diagnostics` to `console`, and a summary line.

    `sources` is by `Span.file`; a place in a file that is missing there is named but not shown.
    """
    shown = tuple(diagnostics)
    for diagnostic in shown:
        _print(console, _diagnostic(diagnostic, sources))
    if shown:
        _print(console, Text(summary(shown), style="bold"))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = ((severities.count(severity), severity) for severity in ("error", "warning"))
    return ", ".join(f"{count} {severity}{'' if count == 1 else 's'}" for count, severity in counts if count)


def _print(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True, highlight=False)


def _diagnostic(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> Text:
    style = _STYLES[diagnostic.severity]
    labels = [*diagnostic.labels, *_calls(diagnostic.span)]
    width = max((len(str(label.span.end_line)) for label in labels), default=1)
    text = Text()
    text.append(f"{diagnostic.severity}[{diagnostic.code}]", style=style)
    text.append(f": {_clean(diagnostic.message)}\n", style="bold")
    for number, file in enumerate(dict.fromkeys(label.span.file for label in labels)):
        here = [label for label in labels if label.span.file == file]
        text.append(" " * width + ("--> " if number == 0 else "::: "), style=_FRAME)
        text.append(_clean(f"{here[0].span}\n"))
        if file in sources:
            _excerpt(text, here, diagnostic.labels[0], sources[file], width, style)
    remarks = [("note", note) for note in diagnostic.notes]
    for kind, remark in [*remarks, ("help", diagnostic.help)] if diagnostic.help else remarks:
        text.append(" " * width + " = ", style=_FRAME)
        text.append(f"{kind}: ", style="bold")
        text.append(f"{_clean(remark)}\n")
    return text


def _calls(span: Span | None) -> list[Label]:
    """The calls through which the main place was reached, innermost first."""
    calls: list[Label] = []
    while span is not None and span.via is not None and len(calls) < _MAX_CALLS:
        span = span.via
        calls.append(Label(span, "called from here"))
    return calls


def _excerpt(text: Text, labels: list[Label], main: Label, source: Source, width: int, style: str) -> None:
    """The lines of `labels`, each followed by its underlines; `...` where lines are left out."""
    marks: dict[int, list[tuple[int, int, Label, str]]] = {}
    for label in labels:
        for line, start, end, said in _underlines(label, source):
            marks.setdefault(line, []).append((start, end, label, said))
    text.append(" " * width + " |\n", style=_FRAME)
    lines = sorted(marks)
    for before, line in pairwise([lines[0] - 1, *lines]):
        if line > before + 2:
            text.append("...\n", style=_FRAME)
        elif line == before + 2:
            _line(text, source, before + 1, width)
        _line(text, source, line, width)
        for start, end, label, said in sorted(marks[line], key=lambda mark: mark[:2]):
            content = source.line(line)
            text.append(" " * width + " | ", style=_FRAME)
            text.append(" " * _cells(content[: start - 1]))
            sign, colour = ("^", style) if label is main else ("-", _FRAME)
            underline = sign * max(_cells(content[start - 1 : end - 1]), 1)
            text.append(f"{underline} {_clean(said)}".rstrip() + "\n", style=colour)


def _underlines(label: Label, source: Source) -> list[tuple[int, int, int, str]]:
    """Line, first and last column (exclusive) and words of each underline: two for several lines."""
    span = label.span
    if span.end_line == span.line:
        return [(span.line, span.column, span.end_column, label.text)]
    first, last = source.line(span.line), source.line(span.end_line)
    indent = len(last) - len(last.lstrip())
    return [
        (span.line, span.column, len(first.rstrip()) + 1, "from here"),
        (span.end_line, indent + 1, max(span.end_column, indent + 2), f"to here: {label.text}".rstrip(": ")),
    ]


def _line(text: Text, source: Source, number: int, width: int) -> None:
    text.append(f"{number:>{width}} | ", style=_FRAME)
    text.append(_clean(source.line(number)).expandtabs(1).rstrip() + "\n")


def _cells(content: str) -> int:
    """The columns that `content` takes on the terminal, as `_line` prints it."""
    return cell_len(_clean(content))


def _clean(content: str) -> str:
    """Without characters that move the cursor or reorder the line: it comes from a file."""
    return INVISIBLE.sub("�", content).replace("\t", " ")
