"""Programs built by hand and run by two parties or more, preprocessing included, with every frame recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from cloister.runtime.executor import Results, execute
from cloister.runtime.plan import planned
from cloister.runtime.preprocess.kinds import Needs
from cloister.runtime.preprocess.material import Material
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import prepare, preprocessing_traffic
from cloister.runtime.program import (
    FORMAT,
    Block,
    InputSpec,
    OutputSpec,
    Program,
    ValueType,
    decode,
)
from cloister.runtime.protocols.additive import Additive
from cloister.runtime.traffic import owners, traffic
from cloister.runtime.transport.memory import network
from cloister.runtime.transport.record import Frame, RecordingTransport

from ..runtime.build import Builder
from ..runtime.cases import Ints, numbers

_T = TypeVar("_T")

#: In the place of a party that knows a value: none does.
SHARED = -1


class Shared(Builder):
    """A builder of programs for `parties` parties."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.parties = parties
        self.given = {i: {} for i in range(parties)}

    def input(self, values: Any, to: ValueType, party: int = 0) -> int:
        name = f"v{len(self.inputs)}.p{party}"
        self.inputs.append(InputSpec(name, party, "int", 0, str(-1 << 127), str(1 << 127), to.shape))
        self.given[party][name] = values
        return self.exchange("input", (), to, name=name)

    def reveal(self, number: int, to: Sequence[int] | None = None, signed: bool = False) -> int:
        return super().reveal(number, range(self.parties) if to is None else to, signed)

    def program(self, results: Sequence[int], protocol: str = "additive") -> Program:
        everybody = tuple(range(self.parties))
        outputs = tuple(OutputSpec(f"r{i}", everybody, "int", 0, self.types[number].shape, i)
                        for i, number in enumerate(results))
        body = Block(tuple(self.types), (), tuple(self.steps), tuple(results))
        names = tuple(f"p{i}" for i in everybody)
        return decode(Program(FORMAT, "test", "test", "", names, everybody, protocol, {}, tuple(self.inputs),
                              outputs, body).encode())


def operand(build: Shared, values: Ints, of: ValueType, party: int, rng: np.random.Generator) -> int:
    """A value that lies in one party's share, or in everybody's."""
    if party != SHARED:
        return build.input(values, of, party)
    modulus = 1 << of.width
    rest = values
    pieces = []
    for _ in range(build.parties - 1):
        pieces.append(numbers(of.width, of.shape, rng))
        rest = rest ^ pieces[-1] if of.kind == "planes" else (rest - pieces[-1]) % modulus
    out = build.input(rest, of, build.parties - 1)
    for number, piece in enumerate(pieces):
        out = build.local("xor" if of.kind == "planes" else "add", [out, build.input(piece, of, number)], of)
    return out


@dataclass
class Outcome:
    """What each party got and saw: the frames it received in the preprocessing (`before`) and after it."""

    results: list[Results]
    before: list[list[Frame]]
    frames: list[list[Frame]]


def session_keys(parties: int) -> list[dict[int, bytes]]:
    pairs = {(i, j): os.urandom(32) for i in range(parties) for j in range(i + 1, parties)}
    return [{j: pairs[min(i, j), max(i, j)] for j in range(parties) if j != i} for i in range(parties)]


def together(parties: int, party: Callable[[int, RecordingTransport], _T]) -> tuple[list[_T], list[RecordingTransport]]:
    """Runs `party` for everybody, each in a thread of its own with its end of a network."""
    links = [RecordingTransport(transport, keep=True) for transport in network(parties, timeout=30)]

    def one(me: int) -> _T:
        try:
            return party(me, links[me])
        finally:
            links[me].close()

    with ThreadPoolExecutor(parties) as pool:
        futures = [pool.submit(one, me) for me in range(parties)]
        return [future.result() for future in futures], links


def make(parties: int, wanted: Needs, **options: Any) -> tuple[list[Material], list[RecordingTransport]]:
    """The preprocessing alone."""
    keys = session_keys(parties)
    return together(parties, lambda me, link: prepare(wanted, link, keys[me], **options))


def run(program: Program, given: Mapping[int, Mapping[str, Any]], **options: Any) -> Outcome:
    """Runs a program whole; asserts that rounds, bytes and material are those that were declared."""
    protocol = Additive(len(program.computing))
    online, offline = traffic(program, protocol), preprocessing_traffic(program, protocol)
    keys = session_keys(protocol.parties)
    before: list[list[Frame]] = [[] for _ in keys]

    def party(me: int, link: RecordingTransport) -> Results:
        rounds: list[tuple[int, int]] = []
        material = prepare(needs(program, protocol), link, keys[me], lambda *done: rounds.append(done),
                           program.digit_bits)
        assert rounds == [(i + 1, offline.rounds) for i in range(offline.rounds)]
        assert link.bytes_sent == offline.bytes_sent[me]
        before[me], link.frames = received(link.frames), []
        backend = protocol.backend(me, keys[me], owners(program), material)
        results = execute(program, planned(program, protocol, me), backend, link, me, given[me], check=True, **options)
        assert not any(material.left().values())
        return results

    results, links = together(protocol.parties, party)
    assert [r.rounds for r in results] == [online.rounds] * protocol.parties
    sent = [a + b for a, b in zip(online.bytes_sent, offline.bytes_sent, strict=True)]
    assert [link.bytes_sent for link in links] == sent
    return Outcome(results, before, [received(link.frames) for link in links])


def received(frames: Sequence[Frame]) -> list[Frame]:
    """Those that came."""
    return [frame for frame in frames if not frame.sent]
