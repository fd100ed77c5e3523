"""One party's run, from its data to its results: the order that the design fixes, in one place.

Each party reads and checks its own data; links are made; sizes and identities are agreed; every party compiles;
digests are compared; inputs are shared; rounds; results.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from cloister import __version__
from cloister.compiler.pipeline import Compiled, Loaded, Options, approve, compile_program
from cloister.compiler.price.network import Network
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.runtime.agreement import Binding, Proposal, agree
from cloister.runtime.data.results import decode
from cloister.runtime.data.sources import Data, read
from cloister.runtime.executor import Results, execute
from cloister.runtime.program import FORMAT, Program
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.session import Session
from cloister.runtime.trace import Trace
from cloister.runtime.traffic import owners


@dataclass(frozen=True)
class Task:
    """What one party is to run. `connect` makes the links, once the data is known to be good."""

    loaded: Loaded
    party: str
    data: Path
    sizes: Mapping[str, int]
    network: Network
    level: int
    protocol: str | None
    connect: Callable[[], Session]
    trace: Path | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    started: float = field(default_factory=perf_counter)


class Watch:
    """What happens during a run, for those who show it. The default says nothing."""

    def compiled(self, compiled: Compiled, price: Estimate) -> None:
        """The program is agreed and compiled; this is what it will cost."""

    def progress(self, rounds: int, sent: int) -> None:
        """A round is done; bytes sent so far."""


def run_party(task: Task, watch: Watch) -> dict[str, Any]:
    """Runs one party and returns its part of `run --json`. Raises ProgramError and RuntimeFailure."""
    approved = approve(task.loaded).digest
    head = task.loaded.head
    data = read([d for d in head.declarations if d.party == task.party], task.data, task.party, task.inputs)
    names = list(head.parties)
    session = task.connect()
    compiled: list[Compiled] = []

    def build(binding: Binding) -> Program:
        options = Options(task.network, task.level, task.protocol)
        compiled.append(compile_program(task.loaded, binding.sizes, options))
        return compiled[-1].program

    try:
        program = agree(session.transport, names, _proposal(task, data, approved), build)
        watch.compiled(compiled[-1], estimate(program, compiled[-1].protocol, task.network))
        result = _execute(task, session, program, data, watch)
    except BaseException as error:
        session.close(error)
        raise
    session.close()
    return result


def _proposal(task: Task, data: Data, approved: str) -> Proposal:
    head = task.loaded.head
    return Proposal(
        version=__version__, format=FORMAT, program=task.loaded.name, digest=approved, protocol=task.protocol or "by security",
        profile=f"{task.network.name}, -O{task.level}", parameters={fact.name: fact.given for fact in head.params},
        sizes={**task.sizes, **data.sizes},
    )


def _execute(task: Task, session: Session, program: Program, data: Data, watch: Watch) -> dict[str, Any]:
    protocol = for_name(program.protocol, len(program.computing))
    me = session.transport.me
    backend = protocol.backend(me, session.keys, owners(program))
    given = {spec.name: data.values[spec.name] for spec in program.inputs if spec.party == me}
    with ExitStack() as stack:
        trace = Trace(stack.enter_context(task.trace.open("w", encoding="utf-8"))) if task.trace else None
        ready = perf_counter()
        session.transport.control(b"ready")
        online = perf_counter()
        results = execute(program, protocol, backend, session.transport, me, given, watch.progress, trace)
        session.transport.control(b"done")
        done = perf_counter()
    outputs = present(program, results, task.party)
    return report(program, {task.party: outputs}, results.rounds, {task.party: session.transport.bytes_sent},
                  {"setup": ready - task.started, "preprocessing": 0.0, "online": done - online},
                  {task.party: peak_memory()})


def present(program: Program, results: Results, party: str) -> dict[str, Any]:
    """The outputs of `party` as plain values by name."""
    me = program.parties.index(party)
    shown = {}
    for spec, opened in zip(program.outputs, results.outputs, strict=True):
        if me in spec.receivers and opened.value is not None:
            shown[spec.name] = decode(spec, opened.value, opened.flag)
    return shown


def report(program: Program, outputs: Mapping[str, Any], rounds: int, sent: Mapping[str, int],
           seconds: Mapping[str, float], memory: Mapping[str, int]) -> dict[str, Any]:
    """The contract of `run --json`."""
    return {
        "outputs": dict(outputs), "digest": program.digest, "circuit_digest": program.circuit_digest,
        "protocol": program.protocol, "parameters": program.parameters,
        "measured": {
            "rounds": rounds, "bytes_sent": dict(sent),
            "preprocessing": {"rounds": 0, "bytes_sent": dict.fromkeys(sent, 0)},
            "seconds": {name: round(value, 6) for name, value in seconds.items()},
            "peak_memory_bytes": dict(memory),
        },
    }


def merge(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The reports of all parties of a local run as one; seconds are the slowest party's."""
    first = reports[0]
    measured = [r["measured"] for r in reports]
    joined = {key: {k: v for m in measured for k, v in m[key].items()} for key in ("bytes_sent", "peak_memory_bytes")}
    return {
        **first,
        "outputs": {party: shown for r in reports for party, shown in r["outputs"].items()},
        "measured": {
            "rounds": max(m["rounds"] for m in measured), "bytes_sent": joined["bytes_sent"],
            "preprocessing": {
                "rounds": max(m["preprocessing"]["rounds"] for m in measured),
                "bytes_sent": {k: v for m in measured for k, v in m["preprocessing"]["bytes_sent"].items()},
            },
            "seconds": {key: max(m["seconds"][key] for m in measured) for key in measured[0]["seconds"]},
            "peak_memory_bytes": joined["peak_memory_bytes"],
        },
    }


def peak_memory() -> int:
    """The most memory this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
