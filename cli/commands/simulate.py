"""`cloister simulate`: the program in the clear, by the interpreter. For finding mistakes; not secure."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from cloister.compiler.interpret import interpret, present
from cloister.compiler.pipeline import approve, check_sizes

from ..bindings import load_bound
from ..clear import read_all
from ..options import Usage
from ..show import print_json, print_outputs


def run(arguments: argparse.Namespace) -> int:
    """Interprets the checked tree on the data of all parties, read here in the clear."""
    loaded, sizes = load_bound(arguments)
    approve(loaded)
    data = arguments.data or arguments.program.parent / "data"
    if not data.is_dir():
        raise Usage(f"{data} is no folder; say with --data where the parties' files are")
    print("note: simulate computes in the clear; use it on sample data only", file=sys.stderr)
    values, found = read_all(loaded, data, sizes)
    checked = check_sizes(loaded, found)
    shown = interpret(checked, values)
    outputs: dict[str, dict[str, Any]] = {party: {} for party in checked.parties}
    for output in checked.outputs:
        for party in output.receivers:
            outputs[party][output.name] = present(output, shown[output.name])
    if arguments.json:
        print_json({"outputs": outputs, "protocol": "none: in the clear",
                    "parameters": {**checked.binding.params, **checked.binding.sizes}})
    else:
        print_outputs(outputs)
    return 0
