"""`assume`: checked in secret before anything is opened, narrows ranges, ends the run; `simulate` names rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.check.disclosure import statement
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Compiled, check_at_bounds, load_program, read_text
from cloister.runtime.errors import AssumptionFailed
from cloister.runtime.program import Block

from .running import HEAD, PROTOCOLS, by_protocol, compiled, results

TEXT = """\
size n <= 100
input x: int32[n] from a
input d: int32 from b
assume(0 <= x and x < 100)
assume(d > 0)
output z = sum(x * x) // d to all
output m = max(x) to a
"""


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_holds_changes_nothing(level: int) -> None:
    given = {"x.a": [1, 99, 0], "d.b": 3}
    assert results(TEXT, given, {"n": 3}, level) == {"z": (1 + 99 * 99) // 3, "m": 99}


@pytest.mark.parametrize("given", [
    {"x.a": [1, 100, 0], "d.b": 3},
    {"x.a": [1, 99, -1], "d.b": 3},
    {"x.a": [2**31 - 1, -(2**31), 0], "d.b": 3},
    {"x.a": [1, 2, 3], "d.b": 0},
    {"x.a": [1, 2, 3], "d.b": -(2**31)},
])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_does_not_hold_ends_the_run(given: dict[str, Any], protocol: str) -> None:
    with pytest.raises(AssumptionFailed, match="does not hold: `0 <= x and x < 100`"):
        by_protocol(compiled(TEXT, {"n": 3}), given, protocol)


def test_the_interpreter_names_the_rows() -> None:
    loaded = load_program(read_text(HEAD + TEXT))
    checked = compiled(TEXT, {"n": 3}).checked
    given = {"x.a": np.array([1, 100, -7], object), "d.b": np.array(1, object)}
    with pytest.raises(AssumptionFailed, match=r"`0 <= x and x < 100` \(line 6\) in 2 of 3, counted from 0: 1, 2$"):
        interpret(checked, given)
    given = {"x.a": np.array([1, 1, 1], object), "d.b": np.array(0, object)}
    with pytest.raises(AssumptionFailed, match=r"`d > 0` \(line 7\)$"):
        interpret(checked, given)
    assert loaded.head.sizes[0].bound == 100


def _exchanges(block: Block) -> list[tuple[int, str]]:
    """The step and the name of every reveal and require, in the order in which they run."""
    found = []
    for number, step in enumerate(block.steps):
        found += [(number, i.op) for i in (*step.local, *step.exchange) if i.op in ("reveal", "require")]
        if step.loop is not None:
            found += [(number, op) for _, op in _exchanges(step.loop.body)]
    return found


def _guarded(program: Compiled, before: int = 0) -> bool:
    """Whether nothing is revealed before the only check but its bit, and `before` values that may be."""
    order = [op for _, op in _exchanges(program.program.body)]
    return order.count("require") == 1 and order[: order.index("require")].count("reveal") <= before + 1


def test_nothing_is_opened_before_the_check() -> None:
    for level in (0, 1, 2):
        program = compiled(TEXT, {"n": 3}, level)
        assert [op for _, op in _exchanges(program.program.body)] == ["reveal", "require", "reveal", "reveal"]


def test_a_reveal_waits_for_what_was_assumed_before_it() -> None:
    text = """\
input x: int32 from a
input y: int32[100] from b
first = reveal(x % 7)
assume(x < 10)
second = reveal(x * x)
total = 0
for i in range(100):
    total = total + reveal(y[i] % 3)
output z = first + second + total to all
"""
    given = {"x.a": 5, "y.b": list(range(100))}
    assert results(text, given) == {"z": 5 + 25 + sum(i % 3 for i in range(100))}
    assert _guarded(compiled(text), before=1)
    with pytest.raises(AssumptionFailed):
        by_protocol(compiled(text), {**given, "x.a": 11}, "replicated")


LOOP = """\
size n <= 1000
input x: int8[n] from a
t = 0
for v in x:
    t = t + v
    assume(abs(v) < 100)
    assume(v != 7)
output z = t to all
"""


@pytest.mark.parametrize(
    ("n", "level"), [(1, 0), (5, 0), (5, 2), (65, 2), (100, 2), pytest.param(65, 0, marks=pytest.mark.slow)]
)
def test_assumed_in_a_loop(n: int, level: int) -> None:
    ones = [1] * n
    assert results(LOOP, {"x.a": ones}, {"n": n}, level) == {"z": n}
    program = compiled(LOOP, {"n": n}, level)
    for bad in ([*ones[:-1], 7], [100, *ones[1:]]):
        with pytest.raises(AssumptionFailed, match="`v != 7`"):
            by_protocol(program, {"x.a": bad}, "replicated")
        with pytest.raises(AssumptionFailed):
            interpret(program.checked, {"x.a": np.array(bad, object)})


def test_an_assumption_bounds_what_a_loop_carries() -> None:
    text = """\
input x: fixed[8][66] in -2..2 from a
level = fixed(1)
for v in x:
    level = level * v
    assume(-10 < level and level < 10)
output z = level to all
"""
    ones = [256] * 66
    program = compiled(text)
    assert by_protocol(program, {"x.a": ones}, "replicated") == {"z": 1 << 16}
    with pytest.raises(AssumptionFailed, match=r"line 7, trip 3") :
        interpret(program.checked, {"x.a": np.array([512] * 66, object)})
    with pytest.raises(AssumptionFailed):
        by_protocol(program, {"x.a": [512] * 66}, "replicated")


def test_no_rows_break_nothing() -> None:
    assert results(LOOP, {"x.a": []}, {"n": 0}) == {"z": 0}


def test_assumed_in_a_function_and_of_a_revealed_value() -> None:
    text = """\
input x: int32 from a
def share(part, whole):
    assume(whole > 0)
    return part / whole
known = reveal(x)
assume(known != 13)
output z = share(100, x) + share(1, known) to all
"""
    assert results(text, {"x.a": 4}) == {"z": (25 << 16) + (1 << 14)}
    for wrong in (0, -1, 13):
        for protocol in PROTOCOLS:
            with pytest.raises(AssumptionFailed):
                by_protocol(compiled(text), {"x.a": wrong}, protocol)


@pytest.mark.parametrize(("condition", "limits"), [
    ("x < 100", (-(2**31), 99)),
    ("100 > x", (-(2**31), 99)),
    ("x <= 100", (-(2**31), 100)),
    ("-3 <= x <= 100", (-3, 100)),
    ("x == 5", (5, 5)),
    ("abs(x) <= 8", (-8, 8)),
    ("not (x < 0 or x > 9)", (0, 9)),
    ("all(x >= 3) and not any(x > 4)", (3, 4)),
    ("x < 2.5", (-(2**31), 2)),
    ("x <= y and y <= 10 and y >= 0", (-(2**31), 10)),
    ("x < 5 or x > 7", (-(2**31), 2**31 - 1)),
    ("x * x < 9", (-(2**31), 2**31 - 1)),
])
def test_ranges_that_follow(condition: str, limits: tuple[int, int]) -> None:
    text = f"input x: int32[5] from a\ninput y: int32[5] from b\nassume({condition})\noutput z = x + 0 * y to all\n"
    checked = check_at_bounds(load_program(read_text(HEAD + text)))
    types = {name: type_ for _, name, type_ in checked.types}
    assert types["x"].elem.range == limits


def test_a_range_in_fractional_bits() -> None:
    text = "input x: fixed[4] in -9..9 from a\nassume(x < 1 and x > -0.5)\noutput z = x + 1 to all\n"
    checked = check_at_bounds(load_program(read_text(HEAD + text)))
    assert {name: t.elem.range for _, name, t in checked.types}["x"] == (-7, 15)
    assert results(text, {"x.a": 15}) == {"z": 31}


def test_unchecked_is_believed_and_said() -> None:
    text = "input x: int32 from a\nassume_unchecked(x < 10 and x > 0)\nassume(x != 3)\noutput z = 100 / x to all\n"
    program = compiled(text)
    said = statement(program.checked)
    assert [(a.text, a.checked) for a in said.assumptions] == [("x < 10 and x > 0", False), ("x != 3", True)]
    assert "Believed without a check" in said.text()
    assert "Checked in secret" in said.text()
    assert results(text, {"x.a": 4}) == {"z": 25 << 16}
    with pytest.raises(AssumptionFailed, match="assumes unchecked"):
        interpret(program.checked, {"x.a": np.array(0, object)})


@pytest.mark.parametrize("condition", ["1 < 2", "n >= 0"])
def test_what_is_known_to_hold_costs_nothing(condition: str) -> None:
    text = f"size n\ninput x: int8[n] from a\nassume({condition})\noutput z = sum(x) to all\n"
    program = compiled(text, {"n": 3})
    assert not statement(program.checked).assumptions
    assert [op for _, op in _exchanges(program.program.body)] == ["reveal"]


def test_the_statement_does_not_depend_on_a_loop_having_trips() -> None:
    text = "size n\ninput x: int8[n] from a\nt = 0\nfor v in x:\n    assume(v > 3)\n    t += v\noutput z = t to all\n"
    assert results(text, {"x.a": []}, {"n": 0}) == {"z": 0}
    assert results(text, {"x.a": [4]}, {"n": 1}) == {"z": 4}


def test_the_mends_are_named() -> None:
    with pytest.raises(ProgramError) as refused:
        compiled("input x: int8 from a\nif x > 3:\n    assume(x > 4)\noutput z = x * x to all\n")
    assert "before the `if`" in refused.value.diagnostics[0].help
