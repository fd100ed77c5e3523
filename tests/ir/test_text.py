"""The text form of the circuit: what is printed reads back as the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cloister.compiler.ir.build import Builder
from cloister.compiler.ir.nodes import Circuit, Node, Type
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.lower.program import lower
from cloister.compiler.source import NOWHERE, Span

from ..interpret.test_interpret import horner

YOUNG = """\
circuit
%0 = input {name: 'age.north'} : num[0..119]<1000> @3
%1 = const {values: (30,)} : public num[30..30]<1000> @12
%2 = lt %0 %1 : bit<1000> @12
%3 = output {element: 'bool', flagged: False, frac: 0, name: 'young', receivers: ('north',)} %2 @12
"""


def unplaced(circuit: Circuit) -> Circuit:
    nodes = (replace(n, span=NOWHERE, body=n.body and unplaced(n.body)) for n in circuit.nodes)
    return replace(circuit, nodes=tuple(nodes))


def test_text_to_text() -> None:
    circuit = parse_circuit(YOUNG)
    verify(circuit, "reading")
    assert print_circuit(circuit) == YOUNG
    assert circuit.nodes[2].type == Type("bit", (1000,), 0, 0, 1, True)
    assert circuit.nodes[2].span == Span("", 12, 0, 12, 0)
    assert "@" not in print_circuit(circuit, lines=False)
    assert parse_circuit(print_circuit(circuit, lines=False)) == unplaced(circuit)


def test_indented_text_reads_the_same() -> None:
    indented = "\n".join("   " + line for line in ("\n" + YOUNG).splitlines())
    assert parse_circuit(indented) == parse_circuit(YOUNG)


@pytest.mark.parametrize("trips", [0, 1, 7])
def test_lowered_loops_round_trip(trips: int) -> None:
    circuit = lower(horner(trips))
    text = print_circuit(circuit)
    assert unplaced(parse_circuit(text)) == unplaced(circuit)
    assert print_circuit(parse_circuit(text)) == text
    assert any(line.startswith("    yield %") for line in text.splitlines())


def test_a_loop_in_a_loop_and_one_that_yields_nothing() -> None:
    text = """\
circuit
%0 = loop {carried: 0, trips: 3} @4
    %0 = arg {index: 0} : public num[0..2]<>
    %1 = loop {carried: 1, trips: 2} %0 @5
        %0 = arg {index: 0} : public num[0..1]<>
        %1 = arg {index: 1} : public num[0..2]<>
        yield %0
    %2 = result {index: 0} %1 : public num[0..2]<>
%1 = const {values: (-5,)} : public num[-5..-5]<>
"""
    assert print_circuit(parse_circuit(text)) == text
    verify(parse_circuit(text), "reading")


def test_protocol_stage_and_every_kind_of_attribute() -> None:
    values: dict[str, Any] = {
        "words": b"\x00\xff'\"}{", "name": "it's {odd} \"%1\" : @3\n", "flag": True, "none": (), "one": (1,),
        "nested": ((1, 2), ("a",)), "negative": -(1 << 100),
    }
    nodes = (
        Node("const", (), values, Type("public", (2, 3), 128, secret=False)),
        Node("share", (0,), {}, Type("arith", (2, 3), 128)),
        Node("share_planes", (0,), {"k": 9}, Type("planes", (2, 3), 9)),
        Node("arg", (), {}, Type("arith", (0,), 64)),
    )
    circuit = Circuit("protocol", nodes, (1, 2))
    text = print_circuit(circuit)
    assert parse_circuit(text) == circuit
    assert text.splitlines()[-1] == "yield %1 %2"
    assert ": arith128<2x3>" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the stage"),
        ("wires\n", "line 1: the stage"),
        ("circuit\n%1 = neg %0 : num[0..1]<>", "line 2: node %0"),
        ("circuit\n%0 = input {name: } : num[0..1]<>", "line 2: the attributes"),
        ("circuit\n%0 = input {1: 2} : num[0..1]<>", "line 2: the attributes"),
        ("circuit\n%0 = input {name: 'x'} : num<3>", "line 2: the type"),
        ("circuit\n%0 = input {name: 'x'} : number[0..1]<3>", "line 2: the type"),
        ("circuit\n    %0 = input {name: 'x'} : num[0..1]<3>", "line 2: unexpected indentation"),
        ("circuit\nyield\n%0 = input {name: 'x'} : num[0..1]<3>", "line 3: .* text after `yield`"),
    ],
)
def test_what_is_no_circuit_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_circuit(text)


def test_the_builder_makes_equal_nodes_once() -> None:
    builder = Builder("circuit")
    x = builder.add("input", type=Type("num", (3,), 0, 0, 9), name="x.north")
    assert builder.add("neg", x) == builder.add("neg", x)
    assert len(builder.finish().nodes) == 2
