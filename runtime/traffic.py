"""Rounds and bytes of a program, summed from the declarations that the executor runs by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .program import Block, Instr, Program, Step, ValueType
from .protocols.base import Message, Protocol
from .transport.base import HEADER_BYTES


def padded(nbytes: int) -> int:
    """The room a message takes in its frame: the next multiple of 8, so that every message is aligned."""
    return (nbytes + 7) & ~7


@dataclass(frozen=True)
class StepTraffic:
    """The messages of one exchange step: for each instruction its messages, and the frame body of each link."""

    messages: tuple[tuple[Message, ...], ...]
    frames: dict[tuple[int, int], int]

    @property
    def is_round(self) -> bool:
        """Whether anybody sends anything."""
        return bool(self.frames)


@dataclass
class Traffic:
    """Totals: rounds, and bytes sent by each computing party, headers included."""

    rounds: int
    bytes_sent: list[int]


def owners(program: Program) -> dict[str, int]:
    """The computing position of the party that enters each input."""
    position = {party: i for i, party in enumerate(program.computing)}
    return {spec.name: position[spec.party] for spec in program.inputs}


def step_traffic(protocol: Protocol, instrs: Sequence[Instr], types: Sequence[ValueType],
                 owner: Mapping[str, int]) -> StepTraffic:
    """The declared messages of the exchange `instrs` of one step."""
    rows: list[tuple[Message, ...]] = []
    frames: dict[tuple[int, int], int] = {}
    for instr in instrs:
        row = protocol.messages(instr, [types[a] for a in instr.args], [types[o] for o in instr.outs], owner)
        rows.append(row)
        for message in row:
            link = message.src, message.dst
            frames[link] = frames.get(link, 0) + padded(message.nbytes)
    return StepTraffic(tuple(rows), frames)


def rounds(block: Block, protocol: Protocol, owner: Mapping[str, int]) -> int:
    """The rounds of a block, those of its loops once for each trip."""
    total = 0
    for step in block.steps:
        total += step_traffic(protocol, step.exchange, block.types, owner).is_round
        if step.loop is not None:
            total += step.loop.trips * rounds(step.loop.body, protocol, owner)
    return total


def traffic(program: Program, protocol: Protocol) -> Traffic:
    """Rounds and bytes of the whole program, exact."""
    total = Traffic(0, [0] * protocol.parties)
    _add_block(total, program.body, protocol, owners(program), 1)
    return total


def _add_block(total: Traffic, block: Block, protocol: Protocol, owner: Mapping[str, int], times: int) -> None:
    for step in block.steps:
        if step.loop is not None:
            _add_block(total, step.loop.body, protocol, owner, times * step.loop.trips)
        _add_step(total, step, block, protocol, owner, times)


def _add_step(total: Traffic, step: Step, block: Block, protocol: Protocol, owner: Mapping[str, int],
              times: int) -> None:
    found = step_traffic(protocol, step.exchange, block.types, owner)
    if not found.is_round:
        return
    total.rounds += times
    for (src, _), size in found.frames.items():
        total.bytes_sent[src] += times * (HEADER_BYTES + size)
