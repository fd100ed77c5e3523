"""From `-D` and a program to parameters and sizes."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

from cloister.compiler.check.facts import Header
from cloister.compiler.check.sizes import at_bounds, parts, split, total
from cloister.compiler.frontend.modules import Modules
from cloister.compiler.frontend.syntax import Param, Size
from cloister.compiler.loading import Loaded, load_program, read_file

from .options import Usage, definitions, single, suggestion, whole


def load_bound(arguments: argparse.Namespace) -> tuple[Loaded, dict[str, int]]:
    """The program with its parameters bound, and the sizes given by -D. Raises ProgramError, Usage, OSError."""
    return bind(_read(arguments.program), single(definitions(arguments.define)))


def load_each(arguments: argparse.Namespace) -> Iterator[tuple[dict[str, str], Loaded, dict[str, int]]]:
    """The program once for every combination of the values that -D gives, with the combination."""
    modules = _read(arguments.program)
    given = definitions(arguments.define)
    for values in itertools.product(*given.values()):
        chosen = dict(zip(given, values, strict=True))
        yield (chosen, *bind(modules, chosen))


def bind(modules: Modules, given: Mapping[str, str]) -> tuple[Loaded, dict[str, int]]:
    """What names a size (`rows`, `rows.north`) is a size, everything else a parameter."""
    params = {s.name.id for s in modules.main.statements if isinstance(s, Param)}
    declared = {s.name.id for s in modules.main.statements if isinstance(s, Size)}
    for name in given:
        if name not in params and name.partition(".")[0] not in declared:
            raise Usage(f"-D {name}: the program has no such parameter or size{suggestion(name, params | declared)}")
    sizes = {name: whole(value) for name, value in given.items() if name not in params}
    loaded = load_program(modules, {name: value for name, value in given.items() if name in params})
    known = {name for size in loaded.head.sizes for name in (size.name, *parts(loaded.head, size))}
    for name in sizes:
        if name not in known:
            raise Usage(f"-D {name}: the program has no such size{suggestion(name, known)}")
    return loaded, sizes


def spread(head: Header, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes with every total that counts rows of each party split evenly, the remainder to the first."""
    found = dict(sizes)
    for size in head.sizes:
        if size.each and not size.hidden and size.name in found:
            found |= split(head, size, found.pop(size.name))
    return found


def filled(head: Header, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes, and those of which nothing is given at their bounds."""
    bounds = at_bounds(head)
    for size in head.sizes:
        names = {size.name, *parts(head, size)}
        if names & sizes.keys():
            bounds = {name: value for name, value in bounds.items() if name not in names}
    return {**bounds, **sizes}


def sized(head: Header, party: str, sizes: Mapping[str, int]) -> bool:
    """Whether these sizes say all that the data of `party` would."""
    own = [d for d in head.declarations if d.party == party]
    return all(dim in sizes for d in own for dim in d.dims if isinstance(dim, str))


def sizes_line(loaded: Loaded, sizes: Mapping[str, int]) -> str:
    """`rows = 1,000,000 (the most declared)`: every size as bound."""
    found = []
    for size in loaded.head.sizes:
        value = total(loaded.head, size, sizes)
        most = " (the most declared)" if value == size.bound else ""
        unbounded = " (the most there can be)" if size.bound is None and value == loaded.head.bound(size) else ""
        found.append(f"{size.name} = {value:,}{most or unbounded}")
    return ", ".join(found)


def data_folder(arguments: argparse.Namespace) -> Path:
    """The folder of all parties' data. Raises Usage."""
    folder: Path = arguments.data or arguments.program.parent / "data"
    if not folder.is_dir():
        given = "" if arguments.data else "; say with --data where the parties' files are"
        raise Usage(f"there is no folder {folder}{given}")
    return folder


def prepared_folder(arguments: argparse.Namespace) -> Path:
    """The folder of the preprocessing that local runs store and use."""
    folder: Path = arguments.prepared or arguments.program.parent / "prepared"
    return folder.resolve()


def kept_folder(arguments: argparse.Namespace) -> Path:
    """The folder of the shares that local runs keep and load."""
    folder: Path = arguments.kept or arguments.program.parent / "kept"
    return folder.resolve()


def _read(path: Path) -> Modules:
    if not path.exists() and path.with_suffix(".mpc").is_file():
        raise Usage(f"there is no file {path}; did you mean `{path.with_suffix('.mpc')}`?")
    return read_file(path)
