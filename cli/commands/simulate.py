"""`cloister simulate`: the program in the clear, by the interpreter. For finding mistakes; not secure."""

from __future__ import annotations

import argparse
from typing import Any

from cloister.compiler.interpret import interpret, present
from cloister.compiler.loading import approve, check_sizes

from ..bindings import data_folder, load_bound
from ..everybody import read_all
from ..failures import note
from ..show import print_json, print_outputs


def run(arguments: argparse.Namespace) -> int:
    """Interprets the checked tree on the data of all parties, read here in the clear."""
    loaded, sizes = load_bound(arguments)
    approve(loaded)
    data = data_folder(arguments) if loaded.head.declarations or loaded.head.samples else None
    note("simulate computes in the clear; nothing is protected")
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
