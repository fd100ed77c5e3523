"""How parties that are processes of one command find each other: over loopback, with identities for the occasion."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from cloister.compiler.price.network import NETWORKS
from cloister.runtime.identity import keygen, parse_certificate, parse_identity
from cloister.runtime.session import Session, connect
from cloister.runtime.transport.shaping import Shape, ShapedTransport

from .processes import Event, Events, children


@contextmanager
def started(module: str, parties: Sequence[str], common: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]],
            insecure: bool, emulate: str | None, timeout: float) -> Iterator[Events]:
    """Runs `module` once for each party, and gives their events. No party outlives the context.

    A party's job is what is `common`, what is its `own`, and what `linked` needs: addresses, certificates, its key,
    the network profile that the links `emulate`, and the seconds that it waits for the others.
    """
    with ExitStack() as stack:
        listeners = {party: stack.enter_context(_listener()) for party in parties}

        def jobs() -> dict[str, Event]:
            identities = {} if insecure else {party: keygen(party) for party in parties}
            shared = {
                **common, "insecure": insecure, "emulate": emulate, "timeout": timeout, "parties": list(parties),
                "addresses": [listener.getsockname() for listener in listeners.values()],
                "certificates": [identity.certificate.pem for identity in identities.values()],
            }
            return {party: {**shared, **own.get(party, {}), "party": party, "listener": listener.fileno(),
                            "key": "" if insecure else identities[party].key_pem().decode()}
                    for party, listener in listeners.items()}

        inherited = {party: listener.fileno() for party, listener in listeners.items()}
        yield stack.enter_context(children(module, inherited, jobs))


def linked(job: Mapping[str, Any], waiting: Callable[[tuple[str, ...]], None] | None = None) -> Session:
    """The links of the party whose job this is. Raises what `connect` does."""
    names = job["parties"]
    me = names.index(job["party"])
    listener = socket.socket(fileno=job["listener"])
    addresses = [(host, port) for host, port in job["addresses"]]
    identity, certificates = None, []
    if not job["insecure"]:
        identity = parse_identity(job["key"].encode(), job["certificates"][me].encode())
        certificates = [parse_certificate(pem.encode(), f"the certificate of {name}")
                        for name, pem in zip(names, job["certificates"], strict=True)]
    session = connect(me, names, addresses, identity, certificates, listener=listener, timeout=job["timeout"],
                      insecure=job["insecure"], waiting=waiting)
    if job["emulate"] is None:
        return session
    network = NETWORKS[job["emulate"]]
    return Session(ShapedTransport(session.transport, Shape(network.latency, network.bandwidth)), session.keys)


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    return listener
