"""Every code has a page, whose first example fails with it and whose second is right; and a program under `fail/`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cloister.compiler.check.program import check_bounds, header
from cloister.compiler.diagnostics import Diagnostic, Findings, ProgramError
from cloister.compiler.errors import CODES, page
from cloister.compiler.frontend.modules import load_text

FAIL = Path(__file__).parent / "fail"
BLOCK = re.compile(r"^```mpc( fails)?\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
HEAD = """\
party north, south, west
security honest_majority, semi_honest
size rows
input age:  uint8[rows] in 0..119 from each
input stay: fixed[rows] in 0..365 from each
input fee:  int32 in 0..10_000 from west
"""


def findings_of(text: str) -> list[Diagnostic]:
    """Everything that is said about a program, by every stage up to the checker."""
    findings = Findings()
    try:
        modules = load_text(text, findings)
        findings.raise_if_failed()
        return list(check_bounds(modules, header(modules, {}, findings)).warnings)
    except ProgramError as error:
        return list(error.diagnostics)


@pytest.mark.parametrize("code", CODES)
def test_the_page_of_a_code(code: str) -> None:
    blocks = [(bool(fails), text) for fails, text in BLOCK.findall(page(code))]
    if code in ("E1004", "E2013", "E5004"):
        assert "```text" in page(code)  # takes several files (`fail/circle`, `fail/circuit`), or a budget of memory
        return
    assert [fails for fails, _ in blocks] == [True, False]
    for fails, text in blocks:
        found = findings_of(text if text.startswith("party") else HEAD + text)
        codes = {d.code for d in found if d.severity == "error" or code.startswith("W")}
        if fails:
            assert code in codes, found
            assert code.startswith("W") or codes == {code}, found
        else:
            assert code not in codes, found
            assert not any(d.severity == "error" for d in found), found


def test_a_page_begins_with_code_and_title() -> None:
    text = page("E4002")
    assert text.startswith("E4002: the divisor can be zero\n")
    assert "## " not in text
    with pytest.raises(KeyError):
        page("E9999")


@pytest.mark.parametrize("code", sorted(set(CODES) - {"E5004"}))  # no program fails without a budget of memory
def test_every_code_has_a_failing_program(code: str) -> None:
    expected = {path.read_text(encoding="utf-8").splitlines()[0] for path in FAIL.rglob("*.mpc")}
    assert f"# expect: {code}" in expected
