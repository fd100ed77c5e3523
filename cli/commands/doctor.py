"""`cloister doctor`: whether this machine can run a party."""

from __future__ import annotations

import argparse
import os
import ssl
import sys
from collections.abc import Callable
from importlib.metadata import version

_LIBRARIES = ("cryptography", "lark", "msgspec", "networkx", "numpy", "pyarrow", "rich")


def run(arguments: argparse.Namespace) -> int:
    """Prints one line a check; exit code 1 when one fails."""
    healthy = True
    for name, check in _CHECKS.items():
        try:
            print(f"ok      {name}: {check()}")
        except Exception as error:
            healthy = False
            print(f"FAILED  {name}: {error}")
    return 0 if healthy else 1


def _python() -> str:
    if sys.version_info < (3, 11):
        raise RuntimeError(f"{sys.version.split()[0]}; 3.11 or newer is needed")
    return sys.version.split()[0]


def _tls() -> str:
    if not ssl.HAS_TLSv1_3:
        raise RuntimeError(f"{ssl.OPENSSL_VERSION} has no TLS 1.3")
    return f"TLS 1.3 by {ssl.OPENSSL_VERSION}"


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)


def _three_parties() -> str:
    """A real local run of three processes over TLS."""
    from ..selftest import run_selftest

    return run_selftest()


def _processors() -> str:
    return f"{os.cpu_count()} processors"


_CHECKS: dict[str, Callable[[], str]] = {
    "python": _python, "libraries": _libraries, "tls": _tls, "processors": _processors,
    "three parties over TLS on this machine": _three_parties,
}
