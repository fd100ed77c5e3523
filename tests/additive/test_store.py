"""Stored preprocessing: private, bound to one run of one program by these parties, and used once whatever happens."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.runtime.errors import ConfigError, PeerError
from cloister.runtime.preprocess import store, stored
from cloister.runtime.preprocess.kinds import Conjunctions, Narrow, Need, Needs, Products, Translations
from cloister.runtime.preprocess.material import Material, shapes
from cloister.runtime.preprocess.store import Taken, entries, keys_for, new_nonce, save, save_together, take
from cloister.runtime.preprocess.stored import Header, Purpose, array_bytes
from cloister.runtime.transport.memory import network
from cloister.runtime.transport.record import RecordingTransport

from .parties import make, together
from .test_triples import EVERYTHING, ONE_SIDED

NEEDS: Needs = (Need(Products(64), 5), Need(Products(128, 2, 3, 4), 2), Need(Conjunctions(3), 4),
                Need(Narrow(64, 20, 2, 3, 4, 0), 2), Need(Narrow(128, 9, 1, 1, 1, 1, 0), 7))
NONCE = b"n" * 32


def _purpose(me: int = 0, **changes: Any) -> Purpose:
    fields: dict[str, Any] = {"circuit_digest": "ab" * 32, "names": ("north", "south"), "me": me}
    return Purpose(**{**fields, "fingerprints": ("12" * 32, "34" * 32), **changes})


def _header(me: int = 0, nonce: bytes = NONCE) -> Header:
    return Header(_purpose(me), nonce, NEEDS, "program.mpc", {"rows": 5})


def _material() -> Material:
    """Some material: what is in it does not matter to the store."""
    def drawn(shape: tuple[int, ...]) -> np.ndarray:
        return np.frombuffer(os.urandom(8 * int(np.prod(shape))), np.uint64).reshape(shape)

    return Material(NEEDS, [tuple(drawn(shape) for shape in shapes(need)) for need in NEEDS])


def _take_all(root: Path, parties: int = 2) -> list[Taken]:
    return together(parties, lambda me, link: take(root / str(me), _purpose(me), NEEDS, link))[0]


def _save_all(root: Path, *nonces: Sequence[bytes]) -> list[list[Material]]:
    """Saves what each party holds; by default one preparation at both."""
    made: list[list[Material]] = []
    for me, held in enumerate(nonces or ((NONCE,), (NONCE,))):
        made.append([_material() for _ in held])
        for nonce, material in zip(held, made[-1], strict=True):
            save(root / str(me), _header(me, nonce), material)
    return made


def _alone(root: Path) -> Taken:
    """Takes as the only party there is."""
    return take(root / "0", _purpose(), NEEDS, network(1)[0])


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_what_comes_out_is_what_went_in_and_it_is_gone(tmp_path):
    saved = _save_all(tmp_path)
    for me in range(2):
        assert stat.S_IMODE((tmp_path / str(me)).stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in _files(tmp_path)] == [0o600] * 2
    assert all(0 < path.stat().st_size - array_bytes(NEEDS) < 1000 for path in _files(tmp_path))
    for (before,), taken in zip(saved, _take_all(tmp_path), strict=True):
        assert taken.note == ""
        assert taken.material.needs == NEEDS
        for one, other in zip(before.arrays, taken.material.arrays, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert _files(tmp_path) == []
    assert _take_all(tmp_path) == [Taken(None), Taken(None)]


def test_made_together_stored_and_used_apart(tmp_path):
    materials, _ = make(2, NEEDS)
    nonces, _ = together(2, lambda me, link: new_nonce(link))
    assert nonces[0] == nonces[1]
    assert new_nonce(network(1)[0]) != new_nonce(network(1)[0])
    together(2, lambda me, link: save_together(tmp_path / str(me), _header(me, nonces[me]), materials[me], link))
    one, other = (taken.material.products(Products(64), 5) for taken in _take_all(tmp_path))
    a, b, c = (x + y for x, y in zip(one, other, strict=True))
    assert np.array_equal(a * b, c)


ORDERS: Needs = tuple(Need(kind, count) for kind, count in (
    (Translations(7, 2, 64, 1), 2), (Translations(5, 1, 128, 0), 1), (Translations(9, 1, 0, 2), 1)))


@pytest.mark.parametrize("needs", [EVERYTHING, ONE_SIDED, ORDERS], ids=["shared", "one-sided", "orders"])
def test_every_kind_comes_back_as_it_was_made(tmp_path, needs):
    materials, _ = make(3, needs)

    def party(me: int, link: RecordingTransport) -> Taken:
        purpose = _purpose(me, names=("north", "south", "west"))
        save(tmp_path / str(me), Header(purpose, NONCE, needs, "program.mpc", {}), materials[me])
        return take(tmp_path / str(me), purpose, needs, link)

    for before, taken in zip(materials, together(3, party)[0], strict=True):
        for one, other in zip(before.arrays, taken.material.arrays, strict=True):
            assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


def test_keys_are_new_for_every_preparation():
    keys = {1: b"k" * 32, 2: b"l" * 32}
    found = [key for nonce in (b"m" * 32, NONCE) for key in keys_for(nonce, keys).values()]
    assert len({*found, *keys.values()}) == 6
    assert keys_for(NONCE, keys) == keys_for(NONCE, dict(keys))


def test_several_runs_are_prepared_and_each_is_used_once(tmp_path):
    nonces = [bytes([i]) * 32 for i in (3, 1, 2)]
    saved = _save_all(tmp_path, nonces, nonces)
    for expected in (1, 2, 0):
        for mine, taken in zip(saved, _take_all(tmp_path), strict=True):
            assert np.array_equal(taken.material.arrays[0][0], mine[expected].arrays[0][0])
    assert _take_all(tmp_path) == [Taken(None), Taken(None)]


def test_what_a_party_lost_nobody_uses(tmp_path):
    """The same decision at all parties, in every case of who holds what."""
    _save_all(tmp_path, (b"a" * 32, b"b" * 32), (b"b" * 32, b"c" * 32))
    one, other = _take_all(tmp_path)
    assert one.material is not None
    assert other.material is not None
    assert f"{(b'a' * 8).hex()}.prepared" in one.note
    assert f"{(b'c' * 8).hex()}.prepared" in other.note
    for taken in _take_all(tmp_path):
        assert taken.material is None
        assert "made anew: no preparation is held by all parties" in taken.note
    for path in _files(tmp_path / "1"):
        path.unlink()
    for taken in _take_all(tmp_path):
        assert taken.material is None
        assert "south has none" in taken.note
    assert len(_files(tmp_path)) == 1


@pytest.mark.parametrize(("changes", "message"), [
    ({"circuit_digest": "ab" * 8 + "cd" * 24}, "another program"),
    ({"names": ("north", "west")}, "other parties"),
    ({"fingerprints": ("12" * 32, "56" * 32)}, "other certificates"),
    ({"fingerprints": ()}, "other certificates"),
    ({"me": 1}, "other parties"),
])
def test_a_file_is_bound_to_its_purpose(tmp_path, changes, message):
    _save_all(tmp_path)
    with pytest.raises(ConfigError, match=message):
        take(tmp_path / "0", _purpose(**changes), NEEDS, network(1)[0])
    with pytest.raises(ConfigError, match="other parameters or sizes"):
        take(tmp_path / "0", _purpose(), NEEDS[:1], network(1)[0])
    assert take(tmp_path / "0", _purpose(circuit_digest="cd" * 32), NEEDS, network(1)[0]) == Taken(None)
    assert len(_files(tmp_path / "0")) == 1


def test_damage_is_refused(tmp_path):
    _save_all(tmp_path)
    (path,) = _files(tmp_path / "0")
    good = path.read_bytes()
    flipped = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1:] for at in (0, 40, 60, len(good) // 2, len(good) - 1)]
    for bad in (good[:-1], good + b"x", good[:1], b"", *flipped):
        path.write_bytes(bad)
        with pytest.raises(ConfigError, match=r"damaged|of this version|another program|other parties"):
            _alone(tmp_path)
        assert path.exists()
    path.write_bytes(good)
    path.rename(path.with_name(f"{'ab' * 8}-{'0' * 16}.prepared"))
    with pytest.raises(ConfigError, match="renamed"):
        _alone(tmp_path)


def test_a_damaged_file_at_one_party_costs_the_others_nothing(tmp_path):
    _save_all(tmp_path)
    (path,) = _files(tmp_path / "1")
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    def party(me: int, link: RecordingTransport) -> str:
        try:
            take(tmp_path / str(me), _purpose(me), NEEDS, link)
        except (ConfigError, PeerError) as error:
            link.close("its configuration cannot be used")
            return str(error)
        return ""

    said, _ = together(2, party)
    assert "party 1 stopped" in said[0]
    assert "damaged" in said[1]
    assert len(_files(tmp_path)) == 2


def test_openness_is_refused(tmp_path):
    _save_all(tmp_path)
    folder, (path,) = tmp_path / "0", _files(tmp_path / "0")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read"):
        _alone(tmp_path)
    path.chmod(0o600)
    os.link(path, tmp_path / "second")
    with pytest.raises(ConfigError, match="second name"):
        _alone(tmp_path)
    (tmp_path / "second").unlink()
    moved = path.rename(tmp_path / "elsewhere")
    path.symlink_to(moved)
    with pytest.raises(ConfigError, match="cannot be read"):
        _alone(tmp_path)
    folder.chmod(0o750)
    for touch in (_alone, lambda root: entries(folder), lambda root: save(folder, _header(), _material())):
        with pytest.raises(ConfigError, match="others may enter"):
            touch(tmp_path)


def test_nothing_used_is_stored_and_what_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch(mode=0o600)
    for folder in (tmp_path / "file", tmp_path / "file" / "0"):
        with pytest.raises(ConfigError, match=r"no folder|cannot be written"):
            save(folder, _header(), _material())
    material = _material()
    material.products(Products(64), 1)
    with pytest.raises(ValueError, match="something was used"):
        save(tmp_path / "0", _header(), material)


def test_what_one_party_cannot_store_nobody_keeps(tmp_path):
    (tmp_path / "1").touch(mode=0o600)

    def party(me: int, link: RecordingTransport) -> None:
        try:
            save_together(tmp_path / str(me), _header(me), _material(), link)
        except ConfigError:
            link.close("its configuration cannot be used")

    with pytest.raises(PeerError, match="stopped"):
        together(2, party)
    assert _files(tmp_path) == [tmp_path / "1"]


def test_two_runs_at_the_same_time_do_not_get_the_same(tmp_path, monkeypatch):
    """While one run agrees with its peers, another one of the same party gets another file, or none."""
    _save_all(tmp_path, (b"a" * 32, b"b" * 32))
    inner: list[Taken] = []

    def with_a_run_meanwhile(opened):
        monkeypatch.setattr(store, "claim", claim)
        inner.append(_alone(tmp_path))
        claim(opened)

    claim = stored.claim
    monkeypatch.setattr(store, "_MOST", 1)
    monkeypatch.setattr(store, "claim", with_a_run_meanwhile)
    outer = _alone(tmp_path)
    assert outer.material is not None
    assert inner[0].material is not None
    assert not np.array_equal(outer.material.arrays[0][0], inner[0].material.arrays[0][0])
    assert _files(tmp_path) == []


@pytest.mark.parametrize("payload", [b"x", b"x" * 33, b"x" * 32 * 201])
def test_a_malformed_list_of_a_peer(tmp_path, payload):
    def party(me: int, link: RecordingTransport) -> None:
        if me == 0:
            take(tmp_path / "0", _purpose(), NEEDS, link)
        else:
            link.control(payload)

    with pytest.raises(PeerError, match="malformed list"):
        together(2, party)


def test_what_is_stored_is_listed(tmp_path):
    assert entries(tmp_path / "0") == []
    _save_all(tmp_path, (b"a" * 32, b"b" * 32))
    first, second = _files(tmp_path / "0")
    os.utime(second, (1, 1))
    found = entries(tmp_path / "0")
    assert [entry.path for entry in found] == [second, first]
    assert found[0].header.program == "program.mpc"
    assert found[0].header.parameters == {"rows": 5}
    assert found[0].nbytes == second.stat().st_size
    with first.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        second.write_bytes(b"")
        assert [entry.problem for entry in entries(tmp_path / "0")] == [
            "in use", f"{second} is no stored preprocessing of this version"]


CALLS = ("open", "fsync", "rename", "unlink", "stat", "close", "fdopen")


def _dies(at: int, work: Callable[[], object], marker: Path) -> None:
    """Runs `work` and ends the process without any cleaning up before the `at`-th call into the system."""
    count = 0

    def counting(call):
        def instead(*args, **kwargs):
            nonlocal count
            count += 1
            if count > at:
                os._exit(9)
            return call(*args, **kwargs)
        return instead

    for name in CALLS:
        setattr(stored.os, name, counting(getattr(os, name)))
    work()
    if count == at:
        os._exit(9)
    marker.touch()
    os._exit(0)


def _killed_everywhere(work: Callable[[], object], prepare: Callable[[], object], check: Callable[[], object],
                       marker: Path) -> int:
    """Runs `work` with a kill before every call in turn, until it comes through; how often it was killed."""
    for at in range(100):
        prepare()
        process = multiprocessing.get_context("fork").Process(target=_dies, args=(at, work, marker))
        process.start()
        process.join()
        check()
        if process.exitcode == 0:
            return at
        assert process.exitcode == 9
    raise AssertionError("never came to its end")


def test_killed_while_it_is_used(tmp_path):
    """The file is there whole, or it is gone for good; when the items are handed out, it is gone."""
    folder, marker = tmp_path / "0", tmp_path / "handed out"
    path = folder / _header().name

    def prepare() -> None:
        if not path.exists():
            save(folder, _header(), _material())

    def check() -> None:
        assert not (marker.exists() and path.exists())
        assert [p.name for p in folder.iterdir()] in ([path.name], [])

    assert _killed_everywhere(lambda: _alone(tmp_path), prepare, check, marker) >= 5
    assert marker.exists()


def test_killed_while_it_is_stored(tmp_path):
    """Under its name there is a whole file or none; what a killed process left behind is in nobody's way."""
    folder, marker, material = tmp_path / "0", tmp_path / "done", _material()
    path = folder / _header().name

    def check() -> None:
        if path.exists():
            assert _alone(tmp_path).material is not None
        for left in folder.glob("*.partial"):
            assert stat.S_IMODE(left.stat().st_mode) == 0o600

    assert _killed_everywhere(lambda: save(folder, _header(), material), lambda: path.unlink(missing_ok=True), check,
                              marker) >= 5
    assert not list(folder.glob("*.partial"))


def test_the_removal_is_on_the_disk_before_anything_is_handed_out(tmp_path, monkeypatch):
    _save_all(tmp_path, (NONCE,))
    order: list[str] = []
    for name in ("unlink", "fsync"):
        call = getattr(os, name)
        monkeypatch.setattr(stored.os, name, lambda *args, call=call, name=name: (order.append(name), call(*args))[1])
    _alone(tmp_path)
    assert order == ["unlink", "fsync"]
