"""Files and folders that are their owner's alone: made so from the first byte on, checked before they are believed."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from io import BufferedReader, BufferedWriter
from pathlib import Path

from .errors import ConfigError


def make_folder(folder: Path) -> None:
    """Makes a folder for its owner alone, if it is not there. Raises OSError, ConfigError where others may enter."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        sync_folder(folder.parent)
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Raises ConfigError where others may enter or write to it: such a folder keeps no secrets. Raises OSError."""
    state = folder.stat()
    if not stat.S_ISDIR(state.st_mode):
        raise ConfigError(f"{folder} is no folder")
    if _shared(state):
        raise ConfigError(f"others may enter {folder}, which is to be its owner's alone: chmod 700 {folder}")


def create_file(path: Path) -> BufferedWriter:
    """Opens a new file for writing, for its owner alone. Raises OSError, where there is one too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "wb")


def open_file(path: Path) -> BufferedReader:
    """Opens a file for reading, not through a link. Raises OSError."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def check_file(path: Path, file: BufferedReader, mend: str) -> os.stat_result:
    """The state of a file of this user alone, under one name: a second one would outlive its use.

    Raises ConfigError, with `mend` where others may read it.
    """
    state = os.fstat(file.fileno())
    if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        raise ConfigError(f"{path} is not a plain file, or has a second name")
    if _shared(state):
        raise ConfigError(f"others may read {path}: {mend}")
    return state


def sync_file(file: BufferedWriter) -> None:
    """What was written is on the disk when this returns. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """What happened to the names in the folder is on the disk when this returns. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file that is there with all of `content` or not at all, readable by its owner only.

    Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            sync_file(file)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _shared(state: os.stat_result) -> bool:
    return state.st_uid != os.geteuid() or bool(state.st_mode & 0o077)
