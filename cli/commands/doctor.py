"""`cloister doctor`: whether this machine can run a party."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import socket
import ssl
from collections.abc import Callable
from importlib.metadata import version

from rich.text import Text

from ..show import console

_LIBRARIES = ("cffi", "cryptography", "lark", "msgspec", "networkx", "numpy", "pyarrow", "rich", "tomlkit")


def run(arguments: argparse.Namespace) -> int:
    """Prints one line a check; exit code 1 when one fails."""
    healthy = True
    for name, check in _CHECKS.items():
        try:
            mark, style, found = "ok", "green", check()
        except Exception as error:
            mark, style, found = "FAILED", "bold red", str(error) or type(error).__name__
            healthy = False
        console().print(Text.assemble((f"{mark:<8}", style), f"{name}: {found}"), soft_wrap=True)
    return 0 if healthy else 1


def _tls() -> str:
    if not ssl.HAS_TLSv1_3:
        raise RuntimeError(f"{ssl.OPENSSL_VERSION} has no TLS 1.3")
    return f"TLS 1.3 by {ssl.OPENSSL_VERSION}"


def _libraries() -> str:
    for name in _LIBRARIES:
        importlib.import_module(name)
    return ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)


def _kernels() -> str:
    from cloister.runtime.compiled import kernels  # not before the libraries are known to be there

    return "compiled" if kernels() is not None else "numpy"


def _loopback() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname(), 5):
        return "127.0.0.1 takes connections"


def _three_parties() -> str:
    """A real local run of three processes over TLS."""
    from ..selftest import run_selftest  # not before the libraries are known to be there

    return run_selftest()


_CHECKS: dict[str, Callable[[], str]] = {
    "python": platform.python_version,
    "libraries": _libraries,
    "kernels": _kernels,
    "tls": _tls,
    "network": _loopback,
    "processors": lambda: str(os.cpu_count()),
    "three parties over TLS on this machine": _three_parties,
}
