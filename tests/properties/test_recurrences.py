"""Loops whose trips are maps that combine: no loop is left, few rounds, and the same numbers everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Compiled, Options, check_sizes, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS, Network
from cloister.runtime.errors import AssumptionFailed
from cloister.runtime.traffic import traffic

from ..runtime.build import run
from .generate import Program, keyed
from .test_protocols import compare, opened

HEAD = """party north, south, west
security honest_majority, semi_honest
input x: int16[97] in -9..9 from north
input k: int8[97] in 0..1 from south
input c: bool[97] from west
"""
DATA: dict[str, dict[str, Any]] = {
    "north": {"x": [(i * 7) % 19 - 9 for i in range(97)]},
    "south": {"k": [int(i % 11 != 3) for i in range(97)]},
    "west": {"c": [i % 13 == 5 for i in range(97)]},
}

#: A program behind the head, and the most rounds that it may take.
PROGRAMS = {
    "multiplied and added to": ("s = 0\nfor i in range(97):\n    s = s * k[i] + x[i]\n    output r[i] = s to all\n", 9),
    "the end of it": ("s = 5\nfor i in range(97):\n    s = s * k[i] - x[i]\noutput r = s to all\n", 9),
    "what the range alone keeps small": (
        "s = 0\nfor i in range(97):\n    s = s * x[i] + k[i]\n    if c[i]:\n        s = 0\n"
        "    assume_unchecked(s < 10**18)\n    assume_unchecked(s > -10**18)\n    output r[i] = s to all\n", 14),
    "a counter that begins anew": (
        "n = 0\nfor i in range(97):\n    if c[i]:\n        n = 0\n    else:\n        n = n + 1\n"
        "    output r[i] = n to all\n", 12),
    "known factors": ("s = 1\nfor i in range(97):\n    s = 3 - s\n    s = s + 0 * x[i]\noutput r = s to all\n", 2),
    "the value since": (
        "v = 7\nfor i in range(97):\n    if c[i]:\n        v = x[i]\n    output r[i] = v to all\n"
        "output l = v to all\n", 12),
    "the largest since": (
        "m = -9\nfor i in range(97):\n    if c[i]:\n        m = x[i]\n    else:\n        m = max(m, x[i])\n"
        "    output r[i] = m to all\n", 50),
    "held between bounds": (
        "s = 3\nfor i in range(97):\n    s = clamp(s + x[i], -20, 20)\n    output r[i] = s to all\n", 130),
    "held between bounds, the end": (
        "s = 3\nfor i in range(97):\n    s = clamp(s - x[i], -20, 20)\noutput r = s to all\n", 80),
    "never below zero": (
        "s = 3\nfor i in range(97):\n    s = max(s + x[i], 0)\n    if c[i]:\n        s = k[i]\n"
        "    assume_unchecked(s < 1000)\n    output r[i] = s to all\n", 150),
    "bounds that move": (
        "s = 3\nfor i in range(97):\n    s = min(max(s - x[i], k[i] * 9) + 1, 30)\n    output r[i] = s to all\n", 150),
    "fixed-point numbers between bounds": (
        "s: fixed = 0.5\nfor i in range(97):\n    s = clamp(s + x[i] * 0.25, -1.5, 7)\n    output r[i] = s to all\n",
        160),
    "a switch": (
        "on = false\nfor i in range(97):\n    if c[i]:\n        on = not on\n    elif k[i] == 0:\n"
        "        on = x[i] > 3\n    output r[i] = on to all\noutput l = on to all\n", 22),
    "one after the other": (
        "n = 0\nm = 0\nfor i in range(97):\n    if c[i]:\n        n = 0\n    else:\n        n = n + 1\n"
        "    if n > m:\n        m = n\noutput r = m to all\n", 70),
    "rows": (
        "v = zeros(3)\nfor i in range(97):\n    v = v * k[i] + [x[i], 1, i]\n    output r[i] = v to all\n", 9),
    "within a loop that is left": (
        "t = 1\nfor i in range(97):\n    s = 0\n    for j in range(97):\n        s = s * k[j] + x[j]\n"
        "    t = (t * t + s) % 101\noutput r = t to all\n", 4000),
}


def compiled(body: str, network: str, level: int = 2) -> Compiled:
    return compile_program(load_program(read_text(HEAD + body)), {}, Options(NETWORKS[network], level, verify=True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_few_rounds_and_the_same_numbers(name: str) -> None:
    body, most = PROGRAMS[name]
    found = compiled(body, "wan")
    assert traffic(found.program, found.protocol).rounds <= most
    if most < 1000:
        assert not any(node.op == "loop" for node in found.stages[-1][1].nodes)
    program = Program(HEAD + body, {}, {}, DATA)
    loaded = load_program(read_text(program.source))
    inputs = keyed(program, check_sizes(loaded, {}))
    for level, network in ((0, "lan"), (2, "lan"), (2, "wan")) if most < 1000 else ((2, "wan"),):
        compare(program, loaded, inputs, level, network)


def test_bytes_can_be_dearer_than_rounds() -> None:
    """A recurrence of long rows stays a region where a round costs less than what a scan sends more."""
    head = HEAD.replace("x: int16[97] in -9..9", "x: int16[97, 20000] in -9..9")
    body = "s = zeros(20000)\nfor i in range(97):\n    s = s * k[i] + x[i]\noutput r = s to all\n"
    rounds = {}
    for network in ("wan", "mobile"):
        found = compile_program(load_program(read_text(head + body)), {}, Options(NETWORKS[network]))
        rounds[network] = traffic(found.program, found.protocol).rounds
        (choice,) = [choice for choice in found.choices if choice.what == "recurrence"]
        assert choice.chosen == ("tree" if network == "wan" else "one by one")
    assert rounds["wan"] < 12 < 97 < rounds["mobile"]


@pytest.mark.parametrize("step", ["s * 3 + k[i]", "max(s + 10**8, x[i])"])
def test_a_broken_assumption_is_found_where_it_breaks(step: str) -> None:
    """What comes after the first value that is too large may be anything; that it is too large is not lost."""
    body = f"s = 1\nfor i in range(97):\n    s = {step}\n    assume(s < 10**9)\noutput r = s to all\n"
    program = Program(HEAD + body, {}, {}, DATA)
    loaded = load_program(read_text(program.source))
    inputs = keyed(program, check_sizes(loaded, {}))
    given = {i: {key: inputs[key] for key in inputs if key.endswith(name)} for i, name in enumerate(DATA)}
    program_run = compile_program(loaded, {}, Options(verify=True)).program
    for protocol in ("reference", "replicated"):
        with pytest.raises(AssumptionFailed, match="does not hold"):
            run(program_run, given, protocol)


LONG_ROWS = {
    "linear": "v = zeros(70)\nfor i in range(97):\n    v = v * k[i] + x[i]\n    output r[i] = v to all\n",
    "the end": "v = zeros(70)\nfor i in range(97):\n    v = v * k[i] - x[i]\noutput r = v to all\n",
    "the largest since": (
        "m = x[0]\nfor i in range(97):\n    if c[i]:\n        m = x[i]\n    else:\n        m = max(m, x[i])\n"
        "    output r[i] = m to all\n"),
    "switches": "on = x[0] > 0\nfor i in range(97):\n    on = (on and x[i] > 3) ^ c[i]\noutput r = on to all\n",
}


@pytest.mark.parametrize("name", LONG_ROWS)
def test_one_row_after_the_other(name: str) -> None:
    """Where a round costs next to nothing, a region makes the running values: the same numbers."""
    source = HEAD.replace("int16[97]", "int16[97, 70]") + LONG_ROWS[name]
    found = compile_program(load_program(read_text(source)), {}, Options(Network("near", 1e-12, 1e6), 2, verify=True))
    assert "one by one" in {choice.chosen for choice in found.choices if choice.what in ("scan", "recurrence")}
    rows = [[(i * 7 + j) % 19 - 9 for j in range(70)] for i in range(97)]
    inputs = keyed(Program(source, {}, {}, {**DATA, "north": {"x": rows}}), found.checked)
    said = interpret(found.checked, inputs)
    given = {i: {spec.name: inputs[spec.name] for spec in found.program.inputs if spec.party == i} for i in range(3)}
    for protocol in ("reference", "replicated"):
        for output, (value, _) in opened(found, run(found.program, given, protocol).results[0]).items():
            assert value.tolist() == said[output].value.astype(object).tolist(), (protocol, output)
