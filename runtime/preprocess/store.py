"""Preprocessing made ahead of time: a private folder a party with a file for each run, used once.

A file belongs to one compiled program, one list of parties with their certificates, and one preparation, named
by a nonce to which every party contributed. Which file is used is decided together: each party says which
preparations it holds, and of those that all hold the first is taken. So a party that lost a file, or never had
it, takes it out of everybody's use, and nothing hangs on who remembers what.

Then every party reads its file whole, all say that they have, and each removes its own: the removal is on the
disk before the first item is handed out. Whatever happens afterwards, no item can be used a second time; since
the peers' files go the same way, a copy that was put aside fits nothing any more. A crash in between leaves
some parties with a file that others lack, which is never taken.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, PeerError
from ..private import check_folder, make_folder
from ..transport.base import Transport
from .kinds import Needs
from .material import Material
from .stored import (
    ENDING,
    NONCE_BYTES,
    Header,
    Opened,
    Purpose,
    claim,
    named_for,
    open_locked,
    read_header,
    read_material,
    sweep,
    write,
)

#: Files for one program that a run considers, each of which it holds open.
_MOST = 200


def new_nonce(transport: Transport) -> bytes:
    """A fresh name for a preparation, from random bytes of every party: equal at all of them."""
    mine = os.urandom(NONCE_BYTES)
    given = {**transport.control(mine), transport.me: mine}
    if any(len(part) != NONCE_BYTES for part in given.values()):
        raise PeerError("a peer sent a malformed nonce")
    return hashlib.sha256(b"".join(given[position] for position in sorted(given))).digest()


def keys_for(nonce: bytes, keys: Mapping[int, bytes]) -> dict[int, bytes]:
    """The pairwise keys of one preparation from those of the session, which may make several."""
    return {peer: hmac.digest(key, b"cloister preprocessing" + nonce, "sha256") for peer, key in keys.items()}


def save(folder: Path, header: Header, material: Material) -> Path:
    """Writes material of which nothing was used, in a folder that is made if need be.

    Raises ConfigError when it cannot be written or the folder is not private.
    """
    if any(material.taken().values()):
        raise ValueError("material of which something was used cannot be stored")
    path = folder / header.name
    try:
        make_folder(folder)
        sweep(folder)
        write(path, header, material)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    return path


def save_together(folder: Path, header: Header, material: Material, transport: Transport) -> Path:
    """As `save`, at all parties: the file stays only when everybody's is on the disk. Raises PeerError too."""
    path = save(folder, header, material)
    try:
        transport.control(b"stored")
    except PeerError:
        with suppress(OSError):
            path.unlink()
        raise
    return path


@dataclass(frozen=True)
class Taken:
    """What a run got of the store: material or, where there is nothing that all hold, None. `note` says why."""

    material: Material | None
    note: str = ""


def take(folder: Path, purpose: Purpose, needs: Needs, transport: Transport) -> Taken:
    """Takes stored material for good, if all parties have some of one preparation; the same at every party.

    Raises ConfigError when a file of this party is damaged, not private or made for something else, and
    PeerError when a peer fails: then nobody has used anything.
    """
    with ExitStack() as stack:
        held = {opened.header.nonce: opened for opened in _held(folder, purpose, needs, stack)}
        offers = _offers(transport, sorted(held))
        common = set.intersection(*offers.values())
        note = _note(offers, common, held, purpose.names)
        if not common:
            return Taken(None, note)
        chosen = held[min(common)]
        material = read_material(chosen)
        transport.control(b"whole")  # no file is gone before everybody's is known to be good
        claim(chosen)
    return Taken(material, note)


@dataclass(frozen=True)
class Entry:
    """A file as it lies there: its header, or what is wrong with it. `made` is in seconds since 1970."""

    path: Path
    nbytes: int
    made: float
    header: Header | None
    problem: str = ""


def entries(folder: Path) -> list[Entry]:
    """All files of a folder, oldest first. Raises ConfigError for a folder that is not private."""
    found = []
    for path in _files(folder, f"*{ENDING}"):
        with suppress(FileNotFoundError):
            state = path.lstat()
            found.append(_entry(path, state))
    return sorted(found, key=lambda entry: (entry.made, entry.path))


def _entry(path: Path, state: os.stat_result) -> Entry:
    try:
        file = open_locked(path)
        if file is None:
            return Entry(path, state.st_size, state.st_mtime, None, "in use")
        with file:
            return Entry(path, state.st_size, state.st_mtime, read_header(path, file).header)
    except ConfigError as error:
        return Entry(path, state.st_size, state.st_mtime, None, str(error))


def _held(folder: Path, purpose: Purpose, needs: Needs, stack: ExitStack) -> list[Opened]:
    """The files for this purpose that no other run has. Raises ConfigError."""
    found: list[Opened] = []
    for path in _files(folder, named_for(purpose)):
        file = open_locked(path) if len(found) < _MOST else None
        if file is not None:
            opened = read_header(path, stack.enter_context(file))
            _check(opened, purpose, needs)
            found.append(opened)
    return found


def _files(folder: Path, pattern: str) -> list[Path]:
    if not folder.exists():
        return []
    check_folder(folder)
    return sorted(folder.glob(pattern))


def _check(opened: Opened, purpose: Purpose, needs: Needs) -> None:
    found = opened.header.purpose
    if found.circuit_digest != purpose.circuit_digest or opened.header.needs != needs:
        raise ConfigError(f"{opened.path} was made for another program, or for other parameters or sizes; remove it")
    if found != purpose:
        raise ConfigError(f"{opened.path} was made for other parties, or for other certificates; remove it")


def _offers(transport: Transport, mine: Sequence[bytes]) -> dict[int, set[bytes]]:
    """Which preparations each party holds, by position. Raises PeerError."""
    payload = b"".join(mine)
    offers = {}
    for position, given in {**transport.control(payload), transport.me: payload}.items():
        if len(given) % NONCE_BYTES or len(given) > _MOST * NONCE_BYTES:
            raise PeerError("a peer sent a malformed list of its preparations")
        offers[position] = {given[i:i + NONCE_BYTES] for i in range(0, len(given), NONCE_BYTES)}
    return offers


def _note(offers: Mapping[int, set[bytes]], common: set[bytes], held: Mapping[bytes, Opened],
          names: Sequence[str]) -> str:
    """What people should know of stored preprocessing that does not fit."""
    if not common and any(offers.values()):
        without = [names[position] for position in sorted(offers) if not offers[position]]
        why = f"{', '.join(without)} has none" if without else "no preparation is held by all parties"
        said = f"the stored preprocessing cannot be used, and is made anew: {why}"
    else:
        said = ""
    left = [str(held[nonce].path) for nonce in sorted(set(held) - common)]
    kept = f"not all parties hold their part of {', '.join(left)}" if left else ""
    return "; ".join(part for part in (said, kept) if part)
