"""The rounds on a line of time: when each takes place, what it sends, and which lines of the program take part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloister.compiler.price.profile import of
from cloister.compiler.report.ledger import Ledger

from ..options import human_count, human_seconds
from ..pricing import Priced
from .axes import marks, time_step
from .marks import Markup, join, tag

#: The line of time is so many units long; what is shorter than one is drawn together with its neighbour.
_UNITS = 1000


@dataclass(frozen=True)
class _Bar:
    """From one moment to another, in units."""

    start: float
    end: float
    height: float = 1.0


def timeline(priced: Priced) -> Markup:
    """One strip for the bytes of all rounds, and one for each line that takes part in any."""
    account = priced.account
    if not account.exchanges:
        return tag("p", "Nothing is sent.")
    ends = _ends(priced)
    unit = ends[-1] / _UNITS
    moments = [_Bar(start / unit, end / unit)
               for start, end in zip([0.0, *ends[:-1]], ends, strict=True)]
    lanes = [_lane("bytes", _strip(_sent(account, moments), "sent"), "bytes sent in each round")]
    lanes += [_line_lane(priced, number, moments) for number in _lines(account)]
    return tag("div", *lanes, _loops(account, moments), _axis(ends[-1]), class_="timeline")


def _ends(priced: Priced) -> list[float]:
    """When each round is over, in seconds; the last one with the estimate."""
    at, found, link = 0.0, [], of(priced.network)
    for exchange in priced.account.exchanges:
        at += exchange.times * (exchange.seconds + link.seconds(1, max(exchange.sent)))
        found.append(at)
    stretch = priced.estimate.seconds / at if at else 1.0
    return [end * stretch for end in found]


def _lines(account: Ledger) -> list[int]:
    return sorted({entry.span.origin.line for entry in account.entries if entry.exchange is not None})


def _line_lane(priced: Priced, number: int, moments: Sequence[_Bar]) -> Markup:
    shared, critical = set[int](), set[int]()
    for entry in priced.account.entries:
        if entry.exchange is not None and entry.span.origin.line == number:
            (critical if entry.critical else shared).add(entry.exchange)
    text = priced.compiled.source.line(number).strip() or "what no line asks for by itself"
    times = sum(priced.account.exchanges[i].times for i in shared | critical)
    bars = join(_strip(_merged(moments[i] for i in sorted(shared - critical)), "shared"),
                _strip(_merged(moments[i] for i in sorted(critical)), "held"))
    name = tag("a", tag("b", str(number)), " ", tag("code", text), href=f"#L{number}", title=text)
    return _lane(name, bars, f"line {number}: {times:,} round{'' if times == 1 else 's'}"
                             f"{', on the critical path' if critical else ''}")


def _lane(name: str, bars: Markup, said: str) -> Markup:
    drawing = tag("svg", tag("title", said), bars, viewBox=f"0 0 {_UNITS} 20", preserveAspectRatio="none", role="img",
                  aria_label=said)
    return tag("div", tag("div", name, class_="name"), drawing, class_="lane")


def _strip(bars: Iterable[_Bar], kind: str) -> Markup:
    return join(*(tag("rect", x=bar.start, width=max(2.0, bar.end - bar.start), y=20 - 20 * bar.height,
                      height=20 * bar.height, class_=kind) for bar in bars))


def _merged(bars: Iterable[_Bar]) -> list[_Bar]:
    """Neighbours closer than half a unit as one."""
    found: list[_Bar] = []
    for bar in bars:
        if found and bar.start - found[-1].end < 0.5:
            found[-1] = _Bar(found[-1].start, bar.end)
        else:
            found.append(bar)
    return found


def _sent(account: Ledger, moments: Sequence[_Bar]) -> list[_Bar]:
    """What is sent in each round; of those within one unit the most."""
    most = max(max(exchange.sent) for exchange in account.exchanges)
    found: list[_Bar] = []
    for exchange, moment in zip(account.exchanges, moments, strict=True):
        height = (max(exchange.sent) / most) ** 0.5
        if found and moment.end - found[-1].start < 1.0:
            found[-1] = _Bar(found[-1].start, moment.end, max(found[-1].height, height))
        else:
            found.append(_Bar(moment.start, moment.end, height))
    return found


def _loops(account: Ledger, moments: Sequence[_Bar]) -> Markup:
    """Where a loop runs: its trips, over all the rounds of its body."""
    runs: list[tuple[int, float, float]] = []
    before: tuple[int, ...] = ()
    for exchange, moment in zip(account.exchanges, moments, strict=True):
        if exchange.trips and before[:1] == exchange.trips[:1]:
            runs[-1] = (runs[-1][0], runs[-1][1], moment.end)
        elif exchange.trips:
            runs.append((exchange.trips[0], moment.start, moment.end))
        before = exchange.trips
    if not runs:
        return Markup()
    shown = [tag("span", f"{human_count(trips)} trips", class_="loop",
                 style=f"left:{start * 100 / _UNITS:.2f}%;width:{(end - start) * 100 / _UNITS:.2f}%")
             for trips, start, end in runs]
    return tag("div", tag("div", "loops", class_="name"), tag("div", *shown, class_="strip"), class_="lane loops")


def _axis(whole: float) -> Markup:
    ticks = [tag("span", human_seconds(at) if at else "0", style=f"left:{100 * at / whole:.2f}%")
             for at in marks(0.0, 0.96 * whole, time_step(whole / 5))]
    return tag("div", tag("div", "time", class_="name"), tag("div", *ticks, class_="strip axis"), class_="lane")
