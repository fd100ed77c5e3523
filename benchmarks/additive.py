"""The protocol `additive`: its preprocessing, and whole programs; two processes on this machine, without TLS.

    python benchmarks/additive.py [--k 1 2 4 8] [--only transfers kinds programs] [--spu]

Prints, as one JSON line each: millions of oblivious transfers a second for each k (both directions at once, so
each party is receiver of one and sender of another; the start, base transfers and trees, is told apart); what is
made of each kind a second, and the bytes that a party sends for each; and programs from the first message to
the opened results, preprocessing included. CPU and bytes are those of the busier party. `--spu` runs SPU's CHEETAH on
the same work in between, from the environment that `peers.py` makes. AES needs the published circuit `aes_128.txt` in
the folder that CLOISTER_CIRCUITS names.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from additive_programs import Work, works
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.executor import execute
from cloister.runtime.plan import planned
from cloister.runtime.preprocess.kinds import Conjunctions, Injections, Need, Products
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.pair import START_BYTES, Pair, choice_bytes
from cloister.runtime.preprocess.phase import prepare
from cloister.runtime.preprocess.pieces import BATCH_WORDS, Batch, Piece
from cloister.runtime.preprocess.softspoken import DIGITS, PIECE, shifted
from cloister.runtime.program import Program
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.ring import ring
from cloister.runtime.session import Session, connect
from cloister.runtime.traffic import owners
from peers import CACHE, drive, environment

NAMES = ("north", "south")
PARTS = ("transfers", "kinds", "programs")

#: Of these figures that of the party with more of it is shown.
_BUSIEST = frozenset({"cpu", "ns of CPU each", "bytes each", "MB sent", "MB sent online"})

#: What one process of a benchmark returns.
Measured = dict[str, Any]
#: One benchmark: a party's side of it.
Side = Callable[[Session], Measured]


def transfers(session: Session, k: int, count: int) -> Measured:
    """Random transfers of 128 bits: choices, rows, and all hashes on both sides."""
    transport, peer = session.transport, 1 - session.transport.me
    pair = Pair(transport.me, peer, session.keys[peer], k)
    started = perf_counter()
    inbox = np.empty(0, np.uint8)
    for number, (nbytes, act) in enumerate(zip(START_BYTES, _start(pair), strict=True)):
        link = transport.begin(number, {peer: nbytes}, {peer: nbytes})
        act(inbox, link.out[peer])
        inbox = link.finish()[peer]
    pair.harvest(inbox)
    ready, computed = perf_counter(), process_time()
    pieces = tuple(Piece(0, Conjunctions(), i, i + PIECE, PIECE, 0, 1) for i in range(0, BATCH_WORDS, PIECE))
    rounds = -(-count // (64 * BATCH_WORDS))
    for number in range(rounds):
        _batch(session, pair, peer, number, Batch(pieces), k)
    seconds, cpu = perf_counter() - ready, process_time() - computed
    done = rounds * 64 * BATCH_WORDS
    return {"what": "transfers", "k": k, "count": done, "start seconds": round(ready - started, 3),
            "cpu": round(cpu, 3), "ns of CPU each": round(cpu / done * 1e9, 1),
            "million a second": round(done / seconds / 1e6, 2), "bytes each": choice_bytes(k, 1) / 64}


def _start(pair: Pair) -> tuple[Callable[[Any, Any], None], ...]:
    return (lambda inbox, out: pair.offer(out), pair.choose_bases, pair.plant)


def _batch(session: Session, pair: Pair, peer: int, number: int, batch: Batch, k: int) -> None:
    """One batch in both directions, down to the hashes."""
    nbytes = choice_bytes(k, batch.words)
    link = session.transport.begin(number, {peer: nbytes}, {peer: nbytes})
    pair.choose(np.frombuffer(os.urandom(8 * batch.words), np.uint64), link.out[peer])
    message = link.finish()[peer]
    sent, offset = pair.sent(batch, message)
    received = pair.received(batch)
    for start in range(0, batch.words, PIECE):
        both = sent.blocks(start, PIECE)
        sent.hashes[0](both)
        sent.hashes[0](shifted(both, offset))
        received.hashes[0](received.blocks(start, PIECE))


def kind(session: Session, k: int, need: Need, items: int, what: str) -> Measured:
    """The preprocessing of one kind, the start included."""
    before = session.transport.bytes_sent
    started, computed = perf_counter(), process_time()
    prepare((need,), session.transport, session.keys, k=k)
    seconds = perf_counter() - started
    return {"what": what, "k": k, "count": items, "seconds": round(seconds, 3),
            "cpu": round(process_time() - computed, 3), "a second": round(items / seconds),
            "bytes each": round((session.transport.bytes_sent - before) / items, 2)}


def program(session: Session, k: int, work: Work, compiled: Program) -> Measured:
    """A whole program: preprocessing, sharing, computing, opening."""
    me, before = session.transport.me, session.transport.bytes_sent
    x, y = work.draw()
    protocol = for_name(compiled.protocol, 2)
    plan = planned(compiled, protocol, me)
    session.transport.control(b"ready")
    started, computed = perf_counter(), process_time()
    material = prepare(needs(compiled, protocol), session.transport, session.keys, k=k)
    ready, made = perf_counter(), session.transport.bytes_sent
    backend = protocol.backend(me, session.keys, owners(compiled), material)
    results = execute(compiled, plan, backend, session.transport, me, work.given(me, x, y))
    done, cpu = perf_counter(), process_time() - computed
    opened = results.outputs[0].value
    assert opened is not None
    width = 128 if opened.ndim > len(compiled.outputs[0].shape) else 64
    right = np.array_equal(ring(width).to_ints(opened).astype(object), work.expected(x, y).astype(object))
    return {"what": work.name, "k": k, "seconds": round(done - started, 3), "preprocessing": round(ready - started, 3),
            "cpu": round(cpu, 3), "rounds": results.rounds, "MB sent": round((made - before) / 1e6, 2),
            "MB sent online": round((session.transport.bytes_sent - made) / 1e6, 2), "right": right}


def together(side: Side) -> Measured:
    """Runs a benchmark in two processes; what the first measured, of CPU and bytes the more of both."""
    processes = multiprocessing.get_context("fork")
    reader, writer = processes.Pipe(duplex=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addresses = [listener.getsockname(), ("127.0.0.1", 0)]

        def party(me: int) -> None:
            session = connect(me, NAMES, addresses, listener=listener if me == 0 else None, insecure=True)
            found = side(session)
            session.close()
            writer.send((me, found))

        children = [processes.Process(target=party, args=(me,)) for me in range(2)]
        for child in children:
            child.start()
        found = dict(reader.recv() for _ in children)
        for child in children:
            child.join()
    return {name: max(value, found[1][name]) if name in _BUSIEST else value for name, value in found[0].items()}


def kinds(arguments: argparse.Namespace) -> Sequence[tuple[str, Need, int]]:
    """What is measured of the preprocessing alone: name, need, items."""
    words, count, size = -(-arguments.ands // 64), arguments.products, arguments.matrix
    return (
        ("bit triples", Need(Conjunctions(), words), 64 * words),
        ("bit triples, both factors known", Need(Conjunctions(1, 0, 1), words), 64 * words),
        ("triples of 64 bits", Need(Products(64), count), count),
        ("triples of 64 bits, both factors known", Need(Products(64, 1, 1, 1, 0, 1), count), count),
        ("triples of 128 bits", Need(Products(128), count), count),
        ("bits times numbers of 64 bits", Need(Injections(64, 0, 1), count // 64 + 1), count // 64 * 64 + 64),
        (f"scalar products of a matrix product of {size}", Need(Products(64, size, size, size), 1), size ** 3),
    )


def peer(work: Work, python: Path) -> Measured:
    """The same work on SPU's CHEETAH."""
    with tempfile.TemporaryDirectory(prefix="cloister-additive-") as folder:
        for name, array in zip("ab", work.draw(), strict=True):
            np.save(Path(folder) / f"{name}.npy", array)
        found = drive("spu", python, work.spu, Path(folder), ("CHEETAH",))
    return {"what": work.name, "who": "SPU CHEETAH", "seconds": round(found["seconds"], 3),
            "cpu": round(found["cpu"], 3), "MB sent": round(found["bytes"] / 1e6, 2), "right": found["right"]}


def rows(arguments: argparse.Namespace) -> Iterator[Measured]:
    """Everything that is asked for, in order."""
    for k in arguments.k:
        if "transfers" in arguments.only:
            yield together(partial(transfers, k=k, count=arguments.transfers))
        if "kinds" in arguments.only:
            for what, need, items in kinds(arguments):
                yield together(partial(kind, k=k, need=need, items=items, what=what))
    if "programs" in arguments.only:
        yield from programs(arguments)


def programs(arguments: argparse.Namespace) -> Iterator[Measured]:
    """Every program, and beside it SPU where it does the same."""
    python = environment("spu", arguments.cache) if arguments.spu else None
    network = NETWORKS[arguments.network]
    for work in works(arguments.count, tuple(arguments.matrices), arguments.blocks):
        compiled = work.compiled(network).program
        for _ in range(arguments.repeat):
            yield together(partial(program, k=compiled.digit_bits, work=work, compiled=compiled))
            if python is not None and work.spu:
                yield peer(work, python)


def main() -> None:
    """Prints each row when it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("--k", type=int, nargs="*", default=list(DIGITS), choices=DIGITS)
    parser.add_argument("--transfers", type=int, default=8_000_000)
    parser.add_argument("--ands", type=int, default=4_000_000)
    parser.add_argument("--products", type=int, default=50_000)
    parser.add_argument("--matrix", type=int, default=32, help="size of the matrices among the kinds")
    parser.add_argument("--count", type=int, default=100_000, help="rows of the programs")
    parser.add_argument("--matrices", type=int, nargs="*", default=[64, 128], help="sizes of the programs' matrices")
    parser.add_argument("--blocks", type=int, default=1000)
    parser.add_argument("--network", choices=NETWORKS, default="local", help="what the programs are compiled for")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each program")
    parser.add_argument("--spu", action="store_true", help="run SPU's CHEETAH beside the programs")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the peers' environments are")
    print(json.dumps({"load of the machine before": round(os.getloadavg()[0], 2)}))
    for row in rows(parser.parse_args()):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
