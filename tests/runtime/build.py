"""Programs built by hand, run by every protocol, with every frame recorded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cloister.runtime.executor import Results, execute
from cloister.runtime.plan import planned
from cloister.runtime.program import (
    FORMAT,
    Block,
    InputSpec,
    Instr,
    Loop,
    OutputSpec,
    Program,
    Step,
    ValueType,
    decode,
)
from cloister.runtime.protocols.base import Backend
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.ring import ring
from cloister.runtime.traffic import owners, traffic
from cloister.runtime.transport.base import Round, Transport
from cloister.runtime.transport.memory import network

PARTIES = ("north", "south", "west")


def A(width: int, *shape: int) -> ValueType:
    return ValueType("arith", width, shape)


def B(planes: int, *shape: int) -> ValueType:
    return ValueType("planes", planes, shape)


def P(width: int, *shape: int) -> ValueType:
    return ValueType("public", width, shape)


class Builder:
    """Collects values and steps; an exchange is a step of its own, or `held` back until one that is not."""

    def __init__(self) -> None:
        self.types: list[ValueType] = []
        self.steps: list[Step] = []
        self.inputs: list[InputSpec] = []
        self.given: dict[int, dict[str, Any]] = {0: {}, 1: {}, 2: {}}
        self._held: list[Instr] = []

    def value(self, of: ValueType) -> int:
        self.types.append(of)
        return len(self.types) - 1

    def local(self, op: str, args: Sequence[int], to: ValueType, **attrs: Any) -> int:
        out = self.value(to)
        self.steps.append(Step(local=(Instr(op, (out,), tuple(args), attrs, (), 1),)))
        return out

    def exchange(self, op: str, args: Sequence[int], to: ValueType, /, held: bool = False,
                 **attrs: Any) -> int:
        out = self.value(to)
        self._held.append(Instr(op, (out,), tuple(args), attrs, (), 2))
        if not held:
            self.flush()
        return out

    def flush(self) -> None:
        self.steps.append(Step(exchange=tuple(self._held)))
        self._held = []

    def input(self, values: Any, to: ValueType, party: int = 0) -> int:
        name = f"v{len(self.inputs)}.{PARTIES[party]}"
        self.inputs.append(InputSpec(name, party, "int", 0, str(-1 << 127), str(1 << 127), to.shape))
        self.given[party][name] = values
        return self.exchange("input", (), to, name=name)

    def const(self, values: Any, to: ValueType) -> int:
        plain = np.asarray(values, object).reshape(-1)
        words = b"".join(int(v % (1 << to.width)).to_bytes(to.width // 8, "little") for v in plain)
        return self.local("const", (), to, words=words)

    def loop(self, trips: int, body: Block, init: Sequence[int], captures: Sequence[int],
             outs: Sequence[ValueType], free: Sequence[int] = ()) -> list[int]:
        numbers = [self.value(t) for t in outs]
        loop = Loop(trips, body, tuple(init), tuple(captures), tuple(numbers), tuple(free))
        self.steps.append(Step(loop=loop))
        return numbers

    def reveal(self, number: int, to: Sequence[int] = (0, 1, 2), signed: bool = False) -> int:
        of = self.types[number]
        width = of.width if of.kind == "arith" else 64
        return self.exchange("reveal", (number,), P(width, *of.shape), to=list(to), signed=signed)

    def program(self, results: Sequence[int], protocol: str = "replicated") -> Program:
        outputs = tuple(OutputSpec(f"r{i}", (0, 1, 2), "int", 0, self.types[number].shape, i)
                        for i, number in enumerate(results))
        body = Block(tuple(self.types), (), tuple(self.steps), tuple(results))
        program = Program(FORMAT, "test", "test", "", PARTIES, (0, 1, 2), protocol, {}, tuple(self.inputs),
                          outputs, body)
        return decode(program.encode())


@dataclass
class Frames(Transport):
    """Passes everything on and keeps the frames that come: (round, peer, body)."""

    inner: Transport
    received: list[tuple[int, int, bytes]] = field(default_factory=list)

    @property
    def me(self) -> int:  # type: ignore[override]
        return self.inner.me

    @property
    def parties(self) -> int:  # type: ignore[override]
        return self.inner.parties

    @property
    def bytes_sent(self) -> int:
        return self.inner.bytes_sent

    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        return _Kept(self, number, self.inner.begin(number, outgoing, incoming))

    def control(self, payload: bytes) -> dict[int, bytes]:
        return self.inner.control(payload)

    def close(self, reason: str = "") -> None:
        self.inner.close(reason)


class _Kept(Round):
    def __init__(self, frames: Frames, number: int, inner: Round) -> None:
        self._frames, self._number, self._inner = frames, number, inner
        self.out = inner.out

    def ready(self, peer: int, filled: int) -> None:
        self._inner.ready(peer, filled)

    def finish(self) -> dict[int, np.ndarray]:
        bodies = self._inner.finish()
        self._frames.received += [(self._number, peer, body.tobytes()) for peer, body in bodies.items()]
        return bodies


@dataclass
class Outcome:
    """What each party got and saw."""

    results: list[Results]
    links: list[Frames]
    backends: list[Backend]


def session_keys() -> list[dict[int, bytes]]:
    """Pairwise keys of three parties."""
    pairs = {(i, j): os.urandom(32) for i in range(3) for j in range(i + 1, 3)}
    return [{j: pairs[min(i, j), max(i, j)] for j in range(3) if j != i} for i in range(3)]


def run(program: Program, given: Mapping[int, Mapping[str, Any]], protocol: str,
        loaded: Sequence[Sequence[Any]] = ((), (), ()), **options: Any) -> Outcome:
    """Runs a program and asserts that rounds and bytes are those that were declared.

    `loaded` are each party's shares of what an earlier run kept.
    """
    chosen = for_name(protocol, 3)
    expected = traffic(program, chosen)
    owner = owners(program)
    if protocol == "reference":
        everything = {name: values for part in given.values() for name, values in part.items()}
        backend = chosen.backend(0, {}, owner)
        results = execute(program, planned(program, chosen, 0), backend, None, 0, everything, check=True,
                          loaded=loaded[0], **options)
        assert results.rounds == expected.rounds == 0
        return Outcome([results], [], [backend])
    links, keys = [Frames(t) for t in network(3, timeout=20)], session_keys()
    backends = [chosen.backend(me, keys[me], owner) for me in range(3)]

    def party(me: int) -> Results:
        try:
            return execute(program, planned(program, chosen, me), backends[me], links[me], me, given[me], check=True,
                           loaded=loaded[me], **options)
        finally:
            links[me].close()

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(party, me) for me in range(3)]
        results_of = [future.result() for future in futures]
    assert [r.rounds for r in results_of] == [expected.rounds] * 3
    assert [link.bytes_sent for link in links] == expected.bytes_sent
    return Outcome(results_of, links, backends)


def ints(words: np.ndarray, width: int) -> np.ndarray:
    """Ring words as signed Python integers."""
    return np.asarray(ring(width).to_ints(words), object)


def signed(values: Any, width: int) -> np.ndarray:
    """Integers modulo 2^width as two's complement."""
    a = np.asarray(np.asarray(values).astype(object) + (1 << (width - 1)), object) % (1 << width)
    return np.asarray(a - (1 << (width - 1)), object)
