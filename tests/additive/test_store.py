"""Stored preprocessing: private, bound to one run of one program by these parties, and used once whatever happens."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from cloister.runtime.errors import ConfigError, Disagreement
from cloister.runtime.preprocess import store
from cloister.runtime.preprocess.kinds import Conjunctions, Need, Products
from cloister.runtime.preprocess.material import Material, shapes
from cloister.runtime.preprocess.store import Purpose, new_nonce, save, use
from cloister.runtime.transport.memory import network

from .parties import make, together

NEEDS = (Need(Products(64), 5), Need(Products(128, 2, 3, 4), 2), Need(Conjunctions(3), 4))


def _purpose(me: int = 0, **changes) -> Purpose:
    fields = {"circuit_digest": "ab" * 32, "names": ("north", "south"), "me": me}
    return Purpose(**{**fields, "fingerprints": ("12" * 32, "34" * 32), **changes})


def _material() -> Material:
    """Some material: what is in it does not matter to the store."""
    def drawn(shape: tuple[int, ...]) -> np.ndarray:
        return np.frombuffer(os.urandom(8 * int(np.prod(shape))), np.uint64).reshape(shape)

    return Material(NEEDS, [tuple(drawn(shape) for shape in shapes(need)) for need in NEEDS])


def _use_all(folder: Path, needs=NEEDS) -> list[Material | None]:
    return together(2, lambda me, link: use(folder / str(me), _purpose(me), needs, link))[0]


def _save_all(folder: Path, nonces=(b"n" * 32, b"n" * 32)) -> list[Material]:
    materials = [_material() for _ in range(2)]
    for me, material in enumerate(materials):
        save(folder / str(me), _purpose(me), nonces[me], material)
    return materials


def test_what_comes_out_is_what_went_in_and_it_is_gone(tmp_path):
    saved = _save_all(tmp_path)
    assert [stat.S_IMODE((tmp_path / str(me)).stat().st_mode) for me in range(2)] == [0o600] * 2
    loaded = _use_all(tmp_path)
    for before, after in zip(saved, loaded, strict=True):
        assert after.needs == NEEDS
        for one, other in zip(before.arrays, after.arrays, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert list(tmp_path.iterdir()) == []
    assert _use_all(tmp_path) == [None, None]


def test_made_together_stored_and_used_apart(tmp_path):
    materials, _ = make(2, NEEDS)
    nonces, _ = together(2, lambda me, link: new_nonce(link))
    assert nonces[0] == nonces[1]
    assert new_nonce(network(1)[0]) != new_nonce(network(1)[0])
    for me, material in enumerate(materials):
        save(tmp_path / str(me), _purpose(me), nonces[me], material)
    one, other = (material.products(Products(64), 5) for material in _use_all(tmp_path))
    a, b, c = (x + y for x, y in zip(one, other, strict=True))
    assert np.array_equal(a * b, c)


def test_all_parties_must_hold_the_same_session(tmp_path):
    _save_all(tmp_path, (b"n" * 32, b"m" * 32))
    with pytest.raises(Disagreement, match="not of the same session"):
        _use_all(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "1").unlink()
    with pytest.raises(Disagreement, match="south has none"):
        _use_all(tmp_path)
    assert (tmp_path / "0").exists()


@pytest.mark.parametrize(("changes", "message"), [
    ({"circuit_digest": "cd" * 32}, "another program"),
    ({"names": ("north", "west")}, "other parties"),
    ({"fingerprints": ("12" * 32, "56" * 32)}, "other certificates"),
    ({"me": 1}, "other parties"),
])
def test_a_file_is_bound_to_its_purpose(tmp_path, changes, message):
    _save_all(tmp_path)
    with pytest.raises(ConfigError, match=message):
        use(tmp_path / "0", _purpose(**changes), NEEDS, network(1)[0])
    with pytest.raises(ConfigError, match="other parameters or sizes"):
        use(tmp_path / "0", _purpose(), NEEDS[:1], network(1)[0])
    assert (tmp_path / "0").exists()


def test_damage_and_openness_are_refused(tmp_path):
    _save_all(tmp_path)
    path = tmp_path / "0"
    good = path.read_bytes()
    for bad in (good[:-1], good + b"x", good[:1], b"", good[:400] + bytes([good[400] ^ 1]) + good[401:],
                good[:60] + bytes([good[60] ^ 1]) + good[61:], b"x" + good[1:]):
        path.write_bytes(bad)
        with pytest.raises(ConfigError):
            use(path, _purpose(), NEEDS, network(1)[0])
    path.write_bytes(good)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read"):
        use(path, _purpose(), NEEDS, network(1)[0])
    path.chmod(0o600)
    os.link(path, tmp_path / "second")
    with pytest.raises(ConfigError, match="second name"):
        use(path, _purpose(), NEEDS, network(1)[0])
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        use(tmp_path / "link", _purpose(), NEEDS, network(1)[0])


def test_nothing_is_overwritten_and_nothing_used_is_stored(tmp_path):
    material = _save_all(tmp_path)[0]
    with pytest.raises(ConfigError, match="exists already"):
        save(tmp_path / "0", _purpose(), b"n" * 32, _material())
    with pytest.raises(ConfigError, match="cannot be written"):
        save(tmp_path / "none" / "0", _purpose(), b"n" * 32, _material())
    material.products(Products(64), 1)
    with pytest.raises(ValueError, match="something was used"):
        save(tmp_path / "other", _purpose(), b"n" * 32, material)


def test_two_runs_at_the_same_time(tmp_path, monkeypatch):
    """While one run agrees with its peers, another one of the same party does not get the file."""
    _save_all(tmp_path)

    def second_run(stored_path, stored):
        with pytest.raises(ConfigError, match="used by another run"):
            use(tmp_path / "0", _purpose(), NEEDS, network(1)[0])
        claim(stored_path, stored)

    claim = store._claim
    monkeypatch.setattr(store, "_claim", second_run)
    assert use(tmp_path / "0", _purpose(), NEEDS, network(1)[0]) is not None


CALLS = ("open", "fsync", "rename", "unlink", "stat", "close", "fdopen")


def _dies(at: int, work, marker: Path) -> None:
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
        setattr(store.os, name, counting(getattr(os, name)))
    work()
    if count == at:
        os._exit(9)
    marker.touch()
    os._exit(0)


def _killed_everywhere(work, prepare, check, marker: Path) -> int:
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
    path, marker = tmp_path / "0", tmp_path / "handed out"

    def prepare() -> None:
        if not path.exists():
            save(path, _purpose(), b"n" * 32, _material())

    def check() -> None:
        assert not (marker.exists() and path.exists())
        assert sorted(p.name for p in tmp_path.iterdir()) in (["0"], [], ["handed out"])

    kills = _killed_everywhere(lambda: use(path, _purpose(), NEEDS, network(1)[0]), prepare, check, marker)
    assert kills >= 5
    assert marker.exists()


def test_killed_while_it_is_stored(tmp_path):
    """Under its name there is a whole file or none; what a killed process left behind is in nobody's way."""
    path, marker, material = tmp_path / "0", tmp_path / "stored", _material()

    def prepare() -> None:
        path.unlink(missing_ok=True)

    def check() -> None:
        if path.exists():
            assert use(path, _purpose(), NEEDS, network(1)[0]) is not None
        for left in tmp_path.glob("*.partial"):
            assert stat.S_IMODE(left.stat().st_mode) == 0o600

    assert _killed_everywhere(lambda: save(path, _purpose(), b"n" * 32, material), prepare, check, marker) >= 5
    assert not list(tmp_path.glob("*.partial"))


def test_the_removal_is_on_the_disk_before_anything_is_handed_out(tmp_path, monkeypatch):
    _save_all(tmp_path)
    order: list[str] = []
    for name in ("unlink", "fsync"):
        call = getattr(os, name)
        monkeypatch.setattr(store.os, name, lambda *args, call=call, name=name: (order.append(name), call(*args))[1])
    use(tmp_path / "0", _purpose(), NEEDS, network(1)[0])
    assert order == ["unlink", "fsync"]
