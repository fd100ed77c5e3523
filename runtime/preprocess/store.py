"""Preprocessing made ahead of time: one private file a party, used once.

A file belongs to one program at its sizes, one list of parties with their certificates, and one session, named
by a nonce to which every party contributed. To use it, all parties must hold files of the same session. The
file is removed, and the removal is on the disk, before the first item is handed out: whatever happens
afterwards, no item can be used a second time, and since the peers' files go the same way a copy that was put
aside fits nothing any more. A party that stops in between leaves files behind that no longer fit each other;
they are made anew.

Layout: magic, length of the header (4 bytes, little endian), header (MessagePack), the arrays of each need one
after the other as little-endian words, SHA-256 of all that. The digest is against damage, not against forgery:
who can write the file is its owner.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import msgspec
import numpy as np

from ..errors import ConfigError, Disagreement, PeerError
from ..transport.base import Transport
from .kinds import Needs
from .material import Material, Triple, shapes

_MAGIC = b"CLOISTER preprocessing 1\n"
_NONCE_BYTES = 32
_DIGEST_BYTES = 32
_HEADER_LIMIT = 1 << 20


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file is for: `me` is this party's position; no fingerprints where the links are insecure."""

    circuit_digest: str
    names: tuple[str, ...]
    fingerprints: tuple[str, ...]
    me: int


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    purpose: Purpose
    nonce: bytes
    needs: Needs


def new_nonce(transport: Transport) -> bytes:
    """A fresh name for a session, from random bytes of every party: equal at all of them."""
    mine = os.urandom(_NONCE_BYTES)
    given = {**transport.control(mine), transport.me: mine}
    if any(len(part) != _NONCE_BYTES for part in given.values()):
        raise PeerError("a peer sent a malformed nonce")
    return hashlib.sha256(b"".join(given[position] for position in sorted(given))).digest()


def save(path: Path, purpose: Purpose, nonce: bytes, material: Material) -> None:
    """Writes material of which nothing was used. Raises ConfigError when the file exists or cannot be written.

    It appears under its name only when it is whole.
    """
    if any(material.taken().values()):
        raise ValueError("material of which something was used cannot be stored")
    if path.exists():
        raise ConfigError(f"{path} exists already and is left as it is")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            _write(file.write, _Header(purpose, nonce, material.needs), material)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, path)
        _sync_directory(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None


def use(path: Path, purpose: Purpose, needs: Needs, transport: Transport) -> Material | None:
    """Takes the stored material, for good; None, at every party, when none of them has any.

    Raises ConfigError when this party's file is damaged, not private or made for something else, and
    Disagreement when the parties do not all hold a file of the same session.
    """
    with ExitStack() as stack:
        file = _open(path)
        stored = None
        if file is not None:
            stack.enter_context(file)
            stored = _load(path, file, purpose, needs)
        mine = stored.nonce if stored is not None else b""
        nonces = {**transport.control(mine), transport.me: mine}
        if len(set(nonces.values())) > 1:
            raise Disagreement(_difference(nonces, purpose.names))
        if stored is None:
            return None
        _claim(path, stored)
        return stored.material


@dataclass(frozen=True)
class _Stored:
    """What was read of a good file."""

    inode: tuple[int, int]
    nonce: bytes
    material: Material


def _write(write: Callable[[bytes | memoryview], object], header: _Header, material: Material) -> None:
    digest = hashlib.sha256()
    head = msgspec.msgpack.encode(header)
    pieces: list[bytes | memoryview] = [_MAGIC, len(head).to_bytes(4, "little"), head]
    pieces += [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
               for arrays in material.arrays for array in arrays]
    for piece in pieces:
        digest.update(piece)
        write(piece)
    write(digest.digest())


def _open(path: Path) -> BufferedReader | None:
    """Opens a file for this run alone; None where there is none. Raises ConfigError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    file = os.fdopen(descriptor, "rb")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigError(f"{path} is being used by another run") from None
    return file


def _load(path: Path, file: BufferedReader, purpose: Purpose, needs: Needs) -> _Stored:
    """Reads and checks a file. Raises ConfigError."""
    state = os.fstat(file.fileno())
    _check_private(path, state)
    head = file.read(len(_MAGIC) + 4)
    length = int.from_bytes(head[len(_MAGIC):], "little")
    if not head.startswith(_MAGIC) or length > _HEADER_LIMIT:
        raise ConfigError(f"{path} is no stored preprocessing of this version")
    encoded = file.read(length)
    header = _checked(path, encoded, purpose, needs)
    digest = hashlib.sha256(head + encoded)
    arrays = [_read(file, digest.update, wanted) for wanted in map(shapes, needs)]
    if file.read(_DIGEST_BYTES + 1) != digest.digest():
        raise ConfigError(f"{path} is damaged")
    return _Stored((state.st_dev, state.st_ino), header.nonce, Material(needs, arrays))


def _checked(path: Path, encoded: bytes, purpose: Purpose, needs: Needs) -> _Header:
    try:
        header = msgspec.msgpack.decode(encoded, type=_Header)
    except msgspec.DecodeError:
        raise ConfigError(f"{path} is damaged") from None
    found = header.purpose
    if found.circuit_digest != purpose.circuit_digest or header.needs != needs:
        raise ConfigError(f"{path} was made for another program, or for other parameters or sizes")
    if found != purpose:
        raise ConfigError(f"{path} was made for other parties, or for other certificates")
    if len(header.nonce) != _NONCE_BYTES:
        raise ConfigError(f"{path} is damaged")
    return header


def _check_private(path: Path, state: os.stat_result) -> None:
    """A file of this user alone, under one name: a second one would outlive the use."""
    if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        raise ConfigError(f"{path} is not a plain file, or has a second name")
    if state.st_uid != os.geteuid() or state.st_mode & 0o077:
        raise ConfigError(f"others may read {path}: it cannot be used any more; make it anew")


def _read(file: BufferedReader, update: Callable[[memoryview], None], wanted: Sequence[tuple[int, ...]]) -> Triple:
    """The arrays of one need; what is missing at the end stays zero and is found by the digest."""
    a, b, c = (np.zeros(shape, np.uint64) for shape in wanted)
    for array in (a, b, c):
        data = array.reshape(-1).view(np.uint8).data
        file.readinto(data)
        update(data)
    return a, b, c


def _claim(path: Path, stored: _Stored) -> None:
    """Removes the file, once and for all. Raises ConfigError when somebody else has."""
    try:
        state = os.stat(path, follow_symlinks=False)
        if (state.st_dev, state.st_ino) != stored.inode:
            raise FileNotFoundError
        os.unlink(path)
    except FileNotFoundError:
        raise ConfigError(f"{path} was used or replaced meanwhile") from None
    _sync_directory(path)


def _sync_directory(path: Path) -> None:
    """What happened to the names in the directory is on the disk when this returns."""
    descriptor = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _difference(nonces: dict[int, bytes], names: Sequence[str]) -> str:
    without = [names[position] for position in sorted(nonces) if not nonces[position]]
    if without:
        return f"the parties do not all have stored preprocessing for this run: {', '.join(without)} has none"
    return "the stored preprocessing of the parties is not of the same session; all have to make it anew"
