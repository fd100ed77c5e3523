"""Where every message of a program lies in the frames of its round, from the protocol's declaration alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from .program import Block, Instr, Program, Step, ValueType
from .protocols.base import Protocol
from .traffic import owners, padded, step_traffic
from .wiring import Network, Picked

#: For each peer: offset in the frame's body, and length.
Places = dict[int, tuple[int, int]]


class Typed(NamedTuple):
    """An instruction with the types of its operands and results."""

    instr: Instr
    args: list[ValueType]
    outs: list[ValueType]


@dataclass(frozen=True)
class StepPlan:
    """A step as one party runs it: its instructions, the lengths of its frames by peer, and each exchange's places in
    them."""

    step: Step
    local: tuple[Typed, ...]
    exchange: tuple[Typed, ...]
    is_round: bool
    outgoing: dict[int, int]
    incoming: dict[int, int]
    sends: tuple[Places, ...]
    receives: tuple[Places, ...]
    body: BlockPlan | None


@dataclass(frozen=True)
class BlockPlan:
    """A block and the plans of its steps."""

    block: Block
    steps: tuple[StepPlan, ...]


def planned(program: Program, protocol: Protocol, me: int) -> BlockPlan:
    """The plan of computing party `me`. Both ends of a link lay out its frames in instruction order."""
    return _plan_block(program.body, protocol, owners(program), me)


def _plan_block(block: Block, protocol: Protocol, owner: Mapping[str, int], me: int) -> BlockPlan:
    return BlockPlan(block, tuple(_plan_step(block, step, protocol, owner, me) for step in block.steps))


def _plan_step(block: Block, step: Step, protocol: Protocol, owner: Mapping[str, int], me: int) -> StepPlan:
    found = step_traffic(protocol, step.exchange, block.types, owner)
    filled = dict.fromkeys(found.frames, 0)
    sends: list[Places] = [{} for _ in step.exchange]
    receives: list[Places] = [{} for _ in step.exchange]
    for i, row in enumerate(found.messages):
        for message in row:
            link = message.src, message.dst
            place = filled[link], message.nbytes
            filled[link] += padded(message.nbytes)
            if message.src == me:
                sends[i][message.dst] = place
            elif message.dst == me:
                receives[i][message.src] = place
    return StepPlan(
        step, _typed(block, step.local), _typed(block, step.exchange), found.is_round,
        {dst: size for (src, dst), size in found.frames.items() if src == me},
        {src: size for (src, dst), size in found.frames.items() if dst == me},
        tuple(sends), tuple(receives),
        _plan_block(step.loop.body, protocol, owner, me) if step.loop is not None else None)


def _typed(block: Block, instrs: Sequence[Instr]) -> tuple[Typed, ...]:
    types = block.types
    made = []
    for instr in instrs:
        args = [types[a] for a in instr.args]
        made.append(Typed(_laid_out(instr, args), args, [types[o] for o in instr.outs]))
    return tuple(made)


def _laid_out(instr: Instr, args: Sequence[ValueType]) -> Instr:
    """The instruction with what its lists of planes and wires come to, which is found once and not at every turn."""
    if instr.op == "xors":
        return replace(instr, attrs={"network": Network(instr.attrs, sum(of.width for of in args))})
    if instr.op == "pick":
        return replace(instr, attrs={"picked": Picked.of(instr.attrs["planes"])})
    return instr
