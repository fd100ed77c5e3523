"""A walk through a program as the executor takes it: gates, depth, and memory."""

from __future__ import annotations

from collections.abc import Mapping

from cloister.runtime.program import Block, Instr, Loop, Step
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import step_traffic

from .memory import RINGS, VIEWS, Held, held_bytes, scratch


class Work:
    """Sums over a program: `gates`, multiplicative `depth`, and how many `instructions` it has."""

    def __init__(self, protocol: Protocol, owner: Mapping[str, int]) -> None:
        self.gates = {"mul": 0, "and": 0}
        self.depth = 0
        self.instructions = 0
        self._protocol = protocol
        self._owner = owner

    def block(self, block: Block, times: int) -> int:
        """Adds a block that runs `times` times; the most bytes that a party holds at once in it."""
        held = Held()
        depth = dict.fromkeys(block.args, 0)
        for value in block.args:
            held.add(value, held_bytes(block.types[value], self._protocol.copies))
        peak = held.bytes
        for step in block.steps:
            for instr in step.local:
                peak = max(peak, self._local(instr, block, held))
                self._count(instr, block, times, depth)
                _free(instr, held)
            if step.exchange:
                peak = max(peak, self._exchange(step, block, held))
                for instr in step.exchange:
                    self._count(instr, block, times, depth)
                    _free(instr, held)
            if step.loop is not None:
                peak = max(peak, self._loop(step.loop, block, times, held, depth))
        self.depth = max([self.depth, *depth.values()])
        return peak

    def _local(self, instr: Instr, block: Block, held: Held) -> int:
        """Binds the results; the most bytes that are held meanwhile."""
        types = [block.types[v] for v in (*instr.args, *instr.outs)]
        for out in instr.outs:
            if instr.op in VIEWS and block.types[out].kind in RINGS:
                held.add_view(out, instr.args[0])
            else:
                held.add(out, held_bytes(block.types[out], self._protocol.copies))
        return held.bytes + scratch(instr, types, self._protocol.copies)

    def _exchange(self, step: Step, block: Block, held: Held) -> int:
        """Binds the results; the most bytes that are held meanwhile.

        Results go on living in the frames where they can, so that the larger of the two counts.
        """
        found = step_traffic(self._protocol, step.exchange, block.types, self._owner)
        by_party = [0] * self._protocol.parties
        for link, size in found.frames.items():
            for position in link:
                by_party[position] += size
        before, passing = held.bytes, 0
        for instr in step.exchange:
            types = [block.types[v] for v in (*instr.args, *instr.outs)]
            passing = max(passing, scratch(instr, types, self._protocol.copies))
            for out in instr.outs:
                held.add(out, held_bytes(block.types[out], self._protocol.copies))
        return passing + max(held.bytes, before + max(by_party))

    def _loop(self, loop: Loop, block: Block, times: int, held: Held, depth: dict[int, int]) -> int:
        """Adds a loop and binds its results; the most bytes that are held meanwhile."""
        before, self.depth = self.depth, 0
        meanwhile = held.bytes + self.block(loop.body, times * loop.trips)
        captured = sum(held_bytes(block.types[v], self._protocol.copies) for v in (*loop.init, *loop.captures))
        start = max((depth[v] for v in (*loop.init, *loop.captures)), default=0)
        after = start + self.depth * loop.trips
        for value in loop.free:
            held.drop(value)
        for out in loop.outs:
            held.add(out, held_bytes(block.types[out], self._protocol.copies))
            depth[out] = after
        self.depth = max(before, after)
        return meanwhile - captured

    def _count(self, instr: Instr, block: Block, times: int, depth: dict[int, int]) -> None:
        found = gates(instr, block)
        if found:
            self.gates["and" if instr.op == "and" else "mul"] += times * found
        for out in instr.outs:
            depth[out] = max((depth[a] for a in instr.args), default=0) + bool(found)
        self.instructions += 1


def _free(instr: Instr, held: Held) -> None:
    for value in instr.free:
        held.drop(value)


def gates(instr: Instr, block: Block) -> int:
    """Products of ring elements, or ANDs of bits, that an instruction is for every protocol."""
    args = [block.types[a] for a in instr.args]
    if instr.op == "and":
        return max(a.width for a in args) * args[0].size
    if instr.op in ("mul", "dot"):
        return args[0].size
    return _scalar_products(instr, block) if instr.op == "matmul" else 0


def _scalar_products(instr: Instr, block: Block) -> int:
    """Of a product of matrices: an element of the result takes as many as the inner size."""
    return block.types[instr.outs[0]].size * block.types[instr.args[0]].shape[-1]
