"""One party's run, from its data to its results: the order that the design fixes, in one place.

Each party reads and checks its own data; links are made; sizes and identities are agreed; every party compiles;
digests are compared; inputs are shared; rounds; results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from cloister import __version__
from cloister.compiler.check.sizes import total
from cloister.compiler.pipeline import Loaded, Options, approve, compile_program
from cloister.compiler.price.network import Network
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.runtime.agreement import Binding, Proposal, agree
from cloister.runtime.data.sources import Data, read
from cloister.runtime.errors import DataError, Disagreement, RuntimeFailure
from cloister.runtime.executor import execute
from cloister.runtime.memory import keep_freed
from cloister.runtime.preprocess.material import Material
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import prepare
from cloister.runtime.program import FORMAT, Program
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.session import Session
from cloister.runtime.trace import Trace
from cloister.runtime.traffic import owners

from .report import Phase, peak_memory, present, report

#: A peer may be silent for so many times what the longest round is estimated to take here: its machine may be
#: slow, or busy with the other parties.
PATIENCE = 20
#: Seconds that a peer may compile longer than this party before it counts as silent.
COMPILING = 300.0

#: Told the names of those that are still missing, after a few seconds.
Waiting = Callable[[tuple[str, ...]], None]


@dataclass(frozen=True)
class Task:
    """What one party is to run. `connect` makes the links.

    `sizes` are those of the command line: they must be what the data say, and stand for what no data says.
    `protocol` is the name of the one that runs.
    """

    loaded: Loaded
    party: str
    data: Path
    sizes: Mapping[str, int]
    network: Network
    level: int
    protocol: str
    connect: Callable[[Waiting], Session]
    trace: Path | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    together: bool = False
    started: float = field(default_factory=perf_counter)


class Watch:
    """What happens during a run, for those who show it. The default says nothing."""

    def read(self) -> None:
        """The party's own data are good."""

    def waiting(self, missing: tuple[str, ...]) -> None:
        """These parties have not come yet."""

    def compiled(self, price: Estimate) -> None:
        """The program is agreed and compiled; this is what it will cost."""

    def prepared(self, rounds: int, whole: int) -> None:
        """So many rounds of the preprocessing are done of all."""

    def progress(self, rounds: int, sent: int) -> None:
        """A round is done; bytes sent so far."""


def run_party(task: Task, watch: Watch) -> dict[str, Any]:
    """Runs one party and returns its part of `run --json`. Raises ProgramError and RuntimeFailure."""
    keep_freed()
    approved = approve(task.loaded).digest
    try:
        data = _data(task)
    except DataError as error:
        _tell_peers(task, error)
        raise
    watch.read()
    session = task.connect(watch.waiting)
    try:
        result = _linked(task, session, data, approved, watch)
    except BaseException as error:
        session.close(error)
        raise
    session.close()
    return result


def _data(task: Task) -> Data:
    """This party's data. Raises DataError, also where -D says another number of rows."""
    own = [d for d in task.loaded.head.declarations if d.party == task.party]
    data = read(own, task.data, task.party, task.inputs)
    for name, count in data.sizes.items():
        if task.sizes.get(name, count) != count:
            raise DataError(f"`-D {name}={task.sizes[name]}`, but the data of {task.party} has {count}")
    return data


def _tell_peers(task: Task, error: DataError) -> None:
    """Lets those who are there know that nothing comes of this run, without a word of the data."""

    def enough(missing: tuple[str, ...]) -> None:
        raise error

    with suppress(RuntimeFailure):
        task.connect(enough).close(error)


def _linked(task: Task, session: Session, data: Data, approved: str, watch: Watch) -> dict[str, Any]:
    """What follows once the links stand."""
    transport, head = session.transport, task.loaded.head

    usual, patience = transport.patience, list[float]()
    transport.patience = max(usual, COMPILING)

    def build(binding: Binding) -> Program:
        options = Options(task.network, task.level, task.protocol)
        compiled = compile_program(task.loaded, _bound(task.loaded, binding.sizes), options)
        price = estimate(compiled.program, compiled.protocol, task.network)
        patience.append(max(usual, PATIENCE * price.longest_round))
        watch.compiled(price)
        return compiled.program

    proposal = Proposal(
        version=__version__, format=FORMAT, program=task.loaded.name, digest=approved, protocol=task.protocol,
        profile=f"{task.network.name}, -O{task.level}", parameters={fact.name: fact.given for fact in head.params},
        sizes={**task.sizes, **data.sizes},
    )
    program = agree(transport, list(head.parties), proposal, build)
    transport.patience = patience[-1]
    return _execute(task, session, program, data, watch)


def _bound(loaded: Loaded, agreed: Mapping[str, int]) -> dict[str, int]:
    """The sizes to compile for. A total that -D gave is what the parties' own counts add up to.

    Raises Disagreement, at every party, where it is not.
    """
    totals = {size.name: size for size in loaded.head.sizes if size.each and not size.hidden}
    sizes = {name: value for name, value in agreed.items() if name not in totals}
    for name in totals.keys() & agreed.keys():
        found = total(loaded.head, totals[name], sizes)
        if found != agreed[name]:
            raise Disagreement(f"`-D {name}={agreed[name]}`, but the parties have {found} in all")
    return sizes


def _execute(task: Task, session: Session, program: Program, data: Data, watch: Watch) -> dict[str, Any]:
    protocol = for_name(program.protocol, len(program.computing))
    me = session.transport.me
    given = {spec.name: data.values[spec.name] for spec in program.inputs if spec.party == me}
    with ExitStack() as stack:
        trace = (Trace(stack.enter_context(task.trace.open("w", encoding="utf-8")), task.together)
                 if task.trace else None)
        ready = perf_counter()
        session.transport.control(b"ready")
        material, made = _preprocess(task, session, program, protocol, watch)
        session.transport.control(b"prepared")
        online = perf_counter()
        backend = protocol.backend(me, session.keys, owners(program), material)
        before = session.transport.bytes_sent
        results = execute(program, protocol, backend, session.transport, me, given,
                          lambda rounds, sent: watch.progress(rounds, sent - before), trace)
        session.transport.control(b"done")
        done = perf_counter()
    return report(program, {task.party: present(program, results, task.party)},
                  Phase(results.rounds, {task.party: session.transport.bytes_sent - before}), made,
                  {"setup": ready - task.started, "preprocessing": online - ready if made.rounds else 0.0,
                   "online": done - online}, {task.party: peak_memory()})


def _preprocess(task: Task, session: Session, program: Program, protocol: Protocol,
                watch: Watch) -> tuple[Material | None, Phase]:
    """What the program consumes of correlated randomness, made now, before any input is shared."""
    wanted = needs(program, protocol)
    if not wanted:
        return None, Phase(0, {task.party: 0})
    rounds = 0

    def progress(done: int, whole: int) -> None:
        nonlocal rounds
        rounds = done
        watch.prepared(done, whole)

    before = session.transport.bytes_sent
    material = prepare(wanted, session.transport, session.keys, progress)
    return material, Phase(rounds, {task.party: session.transport.bytes_sent - before})
