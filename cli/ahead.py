"""Preprocessing: made for a run that is under way, taken from the store, or made ahead of time and stored."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any

from cloister.runtime.preprocess.kinds import Needs
from cloister.runtime.preprocess.material import Material
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import prepare
from cloister.runtime.preprocess.store import keys_for, new_nonce, save_together, take
from cloister.runtime.preprocess.stored import Header, Purpose
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.registry import for_name

from .report import Phase
from .task import Agreed, Task, Watch, together


def provide(agreed: Agreed, protocol: Protocol) -> tuple[Material | None, Phase]:
    """What the program consumes of correlated randomness: stored, or else made now; and what that took."""
    me, wanted = agreed.task.party, needs(agreed.program, protocol)
    if not wanted:
        return None, Phase(0, {me: 0})
    found = take(agreed.task.prepared, _purpose(agreed), wanted, agreed.session.transport)
    if found.note:
        agreed.watch.unfit(found.note)
    if found.material is not None:
        return found.material, Phase(0, {me: 0}, stored=True)
    return _make(agreed, wanted, new_nonce(agreed.session.transport))


def prepare_party(task: Task, watch: Watch, count: int) -> dict[str, Any]:
    """Makes and stores the preprocessing of `count` runs; returns one party's part of `prepare --json`."""
    return together(task, watch, partial(_store, count=count))


def _store(agreed: Agreed, count: int) -> dict[str, Any]:
    task, program, transport = agreed.task, agreed.program, agreed.session.transport
    wanted = needs(program, for_name(program.protocol, len(program.computing)))
    transport.control(b"ready")
    started, rounds, sent, nbytes = perf_counter(), 0, 0, 0
    for _ in range(count if wanted else 0):
        nonce = new_nonce(transport)
        material, made = _make(agreed, wanted, nonce)
        header = Header(_purpose(agreed), nonce, wanted, program.name, program.parameters)
        nbytes += save_together(task.prepared, header, material, transport).stat().st_size
        rounds, sent = rounds + made.rounds, sent + made.sent[task.party]
    return {
        "program": program.name, "circuit_digest": program.circuit_digest, "protocol": program.protocol,
        "parameters": program.parameters, "runs": count if wanted else 0, "stored_bytes": {task.party: nbytes},
        "measured": {"rounds": rounds, "bytes_sent": {task.party: sent},
                     "seconds": round(perf_counter() - started, 6)},
    }


def _make(agreed: Agreed, wanted: Needs, nonce: bytes) -> tuple[Material, Phase]:
    rounds = 0

    def progress(done: int, whole: int) -> None:
        nonlocal rounds
        rounds = done
        agreed.watch.prepared(done, whole)

    transport = agreed.session.transport
    before = transport.bytes_sent
    material = prepare(wanted, transport, keys_for(nonce, agreed.session.keys), progress, agreed.program.digit_bits)
    return material, Phase(rounds, {agreed.task.party: transport.bytes_sent - before})


def _purpose(agreed: Agreed) -> Purpose:
    program = agreed.program
    names = tuple(program.parties[position] for position in program.computing)
    return Purpose(program.circuit_digest, names, agreed.task.fingerprints, agreed.session.transport.me)
