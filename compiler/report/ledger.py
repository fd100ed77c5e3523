"""A compiled program written out as a ledger: every instruction with its place in the text, and every round.

The walk is the executor's, and the bytes are those that the protocol declares, so that the sums over a ledger are
the totals of the estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from cloister.runtime.measure.effort import spreads
from cloister.runtime.program import Block, Instr, Loop, Step, ValueType
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.traffic import owners, padded, rounds, step_traffic
from cloister.runtime.transport.base import HEADER_BYTES

from ..ir.nodes import Circuit
from ..pipeline import Compiled
from ..price.network import Network
from ..price.profile import of
from ..price.time import Rates
from ..schedule.rounds import Numbering, numbering
from ..source import Span
from .prepared import Items
from .work import gates


@dataclass(frozen=True)
class Entry:
    """One instruction. Bytes (of all parties, padding included), gates and seconds (of one party's work) are those
    of all `times` that it runs; `prepared` are the bytes of the preprocessing that is consumed.

    `exchange` is the position of its round in `Ledger.exchanges`, None for what sends nothing; `critical` says
    whether the rounds of its block would not be so many without it.
    """

    op: str
    span: Span
    times: int
    exchange: int | None
    critical: bool
    bytes_sent: int
    gates: int
    seconds: float
    prepared: float


@dataclass(frozen=True)
class Exchange:
    """One round of the schedule, which takes place `times` times: `trips` are those of the loops around it.

    `sent` are the bytes that each party sends once, headers included; `seconds` is the work of one party, once,
    between the round before and this one.
    """

    times: int
    trips: tuple[int, ...]
    sent: tuple[int, ...]
    seconds: float


@dataclass
class Ledger:
    """All instructions and rounds in the order in which they run."""

    entries: list[Entry] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)


def ledger(compiled: Compiled, network: Network) -> Ledger:
    """The ledger of a compiled program, with the seconds of the machines on a network."""
    owner = owners(compiled.program)
    circuit = compiled.stages[-1][1]
    items = Items(compiled.program, compiled.protocol)
    walk = _Walk(compiled.protocol, owner, Rates(compiled.protocol, of(network)), items)
    made = numbering(circuit, compiled.protocol, owner)
    walk.block(_Scope(compiled.program.body, circuit, made, (), walk.critical(compiled.program.body), set()))
    return walk.ledger


@dataclass(frozen=True)
class _Scope:
    """A block under way: the circuit it was made from, the trips of the loops around it, what is critical in it, and
    which values are one number in every element."""

    block: Block
    circuit: Circuit
    made: Numbering
    trips: tuple[int, ...]
    critical: frozenset[int]
    spread: set[int]

    @property
    def times(self) -> int:
        return prod(self.trips)


class _Walk:
    def __init__(self, protocol: Protocol, owner: Mapping[str, int], rates: Rates, items: Items) -> None:
        self.ledger = Ledger()
        self._protocol = protocol
        self._owner = owner
        self._rates = rates
        self._items = items
        self._since = 0.0

    def critical(self, block: Block) -> frozenset[int]:
        """What the rounds of a block wait for."""
        return _critical(block, self._protocol, self._owner)

    def block(self, scope: _Scope) -> None:
        """Adds a block."""
        loops = iter(scope.made.loops)
        for step in scope.block.steps:
            for instr in step.local:
                self._entry(instr, scope, None, 0)
            if step.exchange:
                self._exchange(step, scope)
            if step.loop is not None:
                self._rates.again(step.loop)
                self.block(self._inner(step.loop, scope, *next(loops)))

    def _inner(self, loop: Loop, scope: _Scope, node: int, made: Numbering) -> _Scope:
        """The body of a loop; nothing in it is critical where the loop is not."""
        circuit = scope.circuit.nodes[node].body
        assert circuit is not None
        critical = self.critical(loop.body) if loop.outs[0] in scope.critical else frozenset()
        captured = loop.body.args[1 + len(loop.init):]
        spread = {arg for arg, value in zip(captured, loop.captures, strict=True) if value in scope.spread}
        return _Scope(loop.body, circuit, made, (*scope.trips, loop.trips), critical, spread)

    def _exchange(self, step: Step, scope: _Scope) -> None:
        found = step_traffic(self._protocol, step.exchange, scope.block.types, self._owner)
        for instr, row in zip(step.exchange, found.messages, strict=True):
            number = len(self.ledger.exchanges) if row else None
            self._entry(instr, scope, number, sum(padded(message.nbytes) for message in row))
        if found.is_round:
            sent = [0] * self._protocol.parties
            for (src, _), size in found.frames.items():
                sent[src] += HEADER_BYTES + size
            self.ledger.exchanges.append(Exchange(scope.times, scope.trips, tuple(sent), self._since))
            self._since = 0.0

    def _entry(self, instr: Instr, scope: _Scope, exchange: int | None, sent: int) -> None:
        types = scope.block.types
        first = bool(instr.args) and instr.args[0] in scope.spread
        if spreads(instr, types[instr.outs[0]], first):
            scope.spread.add(instr.outs[0])
        spent = self._rates.next(instr, types, first).most
        span = scope.circuit.nodes[scope.made.nodes[instr.outs[0]]].span
        critical = exchange is not None and instr.outs[0] in scope.critical
        self.ledger.entries.append(Entry(
            instr.op, span, scope.times, exchange, critical, scope.times * sent,
            scope.times * gates(instr, scope.block), scope.times * spent, scope.times * self._prepared(instr, types)))
        self._since += spent

    def _prepared(self, instr: Instr, types: Sequence[ValueType]) -> float:
        args, outs = [types[a] for a in instr.args], [types[o] for o in instr.outs]
        return self._items.bytes_of(self._protocol.needs(instr, args, outs))


def _critical(block: Block, protocol: Protocol, owner: Mapping[str, int]) -> frozenset[int]:
    """The results of the exchanges and loops of a block that lie on one of its longest paths in rounds."""
    rows = _weights(block, protocol, owner)
    before: dict[int, int] = {}
    for _, weight, outs, args in rows:
        done = weight + max((before.get(a, 0) for a in args), default=0)
        before.update(dict.fromkeys(outs, done))
    whole = max(before.values(), default=0)
    after: dict[int, int] = {}
    found = set()
    for position, weight, outs, args in reversed(rows):
        rest = max((after.get(out, 0) for out in outs), default=0)
        if position and weight and before[outs[0]] + rest == whole:
            found.add(outs[0])
        for arg in args:
            after[arg] = max(after.get(arg, 0), rest + weight)
    return frozenset(found)


#: Whether it may be on the critical path, its rounds, what it makes, what it reads.
_Row = tuple[bool, int, tuple[int, ...], tuple[int, ...]]


def _weights(block: Block, protocol: Protocol, owner: Mapping[str, int]) -> list[_Row]:
    rows: list[_Row] = []
    for step in block.steps:
        rows += [(False, 0, instr.outs, instr.args) for instr in step.local]
        found = step_traffic(protocol, step.exchange, block.types, owner)
        rows += [(True, int(bool(row)), instr.outs, instr.args)
                 for instr, row in zip(step.exchange, found.messages, strict=True)]
        if step.loop is not None:
            taken = step.loop.trips * rounds(step.loop.body, protocol, owner)
            rows.append((True, taken, step.loop.outs, (*step.loop.init, *step.loop.captures)))
    return rows
