"""From `-D` and a program to parameters and sizes."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Mapping

from cloister.compiler.frontend.modules import Modules
from cloister.compiler.frontend.syntax import Size
from cloister.compiler.pipeline import Loaded, load_program, read_file

from .options import definitions, single, whole


def load_bound(arguments: argparse.Namespace) -> tuple[Loaded, dict[str, int]]:
    """The program with its parameters bound, and the sizes given by -D. Raises ProgramError, Usage, OSError."""
    return bind(read_file(arguments.program), single(definitions(arguments.define)))


def load_each(arguments: argparse.Namespace) -> Iterator[tuple[dict[str, str], Loaded, dict[str, int]]]:
    """The program once for every combination of the values that -D gives, with the combination."""
    modules = read_file(arguments.program)
    given = definitions(arguments.define)
    for values in itertools.product(*given.values()):
        chosen = dict(zip(given, values, strict=True))
        yield (chosen, *bind(modules, chosen))


def bind(modules: Modules, given: Mapping[str, str]) -> tuple[Loaded, dict[str, int]]:
    """What names a size (`rows`, `rows.north`) is a size, everything else a parameter."""
    declared = {s.name.id for s in modules.main.statements if isinstance(s, Size)}
    sizes = {name: whole(value) for name, value in given.items() if name.partition(".")[0] in declared}
    params = {name: value for name, value in given.items() if name not in sizes}
    return load_program(modules, params), sizes
