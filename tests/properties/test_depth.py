"""Programs for the depth passes: every level, network and protocol gives what the interpreter gives, bit for bit."""

from __future__ import annotations

import pytest
from cloister.compiler.ir.verify import verify
from cloister.compiler.lower.program import lower
from cloister.compiler.pipeline import PASSES
from hypothesis import given, settings
from hypothesis import strategies as st

from .depth import depth_programs
from .evaluate import evaluate
from .generate import Program, keyed
from .test_programs import accepted
from .test_protocols import CHECKS, COMBINATIONS, agree_everywhere


@settings(max_examples=10, deadline=None, suppress_health_check=CHECKS)
@given(depth_programs(), st.sampled_from(COMBINATIONS))
def test_all_protocols_agree(program: Program, combination: tuple[int, str]) -> None:
    agree_everywhere(program, [combination])


@settings(max_examples=10, deadline=None, suppress_health_check=CHECKS)
@given(depth_programs())
def test_no_pass_changes_what_is_opened(program: Program) -> None:
    """The circuit after each pass, in the model of the circuit stage."""
    checked = accepted(program)
    inputs = keyed(program, checked)
    circuit = lower(checked)
    before = evaluate(circuit, inputs)
    for step in PASSES:
        circuit = step.run(circuit)
        verify(circuit, step.name)
        found = evaluate(circuit, {name: inputs[name] for name in inputs})
        for name, (value, _) in before.outputs.items():
            assert found.outputs[name][0].tolist() == value.tolist(), (step.name, name, program.source)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
@given(depth_programs())
def test_all_protocols_agree_at_every_level(program: Program) -> None:
    agree_everywhere(program, COMBINATIONS)
