"""Bristol Fashion: Boolean circuits as text, as other systems write and read them.

The format (https://nigelsmart.github.io/MPC-Circuits/): the number of gates and of wires; the number of input
values and the wires of each; the same for outputs; then a line for each gate: how many wires go in and out, which,
and the operation. Wires are numbered from 0: first the inputs, and last the outputs. Gates are AND, XOR, INV, EQW
(a copy), EQ (a constant) and MAND (several ANDs in one line).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

#: More wires than any published circuit has, and few enough to hold.
MOST_WIRES = 1 << 26

#: Wires in and out of each gate.
_PLACES = {"AND": (2, 1), "XOR": (2, 1), "INV": (1, 1), "EQW": (1, 1), "EQ": (1, 1)}


class Gate(NamedTuple):
    """`op` is AND, XOR, INV, EQW or EQ. With one operand b is -1; of an EQ, a is the constant 0 or 1 and no wire."""

    op: str
    a: int
    b: int
    out: int


@dataclass(frozen=True)
class Netlist:
    """`inputs` and `outputs` are the wires of each value; `gates` are in an order in which they can run."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    wires: int
    gates: tuple[Gate, ...]

    @property
    def results(self) -> range:
        """The wires of all outputs, one value after the other."""
        return range(self.wires - sum(self.outputs), self.wires)


@lru_cache(maxsize=8)
def read(text: str) -> Netlist:
    """The circuit. Raises ValueError that says what is wrong, and in which line."""
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) < 3:
        raise ValueError("a circuit begins with three lines: gates and wires, inputs, outputs")
    total = _numbers(*lines[0])
    if len(total) != 2 or not 0 < total[1] <= MOST_WIRES:
        raise ValueError(f"line {lines[0][0]}: the number of gates and the number of wires are expected")
    if len(lines) - 3 != total[0]:
        raise ValueError(f"line {lines[0][0]}: {total[0]} gates are announced, {len(lines) - 3} follow")
    inputs, outputs = (_values(*line) for line in lines[1:3])
    placed = [(number, gate) for number, words in lines[3:] for gate in _gates(number, words)]
    net = Netlist(inputs, outputs, total[1], tuple(gate for _, gate in placed))
    _check(net, [number for number, _ in placed])
    return net


def _numbers(number: int, words: Sequence[str]) -> list[int]:
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise ValueError(f"line {number}: whole numbers are expected")
    return [int(word) for word in words]


def _values(number: int, words: Sequence[str]) -> tuple[int, ...]:
    """The wires of each value, from the line that counts them."""
    count, *widths = _numbers(number, words)
    if count != len(widths) or 0 in widths or not widths:
        raise ValueError(f"line {number}: the number of values and the wires of each are expected")
    return tuple(widths)


def _gates(number: int, words: Sequence[str]) -> Iterator[Gate]:
    """The gates of one line: one, or of a MAND several."""
    op = words[-1]
    places = _numbers(number, words[:-1])
    if op != "MAND" and op not in _PLACES:
        raise ValueError(f"line {number}: no gate is called {op}; there are AND, XOR, INV, EQ, EQW and MAND")
    ins, outs = places[:2] if len(places) > 2 else (0, 0)
    expected = (2 * outs, outs) if op == "MAND" else _PLACES[op]
    if (ins, outs) != expected or len(places) != 2 + ins + outs:
        raise ValueError(f"line {number}: the numbers of wires do not fit the gate {op}")
    wires = places[2:]
    if op == "EQ" and wires[0] > 1:
        raise ValueError(f"line {number}: the constant of an EQ is 0 or 1")
    for k in range(outs):
        second = wires[outs + k] if ins == 2 * outs else -1
        yield Gate("AND" if op == "MAND" else op, wires[k], second, wires[ins + k])


def _check(net: Netlist, lines: Sequence[int]) -> None:
    """Every wire is given once, before it is read."""
    total = sum(net.inputs)
    if max(total, sum(net.outputs)) > net.wires:
        raise ValueError("there are fewer wires than inputs or outputs")
    given = bytearray(net.wires)
    given[:total] = b"\1" * total
    for number, gate in zip(lines, net.gates, strict=True):
        for wire in (gate.b,) if gate.op == "EQ" else (gate.a, gate.b):
            if wire >= net.wires or (wire >= 0 and not given[wire]):
                raise ValueError(f"line {number}: wire {wire} is read before it is given")
        if gate.out >= net.wires or given[gate.out]:
            raise ValueError(f"line {number}: wire {gate.out} does not exist or is given twice")
        given[gate.out] = 1
    if not all(given[wire] for wire in net.results):
        raise ValueError("an output is given by no gate")


def text(net: Netlist) -> str:
    """The circuit as a file."""
    head = [f"{len(net.gates)} {net.wires}", _counted(net.inputs), _counted(net.outputs), ""]
    body = [f"1 1 {g.a} {g.out} {g.op}" if g.b < 0 else f"2 1 {g.a} {g.b} {g.out} {g.op}" for g in net.gates]
    return "\n".join([*head, *body, ""])


def _counted(widths: Sequence[int]) -> str:
    return " ".join(map(str, (len(widths), *widths)))
