"""TLS 1.3 with both sides authenticated by pinned certificates (RFC 8446).

The trust anchors are exactly the certificates of the expected peers, and after the handshake the certificate
that was presented must be, byte for byte, that of the party it claims to be. Names, authorities and session
tickets play no part.
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from ..identity import Certificate, Identity
from ..private import create_file
from .tcp import Link


class TlsLink(Link):
    """A socket after its TLS handshake."""

    # OpenSSL reports progress only when a whole call is through: pieces keep both directions moving.
    chunk = 1 << 17

    sock: ssl.SSLSocket

    def send(self, data: memoryview) -> int:
        try:
            return self.sock.send(data)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0

    def receive(self, room: memoryview) -> int:
        try:
            received = self.sock.recv_into(room)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        if received == 0:
            raise EOFError
        return received


def context(identity: Identity, peers: Iterable[Certificate], server: bool) -> ssl.SSLContext:
    """The context of one side: presents `identity`, accepts the certificates of `peers` and no others."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    found.minimum_version = ssl.TLSVersion.TLSv1_3
    found.check_hostname = False
    found.verify_mode = ssl.CERT_REQUIRED
    found.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    found.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    if server:
        found.num_tickets = 0
    for certificate in peers:
        found.load_verify_locations(cadata=certificate.der)
    _load_key(found, identity)
    return found


def handshake(sock: ssl.SSLSocket) -> Generator[int, None, bytes]:
    """Runs the handshake of a non-blocking socket, yielding the events it waits for: the peer's certificate.

    Raises ssl.SSLError (an OSError) when the peer cannot prove to hold one of the accepted certificates.
    """
    while True:
        try:
            sock.do_handshake()
            break
        except ssl.SSLWantReadError:
            yield EVENT_READ
        except ssl.SSLWantWriteError:
            yield EVENT_WRITE
    return sock.getpeercert(binary_form=True) or b""


def _load_key(target: ssl.SSLContext, identity: Identity) -> None:
    """The ssl module takes keys from files only: an encrypted one, readable by the owner, deleted at once.

    The password is random and never leaves this function, so that a forgotten disk block tells nothing.
    """
    password = secrets.token_bytes(32).hex().encode("ascii")
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    with tempfile.TemporaryDirectory(prefix="cloister-") as folder:
        path = Path(folder) / "identity.pem"
        with create_file(path) as file:
            file.write(key + identity.certificate.pem.encode("ascii"))
        target.load_cert_chain(path, password=password)
