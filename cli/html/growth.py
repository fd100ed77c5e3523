"""How the cost grows with a parameter or a size: a curve each for rounds, bytes, time and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from cloister.compiler.report.estimate import Estimate

from ..options import human_bytes, human_count, human_seconds
from .axes import marks, step, time_step
from .marks import Markup, join, tag

_WIDTH, _HEIGHT = 320, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 24, 12, 30
#: From this ratio of the largest to the smallest on, an axis counts in powers of ten.
_WIDE = 20


@dataclass(frozen=True)
class Point:
    """The price at one value of what grows."""

    value: float
    estimate: Estimate


@dataclass(frozen=True)
class Growth:
    """The prices over the values of `name`, smallest first."""

    name: str
    points: tuple[Point, ...]


_Measure = Callable[[Estimate], float]
_CURVES: dict[str, tuple[_Measure, Callable[[float], str]]] = {
    "rounds": (lambda found: found.rounds + found.preprocessing_rounds, lambda value: human_count(round(value))),
    "sent by one": (lambda found: max(found.bytes_sent[party] + found.preprocessing_bytes[party]
                                      for party in found.bytes_sent), human_bytes),
    "time": (lambda found: found.seconds + found.preprocessing_seconds, human_seconds),
    "memory": (lambda found: found.memory_bytes, human_bytes),
}


def curves(growth: Growth) -> Markup:
    """The charts, and the same numbers as a table."""
    charts = [_chart(growth, title, measure, show) for title, (measure, show) in _CURVES.items()]
    head = tag("tr", *(tag("th", heading, scope="col") for heading in (growth.name, *_CURVES)))
    rows = [tag("tr", tag("th", _number(point.value), scope="row"),
                *(tag("td", show(measure(point.estimate))) for measure, show in _CURVES.values()))
            for point in growth.points]
    numbers = tag("table", tag("thead", head), tag("tbody", *rows))
    return join(tag("div", *charts, class_="charts"),
                tag("div", numbers, class_="wide", tabindex="0", role="region", aria_label="Growth in numbers"))


@dataclass(frozen=True)
class _Scale:
    """From values to places between `start` and `end`, by powers of ten or evenly; `time`: the values are seconds."""

    lo: float
    hi: float
    powers: bool
    start: float
    end: float
    time: bool = False

    def place(self, value: float) -> float:
        lo, hi, at = (log10(v) for v in (self.lo, self.hi, value)) if self.powers else (self.lo, self.hi, value)
        return self.start + (self.end - self.start) * ((at - lo) / (hi - lo) if hi > lo else 0.5)

    def ticks(self) -> list[float]:
        """Round values, three to six of them."""
        if self.powers:
            first, last = ceil(log10(self.lo) - 1e-9), floor(log10(self.hi) + 1e-9)
            every = max(1, ceil((last - first) / 5))
            return [10.0 ** power for power in range(first, last + 1, every)]
        if self.hi <= self.lo:
            return [self.lo]
        return marks(self.lo, self.hi, (time_step if self.time else step)((self.hi - self.lo) / 4))


def _scale(values: Sequence[float], start: float, end: float, from_zero: bool, time: bool = False) -> _Scale:
    lo, hi = min(values), max(values)
    if lo > 0 and hi / lo >= _WIDE:
        return _Scale(10.0 ** floor(log10(lo)) if from_zero else lo, 10.0 ** ceil(log10(hi)) if from_zero else hi,
                      True, start, end, time)
    return _Scale(0.0 if from_zero else lo, 1.15 * hi or 1.0 if from_zero else hi, False, start, end, time)


def _chart(growth: Growth, title: str, measure: _Measure, show: Callable[[float], str]) -> Markup:
    values = [point.value for point in growth.points]
    costs = [measure(point.estimate) for point in growth.points]
    across = _scale(values, _LEFT, _WIDTH - _RIGHT, False)
    up = _scale(costs, _HEIGHT - _BOTTOM, _TOP, True, show is human_seconds)
    places = [(across.place(value), up.place(cost)) for value, cost in zip(values, costs, strict=True)]
    line = tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places), class_="curve")
    dots = [tag("circle", tag("title", f"{growth.name} = {_number(value)}: {show(cost)}"), cx=x, cy=y, r="4")
            for (x, y), value, cost in zip(places, values, costs, strict=True)]
    said = f"{title} over {growth.name}: from {show(costs[0])} to {show(costs[-1])}"
    drawing = tag("svg", tag("title", said), *_rows(up, show), *_columns(across), line, *dots,
                  viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=said)
    return tag("figure", tag("figcaption", title, tag("span", f" over {growth.name}", class_="quiet")), drawing)


def _rows(up: _Scale, show: Callable[[float], str]) -> list[Markup]:
    rows = []
    for value in up.ticks():
        y = up.place(value)
        rows.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid"))
        rows.append(tag("text", show(value) if value else "0", x=_LEFT - 6, y=y + 4, class_="up"))
    return rows


def _columns(across: _Scale) -> list[Markup]:
    return [tag("text", _number(value), x=across.place(value), y=_HEIGHT - _BOTTOM + 18, class_="across")
            for value in across.ticks()]


def _number(value: float) -> str:
    return human_count(int(value)) if value == int(value) else f"{value:g}"
