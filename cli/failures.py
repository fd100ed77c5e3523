"""How errors are shown, and the exit code of each."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Mapping, Sequence

from cloister.compiler.diagnostics import Diagnostic, InternalError, ProgramError
from cloister.compiler.source import Source
from cloister.runtime.errors import RuntimeFailure

from .options import Usage

#: The exit code of what nobody foresaw: a mistake of Cloister itself.
BUG = 70
#: Where this is set in the environment, a bug is shown with the places in Cloister's code.
DEBUG = "CLOISTER_DEBUG"
#: What a disk may say to any write, without naming the file.
_FULL = {errno.ENOSPC, errno.EDQUOT}


def explain(error: Exception) -> int:
    """Shows the error on standard error and returns its exit code."""
    if isinstance(error, ProgramError):
        _render(error.diagnostics, error.sources)
        return 1
    message, code = describe(error)
    say(message)
    return code


def describe(error: Exception) -> tuple[str, int]:
    """The words and the exit code of an error that is no ProgramError."""
    if isinstance(error, RuntimeFailure):
        return str(error), error.exit_code
    if isinstance(error, Usage):
        return str(error), 2
    if isinstance(error, MemoryError):
        return "there is not enough memory on this machine; `cloister cost` says how much is needed", 1
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}", 2
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"a file could not be written: {os.strerror(error.errno).lower()}", 2
    return _bug(error), BUG


def say(message: str, party: str = "") -> None:
    """One error on standard error; messages hold texts from files and are printed as they stand."""
    from rich.console import Console  # where all goes well it is not needed
    from rich.text import Text

    text = Text.assemble(("error", "bold red"), f": {party}: " if party else ": ", message)
    Console(stderr=True, soft_wrap=True, highlight=False).print(text)


def warn(warnings: Sequence[Diagnostic], sources: Mapping[str, Source]) -> None:
    """Shows warnings on standard error."""
    if warnings:
        _render(warnings, sources)


def _render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> None:
    from cloister.compiler.render import render  # with rich, as in `say`
    from rich.console import Console

    render(diagnostics, sources, Console(stderr=True, soft_wrap=True))


def note(message: str) -> None:
    """A remark on standard error."""
    print(f"note: {message}", file=sys.stderr)


def _bug(error: Exception) -> str:
    """What nobody foresaw. Its own words may hold values of the data and are left out, whatever is asked for.

    The compiler's checks between its stages speak of circuits alone, and an import of modules.
    """
    words = f": {error}" if type(error) is InternalError or isinstance(error, ImportError) else ""
    said = f"this is a bug in Cloister, not in your program or data ({type(error).__name__}{words})"
    if os.environ.get(DEBUG):
        return said + "\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return f"{said}; with {DEBUG}=1 in the environment it shows where"
