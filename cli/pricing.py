"""A program priced at given sizes: what `cost`, `check` and `compile` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cloister.compiler.pipeline import Compiled, Loaded, Options, compile_program
from cloister.compiler.price.network import Network
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.compiler.report.ledger import Ledger, ledger
from cloister.compiler.report.lines import Line, by_line

from .bindings import filled
from .networks import network


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


def price(loaded: Loaded, sizes: Mapping[str, int], arguments: argparse.Namespace) -> Priced:
    """Compiles for the sizes and prices the result. A size of which nothing is given is taken at its bound."""
    profile = network(arguments.network)
    options = Options(profile.like, arguments.level, arguments.protocol, memory=arguments.memory)
    compiled = compile_program(loaded, filled(loaded.head, sizes), options)
    return Priced(loaded, compiled, profile, estimate(compiled.program, compiled.protocol, profile))
