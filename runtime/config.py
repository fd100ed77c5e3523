"""One party's `cloister.toml`: who it is, where the others are, what it gives and what it has approved.

The format is described in docs/config.md. Paths are relative to the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .errors import ConfigError
from .identity import Certificate, Identity, load_certificate, load_identity, parse_certificate

Address = tuple[str, int]

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\s:\[\]]+)):(?P<port>[0-9]{1,5})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PEM = "-----BEGIN CERTIFICATE-----"

#: What msgspec's sentences call things, and what TOML calls them.
_TOML_WORDS = {
    "`object`": "a table",
    "`array`": "a list",
    "`str`": "text",
    "`float`": "a number",
    "`int`": "a number",
    "`bool`": "true or false",
    "Object": "the file or table",
    "required field": "the required key",
    "unknown field": "the unknown key",
    "$.": "",
}


class _Peer(msgspec.Struct, forbid_unknown_fields=True):
    address: str
    certificate: str | None = None


class _Timeouts(msgspec.Struct, forbid_unknown_fields=True):
    connect: float = 30.0
    silence: float = 30.0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of the file as they stand there."""

    party: str
    listen: str
    peers: dict[str, _Peer]
    key: str | None = None
    certificate: str | None = None
    data: str = "data"
    prepared: str = "prepared"
    kept: str = "kept"
    inputs: dict[str, str] = {}
    approved: tuple[str, ...] = ()
    memory: str | None = None
    timeouts: _Timeouts = msgspec.field(default_factory=_Timeouts)
    insecure: bool = False


@dataclass(frozen=True)
class Peer:
    """Another party: where it is reached and, unless links are insecure, its certificate."""

    name: str
    address: Address
    certificate: Certificate | None


@dataclass(frozen=True)
class Config:
    """A configuration that was read and checked; keys and certificates are loaded.

    `data` is the folder of the party's files and `inputs` the files of single inputs that lie elsewhere;
    `prepared` is the folder of stored preprocessing, `kept` that of kept shares.
    `approved` are digests of programs that this party's people have agreed to run. `memory` is what a run may take,
    such as "500MB". Timeouts are in seconds.
    """

    party: str
    listen: Address
    peers: dict[str, Peer]
    identity: Identity | None
    data: Path
    prepared: Path
    kept: Path
    inputs: dict[str, Path]
    approved: frozenset[str]
    memory: str | None
    connect_timeout: float
    silence_timeout: float
    insecure: bool

    def addresses(self, names: Sequence[str]) -> list[Address]:
        """The addresses of `names` in their order, the own one to listen on. Raises ConfigError."""
        return [self.listen if name == self.party else self._peer(name).address for name in names]

    def certificates(self, names: Sequence[str]) -> list[Certificate]:
        """The certificates of `names` in their order; empty for insecure links. Raises ConfigError."""
        found = []
        for name in names if not self.insecure else ():
            own = self.identity.certificate if self.identity is not None else None
            certificate = own if name == self.party else self._peer(name).certificate
            assert certificate is not None
            found.append(certificate)
        return found

    def _peer(self, name: str) -> Peer:
        if name not in self.peers:
            raise ConfigError(f"the program has a party `{name}`, but there is no [peers.{name}] in the "
                              "configuration")
        return self.peers[name]


def load(path: Path) -> Config:
    """Reads a configuration. Raises ConfigError that names the file and the key at fault."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path} cannot be read: there is no such file; a party's configuration is `cloister.toml` "
                          "here, or what --config names") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    try:
        return _config(msgspec.convert(tomllib.loads(text), _File), path.parent)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_in_toml_words(str(error))}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _config(file: _File, folder: Path) -> Config:
    if file.party in file.peers:
        raise ConfigError(f"`peers.{file.party}`: the party itself is not one of its peers")
    for digest in file.approved:
        if not _DIGEST.fullmatch(digest):
            raise ConfigError(f"`approved`: {digest!r} is not a digest of 64 hexadecimal digits")
    for key, seconds in (("connect", file.timeouts.connect), ("silence", file.timeouts.silence)):
        if not 0 < seconds <= 1e6:
            raise ConfigError(f"`timeouts.{key}`: {seconds:g} is not a number of seconds above 0")
    identity = _identity(file, folder)
    return Config(
        party=file.party,
        listen=_address(file.listen, "listen"),
        peers={name: _peer(name, peer, folder, file.insecure) for name, peer in file.peers.items()},
        identity=identity,
        data=folder / file.data,
        prepared=folder / file.prepared,
        kept=folder / file.kept,
        inputs={name: folder / where for name, where in file.inputs.items()},
        approved=frozenset(file.approved),
        memory=file.memory,
        connect_timeout=file.timeouts.connect,
        silence_timeout=file.timeouts.silence,
        insecure=file.insecure,
    )


def _address(text: str, key: str) -> Address:
    found = _ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 1 << 16:
        raise ConfigError(f"`{key}`: {text!r} is not an address such as \"host:7100\" or \"[::1]:7100\"")
    return found["six"] or found["host"], int(found["port"])


def _identity(file: _File, folder: Path) -> Identity | None:
    if file.insecure:
        return None
    if file.key is None or file.certificate is None:
        missing = "key" if file.key is None else "certificate"
        raise ConfigError(f"`{missing}` is missing; make both files with: cloister keygen {file.party}")
    identity = load_identity(folder / file.key, folder / file.certificate)
    _check_name(identity.certificate, file.party, "certificate")
    return identity


def _peer(name: str, peer: _Peer, folder: Path, insecure: bool) -> Peer:
    address = _address(peer.address, f"peers.{name}.address")
    if insecure:
        return Peer(name, address, None)
    key = f"peers.{name}.certificate"
    if peer.certificate is None:
        raise ConfigError(f"`{key}` is missing")
    if _PEM in peer.certificate:
        certificate = parse_certificate(peer.certificate.encode("utf-8"), f"`{key}`")
    else:
        certificate = load_certificate(folder / peer.certificate)
    _check_name(certificate, name, key)
    return Peer(name, address, certificate)


def _check_name(certificate: Certificate, name: str, key: str) -> None:
    if certificate.name != name:
        raise ConfigError(f"`{key}`: this is the certificate of `{certificate.name}`, not of `{name}`")


def _in_toml_words(message: str) -> str:
    """msgspec's sentence with the names that TOML has for things."""
    for word, better in _TOML_WORDS.items():
        message = message.replace(word, better)
    return message
