"""Every program on the page about the language is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cloister.compiler.check.program import check_bounds, header
from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend.modules import load_text

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
BLOCKS = re.findall(r"^```mpc\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_programs_of_the_page_check(number: int) -> None:
    text = BLOCKS[0] + (BLOCKS[number] if number else "")
    findings = Findings()
    modules = load_text(text, findings)
    findings.raise_if_failed()
    program = check_bounds(modules, header(modules, {}, findings))
    assert [warning.code for warning in program.warnings if warning.code != "W6001"] == []
