"""The price of a compiled program before it runs: rounds, depth, gates, bytes, memory and seconds.

Rounds and bytes are sums of the messages that the executor will send (`cloister.runtime.traffic`), so they are
exact. Gates count ring products (`mul`, by scalar products of matrix and dot products too) and bit ANDs.
Memory and seconds are estimates: see `memory.py` and `cloister.compiler.price.time` for what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from cloister.runtime.preprocess.kinds import Conjunctions, Injections, Needs
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import preprocessing_traffic
from cloister.runtime.preprocess.stored import array_bytes
from cloister.runtime.program import Program
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import owners, traffic

from ..price.network import Network
from ..price.profile import of
from ..price.time import times
from .work import Work

#: What a process holds before it runs a program: the interpreter, the libraries, TLS.
BASE_MEMORY = 76_000_000
#: What it holds for each instruction of the compiled program.
INSTRUCTION_MEMORY = 2_200
#: What reading a number from a CSV file takes beside the number; the run uses the same room again.
READING_MEMORY = 45
#: What the preprocessing takes at most beside what it makes: measured with 300,000 comparisons between two parties.
PREPARING_MEMORY = 41_000_000


@dataclass(frozen=True)
class Estimate:
    """The whole price. Bytes are by party; preprocessing is empty for protocols without any.

    `triples` counts a product of two numbers or matrices, or of a bit with others, as one. `stored_bytes` is what
    the preprocessing takes on a party's disk when it is made ahead of time, but for a header.
    `longest_round` is the most seconds between two rounds, the sending included. `held_bytes` of `memory_bytes`
    are taken by the values of the run itself.
    """

    rounds: int
    depth: int
    gates: dict[str, int]
    bytes_sent: dict[str, int]
    seconds: float
    memory_bytes: int
    longest_round: float
    held_bytes: int
    preprocessing_rounds: int = 0
    preprocessing_bytes: dict[str, int] = field(default_factory=dict)
    preprocessing_seconds: float = 0.0
    triples: int = 0
    stored_bytes: int = 0


def estimate(program: Program, protocol: Protocol, network: Network) -> Estimate:
    """The price of `program` on `network`."""
    total, before = traffic(program, protocol), preprocessing_traffic(program, protocol)
    consumed = needs(program, protocol)
    names = [program.parties[p] for p in program.computing]
    work = Work(protocol, owners(program))
    held = work.block(program.body, 1)
    taken = times(program, protocol, of(network))
    return Estimate(
        total.rounds, work.depth, work.gates, dict(zip(names, total.bytes_sent, strict=True)), taken.online,
        _memory(program, work, held, consumed), taken.longest, held, before.rounds,
        dict(zip(names, before.bytes_sent, strict=True)), taken.preprocessing, _triples(consumed),
        array_bytes(consumed),
    )


def memory_bytes(program: Program, protocol: Protocol) -> int:
    """The memory of the estimate alone."""
    work = Work(protocol, owners(program))
    return _memory(program, work, work.block(program.body, 1), needs(program, protocol))


def _memory(program: Program, work: Work, held: int, consumed: Needs) -> int:
    given = _given(program)
    if array_bytes(consumed):
        held = array_bytes(consumed) + max(held, PREPARING_MEMORY)
    own = 8 * given + max(held, READING_MEMORY * given)
    return BASE_MEMORY + INSTRUCTION_MEMORY * work.instructions + own


def _triples(consumed: Needs) -> int:
    """Bits are counted one by one: their items are of 64."""
    return sum(need.count * (64 if isinstance(need.kind, Conjunctions | Injections) else 1) for need in consumed)


def _given(program: Program) -> int:
    """The numbers that the party which gives most holds of its own data, of 64 bits each."""
    given = [0] * len(program.parties)
    for spec in program.inputs:
        given[spec.party] += prod(spec.shape)
    return max(given, default=0)
