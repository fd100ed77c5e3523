"""Tables and progress on the terminal, with rich; plain when piped."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from .options import human_bytes, human_seconds

#: How a suppressed value reads.
SUPPRESSED = "suppressed"


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output, ready for other tools."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def print_outputs(outputs: Mapping[str, Mapping[str, Any]]) -> None:
    """Each party's results."""
    table = Table(title="results", title_justify="left")
    for heading in ("party", "output", "value"):
        table.add_column(heading)
    for party, shown in outputs.items():
        for name, value in shown.items():
            table.add_row(party, name, show_value(value))
        if not shown:
            table.add_row(party, "-", "learns nothing")
    Console().print(table)


def show_value(value: Any) -> str:
    """A result as text; None reads as suppressed."""
    if value is None:
        return SUPPRESSED
    if isinstance(value, list):
        rows = [show_value(item) for item in value[:20]]
        return "[" + ", ".join(rows) + (f", … {len(value) - 20} more" if len(value) > 20 else "") + "]"
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value).lower() \
        if isinstance(value, bool) else str(value)


def print_measured(measured: Mapping[str, Any], protocol: str) -> None:
    """One line of what the run took."""
    seconds = measured["seconds"]
    sent = max(measured["bytes_sent"].values(), default=0)
    Console().print(
        f"{protocol}: {measured['rounds']} rounds, {human_bytes(sent)} sent by a party at most, "
        f"{human_seconds(seconds['online'])} online after {human_seconds(seconds['setup'])} of setup",
        highlight=False)


class Progress:
    """Rounds, bytes and time left by the estimate, on standard error; silent when that is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._expected: Mapping[str, Any] | None = None
        self._started = 0.0
        self._status = self._console.status("compiling") if self._console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def event(self, party: str, event: Mapping[str, Any]) -> None:
        """Takes an `estimate` or `progress` event of a party."""
        if self._status is None:
            return
        if event["event"] == "estimate":
            self._expected, self._started = event, time.monotonic()
        elif self._expected is not None:
            self._status.update(self._text(event["rounds"], event["bytes"]))

    def _text(self, rounds: int, sent: int) -> str:
        assert self._expected is not None
        done = rounds / max(1, self._expected["rounds"])
        spent = time.monotonic() - self._started
        left = max(self._expected["seconds"] - spent, spent * (1 - done) / done if done else 0.0)
        return (f"round {rounds} of {self._expected['rounds']}, {human_bytes(sent)} of "
                f"{human_bytes(self._expected['bytes'])} sent, about {human_seconds(left)} left")

    def close(self) -> None:
        """Takes the line away."""
        if self._status is not None:
            self._status.stop()
