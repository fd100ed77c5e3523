"""Builds a circuit of gadgets over inputs and runs it by the reference protocol, in any number of parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from cloister.compiler.gadgets.kit import Kit, Num
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.build import Builder, Value
from cloister.compiler.ir.nodes import Circuit, Type
from cloister.compiler.ir.ops import OPS
from cloister.compiler.price.network import LAN, Network
from cloister.compiler.schedule.convert import instruction, value_type
from cloister.compiler.schedule.rounds import schedule
from cloister.runtime.executor import execute
from cloister.runtime.plan import planned
from cloister.runtime.program import FORMAT, Block, InputSpec, OutputSpec, Program, Step
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.reference import Reference


class Picky(Kit):
    """Takes the candidate number `turn` (from the end where there are fewer) instead of the cheapest."""

    turn = 0

    def choose(self, what: str, candidates: Mapping[str, Callable[..., Any]], *args: Any) -> Any:
        names = list(candidates)
        return candidates[names[min(self.turn, len(names) - 1)]](self, *args)


class Bench:
    """One circuit under test. `turn` picks a candidate in every choice; None chooses by price."""

    def __init__(self, parts: int = 2, turn: int | None = None, protocol: Protocol | None = None,
                 net: Network = LAN) -> None:
        self.protocol = protocol or Reference(1, parts)
        builder = Builder("protocol")
        self.kit = Kit(builder, self.protocol, net) if turn is None else Picky(builder, self.protocol, net)
        if isinstance(self.kit, Picky) and turn is not None:
            self.kit.turn = turn
        self.given: dict[str, np.ndarray] = {}

    def _input(self, values: Any, type: Type) -> Value:
        name = f"x{len(self.given)}.p"
        self.given[name] = np.array(values, object).reshape(type.shape)
        return self.kit.builder.add("input", type=type, name=name)

    def arith(self, values: Any, lo: int, hi: int, width: int = 64) -> Num:
        shape = np.shape(np.array(values, object))
        return Num(self._input(values, Type("arith", shape, width)), Interval(lo, hi))

    def planes(self, values: Any, lo: int, hi: int) -> Num:
        shape = np.shape(np.array(values, object))
        bounds = Interval(lo, hi)
        return Num(self._input(values, Type("planes", shape, bounds.bits)), bounds)

    def constant(self, value: int, shape: tuple[int, ...], width: int = 64) -> Num:
        return Num(self.kit.const(value, width, shape), Interval(value, value))

    def public(self, values: Sequence[int], lo: int, hi: int, width: int = 64) -> Num:
        return Num(self.kit.weights(values, width, ()), Interval(lo, hi))

    def run(self, *results: Num | Value, seed: int = 1) -> list[np.ndarray]:
        """The results as arrays of Python integers; a bare Value of planes is read unsigned. `seed`: of the streams."""
        shown = [(r.value, r.range.lo < 0) if isinstance(r, Num) else (r, False) for r in results]
        opened = [v if v.type.domain == "public" else
                  self.kit.builder.add("reveal", v, to=(0,), signed=signed) for v, signed in shown]
        program = _program(self.kit.builder.finish(opened), self.given, self.protocol)
        backend = self.protocol.backend(0, {0: seed.to_bytes(32, "little")}, {})
        found = execute(program, planned(program, self.protocol, 0), backend, None, 0, self.given, check=True)
        return [_integers(out.value, v) for out, v in zip(found.outputs, opened, strict=True)]


def _integers(words: Any, v: Value) -> np.ndarray:
    if v.type.width == 64:
        plain = np.array(words).astype(np.int64).astype(object)
    else:
        low, high = (np.array(w).astype(object) for w in words)
        plain = (high << 64) + low
        plain = plain - ((plain >> 127) << 128)
    return np.array(plain, object).reshape(v.type.shape)


def _program(circuit: Circuit, given: Mapping[str, np.ndarray], protocol: Protocol) -> Program:
    """Every exchange in a step of its own; only what the results need. Loops are scheduled as they are in programs."""
    lo, hi = str(-1 << 127), str((1 << 127) - 1)
    inputs = tuple(InputSpec(name, 0, "int", 0, lo, hi, values.shape) for name, values in given.items())
    outputs = tuple(OutputSpec(f"r{i}", (0,), "int", 0, circuit.nodes[r].type.shape, i)
                    for i, r in enumerate(circuit.results))
    body = schedule(circuit, protocol, dict.fromkeys(given, 0)) if any(node.body for node in circuit.nodes) else \
        Block(tuple(value_type(node.type) for node in circuit.nodes), (), _steps(circuit), circuit.results)
    return Program(FORMAT, "test", "test", "", ("p",), (0,), "reference", {}, inputs, outputs, body)


def _steps(circuit: Circuit) -> tuple[Step, ...]:
    needed = set(circuit.results)
    for i in range(len(circuit.nodes) - 1, -1, -1):
        if i in needed:
            needed.update(circuit.nodes[i].args)
    steps = []
    for i, node in enumerate(circuit.nodes):
        if i in needed or node.op == "input":
            instr = instruction(node, (i,), node.args)
            exchanges = OPS["protocol"][node.op].exchanges
            steps.append(Step(exchange=(instr,)) if exchanges else Step(local=(instr,)))
    return tuple(steps)
