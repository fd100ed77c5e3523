"""Independent regions of equal trips become one region: their rounds are shared instead of following one another.

Regions run one at a time, trip by trip, so that two regions of t trips and d rounds a trip take 2 t d rounds;
as one region they take t d. A fused region waits for the operands of both, which can cost rounds elsewhere: what
is fused stays so only where the rounds of the whole schedule become fewer.

before                                  after
    %4 = loop {trips: 9} %0 %1              %4 = loop {trips: 9, carried: 2} %0 %2 %1 %3
    %5 = result {index: 0} %4               %5 = result {index: 0} %4
    %6 = loop {trips: 9} %2 %3              %6 = result {index: 1} %4
    %7 = result {index: 0} %6
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloister.runtime.protocols.base import Protocol

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node
from .rounds import rounds


def fuse_regions(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> Circuit:
    """The protocol-stage circuit with independent regions of equal trips fused, innermost first, where it pays."""
    inside = tuple(node if node.body is None else replace(node, body=fuse_regions(node.body, protocol, owners))
                   for node in circuit.nodes)
    circuit = replace(circuit, nodes=inside)
    counts = {node.attrs["trips"] for node in circuit.nodes if node.op == "loop"}
    for trips in sorted(counts):
        for level in range(len(_levels(circuit, trips))):
            levels = _levels(circuit, trips)
            group = levels[level] if level < len(levels) else []
            if len(group) > 1:
                fused = _fused(circuit, group)
                if rounds(fused, protocol, owners) < rounds(circuit, protocol, owners):
                    circuit = fused
    return circuit


def _levels(circuit: Circuit, trips: int) -> list[list[int]]:
    """The regions of that many trips, by how many of their like lead to them: those of one level are independent."""
    level: list[int] = []
    found: list[list[int]] = []
    for i, node in enumerate(circuit.nodes):
        level.append(max((level[a] for a in node.args), default=0))
        if node.op == "loop" and node.attrs["trips"] == trips:
            if level[i] == len(found):
                found.append([])
            found[level[i]].append(i)
            level[i] += 1
    return found


def _fused(circuit: Circuit, group: Sequence[int]) -> Circuit:
    """The circuit with the regions of `group`, which do not depend on each other, as one."""
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    offset = _offsets(circuit, group)
    for i in _order(circuit, group):
        node = circuit.nodes[i]
        builder.span = node.span
        if i in offset:
            region = _region(builder, circuit, group, new)
            new.update(dict.fromkeys(group, region))
            continue
        attrs = node.attrs
        if node.op == "result" and node.args[0] in offset:
            attrs = {"index": attrs["index"] + offset[node.args[0]]}
        new[i] = builder.append(replace(node, args=tuple(new[a].id for a in node.args), attrs=attrs))
    return builder.finish(new[r] for r in circuit.results)


def _offsets(circuit: Circuit, group: Sequence[int]) -> dict[int, int]:
    """Where the carried values of each region begin in the fused one."""
    offset, total = {}, 0
    for i in group:
        offset[i] = total
        total += circuit.nodes[i].attrs["carried"]
    return offset


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


def _region(builder: Builder, circuit: Circuit, group: Sequence[int], new: Mapping[int, Value]) -> Value:
    """One region with the carried values of all, then the captured ones, each once."""
    nodes = [circuit.nodes[i] for i in group]
    init = [new[a] for node in nodes for a in node.args[:node.attrs["carried"]]]
    captures = list(dict.fromkeys(new[a] for node in nodes for a in node.args[node.attrs["carried"]:]))
    inner = Builder(circuit.stage)
    trip = _trip(inner, nodes)
    carried = [inner.add("arg", type=v.type, index=1 + k) for k, v in enumerate(init)]
    held = {v: inner.add("arg", type=v.type, index=1 + len(init) + k) for k, v in enumerate(captures)}
    results: list[Value] = []
    for node in nodes:
        count = node.attrs["carried"]
        own = carried[len(results):len(results) + count]
        args = [trip, *own, *(held[new[a]] for a in node.args[count:])]
        results += _inlined(inner, node, args)
    return builder.add("loop", *init, *captures, body=inner.finish(results), trips=nodes[0].attrs["trips"],
                       carried=len(init))


def _trip(inner: Builder, nodes: Sequence[Node]) -> Value:
    body = nodes[0].body
    assert body is not None
    known = next(n for n in body.nodes if n.op == "arg" and n.attrs["index"] == 0)
    return inner.add("arg", type=known.type, index=0)


def _inlined(inner: Builder, node: Node, args: Sequence[Value]) -> list[Value]:
    """The body of one region over the arguments of the fused one; what it yields."""
    assert node.body is not None
    new: dict[int, Value] = {}
    for i, part in enumerate(node.body.nodes):
        inner.span = part.span
        if part.op == "arg":
            new[i] = args[part.attrs["index"]]
        else:
            new[i] = inner.append(replace(part, args=tuple(new[a].id for a in part.args)))
    return [new[r] for r in node.body.results]
