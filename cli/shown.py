"""Local processes as people see them: their progress while they run, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from cloister.compiler.diagnostics import Diagnostic, ProgramError
from cloister.compiler.loading import Loaded

from .failures import say
from .local import LocalRun, Outcome, run_local
from .processes import Event
from .progress import Progress


def run_shown(run: LocalRun, loaded: Loaded) -> tuple[list[Event], int]:
    """The reports of all parties in their order; none, and the exit code, when it failed, which is told.

    Raises ProgramError for what the program is refused for.
    """
    progress = Progress()
    try:
        outcome = run_local(run, progress.event)
    finally:
        progress.close()
    if outcome.failures:
        _tell(outcome, loaded)
        return [], outcome.exit_code
    reports = [outcome.reports[party] for party in run.parties]
    if not run.prepare:
        progress.ended(reports)
    return reports, 0


def _tell(outcome: Outcome, loaded: Loaded) -> None:
    """The causes; what all parties say alike is said once."""
    causes = outcome.causes
    _raise_refusal(causes, loaded)
    messages = {one["message"] for one in causes.values()}
    if len(messages) == 1 and len(causes) == len(loaded.head.parties):
        say(messages.pop())
        return
    for party in loaded.head.parties:
        if party in causes:
            say(causes[party]["message"], party)


def _raise_refusal(causes: Mapping[str, Mapping[str, Any]], loaded: Loaded) -> None:
    """The program may be refused at the sizes of the data: every party finds the same then."""
    for one in causes.values():
        if one["kind"] == "ProgramError":
            found = msgspec.convert(one["diagnostics"], tuple[Diagnostic, ...])
            raise ProgramError(found, loaded.modules.sources)
