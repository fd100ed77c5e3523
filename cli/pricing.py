"""A program priced at given sizes: what `cost`, `check` and `compile` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cloister.compiler.check.sizes import at_bounds, parts, total
from cloister.compiler.pipeline import Compiled, Loaded, Options, compile_program
from cloister.compiler.price.network import NETWORKS, Network
from cloister.compiler.price.profile import read
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.compiler.report.ledger import Ledger, ledger
from cloister.compiler.report.lines import Line, by_line

from .options import Usage, suggestion


@dataclass(frozen=True)
class Priced:
    """A compilation and its price on a network."""

    loaded: Loaded
    compiled: Compiled
    network: Network
    estimate: Estimate

    @cached_property
    def account(self) -> Ledger:
        """Every instruction and every round."""
        return ledger(self.compiled, self.network)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What each line of the program costs."""
        return by_line(self.account, self.estimate, self.network)


def network(name: str) -> Network:
    """The profile of that name, or of the file that `cloister calibrate` wrote. Raises Usage, ConfigError."""
    if name in NETWORKS:
        return NETWORKS[name]
    if "." in name or "/" in name:
        return read(Path(name))
    raise Usage(f"there is no network profile `{name}`{suggestion(name, NETWORKS)}; a file is named with its ending")


def check_emulated(name: str | None, local: bool) -> None:
    """Raises Usage unless local links can behave like the network of that name; None: as they are."""
    if name is None:
        return
    if not local:
        raise Usage("--emulate is for --local only; real links are as they are")
    if name not in NETWORKS:
        raise Usage(f"--emulate takes a named profile, not `{name}`{suggestion(name, NETWORKS)}")


def price(loaded: Loaded, sizes: Mapping[str, int], arguments: argparse.Namespace) -> Priced:
    """Compiles for the sizes and prices the result. A size of which nothing is given is taken at its bound."""
    profile = network(arguments.network)
    bounds = at_bounds(loaded.head)
    for size in loaded.head.sizes:
        names = {size.name, *parts(loaded.head, size)}
        if names & sizes.keys():
            bounds = {name: value for name, value in bounds.items() if name not in names}
    options = Options(profile.like, arguments.level, arguments.protocol, memory=arguments.memory)
    compiled = compile_program(loaded, {**bounds, **sizes}, options)
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
