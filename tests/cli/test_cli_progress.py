"""What a terminal shows while a run goes on: how far it is of what was estimated."""

from __future__ import annotations

import time
from typing import Any

import pytest
import rich.console
from cloister.cli.progress import Progress, time_left
from rich.console import Console

ESTIMATE = {"event": "estimate", "rounds": 200, "seconds": 10.0, "before": 4.0, "bytes": 1_000_000}


@pytest.mark.parametrize(("rounds", "spent", "least", "most"), [
    (0, 0.0, 10.0, 10.0), (0, 4.0, 6.0, 6.0), (0, 60.0, 0.0, 0.0),  # nothing is known but the estimate
    (200, 99.0, 0.0, 0.0), (999, 99.0, 0.0, 0.0),  # all is done
    (100, 5.0, 5.0, 5.0), (100, 20.0, 9.9, 10.1), (190, 95.0, 4.7, 5.0),  # the pace counts the more
])
def test_the_time_left_goes_from_the_estimate_to_the_pace(rounds: int, spent: float, least: float,
                                                          most: float) -> None:
    assert least <= time_left(rounds, 200, spent, 10.0) <= most


class Screen(Console):
    """A terminal that is not there."""

    shown: list[str]

    def __init__(self, **settings: Any) -> None:
        super().__init__(force_terminal=True, quiet=True, **settings)

    def status(self, status: Any, **settings: Any) -> Any:
        Screen.shown = [status]
        found = super().status(status, **settings)
        found.update = lambda text: Screen.shown.append(text)  # type: ignore[method-assign,misc,assignment]
        return found


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What stood on the line, one after the other."""
    monkeypatch.setattr(rich.console, "Console", Screen)
    Screen.shown = []
    return Screen.shown


def test_rounds_bytes_and_time_are_shown_of_all(shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    line = Progress()
    line.start()
    try:
        line.event("a", ESTIMATE)
        line.event("b", {**ESTIMATE, "rounds": 999})
        assert Screen.shown[-1] == "round 0 of 200, 0 B of 1 MB sent, about 10 s left"
        now[0] = 102.0
        line.event("a", {"event": "prepared", "rounds": 1, "whole": 2})
        assert Screen.shown[-1] == "preprocessing, round 1 of 2, about 2 s left"
        now[0] = 110.0
        line.event("a", {"event": "progress", "rounds": 1, "bytes": 5_000})
        now[0] = 120.0
        line.event("b", {"event": "progress", "rounds": 100, "bytes": 600_000})
        line.event("a", {"event": "progress", "rounds": 99, "bytes": 500_000})
        assert Screen.shown[-1].startswith("round 100 of 200, 600 kB of 1 MB sent, about 5 s")
    finally:
        line.close()


def test_nothing_is_shown_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    line = Progress()
    line.start()
    line.event("a", ESTIMATE)
    line.event("a", {"event": "progress", "rounds": 100, "bytes": 600_000})
    line.close()
    assert capsys.readouterr() == ("", "")


def test_a_slow_run_is_told_without_a_terminal_too(capsys: pytest.CaptureFixture[str]) -> None:
    line = Progress()
    line.start()
    line.event("a", ESTIMATE)
    report = {"measured": {"seconds": {"online": 30.0}, "waited": {"a": {"b": 25.0}}}}
    line.ended([report])
    assert "a waited 25 s for b" in capsys.readouterr().err
