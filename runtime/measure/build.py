"""Programs of samples, for measuring: operands of any type, instructions on them, and marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..preprocess.kinds import Need, total
from ..preprocess.material import Material, shapes
from ..preprocess.needs import needs
from ..program import FORMAT, Block, InputSpec, Instr, Program, Step, ValueType
from ..protocols.base import Protocol
from .samples import Sample

#: From one row to the next of an order: it divides no power of two.
_STRIDE = 0x9E3779B1


class Build:
    """Values, steps and inputs; every party gives a summand of every operand, so that no share is a view of zeros."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._types: list[ValueType] = []
        #: What is entered before anything else, in one round.
        self._entered: list[Instr] = []
        self._steps: list[Step] = []
        self._inputs: list[InputSpec] = []
        self._given: dict[str, Any] = {}
        self._marked = self._operand(ValueType("arith", 64, ()))

    def operands(self, sample: Sample) -> tuple[int, ...]:
        """What a sample takes; public operands are an order of as many rows, or one number everywhere."""
        if sample.op == "input":
            self._enter(sample.attrs["name"], 0, sample.to)
        if sample.spread:
            return tuple(self._local("const", (), of, words=bytes(of.width // 8)) for of in sample.args)
        return tuple(self._operand(of) for of in sample.args)

    def run(self, pieces: Sequence[tuple[Sample, Sequence[int]]]) -> None:
        """Instructions, by sample and operands, in one step; their results are dropped."""
        local: list[Instr] = []
        exchange: list[Instr] = []
        for sample, args in pieces:
            out = self._value(sample.to)
            instr = Instr(sample.op, (out,), tuple(args), named(sample, self._protocol), (out,))
            (exchange if sample.exchanges else local).append(instr)
        self._steps.append(Step(tuple(local), tuple(exchange)))

    def mark(self) -> None:
        """A round of one element: the executor tells that it is over."""
        shown = self._value(ValueType("public", 64, ()))
        to = list(range(self._protocol.parties))
        self._steps.append(Step(exchange=(Instr("reveal", (shown,), (self._marked,), {"to": to}),)))

    def program(self) -> tuple[Program, dict[str, Any]]:
        """What was built, and what the parties give."""
        everyone = tuple(range(self._protocol.parties))
        body = Block(tuple(self._types), (), (Step(exchange=tuple(self._entered)), *self._steps), ())
        return Program(FORMAT, "", "", "", tuple(f"party {i}" for i in everyone), everyone, self._protocol.name, {},
                       tuple(self._inputs), (), body), self._given

    def _value(self, of: ValueType) -> int:
        self._types.append(of)
        return len(self._types) - 1

    def _enter(self, name: str, party: int, of: ValueType) -> None:
        self._inputs.append(InputSpec(name, party, "int", 0, "0", str(1 << 31), of.shape))
        self._given[name] = np.arange(1, of.size + 1, dtype=np.int64).reshape(of.shape) * _STRIDE

    def _operand(self, of: ValueType) -> int:
        if of.kind == "public":
            return self._local("const", (), of, words=_order(of))
        if of.kind == "order":
            return self._local("draw_order", (), of)
        if of.kind == "rows":
            return self._local("to_rows", (self._operand(ValueType("planes", of.width, of.shape)),), of)
        summands = []
        for party in range(self._protocol.parties):
            name = f"given {len(self._inputs)}"
            self._enter(name, party, of)
            summands.append(self._value(of))
            self._entered.append(Instr("input", (summands[-1],), (), {"name": name}))
        whole = summands[0]
        for other in summands[1:]:
            whole = self._local("xor" if of.kind == "planes" else "add", (whole, other), of)
        return whole

    def _local(self, op: str, args: tuple[int, ...], to: ValueType, **attrs: Any) -> int:
        out = self._value(to)
        self._steps.append(Step(local=(Instr(op, (out,), args, attrs, args),)))
        return out


def named(sample: Sample, protocol: Protocol) -> dict[str, Any]:
    """The attributes of a sample; whom it names are the parties that there are."""
    return {**sample.attrs, "to": list(range(protocol.parties))} if "to" in sample.attrs else sample.attrs


def material(program: Program, protocol: Protocol) -> Material:
    """Triples that are none, in memory of their own."""
    wanted = total(Need(need.kind, need.count) for need in needs(program, protocol))
    made = []
    for need in wanted:
        a, b, c = (np.full(shape, 0, np.uint64) for shape in shapes(need))
        made.append((a, b, c))
    return Material(wanted, made)


def _order(of: ValueType) -> bytes:
    """Constant words that name every row once, far apart; for more than rows they are any numbers."""
    rows = np.arange(of.size, dtype=np.uint64) * np.uint64(_STRIDE) % np.uint64(max(1, of.size))
    return rows.repeat(of.width // 64).tobytes()
