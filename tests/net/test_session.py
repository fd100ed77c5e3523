"""Meeting over real sockets and real TLS: who is let in, who is not, and what is said."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from cloister.runtime import session as session_module
from cloister.runtime.errors import AssumptionFailed, ConfigError, DataError, Disagreement, PeerError
from cloister.runtime.handshake import GREETING, MAGIC, WIRE_VERSION, Greeting
from cloister.runtime.identity import Certificate, Identity, keygen
from cloister.runtime.session import Address, Session, connect, reason
from cloister.runtime.transport.tls import TlsLink, context

from .parties import NAMES, identities, listeners, meet, succeed, together


def join(me: int, names: Sequence[str], sockets: Sequence[socket.socket], identity: Identity | None,
         certificates: Sequence[Certificate], timeout: float = 8, insecure: bool = False,
         waiting: Callable[[tuple[str, ...]], None] | None = None) -> Callable[[], Session]:
    addresses = [one.getsockname() for one in sockets]
    return lambda: connect(me, names, addresses, identity, certificates, listener=sockets[me],
                           timeout=timeout, insecure=insecure, waiting=waiting)


@contextmanager
def greeted(address: Address, position: int, parties: int, own: Certificate,
            expected: Certificate) -> Iterator[socket.socket]:
    """A connection on which a greeting has been sent, true or not, and one has come back."""
    greeting = Greeting(MAGIC, WIRE_VERSION, True, position, parties, bytes.fromhex(own.fingerprint),
                        bytes.fromhex(expected.fingerprint))
    with socket.create_connection(address) as sock:
        sock.sendall(GREETING.pack(*greeting))
        assert len(sock.recv(1000)) == GREETING.size
        yield sock


def close(*sessions: object) -> None:
    for one in sessions:
        if isinstance(one, Session):
            one.close()


@pytest.mark.parametrize("secure", [True, False])
def test_pairwise_keys(secure: bool) -> None:
    sessions = meet(secure=secure)
    again = meet(secure=secure)
    for i in range(3):
        for j in range(3):
            if i != j:
                assert sessions[i].keys[j] == sessions[j].keys[i]
                assert len(sessions[i].keys[j]) == 32
    keys = {key for met in (sessions, again) for one in met for key in one.keys.values()}
    assert len(keys) == 6
    assert sessions[0].keys[1].hex() not in repr(sessions[0])
    close(*sessions, *again)


def test_the_links_are_tls_1_3_without_tickets() -> None:
    sessions = meet(NAMES[:2])
    for me, one in enumerate(sessions):
        link = one.transport.channel(1 - me).link  # type: ignore[attr-defined]
        assert isinstance(link, TlsLink)
        assert link.sock.version() == "TLSv1.3"
        assert not link.sock.session_reused
    close(*sessions)


def test_a_single_party_needs_no_link() -> None:
    alone = connect(0, ["north"], [("127.0.0.1", 1)], insecure=True)
    assert alone.keys == {}
    assert alone.transport.control(b"x") == {}
    alone.close()


def test_own_address_is_bound_without_a_listener() -> None:
    with listeners(1) as free:
        port = free[0].getsockname()[1]
    addresses = [("127.0.0.1", port), ("localhost", 1)]
    close(*succeed(lambda: connect(0, NAMES[:2], addresses, insecure=True, timeout=5),
                   lambda: connect(1, NAMES[:2], [("localhost", port), addresses[1]], insecure=True,
                                   timeout=5)))
    with listeners(1) as taken, pytest.raises(ConfigError, match=r"cannot listen on 127\.0\.0\.1:"):
        connect(0, NAMES[:2], [taken[0].getsockname(), addresses[1]], insecure=True, timeout=5)


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_wrong_certificate_ends_both_sides(wrong: int) -> None:
    """`wrong` is the position of the party whose certificate the other has not configured."""
    known = identities(NAMES[:2])
    other = keygen(NAMES[wrong])
    configured = [[one.certificate for one in known] for _ in range(2)]
    configured[1 - wrong][wrong] = other.certificate
    with listeners(2) as sockets:
        results = together(*[join(me, NAMES[:2], sockets, known[me], configured[me], timeout=0.8)
                             for me in range(2)])
    close(*results)
    for me, error in enumerate(results):
        assert isinstance(error, PeerError)
        whose = f"not the one configured for {NAMES[wrong]}" if me != wrong else \
            f"not the one that {NAMES[1 - me]} has configured for {NAMES[wrong]}"
        assert whose in str(error)
        assert known[wrong].certificate.fingerprint in str(error)
        assert other.certificate.fingerprint in str(error)


def test_a_right_fingerprint_is_no_proof() -> None:
    """One who knows the public certificate of south but not its key is not let in; south is, after it."""
    known = identities(NAMES[:2])
    certificates = [one.certificate for one in known]
    thief = keygen("south")

    with listeners(2) as sockets:
        address = sockets[0].getsockname()

        def lie() -> None:
            with greeted(address, 1, 2, certificates[1], certificates[0]) as sock, \
                    pytest.raises(OSError, match=r"ALERT|alert|reset"):
                context(thief, [certificates[0]], server=False).wrap_socket(sock).recv(1)

        def late() -> Session:
            lie()
            return join(1, NAMES[:2], sockets, known[1], certificates)()

        close(*succeed(join(0, NAMES[:2], sockets, known[0], certificates), late))

        def only_lie() -> None:
            lie()

        error, _ = together(join(0, NAMES[:2], sockets, known[0], certificates, timeout=0.7), only_lie)
    assert isinstance(error, PeerError)
    assert "claims to be south could not prove to hold the certificate" in str(error)


def test_another_partys_certificate_does_not_open_the_door() -> None:
    """West presents its own, known certificate but claims to be south."""
    known = identities()
    certificates = [one.certificate for one in known]
    with listeners(3) as sockets:
        address = sockets[0].getsockname()

        def lie() -> None:
            with greeted(address, 1, 3, certificates[1], certificates[0]) as sock:
                tls = context(known[2], [certificates[0]], server=False).wrap_socket(sock)
                assert tls.recv(1000) == b""

        error, _ = together(join(0, NAMES, sockets, known[0], certificates, timeout=0.7), lie)
    assert isinstance(error, PeerError)
    assert "not the one configured for south" in str(error)
    assert certificates[2].fingerprint in str(error)


def test_strangers_stop_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Port scans, garbage, half greetings, TLS without a greeting, and more than are held at a time."""
    monkeypatch.setattr(session_module, "MOST_CANDIDATES", 8)
    monkeypatch.setattr(session_module, "HANDSHAKE_SECONDS", 1.0)
    known = identities()
    certificates = [one.certificate for one in known]
    stop = threading.Event()
    strange = [b"", b"GET / HTTP/1.1\r\n\r\n", b"CLOISTER", os.urandom(500), b"\x16\x03\x01" + bytes(200)]
    held: list[socket.socket] = []

    with listeners(3) as sockets:
        def disturb() -> None:
            while not stop.is_set():
                for content in strange:
                    sock = socket.create_connection(sockets[0].getsockname())
                    sock.sendall(content)
                    held.append(sock)
                    if len(held) > 200:
                        held.pop(0).close()
                time.sleep(0.02)

        stranger = threading.Thread(target=disturb)
        stranger.start()
        try:
            parties = [join(0, NAMES, sockets, known[0], certificates, timeout=20)]
            for me in (1, 2):
                entrance = join(me, NAMES, sockets, known[me], certificates, timeout=20)
                parties.append(lambda entrance=entrance: (time.sleep(0.3), entrance())[1])
            close(*succeed(*parties, timeout=30))
        finally:
            stop.set()
            stranger.join()
            for sock in held:
                sock.close()
    assert len(held) > 50


def test_a_party_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_FIRST_NOTICE", 0.3)
    known = identities()
    certificates = [one.certificate for one in known]
    heard: list[tuple[str, ...]] = []
    with listeners(3) as sockets:
        west = f"west (127.0.0.1:{sockets[2].getsockname()[1]}) did not come within"
        start = time.monotonic()
        results = together(join(0, NAMES, sockets, known[0], certificates, 0.9, waiting=heard.append),
                           join(1, NAMES, sockets, known[1], certificates, 0.9))
        assert time.monotonic() - start < 6
    for error in results:
        assert isinstance(error, PeerError)
        assert west in str(error)
    assert heard == [("west",)]


def test_a_listener_that_never_comes() -> None:
    with listeners(1) as free:
        port = free[0].getsockname()[1]
    words = rf"north \(127\.0\.0\.1:{port}\) did not come within 0\.5 s: .*refused"
    with pytest.raises(PeerError, match=words):
        connect(1, NAMES[:2], [("127.0.0.1", port), ("127.0.0.1", 1)], insecure=True, timeout=0.5)


def test_something_else_listens_there() -> None:
    with listeners(1) as sockets:
        def serve() -> None:
            for _ in range(2):
                sock, _ = sockets[0].accept()
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n" + b" " * 200)
                time.sleep(0.1)
                sock.close()

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(PeerError, match=r"north .* did not come within 0\.6 s"):
            connect(1, NAMES[:2], [sockets[0].getsockname(), ("127.0.0.1", 1)], insecure=True, timeout=0.6)


def test_insecure_and_secure_do_not_meet() -> None:
    known = identities(NAMES[:2])
    certificates = [one.certificate for one in known]
    with listeners(2) as sockets:
        first, second = together(join(0, NAMES[:2], sockets, known[0], certificates, 0.7),
                                 join(1, NAMES[:2], sockets, None, (), 5, insecure=True))
    assert "south asks for insecure links in the clear, this party for TLS" in str(first)
    assert "north asks for TLS, this party for insecure links in the clear" in str(second)


def test_parties_configured_differently() -> None:
    with listeners(3) as sockets:
        results = together(join(0, ("north", "south", "west"), sockets, None, (), 2, insecure=True),
                           join(1, ("north", "south", "east"), sockets, None, (), 2, insecure=True))
    assert all(isinstance(error, Disagreement) for error in results)
    assert str(results[0]).startswith("the parties differ: south has north, south, east in this order")
    known = identities()
    mine = [one.certificate for one in known]
    theirs = [*mine[:2], keygen("west").certificate]
    with listeners(3) as sockets:
        results = together(join(0, NAMES, sockets, known[0], mine, 2),
                           join(1, NAMES, sockets, known[1], theirs, 2))
    for error in results:
        assert isinstance(error, Disagreement)
        assert "the certificates differ: for west" in str(error)
        assert theirs[2].fingerprint in str(error)
        assert mine[2].fingerprint in str(error)


def test_a_setup_that_cannot_work() -> None:
    known = identities(NAMES[:2])
    certificates = [one.certificate for one in known]
    addresses = [("127.0.0.1", 1)] * 2

    def refused(match: str, *args: object, **options: object) -> None:
        with pytest.raises(ConfigError, match=match):
            connect(*args, **options)  # type: ignore[arg-type]

    refused("key and every party", 0, NAMES[:2], addresses)
    refused("key and every party", 0, NAMES[:2], addresses, known[0], certificates[:1])
    refused("same certificate", 0, NAMES[:2], addresses, known[0], [certificates[0]] * 2)
    refused("not that of its key", 1, NAMES[:2], addresses, known[0], certificates)
    refused("different names", 0, ["north", "north"], addresses, insecure=True)


def test_what_peers_are_told() -> None:
    assert reason(DataError("secret.csv, row 3: 4711")) == "its data does not fit the program’s declarations"
    assert reason(ConfigError("/home/me/key")) == "its configuration cannot be used"
    assert reason(ValueError("4711")) == "an internal error (ValueError)"
    assert reason(KeyboardInterrupt()) == "it was interrupted"
    for error in (AssumptionFailed("an assumption"), PeerError("a peer"), Disagreement("a difference")):
        assert reason(error) == str(error)


def test_tls_context_refuses_older_versions() -> None:
    found = context(keygen("north"), [keygen("south").certificate], server=True)
    assert found.minimum_version == ssl.TLSVersion.TLSv1_3
    assert found.verify_mode == ssl.CERT_REQUIRED
    assert found.num_tickets == 0
