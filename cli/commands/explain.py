"""`cloister explain`: what a diagnostic code means."""

from __future__ import annotations

import argparse
import difflib

from cloister.compiler.errors import CODES, page

from ..options import Usage


def run(arguments: argparse.Namespace) -> int:
    """Prints the page of a code: what it means, an example that fails, and one that is right."""
    code = arguments.code.upper()
    if code not in CODES:
        near = difflib.get_close_matches(code, CODES, n=3)
        raise Usage(f"there is no code {code}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    print(page(code), end="")
    return 0
