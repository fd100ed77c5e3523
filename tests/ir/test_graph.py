"""Depth, layers and critical path."""

from __future__ import annotations

from cloister.compiler.ir.graph import critical_path, depth, graph, layers
from cloister.compiler.ir.nodes import Circuit, Node
from cloister.compiler.ir.text import parse_circuit
from cloister.compiler.lower.program import lower

from ..interpret.test_interpret import horner

DIAMOND = parse_circuit("""\
circuit
%0 = input {name: 'x.north'} : num[0..1]<>
%1 = input {name: 'y.north'} : num[0..1]<>
%2 = mul %0 %1 : num[0..1]<>
%3 = neg %2 : num[-1..0]<>
%4 = mul %2 %3 : num[-1..0]<>
%5 = mul %0 %0 : num[0..1]<>
%6 = add %5 %4 : num[-1..1]<>
""")


def products(node: Node) -> int:
    return int(node.op == "mul")


def test_graph() -> None:
    view = graph(DIAMOND)
    assert sorted(view.predecessors(4)) == [2, 3]
    assert list(view.predecessors(5)) == [0]
    assert view.nodes[3]["node"].op == "neg"


def test_depth_and_path() -> None:
    assert depth(DIAMOND, products) == 2
    path = critical_path(DIAMOND, products)
    assert [i for i in path if DIAMOND.nodes[i].op == "mul"] == [2, 4]
    assert depth(DIAMOND, lambda node: int(node.op == "input")) == 1
    assert critical_path(DIAMOND, lambda _: 1) in ([0, 2, 3, 4, 6], [1, 2, 3, 4, 6])


def test_layers() -> None:
    assert layers(DIAMOND, products) == [[0, 1], [2, 3, 5], [4, 6]]


def test_empty() -> None:
    empty = Circuit("circuit", ())
    assert depth(empty, products) == 0
    assert critical_path(empty, products) == []
    assert layers(empty, products) == []


def test_a_loop_weighs_its_trips() -> None:
    assert depth(lower(horner(7)), products) == 7
    assert depth(lower(horner(0)), products) == 0
