"""The whole order of stages and passes, on one page.

    text -> syntax -> checked tree -> circuit -> passes -> protocol circuit -> rounds -> artifact

Compiling is a pure function of the sources, the parameters, the sizes, the protocol, a named network profile and
the version: parties that agree on these get the same artifact, byte for byte.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from cloister import __version__
from cloister.runtime.program import FORMAT, Program
from cloister.runtime.protocols.base import Protocol

from .check.disclosure import Statement, statement
from .check.tree import Checked
from .diagnostics import Diagnostic, ProgramError
from .gadgets.adders import FAMILIES
from .gadgets.kit import Choice, Kit
from .ir.build import Builder
from .ir.nodes import Circuit
from .ir.verify import verify
from .loading import (
    Approval,
    Loaded,
    Params,
    approve,
    check_at_bounds,
    check_sizes,
    load_program,
    read_file,
    read_text,
    telling,
)
from .lower.program import lower
from .passes.chains import roll_chains
from .passes.choices import balance_selects
from .passes.counts import count_bits
from .passes.dead import drop_dead
from .passes.factor import factor_sums
from .passes.fold import fold_constants
from .passes.leading import lead_rows
from .passes.polynomials import find_polynomials
from .passes.products import fuse_products
from .passes.reassociate import reassociate
from .passes.selects import simplify_selects
from .passes.share import share_common
from .passes.sums import gather_sums
from .passes.vectorise import vectorise_loops
from .price.network import LAN, Network
from .price.transfers import digit_bits
from .protocol.choose import choose_protocol
from .protocol.known import mark_known
from .protocol.legalise import Legal, legalise
from .report.estimate import memory_bytes
from .schedule.artifact import artifact
from .schedule.beside import overlap_regions
from .schedule.budget import within
from .source import Source

#: The whole compiler's face; what needs no circuit stands in `loading`, and commands that need none take it from there.
__all__ = [
    "PASSES", "Approval", "Compiled", "Loaded", "Options", "Params", "Pass", "approve", "check_at_bounds",
    "check_sizes", "compile_program", "load_program", "optimise", "read_file", "read_text",
]


@dataclass(frozen=True)
class Pass:
    """One pass over the circuit stage; it runs from optimisation level `level` on."""

    name: str
    run: Callable[[Circuit], Circuit]
    level: int


PASSES = (
    Pass("fold-constants", fold_constants, 1),
    Pass("simplify-selects", simplify_selects, 1),
    Pass("vectorise-loops", vectorise_loops, 1),
    Pass("fold-again", fold_constants, 1),
    Pass("share-common", share_common, 1),
    Pass("sweep", drop_dead, 1),
    Pass("find-polynomials", find_polynomials, 2),
    Pass("roll-chains", roll_chains, 2),
    Pass("factor-sums", factor_sums, 2),
    Pass("balance-selects", balance_selects, 2),
    Pass("reassociate", reassociate, 2),
    Pass("gather-sums", gather_sums, 2),
    Pass("fuse-products", fuse_products, 1),
    Pass("count-bits", count_bits, 2),
    Pass("drop-dead", drop_dead, 1),
    Pass("lead-rows", lead_rows, 1),
)


@dataclass(frozen=True)
class Options:
    """What a compilation depends on beside the program. `protocol` None: the one that the security asks for.

    `adders` names one of the families of adders to take everywhere, for comparing them; None: by price. `memory` are
    the bytes that a party may take: a program over more rows than fit is done in row blocks. None: as many as it takes.
    """

    network: Network = LAN
    level: int = 2
    protocol: str | None = None
    verify: bool = False
    adders: str | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Compiled:
    """A compiled program with everything that led to it. `stages` are the circuits by the pass that made them."""

    source: Source
    program: Program
    protocol: Protocol
    checked: Checked
    statement: Statement
    options: Options
    stages: tuple[tuple[str, Circuit], ...]
    choices: tuple[Choice, ...]

    @property
    def optimised(self) -> str:
        """The name of the last stage that still speaks of numbers: the one that is legalised."""
        return [name for name, circuit in self.stages if circuit.stage == "circuit"][-1]

    @property
    def owners(self) -> dict[str, int]:
        """The computing position of the party that enters each input, also of those that nothing depends on."""
        position = {party: i for i, party in enumerate(self.checked.parties)}
        return {f"{given.name}.{given.party}": position[given.party] for given in self.checked.inputs}

    def expanded(self, after: str | None = None) -> Circuit:
        """The protocol's circuit, made as if the pass `after` were the last. Raises KeyError."""
        circuit = dict(self.stages)[after or self.stages[-1][0]]
        if circuit.stage == "protocol":
            return circuit
        return _legal(circuit, self.checked, _kit(self.protocol, self.options)).circuit


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: a circuit is hundreds of thousands of small objects without any, and looking
    through them again and again took longer than compiling."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def compile_program(loaded: Loaded, sizes: Mapping[str, int], options: Options | None = None) -> Compiled:
    """Compiles for the given sizes (as `-D` takes them). Raises ProgramError."""
    options = options or Options()
    approval = approve(loaded)
    checked = check_sizes(loaded, sizes)
    said = statement(checked)
    if not said.within(approval.statement):
        raise ProgramError([Diagnostic(
            "E2008", "at these sizes the program discloses something else than what is approved", (),
            (*said.differences(approval.statement), "outputs, reveals and their conditions may not hang on a size"),
            "choose by a parameter instead, such as how many rows `head` or `top` take")])
    protocol = choose_protocol(checked.parties, checked.security, options.protocol)
    stages = optimise(lower(checked), options)

    def finish(circuit: Circuit) -> _Finished:
        return _finish(circuit, checked, approval.digest, protocol, options)

    if options.memory is None:
        finished = finish(stages[-1][1])
    else:
        with telling(loaded.modules):
            blocked, finished = within(stages[-1][1], options.memory, finish,
                                       lambda made: memory_bytes(made.program, protocol))
        stages.append(("block-rows", blocked))
        if options.verify:
            verify(blocked, "block-rows")
    source = loaded.modules.sources[loaded.name]
    return Compiled(source, finished.program, protocol, checked, approval.statement, options,
                    (*stages, *finished.stages), finished.choices)


@dataclass(frozen=True)
class _Finished:
    """What becomes of a circuit once it speaks of what the protocol does."""

    program: Program
    stages: tuple[tuple[str, Circuit], ...]
    choices: tuple[Choice, ...]


def _finish(circuit: Circuit, checked: Checked, digest: str, protocol: Protocol, options: Options) -> _Finished:
    kit = _kit(protocol, options)
    legal = _legal(circuit, checked, kit)
    stages = [("legalise", legal.circuit)]
    if options.level >= 1:
        positions = {f"{given.name}.{given.party}": checked.parties.index(given.party) for given in checked.inputs}
        stages.append(("overlap-regions", overlap_regions(legal.circuit, protocol, positions)))
        stages.append(("mark-known", mark_known(stages[-1][1], protocol, positions)))
    legal = replace(legal, circuit=stages[-1][1])
    if options.verify:
        verify(legal.circuit, stages[-1][0])
    program = artifact(checked, digest, legal, protocol, FORMAT, __version__, digit_bits(options.network.like))
    return _Finished(program, tuple(stages), tuple(kit.choices))


def _kit(protocol: Protocol, options: Options) -> Kit:
    fixed = FAMILIES[options.adders] if options.adders else {}
    return Kit(Builder("protocol"), protocol, options.network.like, fixed=fixed)


def _legal(circuit: Circuit, checked: Checked, kit: Kit) -> Legal:
    legal = legalise(circuit, kit, checked.parties, checked.parties)
    return replace(legal, circuit=drop_dead(legal.circuit))


def optimise(circuit: Circuit, options: Options) -> list[tuple[str, Circuit]]:
    """The circuit after lowering and after each pass of the level."""
    stages = [("lower", circuit)]
    if options.verify:
        verify(circuit, "lower")
    for step in PASSES:
        if step.level <= options.level:
            circuit = step.run(circuit)
            stages.append((step.name, circuit))
            if options.verify:
                verify(circuit, step.name)
    return stages
