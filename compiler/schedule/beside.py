"""What is exchanged beside a region rides in the rounds of its trips: trips in whose rounds it could are written out.

A region runs alone, so that a chain of d exchanges beside t trips of k rounds would take d + t k rounds. Written out,
the first ⌈d / k⌉ trips and the chain share their rounds, and the rest of the trips stays a region: max(d, t k) rounds.
For every exchange beside, the trip is taken that runs when its operands are there; so as many trips are written out as
there are rounds beside at most, however many trips there are. Done where the whole schedule takes fewer rounds.
Leaves alone: what would add more than `MOST_NODES` nodes.

before                                    after
    %2 = mul %1 %1                            %2 = mul %1 %1
    %3 = loop {trips: 9, carried: 1} %0       %3 = mul %0 %0         (trip 0)
        %0 = arg 0, %1 = arg 1                %4 = loop {trips: 8, carried: 1} %3
        %2 = mul %1 %1                            %0 = arg 0, %1 = arg 1
        yield %2                                  %2 = mul %1 %1
    %4 = result {index: 0} %3                     yield %2
                                              %5 = result {index: 0} %4
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloister.runtime.protocols.base import Protocol

from ..ir.build import Builder, Value, same
from ..ir.nodes import Circuit
from ..passes.dead import drop_dead
from .regions import fuse
from .rounds import Meter
from .trips import course, run_next, write_out

#: Nodes by which the circuit of a program or a body may grow.
MOST_NODES = 10_000


def overlap_regions(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> Circuit:
    """The protocol-stage circuit with regions fused and trips written out where it takes fewer rounds, innermost
    first."""
    return _overlapped(circuit, Meter(protocol, owners))


def _overlapped(circuit: Circuit, meter: Meter) -> Circuit:
    if all(node.body is None for node in circuit.nodes):
        return circuit
    inside = tuple(node if node.body is None else replace(node, body=_overlapped(node.body, meter))
                   for node in circuit.nodes)
    return _own(replace(circuit, nodes=inside), meter)


def _own(circuit: Circuit, meter: Meter) -> Circuit:
    """The circuit with its own regions overlapped; a trip that is written out may have regions within, which are then
    its own too."""
    circuit = fuse(circuit, meter, lambda body: _own(body, meter))
    best, fewest, least = circuit, meter.rounds(circuit), meter.clock(circuit).least
    room = MOST_NODES
    for _ in range(_nesting(circuit)):
        shared = _shared_trips(circuit, meter, room) if fewest > least else {}
        if not shared:
            break
        split = fuse(_split(circuit, shared), meter, lambda body: _own(body, meter))
        room -= len(split.nodes) - len(circuit.nodes)
        circuit, took = split, meter.rounds(split)
        if took < fewest:
            best, fewest = circuit, took
    return best


def _nesting(circuit: Circuit) -> int:
    """How deep regions stand in each other."""
    return max((1 + _nesting(node.body) for node in circuit.nodes if node.body is not None), default=0)


def _shared_trips(circuit: Circuit, meter: Meter, room: int) -> dict[int, list[int]]:
    """For each region the trips in whose time something beside it is exchanged, as far as there is room for their
    nodes."""
    clock = meter.clock(circuit)
    times = sorted({clock.start[i] for i, node in enumerate(circuit.nodes)
                    if node.body is None and clock.length[i] and not clock.opens[i]})
    found: dict[int, list[int]] = {}
    for i, node in enumerate(circuit.nodes):
        if node.body is None or not clock.length[i]:
            continue
        start, end, each = clock.start[i], clock.start[i] + clock.length[i], meter.trip(node)
        trips = sorted({(time - start) // each for time in times if start <= time < end})
        trips = trips[:max(room, 0) // len(node.body.nodes)]
        room -= len(trips) * len(node.body.nodes)
        if trips:
            found[i] = trips
    return found


def _split(circuit: Circuit, shared: Mapping[int, Sequence[int]]) -> Circuit:
    """The circuit with these trips written out, those between them regions."""
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    ended: dict[int, list[Value]] = {}
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        if i in shared:
            region = course(node, new)
            for trip in shared[i]:
                run_next(builder, region, trip - region.done)
                write_out(builder, region)
            run_next(builder, region, region.left)
            ended[i] = region.carried
        elif node.op == "result" and node.args[0] in ended:
            new[i] = ended[node.args[0]][node.attrs["index"]]
        else:
            new[i] = same(builder, node, tuple(new[a] for a in node.args))
    return drop_dead(builder.finish(new[r] for r in circuit.results))
