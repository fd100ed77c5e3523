"""Every program on the pages about the language and its library is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cloister.compiler.check.program import check_bounds, header
from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend.modules import load_text

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("language.md", "library.md")]
_FENCED = re.compile(r"^```mpc\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [block for page in PAGES for block in _FENCED.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_programs_of_the_page_check(number: int) -> None:
    text = BLOCKS[0] + (BLOCKS[number] if number else "")
    findings = Findings()
    modules = load_text(text, findings)
    findings.raise_if_failed()
    program = check_bounds(modules, header(modules, {}, findings))
    assert [warning.code for warning in program.warnings if warning.code != "W6001"] == []
