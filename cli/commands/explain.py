"""`cloister explain`: what a diagnostic code means."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterator

from cloister.compiler.errors import CODES, page

from ..options import Usage

#: What stands before an example, by the words of its fence.
_BEFORE = {"mpc fails": "Gives this message:", "mpc": "Does not:", "text": "For example:"}


def run(arguments: argparse.Namespace) -> int:
    """Prints the page of a code: what it means, an example that gives it, and one that does not."""
    code = arguments.code.upper()
    if code not in CODES:
        near = difflib.get_close_matches(code, CODES, n=3)
        raise Usage(f"there is no code {code}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    print("\n".join(_plain(page(code))))
    return 0


def _plain(text: str) -> Iterator[str]:
    """The lines of a page, examples indented instead of fenced."""
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
            if inside:
                yield f"{_BEFORE[line[3:]]}\n"
        else:
            yield f"    {line}" if inside and line else line
