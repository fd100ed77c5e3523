"""Programs that are wrong: the first line of each file of `fail/` names the one code of its error, or warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from cloister.compiler.check.program import check_bounds, header
from cloister.compiler.diagnostics import Diagnostic, Findings, ProgramError
from cloister.compiler.frontend.modules import load_text

MARK = "# expect: "
PROGRAMS = [
    path
    for path in sorted((Path(__file__).parent / "fail").rglob("*.mpc"))
    if path.read_text(encoding="utf-8").startswith(MARK)
]


def said(path: Path) -> list[Diagnostic]:
    """The errors of a program; of one that is accepted its warnings."""
    findings = Findings()
    try:
        modules = load_text(path.read_text(encoding="utf-8"), findings, folder=path.parent)
        findings.raise_if_failed()
        return list(check_bounds(modules, header(modules, {}, Findings())).warnings)
    except ProgramError as error:
        return [d for d in error.diagnostics if d.severity == "error"]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_refused_with_its_code(path: Path) -> None:
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix(MARK)
    found = said(path)
    assert [d.code for d in found] == [expected], found
    assert all(d.span is None or d.span.line > 0 for d in found)
