"""What each line of a program costs; a call counts for the line that it stands in, and can be opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..price.network import Network
from ..price.profile import of
from ..source import Span
from .estimate import Estimate
from .ledger import Entry, Ledger


@dataclass(frozen=True)
class Line:
    """The share of one line. `file` is a name of `Modules.sources`; line 0 is what no line asked for by itself.

    `rounds` are those that it takes part in, shared or not; `critical` of them are on the critical path: with
    fewer here, the program may take fewer. Bytes are of all parties, without the headers of frames. The seconds of
    all lines add up to those of the estimate, and so do the bytes (of all parties) and the seconds of the
    preprocessing, `prepared`. `calls` are the lines of the functions that are called here.
    """

    file: str
    line: int
    rounds: int
    critical: int
    bytes_sent: int
    gates: Mapping[str, int]
    seconds: float
    prepared_bytes: int
    prepared_seconds: float
    calls: tuple[Line, ...] = ()


def by_line(account: Ledger, estimate: Estimate, network: Network) -> tuple[Line, ...]:
    """The lines that cost anything, in the order of the program, callers before what they call."""
    spent = _seconds(account, estimate, of(network))
    rows = [(_calls(entry.span), entry, seconds) for entry, seconds in zip(account.entries, spent, strict=True)]
    prepared = sum(entry.prepared for entry in account.entries) or 1.0
    whole = _Whole(account, sum(estimate.preprocessing_bytes.values()) / prepared,
                   estimate.preprocessing_seconds / prepared)
    return _lines(rows, 0, whole)


@dataclass(frozen=True)
class _Whole:
    """The ledger, and what a byte of an entry's share in the preprocessing stands for in bytes and seconds."""

    account: Ledger
    bytes_each: float
    seconds_each: float


#: The places that led to an entry, outermost first, the entry itself, and its share of the seconds.
_Row = tuple[list[Span], Entry, float]


def _calls(span: Span) -> list[Span]:
    """The line of the program itself, then the lines of the functions called, down to this one."""
    chain = []
    at: Span | None = span
    while at is not None:
        chain.append(at)
        at = at.via
    return chain[::-1]


def _lines(rows: Iterable[_Row], depth: int, whole: _Whole) -> tuple[Line, ...]:
    places: dict[tuple[str, int], list[_Row]] = {}
    for row in rows:
        if depth < len(row[0]):
            span = row[0][depth]
            places.setdefault((span.file, span.line), []).append(row)
    return tuple(_line(*place, found, depth, whole) for place, found in sorted(places.items()))


def _line(file: str, line: int, rows: list[_Row], depth: int, whole: _Whole) -> Line:
    account = whole.account
    entries = [entry for _, entry, _ in rows]
    prepared = sum(entry.prepared for entry in entries)
    ands = sum(entry.gates for entry in entries if entry.op == "and")
    return Line(
        file, line, _rounds(account, entries), _rounds(account, [entry for entry in entries if entry.critical]),
        sum(entry.bytes_sent for entry in entries), {"mul": sum(entry.gates for entry in entries) - ands, "and": ands},
        sum(seconds for _, _, seconds in rows), round(prepared * whole.bytes_each), prepared * whole.seconds_each,
        _lines(rows, depth + 1, whole))


def _rounds(account: Ledger, entries: Iterable[Entry]) -> int:
    return sum(account.exchanges[i].times for i in {entry.exchange for entry in entries} if i is not None)


def _seconds(account: Ledger, estimate: Estimate, network: Network) -> list[float]:
    """The share of each entry in the seconds of the estimate: its own work and bytes, and of the wait for its round."""
    waits = _waits(account, network)
    sent = max(1, sum(entry.bytes_sent for entry in account.entries))
    travel = network.seconds(0, max(estimate.bytes_sent.values(), default=0))
    shares = [entry.seconds + wait + travel * entry.bytes_sent / sent
              for entry, wait in zip(account.entries, waits, strict=True)]
    whole = sum(shares)
    return [estimate.seconds * share / whole for share in shares] if whole else shares


def _waits(account: Ledger, network: Network) -> list[float]:
    """The wait for each round is shared by what is critical in it, or by all in it where nothing is."""
    held = {entry.exchange for entry in account.entries if entry.critical}
    waiting = [entry.exchange is not None and (entry.critical or entry.exchange not in held)
               for entry in account.entries]
    among = Counter(entry.exchange for entry, waits in zip(account.entries, waiting, strict=True) if waits)
    return [network.seconds(entry.times, 0) / among[entry.exchange] if waits else 0.0
            for entry, waits in zip(account.entries, waiting, strict=True)]
