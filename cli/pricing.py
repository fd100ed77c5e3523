"""A program priced at given sizes: what `cost`, `check` and `compile` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from cloister.compiler.check.sizes import at_bounds, parts, total
from cloister.compiler.pipeline import Compiled, Loaded, Options, compile_program
from cloister.compiler.price.network import NETWORKS, Network
from cloister.compiler.report.estimate import Estimate, estimate

from .options import Usage, suggestion


@dataclass(frozen=True)
class Priced:
    """A compilation and its price on a network."""

    loaded: Loaded
    compiled: Compiled
    network: Network
    estimate: Estimate


def network(name: str) -> Network:
    """The profile of that name. Raises Usage."""
    if name not in NETWORKS:
        raise Usage(f"there is no network profile `{name}`{suggestion(name, NETWORKS)}")
    return NETWORKS[name]


def price(loaded: Loaded, sizes: Mapping[str, int], arguments: argparse.Namespace) -> Priced:
    """Compiles for the sizes and prices the result. A size of which nothing is given is taken at its bound."""
    profile = network(arguments.network)
    bounds = at_bounds(loaded.head)
    for size in loaded.head.sizes:
        names = {size.name, *parts(loaded.head, size)}
        if names & sizes.keys():
            bounds = {name: value for name, value in bounds.items() if name not in names}
    compiled = compile_program(loaded, {**bounds, **sizes}, Options(profile, arguments.level, arguments.protocol))
    return Priced(loaded, compiled, profile, estimate(compiled.program, compiled.protocol, profile))


def sizes_line(loaded: Loaded, sizes: Mapping[str, int]) -> str:
    """`rows = 1,000,000 (the most declared)`: every size as bound."""
    found = []
    for size in loaded.head.sizes:
        value = total(loaded.head, size, sizes)
        most = " (the most declared)" if value == size.bound else ""
        unbounded = " (the most there can be)" if size.bound is None and value == loaded.head.bound(size) else ""
        found.append(f"{size.name} = {value:,}{most or unbounded}")
    return ", ".join(found)
