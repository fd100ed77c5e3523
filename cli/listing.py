"""The program with the cost beside each line, and below a call the lines of the function on request."""

from __future__ import annotations

from cloister.compiler.report.lines import Line

from .options import human_bytes, human_count, human_seconds
from .pricing import Priced

_HEADINGS = ("rounds", "sent by all", "products", "ANDs", "time")
_ROW = "{:>9}  {:>11}  {:>8}  {:>8}  {:>8}  "
#: What comes before the run, for protocols that prepare anything.
_BEFORE = "{:>11}  {:>8}  "
_LEGEND = ("* on the critical path; a round counts for every line that takes part in it; the times of all lines "
           "add up to the whole")


def print_listing(priced: Priced, title: str, opened: bool) -> None:
    """Prints the whole program; lines of functions stand at the calls, and are shown there where `opened`."""
    _Listing(priced, opened).show(title)


class _Listing:
    def __init__(self, priced: Priced, opened: bool) -> None:
        self._source = priced.compiled.source
        self._sources = priced.loaded.modules.sources
        self._lines = {line.line: line for line in priced.lines if line.file == self._source.name}
        self._opened = opened
        self._before = priced.estimate.preprocessing_rounds > 0

    def show(self, title: str) -> None:
        """Prints it."""
        print(f"\n{title}".rstrip())
        before = _BEFORE.format("before it:", "time") if self._before else ""
        print(f"{_ROW.format(*_HEADINGS)}{before}line")
        if 0 in self._lines:
            print(self._row(self._lines[0], "      what no line asks for by itself"))
        for number, text in enumerate(self._source.text.splitlines(), start=1):
            print(self._row(self._lines.get(number), f"{number:>4}  {text}"))
            if self._opened and number in self._lines:
                self._open(self._lines[number], 1)
        print(_LEGEND)

    def _open(self, line: Line, depth: int) -> None:
        for inner in line.calls:
            text = self._sources[inner.file].line(inner.line).strip() if inner.file in self._sources else ""
            print(self._row(inner, f"{'      ' + '│ ' * depth}{inner.file}:{inner.line}  {text}"))
            self._open(inner, depth + 1)

    def _row(self, line: Line | None, text: str) -> str:
        if line is None:
            before = _BEFORE.format("", "") if self._before else ""
            return f"{_ROW.format('', '', '', '', '')}{before}{text}".rstrip()
        rounds = f"{line.rounds:,}{' *' if line.critical else '  '}"
        row = _ROW.format(rounds, human_bytes(line.bytes_sent), human_count(line.gates["mul"]),
                          human_count(line.gates["and"]), human_seconds(line.seconds))
        if self._before:
            row += _BEFORE.format(human_bytes(line.prepared_bytes), human_seconds(line.prepared_seconds))
        return row + text
