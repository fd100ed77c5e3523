"""`cloister explain`: what a diagnostic code means."""

from __future__ import annotations

import argparse
import difflib

from cloister.compiler.errors import CODES

from ..options import Usage


def run(arguments: argparse.Namespace) -> int:
    """Prints the meaning of a code."""
    code = arguments.code.upper()
    if code not in CODES:
        near = difflib.get_close_matches(code, CODES, n=3)
        raise Usage(f"there is no code {code}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    print(f"{code}: {CODES[code]}")
    return 0
