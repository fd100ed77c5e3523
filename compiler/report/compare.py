"""One program compiled in every way that would do: each protocol that gives the security, each family of adders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..gadgets.adders import FAMILIES
from ..pipeline import Loaded, Options, compile_program
from ..price.network import Network
from ..protocol.choose import choose_protocol, fitting
from .estimate import Estimate, estimate


@dataclass(frozen=True)
class Way:
    """A way to compile: with one family of adders, or (None) with what is best by price on the network `priced`."""

    protocol: str
    adders: str | None
    priced: str | None


@dataclass(frozen=True)
class Alternative:
    """What one circuit costs on each network, by its name. `ways` all lead to it; the compiler takes the chosen one."""

    ways: tuple[Way, ...]
    chosen: bool
    estimates: Mapping[str, Estimate]

    @property
    def protocol(self) -> str:
        """The protocol that runs it."""
        return self.ways[0].protocol


def compare(loaded: Loaded, sizes: Mapping[str, int], options: Options,
            networks: Iterable[Network]) -> list[Alternative]:
    """All alternatives, each circuit once, by protocol; that of `options` is the chosen one. Raises ProgramError."""
    priced = {network.name: network for network in networks}
    head = loaded.head
    chosen = Way(choose_protocol(head.parties, head.security, options.protocol).name, None, options.network.name)
    ways: dict[str, list[Way]] = {}
    estimates: dict[str, dict[str, Estimate]] = {}
    for protocol in fitting(head.parties, head.security):
        for way, wanted in _ways(protocol.name, options, priced):
            compiled = compile_program(loaded, sizes, wanted)
            digest = compiled.program.circuit_digest
            ways.setdefault(digest, []).append(way)
            if digest not in estimates:
                estimates[digest] = {name: estimate(compiled.program, compiled.protocol, network)
                                     for name, network in priced.items()}
    return [Alternative(tuple(found), chosen in found, estimates[digest]) for digest, found in ways.items()]


def _ways(protocol: str, options: Options, networks: Mapping[str, Network]) -> Iterator[tuple[Way, Options]]:
    for network in {options.network.name: options.network, **networks}.values():
        yield Way(protocol, None, network.name), replace(options, protocol=protocol, network=network)
    for family in FAMILIES:
        yield Way(protocol, family, None), replace(options, protocol=protocol, adders=family)
