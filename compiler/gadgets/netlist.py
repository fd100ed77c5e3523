"""A Boolean circuit given as a list of gates, run level by level: all gates of one level and all instances at once.

Each AND level is one exchange. Between two of them stands one `xors`: every XOR that the level can reach, the
operands of the next level's ANDs, and the wires that are read still later. A circuit of D AND levels becomes about
4 D nodes however many gates and instances it has; rounds: D; ANDs: those of the circuit, each once an instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..bristol import Netlist
from ..ir.build import Value
from .kit import Kit


@dataclass
class _Level:
    """The XOR gates by their layer, and the AND gates, that follow `number` AND levels and no more."""

    xors: list[list[tuple[int, int, int]]] = field(default_factory=list)
    ands: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class _Levelled:
    """`levels` in order; `last` the level in which each wire is read last; `results` the wires of the outputs."""

    levels: list[_Level]
    last: dict[int, int]
    results: list[int]


#: The wire that is always 1, after the last one of a netlist.
def _one(net: Netlist) -> int:
    return net.wires


def netlist(kit: Kit, net: Netlist, inputs: Value) -> Value:
    """The planes of all outputs, from the planes of all inputs, one value after the other."""
    found = _levelled(net)
    one = kit.plane_const(1, 1, inputs.type.shape)
    sources, wires = [inputs, one], [*range(sum(net.inputs)), _one(net)]
    for number, level in enumerate(found.levels):
        x, y = [a for a, _, _ in level.ands], [b for _, b, _ in level.ands]
        live = _live(found, wires, level, number)
        made = _linear(kit, sources, wires, level, [*x, *y, *live])
        if not level.ands:
            sources, wires = [made], live
            continue
        n = len(x)
        met = kit.and_(kit.pick(made, range(n)), kit.pick(made, range(n, 2 * n)))
        kept = [kit.pick(made, range(2 * n, 2 * n + len(live)))] if live else []
        sources, wires = [met, *kept], [*(out for _, _, out in level.ands), *live]
    place = {wire: i for i, wire in enumerate(wires)}
    return kit.pick(kit.join(*sources), [place[wire] for wire in found.results])


def _linear(kit: Kit, sources: Sequence[Value], wires: Sequence[int], level: _Level, wanted: Sequence[int]) -> Value:
    """The wanted wires, from those that the sources hold and the XORs of the level."""
    place = {wire: i for i, wire in enumerate(wires)}
    left: list[int] = []
    right: list[int] = []
    for layer in level.xors:
        left += [place[a] for a, _, _ in layer]
        right += [place[b] for _, b, _ in layer]
        place.update({out: len(place) + k for k, (_, _, out) in enumerate(layer)})
    layers = tuple(len(layer) for layer in level.xors)
    outs = tuple(place[wire] for wire in wanted)
    return kit.builder.add("xors", *sources, left=tuple(left), right=tuple(right), layers=layers, outs=outs)


def _live(found: _Levelled, wires: Sequence[int], level: _Level, number: int) -> list[int]:
    """The wires known after a level's XORs that are read later than in it."""
    known = [*wires, *(out for layer in level.xors for _, _, out in layer)]
    return [wire for wire in known if found.last.get(wire, -1) > number]


def _levelled(net: Netlist) -> _Levelled:
    """Each gate in the first level in which its operands are there."""
    one = _one(net)
    depth = dict.fromkeys([*range(sum(net.inputs)), one], (0, 0))  # AND levels, then layers of XORs in the level
    same = {wire: wire for wire in depth}
    levels = [_Level()]
    last: dict[int, int] = {}
    for gate in net.gates:
        if gate.op == "EQW" or (gate.op == "EQ" and gate.a == 1):
            same[gate.out] = same[gate.a] if gate.op == "EQW" else one
            continue
        a, b = _operands(gate.op, gate.a, gate.b, same, one)
        number = max(depth[a][0], depth[b][0])
        if gate.op == "AND" and number + 1 == len(levels):
            levels.append(_Level())
        same[gate.out] = gate.out
        last[a], last[b] = max(last.get(a, 0), number), max(last.get(b, 0), number)
        if gate.op == "AND":
            depth[gate.out] = number + 1, 0
            levels[number].ands.append((a, b, gate.out))
        else:
            layer = max(depth[w][1] if depth[w][0] == number else 0 for w in (a, b))
            depth[gate.out] = number, layer + 1
            while len(levels[number].xors) <= layer:
                levels[number].xors.append([])
            levels[number].xors[layer].append((a, b, gate.out))
    results = [same[wire] for wire in net.results]
    last.update(dict.fromkeys(results, len(levels)))
    return _Levelled(levels, last, results)


def _operands(op: str, a: int, b: int, same: dict[int, int], one: int) -> tuple[int, int]:
    """The wires of a gate as of an AND or XOR: INV is XOR with one, and zero is one XOR one."""
    if op == "EQ":
        return one, one
    return same[a], one if op == "INV" else same[b]
