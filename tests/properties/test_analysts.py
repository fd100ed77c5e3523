"""Random analyses: the interpreter and every protocol say the same, at every level and for every network."""

from __future__ import annotations

import pytest
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.pipeline import check_sizes, load_program, read_text
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from .analysts import analyses, drawn
from .generate import Program
from .test_protocols import CHECKS, COMBINATIONS, compare

#: What the checker may refuse: numbers that grow too wide, and columns of no rows.
MAY_BE_REFUSED = {"E4001", "E4003"}


def agree(program: Program, data: st.DataObject, combinations: list[tuple[int, str]]) -> None:
    """Reads, checks, draws data, and compares."""
    loaded = load_program(read_text(program.source))
    try:
        checked = check_sizes(loaded, program.sizes)
    except ProgramError as error:
        if not {d.code for d in error.diagnostics if d.severity == "error"} <= MAY_BE_REFUSED:
            raise
        reject()
    inputs = dict(data.draw(drawn(checked)))
    for level, network in combinations:
        compare(program, loaded, inputs, level, network)


@settings(max_examples=15, deadline=None, suppress_health_check=CHECKS)
@given(analyses(), st.data(), st.sampled_from(COMBINATIONS))
def test_analyses_agree(program: Program, data: st.DataObject, combination: tuple[int, str]) -> None:
    agree(program, data, [combination])


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
@given(analyses(statements=8), st.data())
def test_analyses_agree_at_every_level(program: Program, data: st.DataObject) -> None:
    agree(program, data, COMBINATIONS)
