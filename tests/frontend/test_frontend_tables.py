"""The kept tables of the parser: written whole, read back alike, believed only where they are the user's."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import lark
import pytest
from cloister.compiler.frontend import tables

GRAMMAR = Path(tables.__file__).with_name("grammar.lark").read_text("utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cache file that the parser's first use writes into a fresh cache directory."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        tables.parser.cache_clear()
        tables.parser()
    (path,) = (folder / "cloister").iterdir()
    yield path
    tables.parser.cache_clear()


@pytest.fixture
def kept(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it in a cache directory of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tables.cache_file(GRAMMAR)
    assert path is not None
    path.parent.mkdir()
    shutil.copy(made, path)
    return path


def parser_again(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the next use of the parser makes the tables anew."""
    made: list[int] = []
    original = lark.Lark.__init__

    def counting(self: lark.Lark, *args: object, **options: object) -> None:
        made.append(1)
        original(self, *args, **options)  # type: ignore[arg-type]

    tables.parser.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(lark.Lark, "__init__", counting)
        session = tables.parser().parse_interactive()
        session.feed_token(lark.Token("PASS", "pass", 0, 1, 1, 1, 5))
        session.feed_token(lark.Token("_NEWLINE", "", 0, 1, 1, 1, 5))
        assert session.feed_eof() is not None
    return bool(made)


def test_kept_tables_are_used(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not parser_again(monkeypatch)


def test_tables_that_others_may_write_are_made_anew(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.chmod(0o666)
    assert parser_again(monkeypatch)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_link_is_not_followed(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.rename(kept, tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    assert parser_again(monkeypatch)
    assert not kept.is_symlink()


@pytest.mark.parametrize("content", ["{", "[]", '{"data": {}, "memo": {"x": 1}}'])
def test_damaged_tables_are_made_anew(kept: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.write_text(content, encoding="utf-8")
    assert parser_again(monkeypatch)
    assert json.loads(kept.read_text("utf-8"))


def test_no_place_to_keep_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for value in (str(tmp_path / "file"), "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert parser_again(monkeypatch)
    tables.parser.cache_clear()
