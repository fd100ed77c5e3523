"""What must be equal at all parties before anything secret moves, and what each contributes to it.

Two exchanges of control messages: first everybody's proposal, from which all make the same binding; then the
digests of what each compiled from it. Whatever differs is said in words, the same at every party: names,
digests, parameters and sizes, which are public, and never data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from .errors import Disagreement, PeerError
from .program import Program
from .transport.base import Transport
from .transport.frame import printable

Scalar = bool | int | float | str

#: Bytes of one message of the agreement; room for thousands of parameters.
_LIMIT = 1 << 20
#: Digits of a serial number in a message to people.
_SERIAL = 8
#: Characters of one value in a message to people.
_SHOWN = 120
#: A size above this is a mistake or an attack, not a table.
_LARGEST_SIZE = 1 << 48


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one party is about to run.

    `digest` is of the disclosure statement and the program without sizes: what its people approved. `sizes`
    are those bound by its own data or by its command line, such as {"rows.north": 300}; `kept` the serial numbers of
    what it loads, by name.
    """

    version: str
    format: int
    program: str
    digest: str
    protocol: str
    profile: str
    parameters: dict[str, Scalar]
    sizes: dict[str, int]
    kept: dict[str, str] = {}


class _Compiled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second message."""

    circuit_digest: str


@dataclass(frozen=True)
class Binding:
    """Everything that the compilation depends on besides the program's text, equal at all parties."""

    parameters: Mapping[str, Scalar]
    sizes: Mapping[str, int]
    protocol: str
    profile: str


_Message = TypeVar("_Message", Proposal, _Compiled)

_WORDS = {
    "version": "version of Cloister",
    "format": "format of compiled programs",
    "program": "program",
    "digest": "approved digest",
    "protocol": "protocol",
    "profile": "network profile",
}


def agree(transport: Transport, names: Sequence[str], proposal: Proposal,
          build: Callable[[Binding], Program]) -> Program:
    """Agrees with all peers on the run and returns the program that everybody compiled.

    `names` are the computing parties by position; `build` compiles. Raises Disagreement, at every party, when
    anything differs; PeerError for a malformed message; whatever `build` raises.
    """
    proposals = _exchange(transport, names, proposal)
    differences = _differences(names, proposals)
    if differences:
        raise Disagreement("the parties do not run the same thing: " + "; ".join(differences))
    program = build(_binding(proposals))
    digests = [one.circuit_digest for one in _exchange(transport, names, _Compiled(program.circuit_digest))]
    if len(set(digests)) > 1:
        raise Disagreement("the parties compiled different circuits from the same program: "
                           + _each(names, digests))
    return program


def _exchange(transport: Transport, names: Sequence[str], own: _Message) -> list[_Message]:
    """Everybody's message of this kind, by position."""
    payload = msgspec.json.encode(own)
    if len(payload) > _LIMIT:
        raise ValueError(f"an agreement message of {len(payload)} bytes")
    received = transport.control(payload)
    return [own if position == transport.me else _decoded(received[position], type(own), name)
            for position, name in enumerate(names)]


def _decoded(payload: bytes, kind: type[_Message], name: str) -> _Message:
    try:
        if len(payload) > _LIMIT:
            raise ValueError("too long")
        message = msgspec.json.decode(payload, type=kind)
        if isinstance(message, Proposal) and not all(0 <= n <= _LARGEST_SIZE for n in message.sizes.values()):
            raise ValueError("a size out of bounds")
    except ValueError as error:
        raise PeerError(f"{name} sent a malformed message in the agreement: {_shown(str(error))}") from None
    return message


def _binding(proposals: Sequence[Proposal]) -> Binding:
    first = proposals[0]
    sizes = {name: value for one in proposals for name, value in one.sizes.items()}
    return Binding(dict(sorted(first.parameters.items())), dict(sorted(sizes.items())), first.protocol,
                   first.profile)


def _differences(names: Sequence[str], proposals: Sequence[Proposal]) -> list[str]:
    """What is not the same at all parties, in words; in the same order at every party."""
    found = []
    for attribute, words in _WORDS.items():
        values = [getattr(one, attribute) for one in proposals]
        if len(set(values)) > 1:
            found.append(f"{words}: {_each(names, values)}")
    for name in sorted({name for one in proposals for name in one.parameters}):
        values = [one.parameters.get(name) for one in proposals]
        if len({(type(value), value) for value in values}) > 1:
            found.append(f"parameter {_shown(name)}: {_each(names, values)}")
    for name in sorted({name for one in proposals for name in one.kept}):
        serials = [one.kept.get(name) for one in proposals]
        if len(set(serials)) > 1:
            shown = [None if serial is None else serial[:_SERIAL] for serial in serials]
            found.append(f"shares of different runs, kept as {_shown(name)}: {_each(names, shown)}")
    for name in sorted({name for one in proposals for name in one.sizes}):
        stated = [(party, one.sizes[name]) for party, one in zip(names, proposals, strict=True)
                  if name in one.sizes]
        if len({value for _, value in stated}) > 1:
            found.append(f"size {_shown(name)}: {_each(*zip(*stated, strict=True))}")
    return found


def _each(names: Sequence[str], values: Sequence[Scalar | None]) -> str:
    return ", ".join(f"{name} has {'none' if value is None else _shown(str(value))}"
                     for name, value in zip(names, values, strict=True))


def _shown(text: str) -> str:
    """A value from a peer, bounded and printable."""
    safe = printable(text)
    return safe if len(safe) <= _SHOWN else safe[:_SHOWN] + "…"
