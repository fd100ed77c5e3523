"""What a whole program consumes of correlated randomness: a walk over its declarations, as `traffic` is."""

from __future__ import annotations

from ..program import Block, Program
from ..protocols.base import Protocol
from .kinds import Need, Needs, total


def needs(program: Program, protocol: Protocol) -> Needs:
    """What `program` consumes under `protocol`, exactly; empty for a protocol that needs none."""
    rows: list[Need] = []
    _add_block(rows, program.body, protocol, 1)
    return total(rows)


def _add_block(rows: list[Need], block: Block, protocol: Protocol, times: int) -> None:
    for step in block.steps:
        for instr in step.exchange:
            args, outs = [block.types[a] for a in instr.args], [block.types[o] for o in instr.outs]
            rows += [Need(need.kind, times * need.count) for need in protocol.needs(instr, args, outs)]
        if step.loop is not None:
            _add_block(rows, step.loop.body, protocol, times * step.loop.trips)
