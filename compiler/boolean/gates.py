"""A circuit of bit planes as a list of gates: every bit of every element becomes a wire.

Arrays hold numbers of wires, planes first: shape (k, *shape). Constants and repeated gates cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bristol import Gate, Netlist, text
from ..ir.nodes import Circuit, Node
from .expand import expand

Wires = NDArray[Any]

#: Wires that stand for constants until somebody needs them as wires.
_ZERO, _ONE = -1, -2


def write(circuit: Circuit) -> str:
    """A program's circuit (of the circuit stage) as a file in Bristol Fashion.

    Input values are the program's inputs in its order, output values its outputs, each flag behind its value; within
    a value the elements in C order, each with its lowest bit first, negative numbers in two's complement. Raises
    ProgramError (E2009) where the program needs more than gates: a `reveal`, or an index that is no constant.
    """
    return text(gates(expand(circuit)))


def gates(circuit: Circuit) -> Netlist:
    """The gates of a circuit that `expand` made."""
    sizes = [node.type.width * node.type.size for node in circuit.nodes if node.op == "input"]
    made = _Gates(sum(sizes))
    values: dict[int, Wires] = {}
    given = 0
    for i, node in enumerate(circuit.nodes):
        args = [values[a] for a in node.args]
        if node.op == "input":
            n = node.type.width * node.type.size
            wires = np.arange(given, given + n).reshape(node.type.size, node.type.width)
            values[i] = wires.T.reshape(node.type.width, *node.type.shape)
            given += n
        else:
            values[i] = _RULES[node.op](made, node, args)
    outputs = [np.moveaxis(values[r], 0, -1).reshape(-1).tolist() for r in circuit.results]
    return made.netlist(sizes, outputs)


@dataclass
class _Gates:
    """The gates made so far; `wires` counts inputs and gates."""

    wires: int
    made: list[Gate] = field(default_factory=list)
    known: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def gate(self, op: str, a: int, b: int = -1) -> int:
        """The wire of a gate, the known one for equal operands."""
        key = op, a, b
        if key not in self.known:
            self.made.append(Gate(op, a, b, self.wires))
            self.known[key] = self.wires
            self.wires += 1
        return self.known[key]

    def invert(self, a: int) -> int:
        return {_ZERO: _ONE, _ONE: _ZERO}.get(a, a) if a < 0 else self.gate("INV", a)

    def xor(self, a: int, b: int) -> int:
        a, b = min(a, b), max(a, b)
        if a == b:
            return _ZERO
        if a == _ZERO:
            return b
        if a == _ONE:
            return self.invert(b)
        return self.gate("XOR", a, b) if b >= 0 else a

    def both(self, a: int, b: int) -> int:
        a, b = min(a, b), max(a, b)
        if _ZERO in (a, b):
            return _ZERO
        if a == _ONE:
            return b
        return a if a == b else self.gate("AND", a, b)

    def netlist(self, inputs: Sequence[int], outputs: Sequence[Sequence[int]]) -> Netlist:
        """The gates with the outputs as the last wires, each a copy of its own."""
        for wire in (wire for value in outputs for wire in value):
            constant = {_ZERO: 0, _ONE: 1}.get(wire)
            op, source = ("EQW", wire) if constant is None else ("EQ", constant)
            self.made.append(Gate(op, source, -1, self.wires))
            self.wires += 1
        return Netlist(tuple(inputs), tuple(len(value) for value in outputs), self.wires, tuple(self.made))


# --------------------------------------------------------------------------- rules

Rule = Callable[[_Gates, Node, Sequence[Wires]], Wires]


def _const(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    """The numbers themselves, before `share_planes` takes their bits."""
    words, size = node.attrs["words"], node.type.width // 8
    values = [int.from_bytes(words[k:k + size], "little", signed=True) for k in range(0, len(words), size)]
    if len(values) == 1:
        return np.full(node.type.shape, values[0], object)
    return np.array(values, object).reshape(node.type.shape)


def _iota(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    steps = [int(node.attrs["start"]) + int(node.attrs["step"]) * i for i in range(node.type.size)]
    return np.array(steps, object).reshape(node.type.shape)


def _share_planes(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return np.array([np.where(args[0] >> p & 1 == 1, _ONE, _ZERO) for p in range(node.attrs["k"])], np.int64)


def _each(gate: Callable[..., int]) -> Rule:
    """The gate for every pair of wires; a side of one plane goes with every plane of the other."""
    def rule(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
        spread = np.broadcast_arrays(*args)
        rows = zip(*(a.reshape(-1).tolist() for a in spread), strict=True)
        return np.array([gate(made, *row) for row in rows], np.int64).reshape(spread[0].shape)
    return rule


def _pick(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    zeros = np.full((1, *args[0].shape[1:]), _ZERO)
    return np.concatenate([args[0], zeros])[list(node.attrs["planes"])]


def _join(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return np.concatenate(args)


def _xors(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    wires = list(np.concatenate(args))
    for a, b in zip(node.attrs["left"], node.attrs["right"], strict=True):
        wires.append(_each(_Gates.xor)(made, node, [wires[a], wires[b]]))
    return np.array([wires[w] for w in node.attrs["outs"]], np.int64)


def _fold(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return np.swapaxes(args[0], 0, 1).reshape(node.type.width, *node.type.shape)


def _unfold(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    k, m = node.attrs["k"], node.type.shape[0]
    return np.swapaxes(args[0].reshape(m, k, *node.type.shape[1:]), 0, 1)


def _reshape(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return args[0].reshape(node.type.width, *node.type.shape)


def _broadcast(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    lead = (1,) * (len(node.type.shape) - args[0].ndim + 1)
    padded = args[0].reshape(args[0].shape[0], *lead, *args[0].shape[1:])
    return np.broadcast_to(padded, (args[0].shape[0], *node.type.shape))


def _transpose(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return args[0].transpose(0, *(a + 1 for a in node.attrs["axes"]))


def _slice(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    axes = zip(node.attrs["starts"], node.attrs["steps"], node.attrs["counts"], strict=True)
    rows = [start + step * np.arange(count) for start, step, count in axes]
    picked: Wires = args[0][np.ix_(np.arange(args[0].shape[0]), *rows)]
    return picked


def _concat(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return np.concatenate(args, axis=node.attrs["axis"] + 1)


def _take(made: _Gates, node: Node, args: Sequence[Wires]) -> Wires:
    return np.take(args[0], list(node.attrs["indices"]), axis=node.attrs["axis"] + 1)


_RULES: dict[str, Rule] = {
    "const": _const, "iota": _iota, "share_planes": _share_planes,
    "xor": _each(_Gates.xor), "and": _each(_Gates.both), "invert": _each(_Gates.invert), "xors": _xors,
    "pick": _pick, "join": _join, "fold_planes": _fold, "unfold_planes": _unfold,
    "reshape": _reshape, "broadcast": _broadcast, "transpose": _transpose, "slice": _slice, "concat": _concat,
    "take": _take,
}
