"""Independent regions become one region: their rounds are shared instead of following one another.

Regions run one at a time, trip by trip, so that two regions of t trips and d rounds a trip take 2 t d rounds;
as one region they take t d. Where one has more trips, those that are left become a region of their own behind; where
the trips of one take fewer rounds, a trip of the fused one may do several of them. A fused region waits for the
operands of all, which can cost rounds elsewhere: what is fused stays so only where the rounds of the whole schedule
become fewer.

before                                  after
    %4 = loop {trips: 9} %0 %1              %4 = loop {trips: 9, carried: 2} %0 %2 %1 %3
    %5 = result {index: 0} %4               %5 = result {index: 0} %4
    %6 = loop {trips: 9} %2 %3              %6 = result {index: 1} %4
    %7 = result {index: 0} %6
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from ..ir.build import Builder, Value, same
from ..ir.nodes import Circuit
from ..passes.dead import drop_dead
from .rounds import Meter
from .trips import Course, Finish, course, run, run_next


def fuse(circuit: Circuit, meter: Meter, finish: Finish) -> Circuit:
    """The protocol-stage circuit with independent regions of its own fused where it pays, and the bodies that this
    makes through `finish`; bodies that were there are left alone."""
    level, levels = 0, _levels(circuit, meter)
    while level < len(levels):
        fused = _best(circuit, levels[level], meter, finish)
        if fused is not circuit:
            circuit, levels = fused, _levels(fused, meter)
        level += 1
    return circuit


def _best(circuit: Circuit, regions: Sequence[int], meter: Meter, finish: Finish) -> Circuit:
    """Some of `regions`, which do not depend on each other, fused as takes the fewest rounds."""
    if len(regions) < 2:
        return circuit
    best, fewest = circuit, meter.rounds(circuit)
    for group in _groups(circuit, regions):
        for each in _choices(circuit, group, meter):
            fused = _fused(circuit, group, each, finish)
            took = meter.rounds(fused)
            if took < fewest:
                best, fewest = fused, took
    return best


def _levels(circuit: Circuit, meter: Meter) -> list[list[int]]:
    """The regions that send anything, by how many others lead to them: those of one level are independent."""
    level: list[int] = []
    found: list[list[int]] = []
    for i, node in enumerate(circuit.nodes):
        level.append(max([level[a] for a in node.args], default=0))
        if node.body is not None and meter.region(node):
            if level[i] == len(found):
                found.append([])
            found[level[i]].append(i)
            level[i] += 1
    return found


def _groups(circuit: Circuit, regions: Sequence[int]) -> Iterator[Sequence[int]]:
    """All of them, and those of equal trips."""
    yield regions
    by_trips: dict[int, list[int]] = {}
    for i in regions:
        by_trips.setdefault(circuit.nodes[i].attrs["trips"], []).append(i)
    if len(by_trips) > 1:
        yield from (group for group in by_trips.values() if len(group) > 1)


def _choices(circuit: Circuit, group: Sequence[int], meter: Meter) -> Iterator[tuple[int, ...]]:
    """How many trips of each region a trip of the fused one may do: one, or about as many as the deepest leaves time
    for."""
    nodes = [circuit.nodes[i] for i in group]
    rounds = [meter.trip(node) for node in nodes]
    deepest = max(rounds)
    yield from dict.fromkeys(
        tuple(min(many, node.attrs["trips"]) for many, node in zip(each, nodes, strict=True))
        for each in ([1] * len(group), [deepest // own for own in rounds], [-(-deepest // own) for own in rounds]))


def _fused(circuit: Circuit, group: Sequence[int], each: Sequence[int], finish: Finish) -> Circuit:
    """The circuit with the regions of `group` as one, which does `each` of their trips in one of its own."""
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    ended: dict[int, list[Value]] = {}
    for i in _order(circuit, group):
        node = circuit.nodes[i]
        builder.span = node.span
        if i == group[0]:
            values = _side_by_side(builder, [course(circuit.nodes[j], new) for j in group], each, finish)
            ended = dict(zip(group, values, strict=True))
        elif node.op == "result" and node.args[0] in ended:
            new[i] = ended[node.args[0]][node.attrs["index"]]
        else:
            new[i] = same(builder, node, tuple(new[a] for a in node.args))
    return drop_dead(builder.finish(new[r] for r in circuit.results))


def _side_by_side(builder: Builder, regions: Sequence[Course], each: Sequence[int], finish: Finish,
                  ) -> list[list[Value]]:
    """The fused region and what is left of each; the values with which each ends."""
    trips = min(region.left // many for region, many in zip(regions, each, strict=True))
    run(builder, regions, each, trips, finish)
    for region in regions:
        run_next(builder, region, region.left)
    return [region.carried for region in regions]


def _order(circuit: Circuit, group: Sequence[int]) -> list[int]:
    """All nodes, the group as its first one alone, after everything that any of it needs."""
    stands_for = dict.fromkeys(group, group[0])
    readers: dict[int, list[int]] = {}
    missing: dict[int, int] = {}
    for i, node in enumerate(circuit.nodes):
        me = stands_for.get(i, i)
        missing.setdefault(me, 0)
        for a in node.args:
            readers.setdefault(stands_for.get(a, a), []).append(me)
            missing[me] += 1
    ready = [i for i, count in missing.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        i = heapq.heappop(ready)
        order.append(i)
        for reader in readers.get(i, ()):
            missing[reader] -= 1
            if missing[reader] == 0:
                heapq.heappush(ready, reader)
    return order
