"""`cloister fmt`: the standard layout."""

from __future__ import annotations

import argparse
import sys

from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.frontend.format import format_source
from cloister.compiler.source import Source
from cloister.runtime.data.results import write_whole


def run(arguments: argparse.Namespace) -> int:
    """Rewrites the files, or with --check only says which would change."""
    changed = 0
    for path in arguments.programs:
        source = Source(path.name, path.read_text(encoding="utf-8"))
        try:
            laid_out = format_source(source)
        except ProgramError as error:
            error.sources[source.name] = source
            raise
        if laid_out == source.text:
            continue
        changed += 1
        if not arguments.check:
            write_whole(path, laid_out.encode())
        print(f"{path}: {'would change' if arguments.check else 'changed'}", file=sys.stderr)
    return 1 if arguments.check and changed else 0
