"""The price of a compiled program before it runs: rounds, depth, gates, bytes, memory and seconds.

Rounds and bytes are sums of the messages that the executor will send (`cloister.runtime.traffic`), so they are
exact. Gates count ring products (`mul`, by scalar products of matrix and dot products too) and bit ANDs.
Memory follows the lifetimes in the schedule. Seconds add the network's time to a rate of local work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloister.runtime.program import Block, Instr, Program, ValueType
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import owners, step_traffic, traffic

from ..price.network import Network

#: Local work: seconds for a 64-bit word that an instruction reads or writes, with the interpreter's own cost.
SECONDS_PER_WORD = 2.0e-9
SECONDS_PER_INSTRUCTION = 12e-6

#: What a process holds before any data: the interpreter, numpy, TLS.
BASE_MEMORY = 60_000_000


@dataclass(frozen=True)
class Line:
    """What one line of the program costs: rounds it takes part in, bytes of all parties, seconds of these bytes."""

    line: int
    rounds: int
    bytes_sent: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """The whole price. Bytes are by party; preprocessing is empty for protocols without any."""

    rounds: int
    depth: int
    gates: dict[str, int]
    bytes_sent: dict[str, int]
    seconds: float
    memory_bytes: int
    lines: tuple[Line, ...]
    preprocessing_rounds: int = 0
    preprocessing_bytes: dict[str, int] = field(default_factory=dict)
    preprocessing_seconds: float = 0.0


def estimate(program: Program, protocol: Protocol, network: Network) -> Estimate:
    """The price of `program` on `network`."""
    total = traffic(program, protocol)
    names = [program.parties[p] for p in program.computing]
    work = _Work(protocol, owners(program))
    held = work.block(program.body, 1, 0)
    most = max(total.bytes_sent, default=0)
    seconds = network.seconds(total.rounds, most) + work.words * SECONDS_PER_WORD + work.instructions * \
        SECONDS_PER_INSTRUCTION
    lines = tuple(
        Line(line, total.rounds_by_line[line], sent, network.seconds(0, sent // protocol.parties))
        for line, sent in sorted(total.bytes_by_line.items())
    )
    return Estimate(
        total.rounds, work.depth, work.gates, dict(zip(names, total.bytes_sent, strict=True)), seconds,
        BASE_MEMORY + held, lines, 0, dict.fromkeys(names, 0), 0.0,
    )


class _Work:
    """Walks a program as the executor would, adding up gates, words and memory."""

    def __init__(self, protocol: Protocol, owner: Mapping[str, int]) -> None:
        self.gates = {"mul": 0, "and": 0}
        self.words = 0
        self.instructions = 0
        self.depth = 0
        self._protocol = protocol
        self._owner = owner

    def block(self, block: Block, times: int, base: int) -> int:
        """The most bytes held at once in the block, over `base` that is held outside."""
        held = {a: self._bytes(block.types[a]) for a in block.args}
        depth = dict.fromkeys(block.args, 0)
        peak = base + sum(held.values())
        for step in block.steps:
            frames = 8 * sum(self._words(i, block) for i in step.exchange)
            for instr in (*step.local, *step.exchange):
                self._count(instr, block, times, depth)
                for out in instr.outs:
                    held[out] = self._bytes(block.types[out])
                peak = max(peak, base + sum(held.values()) + frames)
                for value in instr.free:
                    held.pop(value, None)
            if step.loop is not None:
                before = self.depth
                self.depth = 0
                peak = max(peak, self.block(step.loop.body, times * step.loop.trips, base + sum(held.values())))
                inner = self.depth * step.loop.trips
                start = max((depth[v] for v in (*step.loop.init, *step.loop.captures)), default=0)
                for out in step.loop.outs:
                    held[out] = self._bytes(block.types[out])
                    depth[out] = start + inner
                self.depth = max(before, start + inner)
                for value in step.loop.free:
                    held.pop(value, None)
        self.depth = max([self.depth, *depth.values()])
        return peak - base

    def _bytes(self, type: ValueType) -> int:
        return 8 * type.words * (1 if type.kind == "public" else self._protocol.copies)

    def _words(self, instr: Instr, block: Block) -> int:
        found = step_traffic(self._protocol, [instr], block.types, self._owner)
        return sum(found.frames.values()) // 8

    def _count(self, instr: Instr, block: Block, times: int, depth: dict[int, int]) -> None:
        gates = _gates(instr, block)
        if gates:
            kind = "and" if instr.op == "and" else "mul"
            self.gates[kind] += times * gates
        for out in instr.outs:
            depth[out] = max((depth[a] for a in instr.args), default=0) + bool(gates)
        self.instructions += times
        self.words += times * sum(block.types[v].words for v in (*instr.args, *instr.outs)) * self._protocol.copies


def _gates(instr: Instr, block: Block) -> int:
    args = [block.types[a] for a in instr.args]
    if instr.op == "and":
        return max(a.width for a in args) * args[0].size
    if instr.op in ("mul", "dot"):
        return args[0].size
    if instr.op == "matmul":
        return args[0].size * args[1].shape[-1]
    return 0
