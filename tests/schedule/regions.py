"""Random circuits of the protocol stage with regions in them, and what they compute, on Python's integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cloister.compiler.ir.build import Builder, Value
from cloister.compiler.ir.nodes import Circuit, Type
from cloister.compiler.schedule.rounds import schedule
from cloister.runtime.program import FORMAT, InputSpec, OutputSpec, Program
from cloister.runtime.protocols.registry import for_name
from hypothesis import strategies as st

from ..runtime.build import PARTIES

SHARES, NUMBER = Type("arith", (), 64), Type("public", (), 64, secret=False)
INPUTS = (3, -5, 7)
OWNERS = {f"v{i}.{party}": i for i, party in enumerate(PARTIES)}

Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def circuits(draw: Draw, regions: int = 4, depth: int = 2) -> Circuit:
    """Products, sums and regions, with regions within, over three inputs; the last values are opened. The program and
    each body have at most so many regions of their own.
    """
    builder = Builder("protocol")
    values = [builder.add("input", type=SHARES, name=name) for name in OWNERS]
    _statements(draw, builder, values, regions, depth)
    opened = [builder.add("reveal", value, to=(0, 1, 2), signed=False) for value in dict.fromkeys(values[-3:])]
    return builder.finish(opened)


def _statements(draw: Draw, builder: Builder, values: list[Value], regions: int, depth: int) -> None:
    left = regions
    for _ in range(draw(st.integers(1, 4))):
        if left and depth and draw(st.booleans()):
            values += _region(draw, builder, values, regions, depth - 1)
            left -= 1
        else:
            values.append(_chain(draw, builder, values))


def _chain(draw: Draw, builder: Builder, values: Sequence[Value]) -> Value:
    value, other = draw(st.sampled_from(values)), draw(st.sampled_from(values))
    for _ in range(draw(st.integers(0, 9))):
        value = builder.add("add", builder.add("mul", value, value), other)
    return builder.add("sub", value, other)


def _region(draw: Draw, builder: Builder, values: Sequence[Value], regions: int, depth: int) -> list[Value]:
    carried = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    captured = draw(st.lists(st.sampled_from(values), max_size=2))
    inner = Builder("protocol")
    trip = inner.add("arg", type=NUMBER, index=0)
    inside = [inner.add("arg", type=SHARES, index=1 + k) for k in range(len(carried) + len(captured))]
    inside.append(inner.add("share", trip))
    _statements(draw, inner, inside, regions, depth)
    body = inner.finish(inside[-len(carried):])
    trips = draw(st.sampled_from((1, 2, 3, 5, 12)))
    loop = builder.add("loop", *carried, *captured, body=body, trips=trips, carried=len(carried))
    return [builder.add("result", loop, type=SHARES, index=k) for k in range(len(carried))]


def model(circuit: Circuit, args: Sequence[int] = ()) -> list[int]:
    """What the circuit gives modulo 2^64."""
    values: list[Any] = []
    for node in circuit.nodes:
        given = [values[a] for a in node.args]
        match node.op:
            case "input":
                value: Any = INPUTS[OWNERS[node.attrs["name"]]]
            case "arg":
                value = args[node.attrs["index"]]
            case "mul" | "scale":
                value = given[0] * given[1]
            case "add":
                value = given[0] + given[1]
            case "sub":
                value = given[0] - given[1]
            case "share" | "reveal":
                value = given[0]
            case "const":
                value = int.from_bytes(node.attrs["words"], "little")
            case "result":
                value = given[0][node.attrs["index"]]
            case "loop":
                count = node.attrs["carried"]
                value = given[:count]
                for trip in range(node.attrs["trips"]):
                    assert node.body is not None
                    value = model(node.body, [trip, *value, *given[count:]])
        values.append(value % 2**64 if isinstance(value, int) else value)
    return [values[r] for r in circuit.results]


def program(circuit: Circuit, protocol: str) -> Program:
    """The circuit as the parties run it."""
    body = schedule(circuit, for_name(protocol, 3), OWNERS)
    inputs = tuple(InputSpec(name, i, "int", 0, "-100", "100", ()) for name, i in OWNERS.items())
    outputs = tuple(OutputSpec(f"r{k}", (0, 1, 2), "int", 0, (), k) for k in range(len(circuit.results)))
    return Program(FORMAT, "test", "test", "", PARTIES, (0, 1, 2), protocol, {}, inputs, outputs, body)


def given() -> dict[int, dict[str, Any]]:
    """What each party gives."""
    return {i: {name: INPUTS[i]} for name, i in OWNERS.items()}
