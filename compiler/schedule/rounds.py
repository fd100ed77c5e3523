"""From a protocol-stage circuit to rounds: what runs when, what is sent together, and when memory is freed.

Every exchange takes place in the first round in which its operands are there, so the number of rounds is the
length of the circuit's critical path (a loop counts its trips times its own depth). All exchanges of a round
travel in one frame a peer. Results are opened together in the last round, so that nobody holds one while others
can still be lost. Local work is done as late as its users allow, unless it makes less of more data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cloister.runtime.program import Block, Instr, Loop, Step, ValueType
from cloister.runtime.protocols.base import Protocol

from ..ir.nodes import Circuit, Node
from ..ir.ops import OPS
from .convert import instruction, value_type

#: Nodes that bind a value without doing anything.
_SILENT = frozenset({"arg", "result"})

#: Nodes in which anything may be sent.
_EXCHANGES = frozenset(name for name, row in OPS["protocol"].items() if row.exchanges)

#: Nodes that are not put off until their users: a run that cannot give results ends as early as it can.
_AT_ONCE = _SILENT | {"loop", "require"}


@dataclass(frozen=True)
class Timing:
    """For each node, the phase in which it runs. Phase p ends with its exchanges, then with its loops.

    `sends`: what exchanges anything itself; `waits`: the same, and loops in which anything does. All else is local.
    """

    phase: list[int]
    sends: list[bool]
    waits: list[bool]


def schedule(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> Block:
    """The block of a protocol-stage circuit; its args are the circuit's `arg` nodes in order of their index."""
    return _emitter(circuit, protocol, owners).block()


@dataclass(frozen=True)
class Numbering:
    """The nodes that the values of a block are made by, by their numbers; the loops of the block in their order, each
    with its node and what its body's values are made by."""

    nodes: tuple[int, ...]
    loops: tuple[tuple[int, Numbering], ...]


def numbering(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> Numbering:
    """What made the values of the block that `schedule` gives for the same circuit."""
    emitter = _emitter(circuit, protocol, owners)
    emitter.numbered()
    return emitter.numbering


def _emitter(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> _Emitter:
    return _Emitter(circuit, Meter(protocol, owners).timing(circuit), protocol, owners)


def rounds(circuit: Circuit, protocol: Protocol, owners: Mapping[str, int]) -> int:
    """The rounds that the schedule of a protocol-stage circuit takes: one a phase in which anything is sent, and
    for each region its trips times those of its body."""
    return Meter(protocol, owners).rounds(circuit)


@dataclass(frozen=True)
class Clock:
    """For each node the round before which it could begin, did nothing ever wait; how many rounds it takes; and whether
    it opens a result. No schedule takes fewer rounds than `least`."""

    start: list[int]
    length: list[int]
    opens: list[bool]

    @property
    def least(self) -> int:
        """What runs longest; results are opened together, when everything else is at least under way."""
        rows = list(zip(self.start, self.length, self.opens, strict=True))
        rest = max((start + length for start, length, opens in rows if not opens), default=0)
        return max([rest, *(start + length for start, length, opens in rows if opens)])


@dataclass
class Meter:
    """Counts rounds, those of each body once."""

    protocol: Protocol
    owners: Mapping[str, int]
    _bodies: dict[int, tuple[Circuit, int]] = field(default_factory=dict)
    _last: tuple[Circuit, list[bool]] | None = None

    def rounds(self, circuit: Circuit) -> int:
        """See `rounds`."""
        sends = self._sends(circuit)
        early, last = _earliest(circuit, self._waits(circuit, sends))
        read = _read(circuit)
        total = len({last if _opens(node, i in read) else early[i]
                     for i, node in enumerate(circuit.nodes) if sends[i]})
        return total + sum(self.region(node) for node in circuit.nodes if node.body is not None)

    def timing(self, circuit: Circuit) -> Timing:
        """When everything runs."""
        sends = self._sends(circuit)
        waits = self._waits(circuit, sends)
        return Timing(_phases(circuit, waits), sends, waits)

    def region(self, node: Node) -> int:
        """The rounds of all trips of a loop."""
        assert node.body is not None
        return int(node.attrs["trips"]) * self.trip(node)

    def trip(self, node: Node) -> int:
        """The rounds of one trip of a loop."""
        assert node.body is not None
        known = self._bodies.get(id(node.body))  # held beside it, so that no other gets its id
        if known is None:
            known = self._bodies[id(node.body)] = node.body, self.rounds(node.body)
        return known[1]

    def clock(self, circuit: Circuit) -> Clock:
        """When everything could begin, loops beside each other and beside all else."""
        sends, read = self._sends(circuit), _read(circuit)
        length = [self.region(node) if node.body is not None else int(sends[i])
                  for i, node in enumerate(circuit.nodes)]
        start: list[int] = []
        for node in circuit.nodes:
            start.append(max((start[a] + length[a] for a in node.args), default=0))
        return Clock(start, length, [_opens(node, i in read) for i, node in enumerate(circuit.nodes)])

    def _waits(self, circuit: Circuit, sends: Sequence[bool]) -> list[bool]:
        return [sent if node.body is None else self.region(node) > 0
                for sent, node in zip(sends, circuit.nodes, strict=True)]

    def _sends(self, circuit: Circuit) -> list[bool]:
        """Which nodes send anything; of the circuit that was asked for last it is known."""
        if self._last is None or self._last[0] is not circuit:
            self._last = circuit, [node.op in _EXCHANGES and _sends(circuit, node, self.protocol, self.owners)
                                   for node in circuit.nodes]
        return self._last[1]


def _sends(circuit: Circuit, node: Node, protocol: Protocol, owners: Mapping[str, int]) -> bool:
    args = [value_type(circuit.nodes[a].type) for a in node.args]
    return bool(protocol.messages(instruction(node, (0,), node.args), args, [value_type(node.type)], owners))


def _earliest(circuit: Circuit, waits: Sequence[bool]) -> tuple[list[int], int]:
    """The first phase in which each node can run, and the last phase of all."""
    early: list[int] = []
    done: list[int] = []
    for node, wait in zip(circuit.nodes, waits, strict=True):
        start = max([done[a] for a in node.args], default=0)
        early.append(start)
        done.append(start + wait)
    last = max([early[i] + (waits[i] and node.body is not None) for i, node in enumerate(circuit.nodes)
                if node.op not in _SILENT], default=0)
    return early, last


def _phases(circuit: Circuit, waits: Sequence[bool]) -> list[int]:
    """Earliest phases for what exchanges; latest for local work that does not shrink its data."""
    nodes = circuit.nodes
    early, last = _earliest(circuit, waits)
    users = _users(circuit)
    phase = list(early)
    for i in reversed(range(len(nodes))):
        node = nodes[i]
        if _opens(node, bool(users[i])):
            phase[i] = last
        elif node.op not in _AT_ONCE and not waits[i] and not _shrinks(circuit, node):
            phase[i] = min((phase[u] for u in users[i]), default=max(early[i], 0))
    return phase


def _opens(node: Node, read: bool) -> bool:
    """Whether it opens what nothing is made of: that is a result."""
    return node.op == "reveal" and not read


def _read(circuit: Circuit) -> set[int]:
    """The nodes that another one reads."""
    return {a for node in circuit.nodes for a in node.args}


def _users(circuit: Circuit) -> list[list[int]]:
    users: list[list[int]] = [[] for _ in circuit.nodes]
    for i, node in enumerate(circuit.nodes):
        for a in node.args:
            users[a].append(i)
    return users


def _shrinks(circuit: Circuit, node: Node) -> bool:
    words = value_type(node.type).words
    return words < sum(value_type(circuit.nodes[a].type).words for a in set(node.args))


@dataclass
class _Emitter:
    circuit: Circuit
    timing: Timing
    protocol: Protocol
    owners: Mapping[str, int]
    value: dict[int, int] = field(default_factory=dict)
    types: list[ValueType] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    loops: list[tuple[int, Numbering]] = field(default_factory=list)

    @property
    def numbering(self) -> Numbering:
        return Numbering(tuple(self.nodes), tuple(self.loops))

    def block(self) -> Block:
        arg_values, steps = self.numbered()
        results = tuple(self.value[r] for r in self.circuit.results)
        return Block(tuple(self.types), arg_values, _with_frees(steps, arg_values, results), results)

    def numbered(self) -> tuple[tuple[int, ...], list[Step]]:
        """The arguments and the steps, in which every value has its number."""
        args = sorted((n.attrs["index"], i) for i, n in enumerate(self.circuit.nodes) if n.op == "arg")
        arg_values = tuple(self._number(i) for _, i in args)
        return arg_values, [step for group in self._groups() for step in self._steps(group)]

    def _groups(self) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        for i, node in enumerate(self.circuit.nodes):
            if node.op not in _SILENT:
                groups.setdefault(self.timing.phase[i], []).append(i)
        return [groups[p] for p in sorted(groups)]

    def _number(self, i: int) -> int:
        self.types.append(value_type(self.circuit.nodes[i].type))
        self.nodes.append(i)
        self.value[i] = len(self.types) - 1
        return self.value[i]

    def _steps(self, group: Sequence[int]) -> list[Step]:
        """One phase: local work in order, cut where an exchange that sends nothing must come first, or a loop in which
        nothing is sent; then the rest."""
        steps: list[Step] = []
        local: list[Instr] = []
        quiet: list[Instr] = []
        pending: set[int] = set()
        for i in group:
            node = self.circuit.nodes[i]
            if self.timing.waits[i]:
                continue
            if any(a in pending for a in node.args) or (node.body is not None and (local or quiet)):
                steps.append(Step(tuple(local), tuple(quiet)))
                local, quiet = [], []
                pending.clear()
            if node.body is not None:
                steps.append(Step(loop=self._loop(i)))
            elif node.op in _EXCHANGES:
                quiet.append(self._instr(i))
                pending.add(i)
            else:
                local.append(self._instr(i))
        if quiet:
            steps.append(Step(tuple(local), tuple(quiet)))
            local = []
        sent = tuple(self._instr(i) for i in group if self.timing.sends[i])
        if sent or local:
            steps.append(Step(tuple(local), sent))
        steps.extend(Step(loop=self._loop(i)) for i in group
                     if self.timing.waits[i] and self.circuit.nodes[i].body is not None)
        return steps

    def _instr(self, i: int) -> Instr:
        node = self.circuit.nodes[i]
        return instruction(node, (self._number(i),), [self.value[a] for a in node.args])

    def _loop(self, i: int) -> Loop:
        node = self.circuit.nodes[i]
        assert node.body is not None
        carried = node.attrs["carried"]
        args = [self.value[a] for a in node.args]
        results = {n.attrs["index"]: j for j, n in enumerate(self.circuit.nodes) if n.op == "result" and n.args == (i,)}
        inner = _emitter(node.body, self.protocol, self.owners)
        body = inner.block()
        self.loops.append((i, inner.numbering))
        outs = []
        for k in range(carried):
            if k in results:
                outs.append(self._number(results[k]))
            else:
                self.types.append(body.types[body.results[k]])
                self.nodes.append(i)
                outs.append(len(self.types) - 1)
        return Loop(node.attrs["trips"], body, tuple(args[:carried]), tuple(args[carried:]), tuple(outs),
                    (), node.span.origin.line)


def _with_frees(steps: Sequence[Step], args: Sequence[int], results: Sequence[int]) -> tuple[Step, ...]:
    """The same steps, each instruction told which values nobody reads after it."""
    alive = set(results)
    out: list[Step] = []

    def last_uses(used: Sequence[int], made: Sequence[int]) -> tuple[int, ...]:
        free = tuple(sorted({v for v in (*used, *made) if v not in alive}))
        alive.update(free)
        return free

    for step in reversed(steps):
        loop = step.loop
        if loop is not None:
            free = last_uses((*loop.init, *loop.captures), loop.outs)
            loop = Loop(loop.trips, loop.body, loop.init, loop.captures, loop.outs, free, loop.line)
        exchange = _freeing(step.exchange, last_uses)
        local = _freeing(step.local, last_uses)
        out.append(Step(local, exchange, loop))
    out.reverse()
    unused = tuple(a for a in args if a not in alive)
    if unused and out:
        out[0] = _drop_unused(out[0], unused)
    return tuple(out)


def _freeing(instrs: Sequence[Instr], last_uses: Callable[[Sequence[int], Sequence[int]], tuple[int, ...]],
             ) -> tuple[Instr, ...]:
    done = [Instr(i.op, i.outs, i.args, i.attrs, last_uses(i.args, i.outs), i.line) for i in reversed(instrs)]
    return tuple(reversed(done))


def _drop_unused(step: Step, unused: tuple[int, ...]) -> Step:
    if not step.local:
        return step
    first = step.local[0]
    head = Instr(first.op, first.outs, first.args, first.attrs, (*first.free, *unused), first.line)
    return Step((head, *step.local[1:]), step.exchange, step.loop)
