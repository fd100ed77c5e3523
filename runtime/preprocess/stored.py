"""The file that holds one party's preprocessing for one run.

Layout: magic, length of the header (4 bytes, little endian), header (MessagePack), the arrays of each need one
after the other as little-endian words, SHA-256 of all that. The digest is against damage, not against forgery:
who can write the file is its owner.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BufferedReader
from math import prod
from pathlib import Path

import msgspec
import numpy as np

from ..errors import ConfigError
from ..private import check_file, create_file, open_file, sync_file, sync_folder
from .kinds import Needs
from .material import Material, Triple, shapes

#: What the names of whole files, and of those that are being written, end in.
ENDING = ".prepared"
PARTIAL = ".partial"

NONCE_BYTES = 32

_MAGIC = b"CLOISTER preprocessing 2\n"
_DIGEST_BYTES = 32
_HEADER_LIMIT = 1 << 20
#: Hexadecimal digits of the circuit's digest and of the nonce in the name of a file.
_NAMED = 16


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file is for: `me` is this party's position; no fingerprints where no identities outlive a run."""

    circuit_digest: str
    names: tuple[str, ...]
    fingerprints: tuple[str, ...]
    me: int


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the arrays. `program` and `parameters` are for people, who look at what is stored."""

    purpose: Purpose
    nonce: bytes
    needs: Needs
    program: str
    parameters: dict[str, bool | int | float | str]

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.purpose.circuit_digest[:_NAMED]}-{self.nonce.hex()[:_NAMED]}{ENDING}"


def named_for(purpose: Purpose) -> str:
    """The pattern of the names of all files for one compiled program."""
    return f"{purpose.circuit_digest[:_NAMED]}-*{ENDING}"


@dataclass(frozen=True)
class Opened:
    """A file that is open and of which the header was read; `digest` is of what was read so far."""

    path: Path
    file: BufferedReader
    inode: tuple[int, int]
    header: Header
    digest: hashlib._Hash


def array_bytes(needs: Needs) -> int:
    """Bytes of the arrays of a file: it is so long and at most a few kilobytes more."""
    return sum(8 * prod(shape) for need in needs for shape in shapes(need))


def write(path: Path, header: Header, material: Material) -> None:
    """Writes a file for its owner alone; it has its name only once it is whole and on the disk. Raises OSError."""
    partial = path.with_suffix(PARTIAL)
    with create_file(partial) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            _write(file.write, header, material)
            sync_file(file)
            os.rename(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Removes what processes that were killed left half written. Raises OSError."""
    for partial in folder.glob(f"*{PARTIAL}"):
        with contextlib.suppress(FileNotFoundError, BlockingIOError), partial.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            partial.unlink(missing_ok=True)


def open_locked(path: Path) -> BufferedReader | None:
    """Opens a file for this process alone; None when another has it, or has just removed it. Raises ConfigError."""
    try:
        file = open_file(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    if not os.fstat(file.fileno()).st_nlink:  # removed between the two
        file.close()
        return None
    return file


def read_header(path: Path, file: BufferedReader) -> Opened:
    """Reads and checks the header of a file. Raises ConfigError when it is damaged or not private."""
    state = check_file(path, file, "it cannot be used any more; remove it")
    head = file.read(len(_MAGIC) + 4)
    length = int.from_bytes(head[len(_MAGIC):], "little")
    if not head.startswith(_MAGIC) or length > _HEADER_LIMIT:
        raise ConfigError(f"{path} is no stored preprocessing of this version")
    encoded = file.read(length)
    try:
        header = msgspec.msgpack.decode(encoded, type=Header)
    except msgspec.DecodeError:
        raise damaged(path) from None
    if len(header.nonce) != NONCE_BYTES or header.name != path.name:
        raise damaged(path)
    return Opened(path, file, (state.st_dev, state.st_ino), header, hashlib.sha256(head + encoded))


def read_material(opened: Opened) -> Material:
    """The rest of a file. Raises ConfigError when it is damaged."""
    needs = opened.header.needs
    expected = opened.file.tell() + array_bytes(needs) + _DIGEST_BYTES
    if os.fstat(opened.file.fileno()).st_size != expected:
        raise damaged(opened.path)
    arrays = [_read(opened.file, opened.digest.update, wanted) for wanted in map(shapes, needs)]
    if opened.file.read(_DIGEST_BYTES) != opened.digest.digest():
        raise damaged(opened.path)
    return Material(needs, arrays)


def claim(opened: Opened) -> None:
    """Removes a file, once and for all. Raises ConfigError when somebody else has."""
    path = opened.path
    try:
        state = os.stat(path, follow_symlinks=False)
        if (state.st_dev, state.st_ino) != opened.inode:
            raise FileNotFoundError
        os.unlink(path)
    except FileNotFoundError:
        raise ConfigError(f"{path} was used or replaced meanwhile") from None
    sync_folder(path.parent)


def damaged(path: Path) -> ConfigError:
    """The error for a file that is not as it was written."""
    return ConfigError(f"{path} is damaged or renamed: it cannot be used any more; remove it")


def _write(send: Callable[[bytes | memoryview], object], header: Header, material: Material) -> None:
    digest = hashlib.sha256()
    head = msgspec.msgpack.encode(header)
    if len(head) > _HEADER_LIMIT:
        raise ValueError(f"a header of {len(head)} bytes")
    pieces: list[bytes | memoryview] = [_MAGIC, len(head).to_bytes(4, "little"), head]
    pieces += [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
               for arrays in material.arrays for array in arrays]
    for piece in pieces:
        digest.update(piece)
        send(piece)
    send(digest.digest())


def _read(file: BufferedReader, update: Callable[[memoryview], None], wanted: Sequence[tuple[int, ...]]) -> Triple:
    """The arrays of one need; what is missing at the end stays zero and is found by the digest."""
    a, b, c = (np.zeros(shape, np.uint64) for shape in wanted)
    for array in (a, b, c):
        data = array.reshape(-1).view(np.uint8).data
        file.readinto(data)
        update(data)
    return a, b, c
