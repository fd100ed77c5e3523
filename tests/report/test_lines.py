"""What a program costs line by line adds up to the whole, and says which lines the rounds wait for."""

from __future__ import annotations

import pytest
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.network import LAN, NETWORKS
from cloister.compiler.report.estimate import estimate
from cloister.compiler.report.ledger import ledger
from cloister.compiler.report.lines import Line, by_line
from cloister.runtime.transport.base import HEADER_BYTES

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\n"

PROGRAMS = (
    "input x: uint8[100] from a\ninput y: uint8[100] from b\noutput r = sum(x * y) to all\noutput m = max(x) to b\n",
    "input x: uint8 from a\nv = x\nfor i in range(70):\n    v = clamp(v * v - 3, 0, 255)\noutput r = v to all\n",
    "input x: uint8 from a\nv = x\nw = x\nfor i in range(70):\n    v = clamp(v * v - 3, 0, 255)\n"
    "    for j in range(80):\n        v = clamp(v * 5 - w, 0, 255)\noutput r = v to all\n",
    "from stats import std\ninput x: uint8[40] from a\noutput r = std(x) to all\n",
    "input x: uint8[3] from a\noutput r = x to a\n",
)


def compiled(text: str, level: int = 2, network: str = "lan") -> Compiled:
    return compile_program(load_program(read_text(HEAD + text)), {}, Options(NETWORKS[network], level))


def lines(text: str) -> dict[int, Line]:
    """The lines of the program itself, counted from the first after the head."""
    made = compiled(text)
    found = by_line(ledger(made, LAN), estimate(made.program, made.protocol, LAN), LAN)
    return {line.line - HEAD.count("\n"): line for line in found}


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("text", PROGRAMS)
def test_the_lines_add_up_to_the_whole(text: str, level: int) -> None:
    made = compiled(text, level)
    whole, account = estimate(made.program, made.protocol, LAN), ledger(made, LAN)
    assert sum(one.times for one in account.exchanges) == whole.rounds
    sent = [sum(one.times * one.sent[p] for one in account.exchanges) for p in range(3)]
    assert sent == list(whole.bytes_sent.values())
    found = by_line(account, whole, LAN)
    assert sum(line.seconds for line in found) == pytest.approx(whole.seconds)
    assert {op: sum(line.gates[op] for line in found) for op in ("mul", "and")} == whole.gates
    headers = sum(sent) - sum(line.bytes_sent for line in found)
    assert headers % HEADER_BYTES == 0
    assert 0 < headers <= 6 * HEADER_BYTES * whole.rounds
    assert all(0 <= line.critical <= line.rounds <= whole.rounds for line in found)


def test_a_call_counts_for_its_line_and_can_be_opened() -> None:
    found = lines("def far(v, w):\n    d = v - w\n    return d * d\ninput x: uint8[9] from a\n"
                  "input y: uint8[9] from b\noutput r = sum(far(x, y) * x) to all\n")
    assert set(found) == {4, 5, 6}
    call = found[6]
    assert [(inner.line - 2, inner.rounds) for inner in call.calls if inner.bytes_sent] == [(3, 1)]
    assert call.gates["mul"] > call.calls[-1].gates["mul"] > 0


def test_a_function_of_the_standard_library_is_named_by_its_file() -> None:
    (call,) = (line for line in lines(PROGRAMS[3]).values() if line.calls)
    assert {inner.file for inner in call.calls} != {call.file}
    assert any(inner.calls for inner in call.calls), "std calls variance, which calls mean"


def test_the_lines_that_the_rounds_wait_for_are_critical() -> None:
    found = lines("input x: uint8[100] from a\ninput y: uint8 from b\noutput top = max(x) to all\n"
                  "output small = y * y * y to all\n")
    assert found[3].critical == found[3].rounds > found[4].rounds
    assert found[4].critical == 0
    assert (found[1].critical, found[2].critical) == (1, 0)


def test_a_loop_counts_its_trips() -> None:
    loop = lines(PROGRAMS[1])[4]
    assert loop.rounds % 70 == 0
    assert loop.critical == loop.rounds


def test_the_preprocessing_is_shared_by_what_consumes_it() -> None:
    made = compile_program(load_program(read_text(
        "party a, b\nsecurity dishonest_majority, semi_honest\ninput x: uint8[100] from a\ninput y: uint8[100] from b\n"
        "output m = max(x * y) to all\noutput s = sum(x) + sum(y) to a\n")), {})
    whole = estimate(made.program, made.protocol, LAN)
    found = {line.line: line for line in by_line(ledger(made, LAN), whole, LAN)}
    assert found[5].prepared_bytes == pytest.approx(sum(whole.preprocessing_bytes.values()))
    assert found[5].prepared_seconds == pytest.approx(whole.preprocessing_seconds)
    assert all(line.prepared_bytes == 0 for number, line in found.items() if number != 5)
