"""`cloister approve`: a person reads the disclosure statement, and the digest is written into the configuration."""

from __future__ import annotations

import argparse

import tomlkit
from cloister.compiler.loading import approve
from cloister.runtime.config import load
from cloister.runtime.private import write_whole

from ..bindings import load_bound
from ..real import ask_approval


def run(arguments: argparse.Namespace) -> int:
    """Shows the statement, asks, and adds the digest to `approved`; comments in the file stay."""
    settings = load(arguments.config)
    loaded, _ = load_bound(arguments)
    approval = approve(loaded)
    if approval.digest in settings.approved:
        print(f"{loaded.name} is approved already in {arguments.config}")
        return 0
    ask_approval(approval, arguments.yes)
    document = tomlkit.parse(arguments.config.read_bytes().decode("utf-8"))
    document.setdefault("approved", tomlkit.array()).append(approval.digest)
    write_whole(arguments.config, tomlkit.dumps(document).encode())
    print(f"approved {approval.digest} in {arguments.config}")
    return 0
