"""One connection from its first byte to an authenticated link: the caller's side and the answerer's side.

In the clear, first: the caller sends a greeting (who it claims to be, the fingerprints of its certificate and
of the one it expects), the answerer replies with its own. Nothing is believed because of a greeting: it lets
strangers be dropped early and lets both ends *say* which certificate is the wrong one, which TLS alone would
hide. Then TLS (`transport/tls.py`) proves who is there. Inside of it both say hello: the parties as they are
configured, and 32 random bytes each for the pairwise key.

Both sides are generators that yield the event (of `selectors`) they wait for, so that one loop runs many
connections and a slow or hostile one stops nobody (`session.py`).
"""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
import struct
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cached_property
from selectors import EVENT_READ, EVENT_WRITE
from typing import NamedTuple, TypeVar

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import Disagreement, PeerError
from .identity import Certificate, Identity
from .transport.frame import printable
from .transport.tcp import Link
from .transport.tls import TlsLink, context, handshake

#: Changes with anything on the wire before or in the rounds.
WIRE_VERSION = 1

KEY_BYTES = 32
_HELLO_LIMIT = 1 << 16

_T = TypeVar("_T")
#: Yields selector events, returns a result.
Steps = Generator[int, None, _T]


class NotCloister(Exception):
    """Whoever is at the other end of the connection does not speak as a party does."""


class Refused(PeerError):
    """A party, or someone in its name, is there but cannot be linked to. `peer` is the position claimed."""

    def __init__(self, peer: int, message: str) -> None:
        super().__init__(message)
        self.peer = peer


@dataclass(frozen=True)
class Setup:
    """What this party was configured with: `me` is a position in `names`.

    `certificates` are by position, this party's own among them; without an identity the links are insecure.
    """

    me: int
    names: tuple[str, ...]
    identity: Identity | None = field(default=None, repr=False)
    certificates: tuple[Certificate, ...] = ()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Of all parties' certificates."""
        return tuple(certificate.fingerprint for certificate in self.certificates)

    @cached_property
    def transcript(self) -> bytes:
        """A digest of all that the parties of one session must have in common before they meet."""
        return hashlib.sha256(msgspec.json.encode((WIRE_VERSION, self.names, self.fingerprints))).digest()

    def tls(self, server: bool) -> ssl.SSLContext:
        """The TLS context of this party as answerer or caller; made once."""
        return self._answering if server else self._calling

    @cached_property
    def _answering(self) -> ssl.SSLContext:
        return self._context(server=True)

    @cached_property
    def _calling(self) -> ssl.SSLContext:
        return self._context(server=False)

    def _context(self, server: bool) -> ssl.SSLContext:
        assert self.identity is not None
        peers = [c for position, c in enumerate(self.certificates) if position != self.me]
        return context(self.identity, peers, server)


@dataclass(frozen=True)
class Met:
    """A link that stands, and the pairwise key of its two ends."""

    peer: int
    link: Link
    key: bytes = field(repr=False)


class Wire:
    """A connection whose link is exchanged for a secure one on the way.

    `greeted`: the other end has sent the greeting of a party. Anybody could, but who just knocks has not.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.link = Link(sock)
        self.greeted = False


class Greeting(NamedTuple):
    """The first bytes in each direction: `position` is the sender's own, as it claims.

    `fingerprint` is of the sender's certificate, `expected` of the one it has configured for the other.
    """

    magic: bytes
    version: int
    secure: bool
    position: int
    parties: int
    fingerprint: bytes
    expected: bytes


GREETING = struct.Struct("<8sB?BB32s32s")
MAGIC = b"CLOISTER"
_NO_FINGERPRINT = bytes(32)


class _Hello(msgspec.Struct, forbid_unknown_fields=True):
    """The first message inside of the link."""

    names: tuple[str, ...]
    fingerprints: tuple[str, ...]
    sender: int
    receiver: int
    contribution: bytes

    def __repr__(self) -> str:
        return f"_Hello({self.sender} to {self.receiver})"  # the contribution is half of a key


def call(setup: Setup, wire: Wire, peer: int) -> Steps[Met]:
    """Links to `peer`, at whose address `wire` is being connected.

    Raises OSError, EOFError or NotCloister when it may help to try again, Refused or Disagreement when not.
    """
    yield EVENT_WRITE
    error = wire.link.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))
    yield from _send(wire, _greeting(setup, peer))
    reply = yield from _receive_greeting(wire)
    _check_greeting(setup, reply, peer)
    yield from _secure(setup, wire, peer, server=False)
    return (yield from _introduce(setup, wire, peer))


def answer(setup: Setup, wire: Wire) -> Steps[Met]:
    """Links to whoever has connected, if it is a party that comes after this one.

    Raises OSError, EOFError, NotCloister or Refused: the connection is to be dropped, others may come. Raises
    Disagreement when it is an authentic party with another configuration.
    """
    found = yield from _receive_greeting(wire)
    peer = found.position
    named = setup.me < peer < len(setup.names)
    yield from _send(wire, _greeting(setup, peer if named else setup.me))
    if not named:
        raise NotCloister("a caller that is none of the parties")
    _check_greeting(setup, found, peer)
    wire.greeted = True
    yield from _secure(setup, wire, peer, server=True)
    return (yield from _introduce(setup, wire, peer))


def _greeting(setup: Setup, peer: int) -> bytes:
    own = expected = _NO_FINGERPRINT
    if setup.identity is not None:
        own = bytes.fromhex(setup.identity.certificate.fingerprint)
        expected = bytes.fromhex(setup.fingerprints[peer])
    greeting = Greeting(MAGIC, WIRE_VERSION, setup.identity is not None, setup.me, len(setup.names), own,
                         expected)
    return GREETING.pack(*greeting)


def _receive_greeting(wire: Wire) -> Steps[Greeting]:
    found = Greeting(*GREETING.unpack((yield from _receive(wire, GREETING.size))))
    if found.magic != MAGIC:
        raise NotCloister("what is there is not Cloister")
    return found


def _check_greeting(setup: Setup, found: Greeting, peer: int) -> None:
    """Raises Refused when the greeting of one who should be `peer` shows that no link can come of it.

    Both sides come to the same end from the two greetings, each in its own words.
    """
    name, own = setup.names[peer], setup.names[setup.me]
    secure = setup.identity is not None
    if found.version != WIRE_VERSION:
        raise Refused(peer, f"{name} speaks version {found.version} on the wire, this party {WIRE_VERSION}")
    if found.secure != secure:
        modes = "insecure links in the clear", "TLS"
        raise Refused(peer, f"{name} asks for {modes[found.secure]}, this party for {modes[secure]}")
    if found.parties != len(setup.names):
        raise Refused(peer, f"{name} runs with {found.parties} parties, this party with {len(setup.names)}")
    if found.position != peer:
        raise Refused(peer, f"another party than {name} answers, or the parties stand in another order there")
    if setup.identity is None:
        return
    if found.fingerprint.hex() != setup.fingerprints[peer]:
        raise Refused(peer, _wrong_certificate(setup, peer, found.fingerprint.hex()))
    presented, expected = setup.identity.certificate.fingerprint, found.expected.hex()
    if presented != expected:
        raise Refused(peer, f"the certificate of this party is not the one that {name} has configured for "
                            f"{own}: its fingerprint is {presented}, configured is {expected}")


def _wrong_certificate(setup: Setup, peer: int, presented: str) -> str:
    name = setup.names[peer]
    return (f"the certificate of the peer is not the one configured for {name}: its fingerprint is "
            f"{presented}, configured is {setup.fingerprints[peer]}")


def _secure(setup: Setup, wire: Wire, peer: int, server: bool) -> Steps[None]:
    """Puts TLS on the wire and makes sure that it is `peer` who is there."""
    if setup.identity is None:
        return
    sock = setup.tls(server).wrap_socket(wire.link.sock, server_side=server, do_handshake_on_connect=False)
    wire.link = TlsLink(sock)
    try:
        presented = yield from handshake(sock)
    except ssl.SSLEOFError:
        raise EOFError from None
    except ssl.SSLError as error:
        name = setup.names[peer]
        raise Refused(peer, f"the one who claims to be {name} could not prove to hold the certificate "
                            f"configured for {name} ({error.reason or 'no TLS'})") from None
    if presented != setup.certificates[peer].der:
        raise Refused(peer, _wrong_certificate(setup, peer, hashlib.sha256(presented).hexdigest()))


def _introduce(setup: Setup, wire: Wire, peer: int) -> Steps[Met]:
    """Exchanges hellos inside of the link; what differs in them is between authentic parties."""
    mine = _Hello(setup.names, setup.fingerprints, setup.me, peer, os.urandom(KEY_BYTES))
    message = msgspec.json.encode(mine)
    yield from _send(wire, len(message).to_bytes(4, "little") + message)
    length = int.from_bytes((yield from _receive(wire, 4)), "little")
    if length > _HELLO_LIMIT:
        raise NotCloister(f"a hello of {length} bytes")
    try:
        theirs = msgspec.json.decode((yield from _receive(wire, length)), type=_Hello)
    except msgspec.DecodeError:
        raise NotCloister("a malformed hello") from None
    if len(theirs.contribution) != KEY_BYTES or theirs.contribution == mine.contribution:
        raise NotCloister("a malformed hello")
    _compare(setup, theirs, peer)
    return Met(peer, wire.link, _pairwise_key(setup, peer, mine.contribution, theirs.contribution))


def _compare(setup: Setup, theirs: _Hello, peer: int) -> None:
    name = setup.names[peer]
    if theirs.names != setup.names or (theirs.sender, theirs.receiver) != (peer, setup.me):
        raise Disagreement(f"the parties differ: {name} has {printable(', '.join(theirs.names))} "
                           f"in this order, this party has {', '.join(setup.names)}")
    for party, have, want in zip(setup.names, theirs.fingerprints, setup.fingerprints, strict=False):
        if have != want:
            raise Disagreement(f"the certificates differ: for {party}, {name} has the fingerprint "
                               f"{printable(have)}, this party has {want}")
    if len(theirs.fingerprints) != len(setup.fingerprints):
        raise Disagreement(f"the certificates differ: {name} has {len(theirs.fingerprints)}, "
                           f"this party has {len(setup.fingerprints)}")


def _pairwise_key(setup: Setup, peer: int, mine: bytes, theirs: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) of both contributions, the lower position's first, bound to pair and session."""
    low, high = sorted((setup.me, peer))
    material = mine + theirs if setup.me == low else theirs + mine
    pair = msgspec.json.encode(("cloister pairwise key", low, setup.names[low], high, setup.names[high]))
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=setup.transcript, info=pair).derive(material)


def _send(wire: Wire, data: bytes) -> Steps[None]:
    view = memoryview(data)
    while view:
        count = wire.link.send(view)
        if count == 0:
            yield EVENT_WRITE
        view = view[count:]


def _receive(wire: Wire, length: int) -> Steps[bytes]:
    """Exactly `length` bytes: what follows them belongs to others."""
    room = bytearray(length)
    view = memoryview(room)
    while view:
        count = wire.link.receive(view)
        if count == 0:
            yield EVENT_READ
        view = view[count:]
    return bytes(room)
