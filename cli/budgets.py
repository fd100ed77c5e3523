"""What `check` says of a program that takes more than it may."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from cloister.compiler.report.estimate import Estimate
from cloister.compiler.report.lines import Line

from .bindings import sizes_line
from .options import human_bytes, human_seconds
from .pricing import Priced

#: Of what is over each budget, so many lines are shown.
_SHOWN_LINES = 3


def over_budget(priced: Priced, arguments: argparse.Namespace) -> list[str]:
    """What is over its budget, preprocessing included, the sizes at which it is, and the lines to look at."""
    found = priced.estimate
    sent = max((found.bytes_sent[party] + found.preprocessing_bytes[party] for party in found.bytes_sent), default=0)
    rounds, seconds = found.rounds + found.preprocessing_rounds, found.seconds + found.preprocessing_seconds
    over, costly = [], dict[int, None]()
    if arguments.max_rounds is not None and rounds > arguments.max_rounds:
        over.append(f"{rounds:,} rounds{_before(f'{found.preprocessing_rounds:,}', found)}, "
                    f"at most {arguments.max_rounds:,} are allowed")
        costly |= _costliest(priced, lambda line: (line.critical, line.rounds))
    if arguments.max_bytes is not None and sent > arguments.max_bytes:
        before = human_bytes(max(found.preprocessing_bytes.values(), default=0))
        over.append(f"{human_bytes(sent)} sent by a party{_before(before, found)}, "
                    f"at most {human_bytes(arguments.max_bytes)} are allowed")
        costly |= _costliest(priced, lambda line: (line.bytes_sent + line.prepared_bytes,))
    if arguments.max_seconds is not None and seconds > arguments.max_seconds:
        over.append(f"{human_seconds(seconds)} on {priced.network.name}"
                    f"{_before(human_seconds(found.preprocessing_seconds), found)}, "
                    f"at most {human_seconds(arguments.max_seconds)} are allowed")
        costly |= _costliest(priced, lambda line: (line.seconds + line.prepared_seconds,))
    if over and priced.compiled.checked.binding.sizes:
        over.append(f"at {sizes_line(priced.loaded, priced.compiled.checked.binding.sizes)}")
    return over + [_line(priced, line) for line in priced.lines if line.line in costly]


def _before(share: str, found: Estimate) -> str:
    return f" ({share} of it preprocessing)" if found.preprocessing_rounds else ""


def _costliest(priced: Priced, cost: Callable[[Line], tuple[float, ...]]) -> dict[int, None]:
    """The numbers of the costliest lines of the program."""
    lines = sorted(priced.lines, key=cost, reverse=True)[:_SHOWN_LINES]
    return dict.fromkeys(line.line for line in lines if any(cost(line)))


def _line(priced: Priced, line: Line) -> str:
    text = priced.compiled.source.line(line.line).strip() or "what no line asks for by itself"
    rounds = f"{line.rounds:,} round{'' if line.rounds == 1 else 's'}{' (critical)' if line.critical else ''}"
    before = (f", before it {human_bytes(line.prepared_bytes)} and {human_seconds(line.prepared_seconds)}"
              if line.prepared_bytes else "")
    return (f"line {line.line}: {rounds}, {human_bytes(line.bytes_sent)} sent by all, "
            f"{human_seconds(line.seconds)}{before}:  {text}")
