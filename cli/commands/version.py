"""`cloister version`."""

from __future__ import annotations

import argparse

from cloister import __version__


def run(arguments: argparse.Namespace) -> int:
    """Prints the version."""
    print(f"cloister {__version__}")
    return 0
