"""How far a run is: rounds done, bytes sent and time left, on standard error while there is a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .failures import note
from .options import human_bytes, human_seconds
from .slowness import slowness

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """One line that changes; silent when standard error is no terminal. Takes the events of all parties."""

    def __init__(self) -> None:
        self._expected: Mapping[str, Any] | None = None
        self._started = 0.0
        self._rounds = 0
        self._sent = 0
        self._prepared = 0
        self._noted: set[str] = set()
        self._status: Status | None = None

    def start(self) -> None:
        """Begins to show. Not before: it takes a thread, and a process with threads cannot be copied (`forking`)."""
        from rich.console import Console  # the parties are at work meanwhile

        console = Console(stderr=True)
        if console.is_terminal and self._status is None:
            self._status = console.status("reading, linking and compiling")
            self._status.start()

    def event(self, party: str, event: Mapping[str, Any]) -> None:
        """Takes an event of a party; those of no interest here are passed over."""
        if event["event"] == "started":
            self.start()
        if event["event"] == "unfit":
            self._note(event["note"])
        if event["event"] == "estimate" and self._expected is None:
            self._expected, self._started = event, time.monotonic()
        if self._status is None:
            return
        if event["event"] == "estimate":
            self._status.update(self._text())
        elif event["event"] == "prepared" and self._expected is not None:
            self._status.update(self._preparing(event, self._expected))
        elif event["event"] == "progress" and self._expected is not None:
            if not self._rounds:
                self._started = time.monotonic()
            self._rounds, self._sent = max(self._rounds, event["rounds"]), max(self._sent, event["bytes"])
            self._status.update(self._text())

    def ended(self, reports: Sequence[Mapping[str, Any]]) -> None:
        """The run is over, and these parties tell of it: says what was slow where it took far longer than estimated."""
        if self._expected is not None:
            words = slowness(self._expected["seconds"], [report["measured"] for report in reports])
            if words:
                note(words)

    def _note(self, words: str) -> None:
        """A remark, once whoever makes it."""
        if words not in self._noted:
            self._noted.add(words)
            note(words)

    def _preparing(self, event: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
        """How far the preprocessing is; where several are made, it begins anew with each."""
        if event["rounds"] < self._prepared:
            self._started = time.monotonic()
        self._prepared = event["rounds"]
        left = time_left(event["rounds"], event["whole"], time.monotonic() - self._started, expected["before"])
        return f"preprocessing, round {event['rounds']} of {event['whole']}, about {human_seconds(left)} left"

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
