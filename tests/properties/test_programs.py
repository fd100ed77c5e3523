"""Random programs: all values are in their ranges, and the circuit opens what the interpreter says."""

from __future__ import annotations

import pytest
from cloister.compiler.check.program import check, header
from cloister.compiler.check.tree import Checked
from cloister.compiler.diagnostics import Findings, ProgramError
from cloister.compiler.frontend.modules import load_text
from cloister.compiler.interpret import interpret
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.lower.program import lower
from hypothesis import HealthCheck, event, given, reject, settings

from .evaluate import evaluate
from .generate import Program, keyed, programs

#: The ranges that the generator tracks are rough: what the checker refuses for these alone is passed over.
TOO_WIDE = {"E4001"}


def check_program(program: Program) -> Checked:
    """Parsed and checked. Raises ProgramError."""
    findings = Findings()
    modules = load_text(program.source, findings)
    findings.raise_if_failed()
    head = header(modules, program.params, findings)
    findings.raise_if_failed()
    return check(modules, head, program.sizes)


def accepted(program: Program) -> Checked:
    """The checked program; passed over when a range is too wide, an error when refused for anything else."""
    try:
        return check_program(program)
    except ProgramError as error:
        codes = {d.code for d in error.diagnostics if d.severity == "error"}
        if not codes <= TOO_WIDE:
            raise AssertionError(f"{error}\n{program.source}") from error
        event(f"refused: {sorted(codes)}")
        reject()


def agree(program: Program) -> None:
    """Interprets, lowers, evaluates, and compares everything that is opened."""
    checked = accepted(program)
    inputs = keyed(program, checked)
    said = interpret(checked, inputs)
    circuit = lower(checked)
    verify(circuit, "lower")
    opened = evaluate(circuit, inputs)
    assert list(opened.outputs) == list(said)
    for name, shown in said.items():
        value, flag = opened.outputs[name]
        assert value.tolist() == shown.value.astype(object).tolist(), (name, program.source)
        assert (flag is None) == (shown.shown is None)
        assert shown.shown is None or flag.tolist() == shown.shown.tolist(), (name, program.source)
    assert [r.tolist() for r in opened.revealed] == [r.value.tolist() for r in said.revealed], program.source


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
@given(programs())
def test_interpreter_and_circuit_agree(program: Program) -> None:
    agree(program)


@pytest.mark.slow
@settings(max_examples=1440, deadline=None, suppress_health_check=CHECKS)
@given(programs(statements=8))
def test_interpreter_and_circuit_agree_on_many(program: Program) -> None:
    agree(program)


@settings(max_examples=20, deadline=None, suppress_health_check=CHECKS)
@given(programs())
def test_circuits_print_and_parse(program: Program) -> None:
    text = print_circuit(lower(accepted(program)))
    again = parse_circuit(text)
    verify(again, "reading")
    assert print_circuit(again) == text


def test_the_data_is_keyed_exactly() -> None:
    source = """\
party north
security honest_majority, semi_honest
size rows
input x: fixed[4][2] in -2..2 from north
input b: bool from north
input m: int8[rows, 3] from north
output r = sum(x) + sum(m) + int(b) to all
"""
    data = {"north": {"x": [0.0625, -1.5], "b": True, "m": []}}
    program = Program(source, {}, {"rows": 0}, data)
    keys = keyed(program, check_program(program))
    assert keys["x.north"].tolist() == [1, -24]
    assert keys["b.north"].tolist() == 1
    assert keys["m.north"].shape == (0, 3)
    agree(program)
