"""A program priced at given sizes: what `cost`, `check` and `audit` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from cloister.compiler.check.sizes import at_bounds
from cloister.compiler.pipeline import Compiled, Loaded, Options, compile_program
from cloister.compiler.price.network import NETWORKS, Network
from cloister.compiler.report.estimate import Estimate, estimate

from .options import Usage


@dataclass(frozen=True)
class Priced:
    """A compilation and its price on a network."""

    compiled: Compiled
    network: Network
    estimate: Estimate


def network(name: str) -> Network:
    """The profile of that name. Raises Usage."""
    if name not in NETWORKS:
        raise Usage(f"there is no network profile `{name}`; known are {', '.join(NETWORKS)}")
    return NETWORKS[name]


def price(loaded: Loaded, sizes: Mapping[str, int], arguments: argparse.Namespace) -> Priced:
    """Compiles for the sizes and prices the result. Sizes that are not given are taken at their bounds."""
    profile = network(arguments.network)
    compiled = compile_program(loaded, sizes or at_bounds(loaded.head), Options(profile, arguments.level, arguments.protocol))
    return Priced(compiled, profile, estimate(compiled.program, compiled.protocol, profile))
