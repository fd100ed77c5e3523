"""Tables and results on the terminal, with rich; plain, and as wide as need be, when piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloister.runtime.transport.frame import printable

from .options import human_bytes, human_seconds

if TYPE_CHECKING:
    from rich.console import Console

#: How a value that is suppressed, or missing, reads.
SUPPRESSED = "suppressed"

#: The width of what nobody sees on a terminal: nothing is folded or cut.
_UNBOUNDED = 100_000
_SHOWN_ITEMS = 20


def console() -> Console:
    """Standard output for people."""
    from rich.console import Console  # not for JSON, and not where there is nothing to show

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_UNBOUNDED)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", left: Sequence[str] = ()) -> None:
    """Prints a table; columns are flushed right but for those named in `left`. Cells are plain text."""
    from rich.box import ROUNDED  # as in `console`
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(title) if title else None, title_justify="left", box=ROUNDED)
    for heading in headings:
        made.add_column(heading, justify="left" if heading in left else "right", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    console().print(made)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output, ready for other tools."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def print_outputs(outputs: Mapping[str, Mapping[str, Any]]) -> None:
    """Each party's results."""
    rows = []
    for party, shown in outputs.items():
        rows += [(party, name, show_value(value)) for name, value in shown.items()]
        if not shown:
            rows.append((party, "", "learns nothing of its own"))
    headings = ("party", "output", "value")
    table(headings, rows, "results", left=headings)


def show_value(value: Any) -> str:
    """A result as text; None reads as suppressed. Texts are data of others: they do not steer the terminal."""
    if value is None:
        return SUPPRESSED
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        items = [show_value(item) for item in value[:_SHOWN_ITEMS]]
        more = f", … {len(value) - _SHOWN_ITEMS} more" if len(value) > _SHOWN_ITEMS else ""
        return f"[{', '.join(items)}{more}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) >= 1e-3 else f"{value:.6g}"
    return str(value)


def print_measured(measured: Mapping[str, Any], protocol: str) -> None:
    """One line of what the run took."""
    seconds = measured["seconds"]
    sent = max(measured["bytes_sent"].values(), default=0)
    console().print(
        f"{protocol}: {measured['rounds']} rounds, {human_bytes(sent)} sent by a party at most, "
        f"{human_seconds(seconds['online'])} online after {human_seconds(seconds['setup'])} of setup"
        + _before(measured["preprocessing"], seconds["preprocessing"]), soft_wrap=True, markup=False)


def _before(made: Mapping[str, Any], seconds: float) -> str:
    """What the preprocessing took, for a protocol that has any."""
    if made["stored"]:
        return " and preprocessing that was stored"
    if not made["rounds"]:
        return ""
    return (f" and {human_seconds(seconds)} of preprocessing ({made['rounds']} rounds, "
            f"{human_bytes(max(made['bytes_sent'].values(), default=0))} sent by a party at most)")
