"""The agreement: what is the same binds all, what differs is said to all."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from cloister.runtime.agreement import Binding, Proposal, agree
from cloister.runtime.errors import Disagreement, PeerError
from cloister.runtime.program import FORMAT, Block, Program
from cloister.runtime.transport.base import Transport

from .parties import NAMES, linked, succeed, together

BASE = Proposal("0.1.0", FORMAT, "mean.mpc", "d" * 64, "replicated", "lan", {"bands": 4, "exact": True}, {})


def build(binding: Binding) -> Program:
    """A compiled nothing that depends on all of the binding."""
    parameters = {**binding.parameters, **binding.sizes, "profile": binding.profile}
    return Program(FORMAT, "0.1.0", "mean", "d" * 64, NAMES, (0, 1, 2), binding.protocol, parameters, (), (),
                   Block((), (), (), ()))


Build = Callable[[Binding], Program]


def agreed(proposals: list[Proposal], builders: list[Build] | None = None) -> list[object]:
    with linked("memory") as transports:
        return together(*[lambda t=t, p=p, b=b: agree(t, NAMES, p, b)
                          for t, p, b in zip(transports, proposals, builders or [build] * 3, strict=True)])


def change(**changes: object) -> Proposal:
    return msgspec.structs.replace(BASE, **changes)


def test_sizes_are_merged() -> None:
    results = agreed([change(sizes={f"rows.{name}": i, "n": 7}) for i, name in enumerate(NAMES)])
    assert all(isinstance(program, Program) for program in results)
    program = results[0]
    assert program == results[1] == results[2]
    assert isinstance(program, Program)
    assert program.parameters == {"bands": 4, "exact": True, "n": 7, "rows.north": 0, "rows.south": 1,
                                  "rows.west": 2, "profile": "lan"}


@pytest.mark.parametrize(("changes", "words"), [
    ({"digest": "e"}, f"approved digest: north has {'d' * 64}, south has e, west has {'d' * 64}"),
    ({"version": "0.2.0"}, "version of Cloister: north has 0.1.0, south has 0.2.0, west has 0.1.0"),
    ({"format": 2}, "format of compiled programs: north has 1, south has 2, west has 1"),
    ({"program": "median.mpc"}, "program: north has mean.mpc, south has median.mpc, west has mean.mpc"),
    ({"protocol": "additive"}, "protocol: north has replicated, south has additive, west has replicated"),
    ({"profile": "wan"}, "network profile: north has lan, south has wan, west has lan"),
    ({"parameters": {"bands": 5, "exact": True}}, "parameter bands: north has 4, south has 5, west has 4"),
    ({"parameters": {"bands": 4}}, "parameter exact: north has True, south has none, west has True"),
    ({"parameters": {"bands": 4, "exact": 1}}, "parameter exact: north has True, south has 1, west has True"),
    ({"parameters": {"bands": 4, "exact": True, "é\n": "\x1b[0m"}},
     "parameter é�: north has none, south has �[0m, west has none"),
])
def test_what_differs_is_said_to_all(changes: dict[str, object], words: str) -> None:
    results = agreed([BASE, change(**changes), BASE])
    for error in results:
        assert isinstance(error, Disagreement)
        assert str(error) == f"the parties do not run the same thing: {words}"


def test_several_differences_at_once() -> None:
    results = agreed([change(sizes={"n": 1}), change(sizes={"n": 2}, profile="wan"), BASE])
    for error in results:
        assert str(error) == ("the parties do not run the same thing: network profile: north has lan, "
                              "south has wan, west has lan; size n: north has 1, south has 2")


def test_different_circuits() -> None:
    def other(binding: Binding) -> Program:
        return msgspec.structs.replace(build(binding), compiler="0.1.0-patched")

    for error in agreed([BASE] * 3, [build, build, other]):
        assert isinstance(error, Disagreement)
        assert "compiled different circuits" in str(error)
        assert build(Binding(BASE.parameters, {}, "replicated", "lan")).circuit_digest in str(error)


def test_a_party_that_cannot_compile() -> None:
    def broken(binding: Binding) -> Program:
        raise KeyError("no")

    with linked("memory") as transports:
        def fail(transport: Transport) -> None:
            with pytest.raises(KeyError):
                agree(transport, NAMES, BASE, broken)
            transport.close("an internal error (KeyError)")

        results = together(lambda: fail(transports[0]),
                           *[lambda t=t: agree(t, NAMES, BASE, build) for t in transports[1:]])
    for error in results[1:]:
        assert str(error) == "north stopped: an internal error (KeyError)"


@pytest.mark.parametrize("payload", [
    b"", b"null", b"\xff\xfe", b"[1]", b"{}", b'{"circuit_digest": "abc"}',
    msgspec.json.encode({**msgspec.to_builtins(BASE), "extra": 1}),
    msgspec.json.encode({**msgspec.to_builtins(BASE), "sizes": {"n": -1}}),
    msgspec.json.encode({**msgspec.to_builtins(BASE), "sizes": {"n": 1 << 60}}),
    msgspec.json.encode({**msgspec.to_builtins(BASE), "sizes": {"n": 1.5}}),
    msgspec.json.encode({**msgspec.to_builtins(BASE), "parameters": {"n": [1]}}),
    msgspec.json.encode(change(program="x" * (1 << 20))),
])
def test_a_malformed_message(payload: bytes) -> None:
    with linked("memory", parties=2) as transports:
        error, _ = together(lambda: agree(transports[0], NAMES[:2], BASE, build),
                            lambda: transports[1].control(payload))
    assert isinstance(error, PeerError)
    assert str(error).startswith("south sent a malformed message in the agreement")


@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_over_sockets(kind: str) -> None:
    with linked(kind) as transports:
        programs = succeed(*[lambda t=t: agree(t, NAMES, BASE, build) for t in transports])
    assert len({program.circuit_digest for program in programs}) == 1
