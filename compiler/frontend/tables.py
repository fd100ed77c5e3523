"""The parser's tables: made by lark from grammar.lark, and kept as JSON in the user's cache directory.

Making them takes half a second, reading them some hundredths. JSON, not lark's pickles: a cache file must
not be able to run code. It is read only where it belongs to this user alone, it is written whole or not at
all, and its name holds the digest of grammar and lark version, so that a stale one is never met.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_MAX_BYTES = 16 << 20


@functools.cache
def parser() -> lark.Lark:
    """The LALR(1) parser of the language, to be fed with tokens (`parse_interactive`)."""
    grammar = _GRAMMAR.read_text("utf-8")
    path = cache_file(grammar)
    made = _read(path) if path is not None else None
    if made is None:
        made = lark.Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True)
        if path is not None:
            _write(path, made)
    return made


@functools.cache
def terminals() -> dict[str, str]:
    """The grammar's name of each reserved word, soft word and sign, by its text."""
    return {terminal.pattern.value: terminal.name for terminal in parser().terminals}


def cache_file(grammar: str) -> Path | None:
    """Where the tables of `grammar` are kept; None where the user has no home."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    digest = hashlib.sha256(f"{lark.__version__}\n{grammar}".encode()).hexdigest()
    return base / "cloister" / f"grammar-{digest[:32]}.json" if base.is_absolute() else None


def _read(path: Path) -> lark.Lark | None:
    """The parser kept in `path`; None when there is none, or none that may be trusted or understood."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:
            state = os.fstat(file.fileno())
            private = not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o077)
            if not private or not stat.S_ISREG(state.st_mode) or state.st_size > _MAX_BYTES:
                return None
            kept = json.loads(file.read())
        return _load(kept)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, lark.exceptions.LarkError):
        return None


def _load(kept: dict[str, Any]) -> lark.Lark:
    table = kept["data"]["parser"]["parser"]
    kept["memo"], table["tokens"] = _numbered(kept["memo"]), _numbered(table["tokens"])
    table["states"] = {state: _numbered(row) for state, row in _numbered(table["states"]).items()}
    made: lark.Lark = lark.Lark._load_from_dict(kept["data"], kept["memo"])  # type: ignore[no-untyped-call]
    return made


def _numbered(mapping: dict[str, Any]) -> dict[int, Any]:
    """`mapping` with the numbers for keys that JSON has turned into text."""
    return {int(key): value for key, value in mapping.items()}


def _write(path: Path, made: lark.Lark) -> None:
    """Keep `made` in `path`, for this user alone; a cache that cannot be written is no error."""
    data, memo = made.memo_serialize([TerminalDef, Rule])
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump({"data": data, "memo": memo}, file)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError:
        return
