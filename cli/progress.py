"""How far a run is: rounds done, bytes sent and time left, on standard error while there is a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from .options import human_bytes, human_seconds


class Progress:
    """One line that changes; silent when standard error is no terminal. Takes the events of all parties."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._expected: Mapping[str, Any] | None = None
        self._started = 0.0
        self._rounds = 0
        self._sent = 0
        self._status = console.status("reading, linking and compiling") if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def event(self, party: str, event: Mapping[str, Any]) -> None:
        """Takes an event of a party; those of no interest here are passed over."""
        if self._status is None:
            return
        if event["event"] == "estimate" and self._expected is None:
            self._expected, self._started = event, time.monotonic()
            self._status.update(self._text())
        elif event["event"] == "progress" and self._expected is not None:
            self._rounds, self._sent = max(self._rounds, event["rounds"]), max(self._sent, event["bytes"])
            self._status.update(self._text())

    def _text(self) -> str:
        assert self._expected is not None
        left = time_left(self._rounds, self._expected["rounds"], time.monotonic() - self._started,
                         self._expected["seconds"])
        return (f"round {self._rounds} of {self._expected['rounds']}, {human_bytes(self._sent)} of "
                f"{human_bytes(self._expected['bytes'])} sent, about {human_seconds(left)} left")

    def close(self) -> None:
        """Takes the line away."""
        if self._status is not None:
            self._status.stop()


def time_left(rounds: int, of: int, spent: float, estimated: float) -> float:
    """Seconds left: by the estimate at first, and the more rounds are done, by their pace."""
    done = min(1.0, rounds / max(1, of))
    by_pace = spent * (1 - done) / done if done else 0.0
    by_estimate = max(0.0, estimated - spent)
    return done * by_pace + (1 - done) * by_estimate
