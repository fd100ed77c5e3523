"""A Boolean circuit given as a list of gates, run level by level: all gates of one level and all instances at once.

Each AND level is one exchange. Between two of them stands one `xors`: every XOR that the level can reach, the
operands of the next level's ANDs, and those wires that are read still later and not held already. A circuit of D AND
levels becomes about 4 D nodes however many gates and instances it has; rounds: D; ANDs: those of the circuit, each
once an instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True)
class _Held:
    """A value that is there, and the wire that each of its planes is."""

    value: Value
    wires: tuple[int, ...]


#: Values that are held at one time beyond those of the last level.
_MOST_HELD = 16


#: The wire that is always 1, after the last one of a netlist.
def _one(net: Netlist) -> int:
    return net.wires


def last_axis(kit: Kit, bits: Value) -> Value:
    """The last axis of an array of single bits as planes, the other axes as elements.

    What is spread over more elements, or taken along the last axis, is so after it has become planes: then the one is
    few bits to move, and the other is whole planes.
    """
    add, shape, node = kit.builder.add, bits.type.shape, kit.builder.nodes[bits.id]
    if node.op in ("broadcast", "slice"):
        source = Value(node.args[0], kit.builder.nodes[node.args[0]].type)
        if node.op == "broadcast" and source.type.shape[-1:] == shape[-1:]:
            return add("broadcast", last_axis(kit, source), shape=shape[:-1])
        if node.op == "slice" and source.type.shape[:-1] == shape[:-1] and min(node.attrs["steps"][:-1], default=1) > 0:
            start, step = node.attrs["starts"][-1], node.attrs["steps"][-1]
            return kit.pick(last_axis(kit, source), [start + i * step for i in range(shape[-1])])
    return add("fold_planes", add("transpose", bits, axes=(len(shape) - 1, *range(len(shape) - 1))))


def netlist(kit: Kit, net: Netlist, inputs: Value) -> Value:
    """The planes of all outputs, from the planes of all inputs, one value after the other."""
    found = _levelled(net)
    one = kit.plane_const(1, 1, inputs.type.shape)
    held = [_Held(inputs, tuple(range(sum(net.inputs)))), _Held(one, (_one(net),))]
    *levels, last = found.levels
    for number, level in enumerate(levels):
        x, y = [a for a, _, _ in level.ands], [b for _, b, _ in level.ands]
        kept, moved = _sorted_out(found, held, level, number)
        wanted = (*x, *y, *moved)
        made = _linear(kit, held, level, wanted)
        n = len(x)
        met = kit.and_(kit.pick(made, range(n)), kit.pick(made, range(n, 2 * n)))
        held = [*kept, _Held(made, wanted), _Held(met, tuple(out for _, _, out in level.ands))]
    return _linear(kit, held, last, found.results)


def _linear(kit: Kit, held: Sequence[_Held], level: _Level, wanted: Sequence[int]) -> Value:
    """The wanted wires, from those that are held and the XORs of the level."""
    gates = [gate for layer in level.xors for gate in layer]
    read = {*wanted, *(a for a, _, _ in gates), *(b for _, b, _ in gates)}
    sources = [each for each in held if not read.isdisjoint(each.wires)]
    known = [*(wire for each in sources for wire in each.wires), *(out for _, _, out in gates)]
    place = {wire: i for i, wire in enumerate(known)}
    return kit.builder.add(
        "xors", *(each.value for each in sources),
        left=tuple(place[a] for a, _, _ in gates), right=tuple(place[b] for _, b, _ in gates),
        layers=tuple(len(layer) for layer in level.xors), outs=tuple(place[wire] for wire in wanted))


def _sorted_out(found: _Levelled, held: Sequence[_Held], level: _Level, number: int) -> tuple[list[_Held], list[int]]:
    """The values that are kept beyond a level, and the wires that have to be taken out of the others, or are XORs of
    the level itself: those that are read later and are no operands of its ANDs, which are kept anyway.

    A value is kept while half of its planes are read later, so that at most twice as much is held as is needed, and
    little is copied. Where values become too many, all are given up.
    """
    operands = {wire for a, b, _ in level.ands for wire in (a, b)}

    def later(wires: Iterable[int]) -> list[int]:
        return [wire for wire in wires if found.last.get(wire, -1) > number and wire not in operands]

    kept = [each for each in held if 2 * len(later(each.wires)) >= len(each.wires)]
    if len(kept) > _MOST_HELD:
        kept = []
    there = {wire for each in kept for wire in each.wires}
    others = [*(wire for each in held for wire in each.wires), *(out for layer in level.xors for _, _, out in layer)]
    return kept, [wire for wire in dict.fromkeys(later(others)) if wire not in there]


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
