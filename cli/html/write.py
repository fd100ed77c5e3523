"""From a priced program to the page: what it grows with, and the circuits for other networks."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cloister.compiler.check.sizes import parts, total
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.pipeline import compile_program
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.report.estimate import estimate
from cloister.runtime.private import write_whole

from ..options import Usage
from ..pricing import Priced, price
from .growth import Growth, Point
from .page import page

_COMPARED = ("lan", "wan")
#: Where nothing is said about growth, the page shows the first size in so many steps of ten up to its value.
_STEPS = 4

#: The values that -D gave, with the price at each combination.
Rows = Sequence[tuple[Mapping[str, str], Priced]]


def write_page(path: Path, rows: Rows, arguments: argparse.Namespace) -> None:
    """Writes the page about the last of `rows`; what has several values in them is what it grows with.

    Raises Usage where more than one name has several, or one that is no number; OSError.
    """
    priced = rows[-1][1]
    growth = _given(rows) or _first_size(priced, arguments)
    write_whole(path, page(priced, _circuits(priced), growth).encode())


def _given(rows: Rows) -> Growth | None:
    """Growth over the name that -D gave several values."""
    several = [name for name in rows[0][0] if len({chosen[name] for chosen, _ in rows}) > 1]
    if not several:
        return None
    if len(several) > 1:
        raise Usage(f"--html draws growth over one name, not over {' and '.join(several)}")
    try:
        found = {float(chosen[several[0]]): priced for chosen, priced in rows}
    except ValueError:
        raise Usage(f"--html draws growth over numbers, and the values of {several[0]} are none") from None
    return _growth(several[0], found.items())


def _first_size(priced: Priced, arguments: argparse.Namespace) -> Growth | None:
    """Growth over the first size of the program that a run can choose, where it has one that can grow."""
    head, bound = priced.loaded.head, priced.compiled.checked.binding.sizes
    for size in head.sizes:
        most = total(head, size, bound)
        others = {name: value for name, value in bound.items() if name not in (size.name, *parts(head, size))}
        found = [(most, priced)]
        for value in {max(1, most // 10**step) for step in range(1, _STEPS)} - {most} if not size.hidden else ():
            with suppress(ProgramError):  # it may need more rows
                found.append((value, price(priced.loaded, {**others, size.name: value}, arguments)))
        if len(found) > 1:
            return _growth(size.name, found)
    return None


def _growth(name: str, found: Iterable[tuple[float, Priced]]) -> Growth:
    return Growth(name, tuple(Point(value, priced.estimate) for value, priced in sorted(found, key=lambda one: one[0])))


def _circuits(priced: Priced) -> dict[str, Priced]:
    """The program compiled for its own network, and for those that it is compared on."""
    found = {priced.network.like.name: priced}
    for name in _COMPARED:
        if name not in found:
            network = NETWORKS[name]
            compiled = compile_program(priced.loaded, priced.compiled.checked.binding.sizes,
                                       replace(priced.compiled.options, network=network))
            found[name] = Priced(priced.loaded, compiled, network,
                                 estimate(compiled.program, compiled.protocol, network))
    return found
