"""Every protocol, one row each."""

from __future__ import annotations

from .additive import Additive
from .base import Protocol
from .reference import Reference
from .replicated import Replicated

PROTOCOLS: dict[str, type[Protocol]] = {
    "reference": Reference,
    "replicated": Replicated,
    "additive": Additive,
}


def for_name(name: str, parties: int) -> Protocol:
    """The protocol for a number of computing parties.

    Raises ValueError when there is none of that name, or when it is not one for so many parties.
    """
    if name not in PROTOCOLS:
        raise ValueError(f"no protocol is called {name!r}; there are {', '.join(sorted(PROTOCOLS))}")
    return PROTOCOLS[name](parties)
