"""Runs a program on CSV text: read, interpreted, compiled, run in the clear and with shares; all say the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret, present
from cloister.compiler.pipeline import (
    Loaded,
    Options,
    approve,
    check_at_bounds,
    check_sizes,
    compile_program,
    load_program,
    read_text,
)
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.data.results import decode
from cloister.runtime.data.sources import read

from ..runtime.build import run

HEAD = "party north, south, west\nsecurity honest_majority, semi_honest\n"
LEVELS = (0, 2)


def load(text: str, params: Mapping[str, str] | None = None) -> Loaded:
    """The program behind `HEAD`. Raises ProgramError."""
    return load_program(read_text(HEAD + text), params)


def given(loaded: Loaded, files: Mapping[str, str], folder: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Everybody's data and the sizes, from files by name. Raises DataError."""
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    values: dict[str, Any] = {}
    sizes: dict[str, int] = {}
    for party in loaded.head.parties:
        own = [d for d in loaded.head.declarations if d.party == party]
        if own:
            data = read(own, folder, party)
            values |= data.values
            sizes |= data.sizes
    return values, sizes


def simulated(loaded: Loaded, values: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """The outputs by the interpreter, as people see them."""
    checked = check_sizes(loaded, sizes)
    said = interpret(checked, values)
    return {output.name: present(output, said[output.name]) for output in checked.outputs}


def outputs(
    text: str, files: Mapping[str, str], folder: Path, params: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The outputs of a program, the same from the interpreter and from both protocols at every level of `LEVELS`."""
    loaded = load(text, params)
    values, sizes = given(loaded, files, folder)
    said = simulated(loaded, values, sizes)
    approve(loaded)
    for level in LEVELS:
        compiled = compile_program(loaded, sizes, Options(NETWORKS["lan"], level, None, verify=True))
        by_party = {
            i: {spec.name: values[spec.name] for spec in compiled.program.inputs if spec.party == i} for i in range(3)
        }
        for protocol in ("reference", "replicated"):
            for results in run(compiled.program, by_party, protocol).results:
                for spec, words in zip(compiled.program.outputs, results.outputs, strict=True):
                    if words.value is not None:
                        assert decode(spec, words.value, words.flag) == said[spec.name], (protocol, level, spec.name)
    return said


def refused(text: str) -> list[tuple[str, str]]:
    """The codes and messages of the errors of a program that is refused."""
    try:
        check_at_bounds(load(text))
    except ProgramError as error:
        return [(d.code, d.message) for d in error.diagnostics if d.severity == "error"]
    raise AssertionError("accepted")
