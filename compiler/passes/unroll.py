"""Loops written out, trip by trip: for what knows no loops, such as a circuit of gates. No part of the order of passes.

before                                      after
    %1 = loop {carried: 1, trips: 2} %0         %1 = const {values: (0,)}
        %0 = arg 0, %1 = arg 1                  %2 = add %0 %1
        %2 = add %1 %0                          %3 = const {values: (1,)}
        yield %2                                %4 = add %2 %3
    %2 = result %1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type


def write_out_loops(circuit: Circuit) -> Circuit:
    """The circuit of the circuit stage without loops; it grows with their trips."""
    builder = Builder(circuit.stage)
    return builder.finish(_copied(builder, circuit, {}))


def _copied(builder: Builder, circuit: Circuit, bound: Mapping[int, Value]) -> list[Value]:
    """The nodes appended with `bound` in the place of the args; the results."""
    new: dict[int, Value] = {}
    ends: dict[int, Sequence[Value]] = {}
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        if node.op == "arg":
            new[i] = bound[node.attrs["index"]]
        elif node.op == "loop":
            ends[i] = _trips(builder, node, [new[a] for a in node.args])
        elif node.op == "result":
            new[i] = ends[node.args[0]][node.attrs["index"]]
        else:
            new[i] = builder.append(replace(node, args=tuple(new[a].id for a in node.args)))
    return [new[r] for r in circuit.results]


def _trips(builder: Builder, node: Node, args: Sequence[Value]) -> Sequence[Value]:
    assert node.body is not None
    carried = node.attrs["carried"]
    state = args[:carried]
    for trip in range(node.attrs["trips"]):
        number = builder.add("const", type=Type("num", (), 0, trip, trip, False), values=(trip,))
        state = _copied(builder, node.body, dict(enumerate([number, *state, *args[carried:]])))
    return state
