"""How errors are shown, and the exit code of each."""

from __future__ import annotations

import sys

from rich.console import Console

from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.render import render
from cloister.runtime.errors import RuntimeFailure

from .options import Usage


def explain(error: Exception) -> int | None:
    """Shows the error on standard error and returns its exit code; None for what nobody foresaw."""
    if isinstance(error, ProgramError):
        render(error.diagnostics, error.sources, Console(stderr=True, soft_wrap=True))
        return 1
    if isinstance(error, RuntimeFailure):
        return _say(str(error), error.exit_code)
    if isinstance(error, Usage):
        return _say(str(error), 2)
    if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
        return _say(f"{error.filename}: {(error.strerror or 'cannot be read').lower()}", 2)
    return None


def _say(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code
