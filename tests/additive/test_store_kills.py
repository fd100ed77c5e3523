"""Runs that are killed at every stage, and started again: no item of stored preprocessing is ever used twice.

Parties are processes of their own, linked by sockets; a kill is SIGKILL, by the process on itself at the stage in
question. Each writes every item that it is handed into a file, so that what was used is known whatever happened.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.runtime.errors import RuntimeFailure
from cloister.runtime.executor import execute
from cloister.runtime.plan import planned
from cloister.runtime.preprocess import phase, store
from cloister.runtime.preprocess.material import Material
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import prepare
from cloister.runtime.preprocess.store import keys_for, new_nonce, save_together, take
from cloister.runtime.preprocess.stored import Header, Purpose
from cloister.runtime.protocols.additive import Additive
from cloister.runtime.session import Session, connect
from cloister.runtime.traffic import owners
from cloister.runtime.transport.sockets import SocketTransport

from ..net.parties import listeners
from ..runtime.build import A, B
from .parties import Shared

NAMES = ("north", "south")
X, Y, Z = np.array([3, -5, 7, 0]), np.array([2, 2, -9, 4]), np.array([5, 1, 0, 6])

_build = Shared(2)
_x, _y = _build.input(X, A(64, 4), 0), _build.input(Y, A(64, 4), 1)
_product = _build.exchange("mul", [_x, _y], A(64, 4))
_cube = _build.exchange("mul", [_product, _product], A(64, 4))
_bits = _build.exchange("and", [_build.input(X & 7, B(3, 4), 0), _build.input(Z, B(3, 4), 1)], B(3, 4))
PROGRAM = _build.program([_build.reveal(_cube, signed=True), _build.reveal(_bits)])
GIVEN = _build.given
RESULTS = [((X * Y) ** 2).tolist(), (X & 7 & Z).tolist()]
NEEDS = needs(PROGRAM, Additive(2))


def _kill(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str) -> None:
    """The process ends where `owner.name` is called."""
    setattr(owner, name, _kill)


def _at(owner: Any, name: str, true: Callable[..., bool]) -> None:
    """The process ends where `owner.name` is called with arguments for which this is so."""
    call = getattr(owner, name)

    def instead(*args: Any, **kwargs: Any) -> Any:
        if true(*args, **kwargs):
            _kill()
        return call(*args, **kwargs)

    setattr(owner, name, instead)


def _after(owner: Any, name: str) -> None:
    """The process ends when `owner.name` has done its work."""
    call = getattr(owner, name)
    setattr(owner, name, lambda *args, **kwargs: (call(*args, **kwargs), _kill()))


def _says(payload: bytes) -> Callable[..., bool]:
    return lambda link, said: said == payload


def _round(number: int) -> Callable[..., bool]:
    return lambda link, found, *_: found == number


#: Where a run may end: before anything is agreed, before and after the claim, in rounds, at the very end.
RUNNING: dict[str, Callable[[], None]] = {
    "before it says what it holds": lambda: _before(store, "_offers"),
    "when it is agreed which": lambda: _before(store, "read_material"),
    "before it says that the file is whole": lambda: _at(SocketTransport, "control", _says(b"whole")),
    "before the file is removed": lambda: _before(store, "claim"),
    "when the file is removed": lambda: _after(store, "claim"),
    "before all go on": lambda: _at(SocketTransport, "control", _says(b"prepared")),
    "at the first item": lambda: _before(Material, "_next"),
    "when the first item is handed out": lambda: _after(Material, "products"),
    "in the first round": lambda: _at(SocketTransport, "begin", _round(0)),
    "in the second round": lambda: _at(SocketTransport, "begin", _round(1)),
    "in the third round": lambda: _at(SocketTransport, "begin", _round(2)),
    "when all is done": lambda: _at(SocketTransport, "control", _says(b"done")),
}
#: What is tried every time.
QUICK = {("before the file is removed", 0), ("when the file is removed", 1), ("in the second round", 0)}
PREPARING: dict[str, Callable[[], None]] = {
    "before the name is known": lambda: _before(phase, "Pair"),
    "in the first round": lambda: _at(SocketTransport, "begin", _round(0)),
    "in the last round": lambda: _at(SocketTransport, "begin", _round(3)),
    "before it is written": lambda: _before(store, "write"),
    "when it is written": lambda: _after(store, "write"),
}


class _Party:
    """One party in a process of its own; `used` is the file of what it was handed."""

    def __init__(self, me: int, root: Path, sockets: list[socket.socket]) -> None:
        self.me = me
        self.folder = root / NAMES[me]
        self.used = root / f"{NAMES[me]}.used"
        self._sockets = sockets

    def work(self, stage: Callable[[], None] | None, job: Callable[[_Party, Session], None]) -> None:
        """Does a job with the other; never returns."""
        self._note_items()
        if stage is not None:
            stage()
        addresses = [one.getsockname() for one in self._sockets]
        session = connect(self.me, NAMES, addresses, listener=self._sockets[self.me], timeout=20, insecure=True)
        try:
            job(self, session)
        except RuntimeFailure as error:
            session.close(error)
            os._exit(error.exit_code)
        session.close()
        os._exit(0)

    def _note_items(self) -> None:
        """Of every item the share of the product: a random word."""
        def noting(hand_out: Callable[..., Any]) -> Callable[..., Any]:
            def noted(*args: Any) -> Any:
                item = hand_out(*args)
                with self.used.open("ab") as file:
                    file.write(item[2].tobytes())
                return item
            return noted

        for name in ("products", "conjunctions"):
            setattr(Material, name, noting(getattr(Material, name)))

    @property
    def purpose(self) -> Purpose:
        return Purpose("ab" * 32, NAMES, (), self.me)


def _prepare(party: _Party, session: Session) -> None:
    for _ in range(2):
        nonce = new_nonce(session.transport)
        material = prepare(NEEDS, session.transport, keys_for(nonce, session.keys))
        save_together(party.folder, Header(party.purpose, nonce, NEEDS, "test", {}), material, session.transport)


def _run(party: _Party, session: Session) -> None:
    link = session.transport
    material = take(party.folder, party.purpose, NEEDS, link).material
    if material is None:
        material = prepare(NEEDS, link, keys_for(new_nonce(link), session.keys))
    link.control(b"prepared")
    protocol = Additive(2)
    backend = protocol.backend(party.me, session.keys, owners(PROGRAM), material)
    results = execute(PROGRAM, planned(PROGRAM, protocol, party.me), backend, link, party.me, GIVEN[party.me])
    assert [o.value.astype(np.int64).tolist() for o in results.outputs if o.value is not None] == RESULTS
    link.control(b"done")


def _both(root: Path, job: Callable[[_Party, Session], None], victim: int = 0,
          stage: Callable[[], None] | None = None) -> list[int | None]:
    """Both parties to their ends: their exit codes, negative for a signal."""
    fork = multiprocessing.get_context("fork")
    with listeners(2) as sockets:
        processes = [fork.Process(target=_Party(me, root, sockets).work, args=(stage if me == victim else None, job))
                     for me in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
            assert not process.is_alive(), "a party hangs"
    return [process.exitcode for process in processes]


def _stored(root: Path) -> list[list[str]]:
    return [sorted(path.name for path in (root / name).glob("*.prepared")) for name in NAMES]


def _nothing_was_used_twice(root: Path) -> None:
    for name in NAMES:
        words = np.frombuffer((root / f"{name}.used").read_bytes(), np.uint64)
        assert len(np.unique(words)) == len(words) > 0


@pytest.mark.parametrize(("stage", "victim"), [
    pytest.param(stage, me, marks=() if (stage, me) in QUICK else pytest.mark.slow)
    for stage in RUNNING for me in (0, 1)])
def test_killed_in_a_run(tmp_path, stage, victim):
    assert _both(tmp_path, _prepare) == [0, 0]
    codes = _both(tmp_path, _run, victim, RUNNING[stage])
    assert codes[victim] == -signal.SIGKILL
    assert codes[1 - victim] in (0, 4)  # the last to say that it is done may find the other gone, or not
    left = _stored(tmp_path)
    assert len(set(left[0]) & set(left[1])) >= 1
    for _ in range(3):
        assert _both(tmp_path, _run) == [0, 0]
    _nothing_was_used_twice(tmp_path)
    assert not set(_stored(tmp_path)[0]) & set(_stored(tmp_path)[1])


@pytest.mark.parametrize("stage", [
    pytest.param(stage, marks=() if stage == "when it is written" else pytest.mark.slow) for stage in PREPARING])
def test_killed_while_it_prepares(tmp_path, stage):
    codes = _both(tmp_path, _prepare, 1, PREPARING[stage])
    assert codes == [4, -signal.SIGKILL]
    assert not _stored(tmp_path)[0]
    assert _both(tmp_path, _run) == [0, 0]
    assert _both(tmp_path, _prepare) == [0, 0]
    for _ in range(3):
        assert _both(tmp_path, _run) == [0, 0]
    _nothing_was_used_twice(tmp_path)
    assert not list(tmp_path.rglob("*.partial"))


def test_put_back_copies_are_of_no_use(tmp_path):
    """One party puts back what it has used: the other has not, and so nothing of it is used again."""
    assert _both(tmp_path, _prepare) == [0, 0]
    copies = {path: path.read_bytes() for path in (tmp_path / NAMES[1]).iterdir()}
    for _ in range(2):
        assert _both(tmp_path, _run) == [0, 0]
    assert _stored(tmp_path) == [[], []]
    for path, data in copies.items():
        path.write_bytes(data)
        path.chmod(0o600)
    assert _both(tmp_path, _run) == [0, 0]
    _nothing_was_used_twice(tmp_path)
    assert sorted(copies) == sorted((tmp_path / NAMES[1]).iterdir())
