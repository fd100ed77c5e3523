"""`cloister audit`: the statement of who learns what, and the digest to agree on."""

from __future__ import annotations

import argparse

from cloister.compiler.loading import approve

from ..bindings import load_bound
from ..failures import warn
from ..show import print_json


def run(arguments: argparse.Namespace) -> int:
    """Prints the disclosure statement of the program; it does not depend on sizes."""
    loaded, _ = load_bound(arguments)
    approval = approve(loaded)
    if arguments.json:
        print_json({"program": loaded.name, "digest": approval.digest, "statement": approval.statement.plain(),
                    "warnings": [{"code": w.code, "message": w.message} for w in approval.warnings]})
        return 0
    print(approval.statement.text())
    print(f"\ndigest {approval.digest}")
    warn(approval.warnings, loaded.modules.sources)
    return 0
