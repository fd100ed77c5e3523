"""The program with its heat: the share that each line has in the cost, and what it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cloister.compiler.report.lines import Line

from ..options import human_bytes, human_count, human_seconds
from ..pricing import Priced
from .marks import Markup, join, tag

#: What the heat can show: the label, and what it is of a line.
_HEATS: dict[str, tuple[str, Callable[[Line], float]]] = {
    "time": ("time", lambda line: line.seconds),
    "bytes": ("bytes", lambda line: line.bytes_sent),
    "rounds": ("rounds", lambda line: line.rounds),
    "before": ("preprocessing", lambda line: line.prepared_bytes),
}
_HEADINGS = ("line", "rounds", "sent by all", "gates", "before it", "time", "share", "program")


def listing(priced: Priced) -> Markup:
    """The program as a table, with a choice of what the heat shows."""
    return _Listing(priced).table()


class _Listing:
    """What is told of preprocessing, `before`, is left out where there is none."""

    def __init__(self, priced: Priced) -> None:
        prepares = priced.estimate.preprocessing_rounds > 0
        self._source, self._sources = priced.compiled.source, priced.loaded.modules.sources
        self._lines = {line.line: line for line in priced.lines if line.file == self._source.name}
        self._heats = {name: heat for name, heat in _HEATS.items() if prepares or name != "before"}
        self._headings = tuple(heading for heading in _HEADINGS if prepares or heading != "before it")
        self._most = {name: max((cost(line) for line in priced.lines), default=0.0) or 1.0
                      for name, (_, cost) in self._heats.items()}
        self._whole = sum(line.seconds for line in priced.lines) or 1.0

    def table(self) -> Markup:
        """The choice, and every line with what it calls."""
        texts = [(0, "what no line asks for by itself")] if 0 in self._lines else []
        texts += enumerate(self._source.text.splitlines(), start=1)
        rows: list[Markup] = []
        for number, text in texts:
            line = self._lines.get(number)
            rows.append(self._row(line, number, text))
            if line is not None and line.calls:
                rows.append(self._calls(line))
        made = tag("table", tag("thead", self._head(self._headings)), tag("tbody", *rows), class_="program")
        return join(self._choice(), tag("div", made, class_="wide", tabindex="0", role="region",
                                        aria_label="The program with its costs"))

    def _choice(self) -> Markup:
        buttons = [tag("label", tag("input", type="radio", name="heat", id=f"heat-{name}", checked=name == "time"),
                       label) for name, (label, _) in self._heats.items()]
        return tag("fieldset", tag("legend", "Heat shows"), *buttons, class_="heat")

    def _head(self, headings: Iterable[str]) -> Markup:
        return tag("tr", *(tag("th", heading, scope="col", class_=_class(heading)) for heading in headings))

    def _row(self, line: Line | None, number: int, text: str) -> Markup:
        style = None
        if line is not None:
            style = ";".join(f"--{name}:{(cost(line) / self._most[name]) ** 0.5:.3f}"
                             for name, (_, cost) in self._heats.items())
        place = tag("td", str(number) if number else "", class_="line")
        return tag("tr", place, *self._costs(line), tag("td", tag("code", text), class_="text"), id=f"L{number}",
                   style=style, class_="costs" if line else None)

    def _costs(self, line: Line | None) -> Iterator[Markup]:
        for heading in self._headings[1:-1]:
            yield tag("td", *(self._cell(line, heading) if line is not None else ()), class_=_class(heading))

    def _cell(self, line: Line, heading: str) -> tuple[str, ...]:
        if heading == "rounds":
            mark = tag("span", "●", class_="critical", role="img", aria_label="on the critical path",
                       title="on the critical path")
            return mark if line.critical else "", f" {line.rounds:,}"
        return ({"sent by all": human_bytes(line.bytes_sent), "gates": human_count(sum(line.gates.values())),
                 "before it": human_bytes(line.prepared_bytes), "time": human_seconds(line.seconds),
                 "share": f"{100 * line.seconds / self._whole:.0f} %"}[heading],)

    def _calls(self, line: Line) -> Markup:
        """What a line calls, folded away until it is asked for."""
        rows = list(self._opened(line, 0))
        inner = tag("table", tag("thead", self._head(self._headings[1:])), tag("tbody", *rows), class_="calls")
        names = f"{len(rows)} line{'' if len(rows) == 1 else 's'} of what line {line.line} calls"
        return tag("tr", tag("td"), tag("td", tag("details", tag("summary", names), inner),
                                        colspan=str(len(self._headings) - 1)), class_="opened")

    def _opened(self, line: Line, depth: int) -> Iterator[Markup]:
        for inner in line.calls:
            text = self._sources[inner.file].line(inner.line).strip() if inner.file in self._sources else ""
            place = tag("span", f"{inner.file}:{inner.line}", class_="place")
            code = tag("td", place, " ", tag("code", text), class_="text",
                       style=f"padding-left:{1 + 1.5 * depth:.1f}rem")
            yield tag("tr", *self._costs(inner), code)
            yield from self._opened(inner, depth + 1)


def _class(heading: str) -> str:
    return heading.split()[0]
