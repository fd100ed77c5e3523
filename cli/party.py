"""One party's run, once all is agreed: preprocessing, inputs, rounds, results."""

from __future__ import annotations

from contextlib import ExitStack
from time import perf_counter
from typing import Any

from cloister.runtime.data.kept import shares, stage
from cloister.runtime.errors import PeerError
from cloister.runtime.executor import Results, execute
from cloister.runtime.memory import reserve
from cloister.runtime.plan import planned
from cloister.runtime.preprocess.store import new_nonce
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.trace import Trace
from cloister.runtime.traffic import owners

from .ahead import provide
from .report import Phase, peak_memory, present, report
from .task import Agreed, Task, Watch, owner_of, together


def run_party(task: Task, watch: Watch) -> dict[str, Any]:
    """Runs one party and returns its part of `run --json`. Raises ProgramError and RuntimeFailure."""
    return together(task, watch, _execute)


def _execute(agreed: Agreed) -> dict[str, Any]:
    task, program, watch = agreed.task, agreed.program, agreed.watch
    reserve(agreed.price.held_bytes)
    transport, keys = agreed.session.transport, agreed.session.keys
    protocol = for_name(program.protocol, len(program.computing))
    plan = planned(program, protocol, transport.me)
    given = {spec.name: agreed.data.values[spec.name] for spec in program.inputs if spec.party == transport.me}
    with ExitStack() as stack:
        trace = (Trace(stack.enter_context(task.trace.open("w", encoding="utf-8")), task.together)
                 if task.trace else None)
        ready = perf_counter()
        transport.control(b"ready")
        material, made = provide(agreed, protocol)
        transport.control(b"prepared")
        online = perf_counter()
        backend = protocol.backend(transport.me, keys, owners(program), material)
        loaded = shares(task.kept, program, agreed.records, protocol.copies)
        before, waited = transport.bytes_sent, transport.waited
        results = execute(program, plan, backend, transport, transport.me, given,
                          lambda rounds, sent: watch.progress(rounds, sent - before), trace,
                          loaded=loaded)
        _finish(agreed, results)
        done = perf_counter()
    spent = {program.parties[peer]: transport.waited[peer] - waited[peer] for peer in sorted(waited)}
    return report(program, {task.party: present(program, results, task.party)},
                  Phase(results.rounds, {task.party: transport.bytes_sent - before}, waited={task.party: spent}), made,
                  {"setup": ready - task.started, "preprocessing": online - ready if material else 0.0,
                   "online": done - online}, {task.party: peak_memory()})


def _finish(agreed: Agreed, results: Results) -> None:
    """All are done. What is kept has its name only once everybody's shares are on the disk."""
    task, program, transport = agreed.task, agreed.program, agreed.session.transport
    if not program.keeps:
        transport.control(b"done")
        return
    staged = stage(task.kept, program, owner_of(task), new_nonce(transport), results.kept)
    try:
        transport.control(b"done")
    except PeerError:
        staged.discard()
        raise
    staged.commit()
