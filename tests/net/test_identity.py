"""Keys and certificates: made, saved, loaded, refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cloister.runtime.errors import ConfigError
from cloister.runtime.identity import (
    keygen,
    load_certificate,
    load_identity,
    parse_certificate,
    parse_identity,
)


def test_saved_and_loaded(tmp_path: Path) -> None:
    identity = keygen("north")
    key, certificate = tmp_path / "north.key", tmp_path / "north.crt"
    old = os.umask(0)
    try:
        identity.save(key, certificate)
    finally:
        os.umask(old)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o644
    loaded = load_identity(key, certificate)
    assert loaded.certificate == identity.certificate == load_certificate(certificate)
    assert loaded.key_pem() == identity.key_pem()
    assert loaded.name == "north"
    assert len(loaded.certificate.fingerprint) == 64
    assert keygen("north").certificate.fingerprint != loaded.certificate.fingerprint


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    key, certificate = tmp_path / "north.key", tmp_path / "north.crt"
    key.write_text("precious")
    with pytest.raises(ConfigError, match=r"north\.key exists already"):
        keygen("north").save(key, certificate)
    assert key.read_text() == "precious"
    assert not certificate.exists()
    with pytest.raises(ConfigError, match="cannot be written"):
        keygen("north").save(tmp_path / "no" / "key", tmp_path / "no" / "crt")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read(tmp_path: Path, mode: int) -> None:
    key, certificate = tmp_path / "north.key", tmp_path / "north.crt"
    keygen("north").save(key, certificate)
    key.chmod(mode)
    with pytest.raises(ConfigError, match=f"others may read the private key .*chmod 600 {key}"):
        load_identity(key, certificate)


def test_files_that_are_something_else(tmp_path: Path) -> None:
    north, south = keygen("north"), keygen("south")
    pem = north.certificate.pem.encode()
    with pytest.raises(ConfigError, match="does not belong to the certificate of `south`"):
        parse_identity(north.key_pem(), south.certificate.pem.encode())
    with pytest.raises(ConfigError, match="not an unencrypted private key"):
        parse_identity(b"secret stuff", pem)
    with pytest.raises(ConfigError, match="is not a certificate in PEM form"):
        parse_certificate(b"rubbish", "a file")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_certificate(tmp_path / "none.crt")
    large = tmp_path / "large.crt"
    large.write_bytes(bytes(1 << 17))
    with pytest.raises(ConfigError, match="too large"):
        load_certificate(large)


def test_the_key_is_in_no_representation() -> None:
    identity = keygen("north")
    body = identity.key_pem().decode().splitlines()[1]
    assert body not in repr(identity)
    assert "Ed25519PrivateKey" not in repr(identity)


@pytest.mark.parametrize("name", ["", "no space", "a" * 65, "né", "a/b", "1a"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a party’s name"):
        keygen(name)
