"""What one party is to do with the others, and the way to it: data, links, agreement, compilation.

Each party reads and checks its own data; links are made; sizes and identities are agreed; every party compiles;
digests are compared. Then follows what all came for: a run (`party`), or preprocessing for later ones (`ahead`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from cloister import __version__
from cloister.compiler.check.sizes import total
from cloister.compiler.pipeline import Loaded, Options, approve, compile_program
from cloister.compiler.price.network import Network
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.runtime.agreement import Binding, Proposal, agree
from cloister.runtime.data.kept import Owner, Record, check_owner, find
from cloister.runtime.data.sources import Data, read
from cloister.runtime.data.wanted import bind
from cloister.runtime.errors import ConfigError, DataError, Disagreement, RuntimeFailure
from cloister.runtime.memory import keep_freed
from cloister.runtime.program import FORMAT, Program
from cloister.runtime.session import Session

#: A peer may be silent for so many times what the longest round is estimated to take here: its machine may be
#: slow, or busy with the other parties.
PATIENCE = 20
#: Seconds that a peer may compile longer than this party before it counts as silent.
COMPILING = 300.0
#: Bytes of preprocessing that a party draws, or reads from its disk, in a second, before others hear of it again.
_DRAWING = 100e6

#: Told the names of those that are still missing, after a few seconds.
Waiting = Callable[[tuple[str, ...]], None]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Task:
    """What one party is to run. `connect` makes the links.

    `sizes` are those of the command line: they must be what the data say, and stand for what no data says.
    Without `data`, a folder, they are all there is. `protocol` is the name of the one that runs. `prepared` is
    this party's folder of stored preprocessing and `kept` that of kept shares, bound to `fingerprints`, those of the
    parties' certificates where they outlive a run. `memory` are the bytes that each party may take, None for as many
    as it takes.
    """

    loaded: Loaded
    party: str
    data: Path | None
    sizes: Mapping[str, int]
    network: Network
    level: int
    protocol: str
    connect: Callable[[Waiting], Session]
    prepared: Path
    kept: Path
    fingerprints: tuple[str, ...] = ()
    trace: Path | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    memory: int | None = None
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

    def unfit(self, note: str) -> None:
        """Stored preprocessing does not fit, in these words."""

    def prepared(self, rounds: int, whole: int) -> None:
        """So many rounds of the preprocessing are done of all."""

    def progress(self, rounds: int, sent: int) -> None:
        """A round is done; bytes sent so far."""


@dataclass(frozen=True)
class Agreed:
    """Where all parties are once they run the same program: the links, the program and its price, this party's data.

    `records` are of what it loads, compared with the others'.
    """

    task: Task
    session: Session
    program: Program
    price: Estimate
    data: Data
    watch: Watch
    records: Mapping[str, Record]


def together(task: Task, watch: Watch, work: Callable[[Agreed], _T]) -> _T:
    """Does `work` with all other parties once everything is agreed. Raises ProgramError and RuntimeFailure."""
    keep_freed()
    approved = approve(task.loaded).digest
    try:
        data, records = _data(task), _records(task)
        sizes = _sizes(task, data, records)
    except (ConfigError, DataError) as error:
        _tell_peers(task, error)
        raise
    watch.read()
    session = task.connect(watch.waiting)
    try:
        program, price = _agree(task, session, sizes, records, approved, watch)
        result = work(Agreed(task, session, program, price, data, watch, records))
    except BaseException as error:
        session.close(error)
        raise
    session.close()
    return result


def owner_of(task: Task) -> Owner:
    """Whose shares this party keeps and loads."""
    parties = task.loaded.head.parties
    return Owner(parties, parties.index(task.party), task.fingerprints, task.protocol)


def _data(task: Task) -> Data:
    """This party's data. Raises DataError."""
    if task.data is None:
        return Data({}, {})
    own = [d for d in task.loaded.head.declarations if d.party == task.party]
    return read(own, task.data, task.party, task.inputs)


def _records(task: Task) -> dict[str, Record]:
    """What this party kept of all that the program loads. Raises ConfigError, DataError."""
    records = {}
    for store in dict.fromkeys(want.store for want in task.loaded.head.wanted):
        records[store] = find(task.kept, store)
        check_owner(task.kept, records[store], owner_of(task))
    return records


def _sizes(task: Task, data: Data, records: Mapping[str, Record]) -> dict[str, int]:
    """The sizes that this party knows. Raises DataError where -D says another number than its data."""
    kept = bind(task.loaded.head.wanted, {store: record.kinds for store, record in records.items()})
    for origin, own in ((f"the data of {task.party}", data.sizes), ("what was kept", kept)):
        for name, count in own.items():
            if task.sizes.get(name, count) != count:
                raise DataError(f"`-D {name}={task.sizes[name]}`, but {origin} has {count}")
    for name in data.sizes.keys() & kept.keys():
        if data.sizes[name] != kept[name]:
            raise DataError(f"`{name}` is {data.sizes[name]} by the data of {task.party}, "
                            f"but {kept[name]} by what was kept")
    return {**task.sizes, **data.sizes, **kept}


def _tell_peers(task: Task, error: RuntimeFailure) -> None:
    """Lets those who are there know that nothing comes of this run, without a word of the data."""

    def enough(missing: tuple[str, ...]) -> None:
        raise error

    with suppress(RuntimeFailure):
        task.connect(enough).close(error)


def _agree(task: Task, session: Session, sizes: Mapping[str, int], records: Mapping[str, Record], approved: str,
           watch: Watch) -> tuple[Program, Estimate]:
    """What all compiled from what all proposed, and its price; from here on a peer may be silent as long as it asks."""
    transport, head = session.transport, task.loaded.head
    usual, prices = transport.patience, list[Estimate]()
    transport.patience = max(usual, COMPILING)

    def build(binding: Binding) -> Program:
        options = Options(task.network, task.level, task.protocol, memory=task.memory)
        compiled = compile_program(task.loaded, _bound(task.loaded, binding.sizes), options)
        price = estimate(compiled.program, compiled.protocol, task.network)
        prices.append(price)
        watch.compiled(price)
        return compiled.program

    proposal = Proposal(
        version=__version__, format=FORMAT, program=task.loaded.name, digest=approved, protocol=task.protocol,
        profile=_profile(task), parameters={fact.name: fact.given for fact in head.params},
        sizes=dict(sizes), kept={store: record.serial.hex() for store, record in records.items()},
    )
    program = agree(transport, list(head.parties), proposal, build)
    price = prices[-1]
    transport.patience = max(usual, PATIENCE * max(price.longest_round, price.stored_bytes / _DRAWING))
    return program, price


def _profile(task: Task) -> str:
    """What the parties compile for beside the program; it must be the same for all."""
    memory = "" if task.memory is None else f", --memory {task.memory}"
    return f"{task.network.like.name}, -O{task.level}{memory}"


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
