"""Preprocessing and products of the protocol `additive`, two processes on this machine, without TLS.

    python benchmarks/additive.py [--k 4] [--transfers 2000000] [--ands 1000000] [--products 100000]

Prints, as one JSON line each: millions of oblivious transfers a second for each k (both directions at once, so
each party is receiver of one and sender of another), triples of bits and of 64-bit numbers a second, and bytes
that a party sends for each. The start (base transfers, trees) is told apart.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from cloister.runtime.preprocess.kinds import Conjunctions, Need, Needs, Products
from cloister.runtime.preprocess.pair import START_BYTES, Pair, choice_bytes
from cloister.runtime.preprocess.phase import prepare
from cloister.runtime.preprocess.pieces import BATCH_WORDS, Batch, Piece
from cloister.runtime.preprocess.softspoken import DIGITS, PIECE, shifted
from cloister.runtime.session import Session, connect

NAMES = ("north", "south")

#: What one process of a benchmark returns.
Measured = dict[str, Any]


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
    ready = perf_counter()
    pieces = tuple(Piece(0, i, i + PIECE, PIECE, 0, 1) for i in range(0, BATCH_WORDS, PIECE))
    rounds = -(-count // (64 * BATCH_WORDS))
    for number in range(rounds):
        _batch(session, pair, peer, number, Batch(pieces), k)
    seconds = perf_counter() - ready
    done = rounds * 64 * BATCH_WORDS
    return {"what": "transfers", "k": k, "count": done, "start seconds": round(ready - started, 3),
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


def triples(session: Session, k: int, wanted: Needs, items: int, what: str) -> Measured:
    """The whole preprocessing of one kind."""
    before = session.transport.bytes_sent
    started = perf_counter()
    prepare(wanted, session.transport, session.keys, k=k)
    seconds = perf_counter() - started
    return {"what": what, "k": k, "count": items, "seconds": round(seconds, 3),
            "a second": round(items / seconds), "bytes each": round((session.transport.bytes_sent - before) / items, 2)}


def party(me: int, addresses: list[tuple[str, int]], listener: socket.socket | None, arguments: argparse.Namespace,
          results: Any) -> None:
    """Everything, one after the other, at one of the two parties."""
    session = connect(me, NAMES, addresses, listener=listener, insecure=True)
    rows = [transfers(session, k, arguments.transfers) for k in arguments.k]
    for k in arguments.k:
        words = -(-arguments.ands // 64)
        rows.append(triples(session, k, (Need(Conjunctions(), words),), 64 * words, "bit triples"))
        for width in (64, 128):
            wanted = (Need(Products(width), arguments.products),)
            rows.append(triples(session, k, wanted, arguments.products, f"triples of {width} bits"))
        size = arguments.matrix
        rows.append(triples(session, k, (Need(Products(64, size, size, size), 1),), size ** 3,
                            f"scalar products of a matrix product of {size}"))
    session.close()
    if me == 0:
        results.send(rows)


def main() -> None:
    """Starts both parties and prints what the first measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--k", type=int, nargs="*", default=list(DIGITS), choices=DIGITS)
    parser.add_argument("--transfers", type=int, default=4_000_000)
    parser.add_argument("--ands", type=int, default=2_000_000)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--matrix", type=int, default=32)
    arguments = parser.parse_args()
    processes = multiprocessing.get_context("fork")
    reader, writer = processes.Pipe(duplex=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addresses = [listener.getsockname(), ("127.0.0.1", 0)]
        jobs = [(me, addresses, listener if me == 0 else None, arguments, writer) for me in range(2)]
        children = [processes.Process(target=party, args=job) for job in jobs]
        for child in children:
            child.start()
        writer.close()
        for row in reader.recv():
            print(json.dumps(row))
        for child in children:
            child.join()


if __name__ == "__main__":
    main()
