"""The price of a compiled program before it runs: rounds, depth, gates, bytes, memory and seconds.

Rounds and bytes are sums of the messages that the executor will send (`cloister.runtime.traffic`), so they are
exact. Gates count ring products (`mul`, by scalar products of matrix and dot products too) and bit ANDs.
Memory and seconds are estimates: see `memory.py` and `work.py` for what is counted, and how it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from cloister.runtime.preprocess.phase import preprocessing_traffic
from cloister.runtime.program import Program
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import owners, traffic

from ..price.network import Network
from .work import Work

#: What a process holds before it runs a program: the interpreter, the libraries, TLS.
BASE_MEMORY = 76_000_000
#: What it holds for each instruction of the compiled program.
INSTRUCTION_MEMORY = 2_200


@dataclass(frozen=True)
class Line:
    """What one line of the program costs: rounds it takes part in, bytes of all parties, seconds of these bytes."""

    line: int
    rounds: int
    bytes_sent: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """The whole price. Bytes are by party; preprocessing is empty for protocols without any.

    `longest_round` is the most seconds that a party works between two exchanges, this and sending included.
    """

    rounds: int
    depth: int
    gates: dict[str, int]
    bytes_sent: dict[str, int]
    seconds: float
    memory_bytes: int
    lines: tuple[Line, ...]
    longest_round: float
    preprocessing_rounds: int = 0
    preprocessing_bytes: dict[str, int] = field(default_factory=dict)
    preprocessing_seconds: float = 0.0


def estimate(program: Program, protocol: Protocol, network: Network) -> Estimate:
    """The price of `program` on `network`."""
    total, before = traffic(program, protocol), preprocessing_traffic(program, protocol)
    names = [program.parties[p] for p in program.computing]
    work = Work(protocol, owners(program))
    held = work.block(program.body, 1)
    seconds = network.seconds(total.rounds, max(total.bytes_sent, default=0)) + work.seconds
    lines = tuple(
        Line(line, total.rounds_by_line[line], sent, network.seconds(0, sent // protocol.parties))
        for line, sent in sorted(total.bytes_by_line.items())
    )
    memory = BASE_MEMORY + INSTRUCTION_MEMORY * work.instructions + _data_bytes(program) + held
    return Estimate(
        total.rounds, work.depth, work.gates, dict(zip(names, total.bytes_sent, strict=True)), seconds, memory, lines,
        work.longest + network.latency, before.rounds, dict(zip(names, before.bytes_sent, strict=True)),
        network.seconds(before.rounds, max(before.bytes_sent, default=0)),
    )


def _data_bytes(program: Program) -> int:
    """What the party that gives most holds of its own data: 64 bits a number."""
    given = [0] * len(program.parties)
    for spec in program.inputs:
        given[spec.party] += 8 * prod(spec.shape)
    return max(given, default=0)
