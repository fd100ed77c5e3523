"""Who a party is: an Ed25519 key and a self-signed certificate that the others have pinned.

There is no certificate authority. Parties hand each other their certificates once, compare the fingerprints
by telephone if they like, and from then on exactly these certificates are accepted (`transport/tls.py`).
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .errors import ConfigError

_YEARS = 30
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_KEY_FILE_LIMIT = 1 << 16


@dataclass(frozen=True)
class Certificate:
    """A party's public half: `der` is the X.509 certificate, `name` the party it speaks of."""

    name: str
    der: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hexadecimal: what people compare."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def pem(self) -> str:
        """The certificate as text, to be handed to the other parties."""
        return x509.load_der_x509_certificate(self.der).public_bytes(Encoding.PEM).decode("ascii")


@dataclass(frozen=True)
class Identity:
    """A party's private key and its certificate. The key is in no representation and no message."""

    certificate: Certificate
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def name(self) -> str:
        """The party."""
        return self.certificate.name

    def key_pem(self) -> bytes:
        """The private key, unencrypted PKCS #8: for the key file and for the party's own process only."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def save(self, key: Path, certificate: Path) -> None:
        """Writes both files; the key with mode 0600. Raises ConfigError when either exists already."""
        _create(certificate, self.certificate.pem.encode("ascii"), 0o644)
        try:
            _create(key, self.key_pem(), 0o600)
        except ConfigError:
            certificate.unlink()
            raise


def keygen(name: str) -> Identity:
    """A new identity for the party `name`, in memory only. Raises ConfigError for what cannot be a name."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"`{name}` cannot be a party’s name: letters, digits and _, at most 64")
    key = Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    # A day back, since the peers' clocks may be behind.
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=366 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(usage, critical=False)
        .sign(key, None)
    )
    return Identity(Certificate(name, certificate.public_bytes(Encoding.DER)), key)


def parse_certificate(pem: bytes, origin: str) -> Certificate:
    """The certificate in PEM text; `origin` says where it stood. Raises ConfigError."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        public = certificate.public_key()
    except ValueError:
        raise ConfigError(f"{origin} is not a certificate in PEM form") from None
    if len(names) != 1 or not isinstance(public, Ed25519PublicKey):
        raise ConfigError(f"{origin} is not a certificate made by `cloister keygen`")
    return Certificate(str(names[0].value), certificate.public_bytes(Encoding.DER))


def load_certificate(path: Path) -> Certificate:
    """Reads a certificate file. Raises ConfigError."""
    return parse_certificate(_content(path, private=False), str(path))


def parse_identity(key_pem: bytes, certificate_pem: bytes, origin: str = "the key") -> Identity:
    """The identity of a key and its certificate. Raises ConfigError; no message shows any of the key."""
    certificate = parse_certificate(certificate_pem, f"the certificate to {origin}")
    try:
        key = load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError):
        raise ConfigError(f"{origin} is not an unencrypted private key in PEM form") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{origin} is not an Ed25519 key made by `cloister keygen`")
    if x509.load_der_x509_certificate(certificate.der).public_key() != key.public_key():
        raise ConfigError(f"{origin} does not belong to the certificate of `{certificate.name}`")
    return Identity(certificate, key)


def load_identity(key: Path, certificate: Path) -> Identity:
    """Reads both files. Raises ConfigError when they cannot be used or others may read the key."""
    return parse_identity(_content(key, private=True), _content(certificate, private=False), str(key))


def _create(path: Path, content: bytes, mode: int) -> None:
    """Writes a new file whose mode is right from the first byte on."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise ConfigError(f"{path} exists already and is left as it is") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _content(path: Path, private: bool) -> bytes:
    """The bytes of a small file; a private one must be the owner's alone (where files have such modes)."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            content = file.read(_KEY_FILE_LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    if private and os.name == "posix" and mode & 0o077:
        raise ConfigError(f"others may read the private key {path} (mode {mode:o}); run: chmod 600 {path}")
    if len(content) > _KEY_FILE_LIMIT:
        raise ConfigError(f"{path} is too large to be a key or certificate")
    return content
