"""The front of the pipeline: from text to what is accepted, and what people approve. No circuit is needed for it.

    text -> syntax -> checked head -> checked tree at the bounds of its sizes -> disclosure statement and digest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .check.disclosure import Statement, digest, statement
from .check.program import Header, bind_sizes, check, check_bounds, header
from .check.tree import Checked
from .diagnostics import Diagnostic, Findings, ProgramError
from .frontend.modules import Modules, load, load_text

Params = Mapping[str, str | int | float | bool]


@dataclass(frozen=True)
class Loaded:
    """A program read and its head checked: what it declares is known, sizes are not."""

    modules: Modules
    head: Header

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.modules.main.file


def read_file(path: Path) -> Modules:
    """Reads and parses a program and its modules. Raises ProgramError, OSError."""
    findings = Findings()
    return _parsed(load(path, findings), findings)


def read_text(text: str, name: str = "<text>", folder: Path | None = None) -> Modules:
    """As `read_file`, from text. Modules beside the program are looked for in `folder`."""
    findings = Findings()
    return _parsed(load_text(text, findings, name=name, folder=folder), findings)


def _parsed(modules: Modules, findings: Findings) -> Modules:
    with telling(modules):
        findings.raise_if_failed()
        return modules


def load_program(modules: Modules, params: Params | None = None) -> Loaded:
    """Checks the head of a program with these parameters (values or text). Raises ProgramError."""
    findings = Findings()
    with telling(modules):
        head = header(modules, params or {}, findings)
        if findings.failed:
            check_bounds(modules, head)  # raises with the head's errors and all others
        return Loaded(modules, head)


@contextmanager
def telling(modules: Modules) -> Iterator[None]:
    """Errors from within know the texts that they speak of."""
    try:
        yield
    except ProgramError as error:
        error.sources.update(modules.sources)
        raise


@dataclass(frozen=True)
class Approval:
    """What people agree to: the statement of who learns what, its digest, and what they were warned of."""

    statement: Statement
    digest: str
    warnings: tuple[Diagnostic, ...]


def approve(loaded: Loaded) -> Approval:
    """Checks the program at the bounds of its sizes: what it discloses, and the digest that people approve."""
    checked = check_at_bounds(loaded)
    said = statement(checked)
    return Approval(said, digest(said, loaded.modules.sources), checked.warnings)


def check_at_bounds(loaded: Loaded) -> Checked:
    """The checked tree at the bounds of the sizes, where it is decided what is accepted. Raises ProgramError."""
    with telling(loaded.modules):
        return check_bounds(loaded.modules, loaded.head)


def check_sizes(loaded: Loaded, sizes: Mapping[str, int]) -> Checked:
    """The checked tree at the given sizes (as `-D` takes them). Raises ProgramError."""
    with telling(loaded.modules):
        return check(loaded.modules, loaded.head, bind_sizes(loaded.head, sizes))
