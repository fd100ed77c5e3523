"""`cloister keygen`: a party's identity."""

from __future__ import annotations

import argparse

from cloister.runtime.identity import keygen

from ..options import Usage


def run(arguments: argparse.Namespace) -> int:
    """Writes NAME.key (for the owner alone) and NAME.pem (for the peers); never over existing files."""
    if not arguments.output.is_dir():
        raise Usage(f"there is no folder {arguments.output}")
    identity = keygen(arguments.name)
    key, certificate = (arguments.output / f"{arguments.name}.{ending}" for ending in ("key", "pem"))
    identity.save(key, certificate)
    print(f"{key}: the private key; it stays on this machine")
    print(f"{certificate}: the certificate; give it to every other party")
    print(f"fingerprint {identity.certificate.fingerprint}: compare it over the telephone")
    return 0
