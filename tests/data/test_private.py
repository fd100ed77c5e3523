"""Files and folders that are their owner's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cloister.runtime.errors import ConfigError
from cloister.runtime.private import check_file, check_folder, create_file, make_folder, open_file, write_whole


def test_a_folder_is_private_or_refused(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    make_folder(folder)
    make_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o710)
    with pytest.raises(ConfigError, match=r"others may enter .*chmod 700"):
        make_folder(folder)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is no folder"):
        check_folder(tmp_path / "file")


def test_a_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    old = os.umask(0)
    try:
        with create_file(path) as file:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            file.write(b"x")
    finally:
        os.umask(old)
    with pytest.raises(FileExistsError):
        create_file(path)
    with open_file(path) as read:
        assert check_file(path, read, "remove it").st_size == 1


def test_what_others_read_or_name_is_refused(tmp_path: Path) -> None:
    path, other = tmp_path / "secret", tmp_path / "other"
    create_file(path).close()
    os.symlink(path, other)
    with pytest.raises(OSError, match="symbolic links"):
        open_file(other)
    other.unlink()
    os.link(path, other)
    with open_file(path) as file, pytest.raises(ConfigError, match="has a second name"):
        check_file(path, file, "remove it")
    other.unlink()
    path.chmod(0o640)
    with open_file(path) as file, pytest.raises(ConfigError, match=r"others may read .*: remove it"):
        check_file(path, file, "remove it")
    with open_file(Path(os.devnull)) as file, pytest.raises(ConfigError, match="not a plain file"):
        check_file(Path(os.devnull), file, "remove it")


def test_files_are_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def fail(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, b"three")
    assert path.read_bytes() == b"two"
    assert [one.name for one in tmp_path.iterdir()] == ["result.json"]
