"""The networks that can be named on the command line."""

from __future__ import annotations

from pathlib import Path

from cloister.compiler.price.network import NETWORKS, Network

from .options import Usage, suggestion


def network(name: str) -> Network:
    """The profile of that name, or of the file that `cloister calibrate` wrote. Raises Usage, ConfigError."""
    if name in NETWORKS:
        return NETWORKS[name]
    if "." in name or "/" in name:
        from cloister.compiler.price.profile import read  # what is measured: much more than the named ones need

        return read(Path(name))
    raise Usage(f"there is no network profile `{name}` (a file is named with its ending){suggestion(name, NETWORKS)}")


def check_emulated(name: str | None, local: bool) -> None:
    """Raises Usage unless local links can behave like the network of that name; None: as they are."""
    if name is None:
        return
    if not local:
        raise Usage("--emulate is for --local only; real links are as they are")
    if name not in NETWORKS:
        raise Usage(f"--emulate takes a named profile, not `{name}`{suggestion(name, NETWORKS)}")
