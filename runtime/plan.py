"""Where every message of a program lies in the frames of its round, from the protocol's declaration alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .program import Block, Step
from .protocols.base import Protocol
from .traffic import padded, step_traffic

#: For each peer: offset in the frame's body, and length.
Places = dict[int, tuple[int, int]]


@dataclass(frozen=True)
class StepPlan:
    """A step as one party runs it: the lengths of its frames by peer, and each exchange's places in them."""

    step: Step
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


def plan_block(block: Block, protocol: Protocol, owner: Mapping[str, int], me: int) -> BlockPlan:
    """The plan of computing party `me`. Both ends of a link lay out its frames in instruction order."""
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
        step, found.is_round,
        {dst: size for (src, dst), size in found.frames.items() if src == me},
        {src: size for (src, dst), size in found.frames.items() if dst == me},
        tuple(sends), tuple(receives),
        plan_block(step.loop.body, protocol, owner, me) if step.loop is not None else None)
