"""The share store: what one program keeps and a later one loads, as shares that nobody can read alone.

Every party has a folder of its own with a file `NAME.kept` for each kept value: magic, length of the header (4 bytes,
little endian), header (MessagePack), the arrays of this party's shares one after the other as little-endian words,
SHA-256 of all that. The digest is against damage, not against forgery: who can write the file is its owner.

The header binds the shares to their name, the parties with their certificates, this party's place among them, the
protocol, the types, and a serial number to which every party contributed when they were kept. Parties that load a
value compare serial numbers before anything is computed: shares of different runs never come together.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import msgspec
import numpy as np

from ..errors import ConfigError, DataError
from ..private import check_file, create_file, make_folder, open_file, sync_file, sync_folder
from ..program import KeptKind, Program, ValueType
from ..protocols.base import Share
from .wanted import bound

_MAGIC = b"CLOISTER kept 1\n"
_HEADER_LIMIT = 1 << 20
_DIGEST_BYTES = 32
_ENDING, _PARTIAL = ".kept", ".partial"


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose shares these are: `me` is this party's position; no fingerprints where no identities outlive a run."""

    parties: tuple[str, ...]
    me: int
    fingerprints: tuple[str, ...]
    protocol: str


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the shares. `program` and its `digest` made them, at `made` seconds since 1970.

    `kinds` are the parts in their order, `types` how each is held.
    """

    store: str
    serial: bytes
    owner: Owner
    kinds: tuple[KeptKind, ...]
    types: tuple[ValueType, ...]
    program: str
    digest: str
    made: int


# -- writing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """Files that are whole and on the disk, under names that nobody looks for."""

    folder: Path
    partial: tuple[Path, ...]

    def commit(self) -> None:
        """Gives them their names; what was kept under these before is gone. Raises ConfigError."""
        try:
            for path in self.partial:
                os.replace(path, path.with_suffix(_ENDING))
            sync_folder(self.folder)
        except OSError as error:
            raise ConfigError(f"{self.folder} cannot be written: {error.strerror}") from None

    def discard(self) -> None:
        """Removes them."""
        for path in self.partial:
            with contextlib.suppress(OSError):
                path.unlink()


def stage(folder: Path, program: Program, owner: Owner, serial: bytes, shares: Sequence[Share]) -> Staged:
    """Writes the shares of all that `program` keeps, in the order of its `keeps`, for their owner alone.

    Raises ConfigError when they cannot be written or the folder is not private.
    """
    staged: list[Path] = []
    try:
        make_folder(folder)
        for store in dict.fromkeys(spec.store for spec in program.keeps):
            own = [i for i, spec in enumerate(program.keeps) if spec.store == store]
            record = Record(
                store, serial, owner, tuple(program.keeps[i].kind for i in own),
                tuple(program.body.types[program.body.results[program.keeps[i].value]] for i in own),
                program.name, program.digest, int(time.time()))
            path = folder / f"{store}{_PARTIAL}"
            path.unlink(missing_ok=True)  # left by a process that was killed
            staged.append(path)
            _write(path, record, [shares[i] for i in own])
    except OSError as error:
        Staged(folder, tuple(staged)).discard()
        raise ConfigError(f"{folder} cannot be written: {error.strerror}") from None
    return Staged(folder, tuple(staged))


def _write(path: Path, record: Record, shares: Sequence[Share]) -> None:
    head = msgspec.msgpack.encode(record)
    pieces = [_MAGIC, len(head).to_bytes(4, "little"), head]
    digest = hashlib.sha256()
    with create_file(path) as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        for share in shares:
            for array in share:
                data = np.ascontiguousarray(array, np.uint64).reshape(-1).view(np.uint8).data
                digest.update(data)
                file.write(data)
        file.write(digest.digest())
        sync_file(file)


# -- reading -------------------------------------------------------------------------------------------------


def find(folder: Path, store: str) -> Record:
    """The record of what was kept as `store`. Raises DataError when there is none, ConfigError for a bad file."""
    with _open(folder, store) as file:
        return _read_record(folder, store, file, hashlib.sha256())


def check_owner(folder: Path, record: Record, owner: Owner) -> None:
    """Raises ConfigError when the shares are another party's, other parties', or of another protocol."""
    path = folder / f"{record.store}{_ENDING}"
    for what, have, want in (
        ("the parties", ", ".join(record.owner.parties), ", ".join(owner.parties)),
        ("protocol", record.owner.protocol, owner.protocol),
        ("the party", record.owner.parties[record.owner.me], owner.parties[owner.me]),
    ):
        if have != want:
            raise ConfigError(f"{path} was kept by {what} {have}, and this run is of {what} {want}")
    if record.owner != owner:
        raise ConfigError(f"{path} was kept with other certificates than those of this run")


def shares(folder: Path, program: Program, records: Mapping[str, Record], copies: int) -> list[Share]:
    """This party's shares of all that `program` loads, in the order of its `loads`; `copies` arrays a share.

    `records` are those that were compared with the other parties. Raises ConfigError when a file is damaged or
    was replaced meanwhile, DataError when it holds a value in another form than the program takes.
    """
    found: dict[tuple[str, str], tuple[KeptKind, ValueType, Share]] = {}
    for store in dict.fromkeys(spec.store for spec in program.loads):
        record = records[store]
        for kind, held, share in zip(record.kinds, record.types, _read(folder, record, copies), strict=True):
            found[store, kind.part] = kind, held, share
    result = []
    for spec, number in zip(program.loads, program.body.args, strict=True):
        kind, held, share = found[spec.store, spec.kind.part]
        if held != program.body.types[number]:
            lo, hi = (bound(end, kind.frac) for end in (kind.lo, kind.hi))
            raise DataError(
                f'what was kept as "{spec.store}" is held in {held.width} bits, and the range declared here asks for '
                f"{program.body.types[number].width}: declare `in {lo}..{hi}`, or what fits "
                f"{held.width - 2} bits")
        result.append(share)
    return result


def _read(folder: Path, record: Record, copies: int) -> list[Share]:
    digest = hashlib.sha256()
    path = folder / f"{record.store}{_ENDING}"
    with _open(folder, record.store) as file:
        if _read_record(folder, record.store, file, digest) != record:
            raise ConfigError(f"{path} was replaced meanwhile")
        words = sum(held.words for held in record.types) * copies
        if os.fstat(file.fileno()).st_size != file.tell() + 8 * words + _DIGEST_BYTES:
            raise _damaged(path)
        result = []
        for held in record.types:
            arrays = []
            for _ in range(copies):
                array = np.zeros(_extents(held), np.uint64)
                data = array.reshape(-1).view(np.uint8).data
                file.readinto(data)
                digest.update(data)
                arrays.append(array)
            result.append(tuple(arrays))
        if file.read(_DIGEST_BYTES) != digest.digest():
            raise _damaged(path)
    return result


def _extents(held: ValueType) -> tuple[int, ...]:
    """The shape of one array of a share."""
    if held.kind == "planes":
        return held.width, (held.size + 63) // 64
    return held.shape if held.width == 64 else (2, *held.shape)


def _open(folder: Path, store: str) -> BufferedReader:
    path = folder / f"{store}{_ENDING}"
    try:
        file = open_file(path)
    except FileNotFoundError:
        raise DataError(f'nothing was kept as "{store}": there is no {path}') from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    try:
        check_file(path, file, f"chmod 600 {path}")
    except ConfigError:
        file.close()
        raise
    return file


def _read_record(folder: Path, store: str, file: BufferedReader, digest: hashlib._Hash) -> Record:
    path = folder / f"{store}{_ENDING}"
    head = file.read(len(_MAGIC) + 4)
    length = int.from_bytes(head[len(_MAGIC):], "little")
    if not head.startswith(_MAGIC) or length > _HEADER_LIMIT:
        raise ConfigError(f"{path} holds no shares of this version")
    encoded = file.read(length)
    digest.update(head + encoded)
    try:
        record = msgspec.msgpack.decode(encoded, type=Record)
    except msgspec.DecodeError:
        raise _damaged(path) from None
    whole = len(record.kinds) == len(record.types) and 0 <= record.owner.me < len(record.owner.parties)
    if record.store != store or not whole:
        raise _damaged(path)
    return record


def _damaged(path: Path) -> ConfigError:
    return ConfigError(f"{path} is damaged or renamed: it cannot be used any more; remove it")
