"""A walk through a program as the executor takes it: gates, depth, seconds of one party's work, and memory.

Seconds are a rate for each kind of instruction and 64-bit word, and a price for each instruction whatever its size.
The rates were measured on one core of a virtual x86-64 server with numpy 2.4, single-threaded, on a million rows;
another machine is faster or slower by a factor, and parties that share a machine slow each other down.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloister.runtime.instructions import INSTRUCTIONS
from cloister.runtime.program import Block, Instr, Loop, Step
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import step_traffic

from .memory import VIEWS, Held, held_bytes, scratch

#: Seconds for a 64-bit word that an instruction reads or writes: products, and everything else.
_PRODUCT = {64: 2.3e-9, 128: 18e-9}
_OTHER = {64: 1.5e-9, 128: 4e-9}
_AND, _PLANES = 1.4e-9, 0.4e-9
#: Seconds for one scalar product inside of a product of matrices, which BLAS computes by floating-point limbs.
_SCALAR_PRODUCT = {64: 2.5e-9, 128: 20e-9}
#: Seconds for an instruction of any size: one that is local, and one that exchanges.
_LOCAL_CALL, _EXCHANGE_CALL = 17e-6, 55e-6

_PRODUCTS = frozenset({"mul", "dot", "scale"})
_MATRICES = frozenset({"matmul", "matmul_public"})
_FREE = VIEWS | {"pick", "invert"}


class Work:
    """Sums over a program: `gates`, multiplicative `depth`, `seconds`, and the most seconds between two rounds."""

    def __init__(self, protocol: Protocol, owner: Mapping[str, int]) -> None:
        self.gates = {"mul": 0, "and": 0}
        self.depth = 0
        self.seconds = 0.0
        self.longest = 0.0
        self.instructions = 0
        self._since_round = 0.0
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
                self._since_round = 0.0
            if step.loop is not None:
                peak = max(peak, self._loop(step.loop, block, times, held, depth))
        self.depth = max([self.depth, *depth.values()])
        return peak

    def _local(self, instr: Instr, block: Block, held: Held) -> int:
        """Binds the results; the most bytes that are held meanwhile."""
        types = [block.types[v] for v in (*instr.args, *instr.outs)]
        for out in instr.outs:
            if instr.op in VIEWS and block.types[out].kind != "planes":
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
        gates = _gates(instr, block)
        if gates:
            self.gates["and" if instr.op == "and" else "mul"] += times * gates
        for out in instr.outs:
            depth[out] = max((depth[a] for a in instr.args), default=0) + bool(gates)
        spent = self._seconds(instr, block)
        self.seconds += times * spent
        self.instructions += 1
        self._since_round += spent
        self.longest = max(self.longest, self._since_round)

    def _seconds(self, instr: Instr, block: Block) -> float:
        types = [block.types[v] for v in (*instr.args, *instr.outs)]
        words = sum(t.words for t in types) * self._protocol.copies
        width = max((t.width for t in types if t.kind != "planes"), default=0)
        call = _EXCHANGE_CALL if INSTRUCTIONS[instr.op].exchanges else _LOCAL_CALL
        if instr.op in _FREE:
            return call
        if not width:
            return call + words * (_AND if instr.op == "and" else _PLANES)
        if instr.op in _MATRICES:
            return call + _scalar_products(instr, block) * _SCALAR_PRODUCT[width] + words * _OTHER[width]
        return call + words * (_PRODUCT if instr.op in _PRODUCTS else _OTHER)[width]


def _free(instr: Instr, held: Held) -> None:
    for value in instr.free:
        held.drop(value)


def _gates(instr: Instr, block: Block) -> int:
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
