"""Programs that are wrong: the first line of each file of `fail/` names the one code of its error."""

from __future__ import annotations

from pathlib import Path

import pytest
from cloister.compiler.check.program import check_bounds
from cloister.compiler.diagnostics import ProgramError

from .programs import read

PROGRAMS = sorted((Path(__file__).parent / "fail").glob("*.mpc"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_refused_with_its_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = text.splitlines()[0].removeprefix("# expect: ")
    modules, declared = read(text)
    with pytest.raises(ProgramError) as refused:
        check_bounds(modules, declared)
    errors = [d for d in refused.value.diagnostics if d.severity == "error"]
    assert [d.code for d in errors] == [expected], errors
    assert all(d.span is None or d.span.line > 0 for d in errors)
