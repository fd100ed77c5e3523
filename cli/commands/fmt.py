"""`cloister fmt`: the standard layout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.frontend.format import format_source
from cloister.compiler.source import Source
from cloister.runtime.private import write_whole

from ..failures import explain
from ..options import Usage


def run(arguments: argparse.Namespace) -> int:
    """Rewrites the files, or with --check only says which would change. A file with errors stays as it is."""
    codes = [_format(path, arguments.check) for path in arguments.programs]
    return max(codes)


def _format(path: Path, check: bool) -> int:
    try:
        source = Source(path.name, path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise Usage(f"{path} is not UTF-8 text") from None
    try:
        laid_out = format_source(source)
    except ProgramError as error:
        return explain(ProgramError(error.diagnostics, {source.name: source}))
    if laid_out == source.text:
        return 0
    if not check:
        mode = path.stat().st_mode
        write_whole(path.resolve(), laid_out.encode())
        path.chmod(mode)
    print(f"{path}: {'would change' if check else 'changed'}", file=sys.stderr)
    return 1 if check else 0
