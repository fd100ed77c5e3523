"""Parties as threads, linked in every way that there is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from cloister.runtime.identity import Identity, keygen
from cloister.runtime.session import Session, connect
from cloister.runtime.transport import memory
from cloister.runtime.transport.base import Transport
from cloister.runtime.transport.record import RecordingTransport

NAMES = ("north", "south", "west")
KINDS = ("memory", "recorded", "tcp", "tls")

_T = TypeVar("_T")


def together(*work: Callable[[], _T], timeout: float = 20.0) -> list[Any]:
    """Runs the pieces of work at the same time: their results, an exception where one was raised."""
    results: list[Any] = [None] * len(work)

    def run(index: int) -> None:
        try:
            results[index] = work[index]()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
        assert not thread.is_alive(), "a party hangs"
    return results


def succeed(*work: Callable[[], _T], timeout: float = 20.0) -> list[_T]:
    """As `together`; raises the first exception."""
    results = together(*work, timeout=timeout)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


@contextmanager
def listeners(count: int) -> Iterator[list[socket.socket]]:
    """Listening sockets on free ports of the loopback interface."""
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        yield found
    finally:
        for one in found:
            one.close()


def identities(names: Sequence[str] = NAMES) -> list[Identity]:
    """A fresh identity each."""
    return [keygen(name) for name in names]


def meet(names: Sequence[str] = NAMES, secure: bool = True, silence: float = 10.0) -> list[Session]:
    """Sessions between `names` over real sockets."""
    known = identities(names)
    certificates = [one.certificate for one in known]
    with listeners(len(names)) as sockets:
        addresses = [one.getsockname() for one in sockets]

        def join(me: int) -> Callable[[], Session]:
            return lambda: connect(me, names, addresses, known[me] if secure else None,
                                   certificates if secure else (), listener=sockets[me], timeout=10,
                                   silence=silence, insecure=not secure)

        return succeed(*[join(me) for me in range(len(names))])


@contextmanager
def linked(kind: str, parties: int = 3, silence: float = 10.0) -> Iterator[list[Transport]]:
    """The transports of `parties` parties over one of KINDS."""
    names = NAMES[:parties]
    if kind == "memory":
        transports = memory.network(parties, names, silence)
    elif kind == "recorded":
        inner = memory.network(parties, names, silence)
        transports = [RecordingTransport(one, keep=True) for one in inner]
    else:
        transports = [one.transport for one in meet(names, kind == "tls", silence)]
    try:
        yield transports
    finally:
        for transport in transports:
            transport.close()
