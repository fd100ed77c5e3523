"""`cloister compile`: the artifact, or a look at a stage on the way to it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from cloister.compiler.emit import emit_ast, emit_circuit, emit_dot, emit_protocol, emit_rounds
from cloister.compiler.pipeline import Compiled, Loaded
from cloister.runtime.data.results import write_whole

from ..bindings import load_bound
from ..options import human_bytes, human_seconds
from ..pricing import Priced, price

_EMIT: dict[str, Callable[[Loaded, Compiled, str | None], str]] = {
    "ast": lambda loaded, compiled, after: emit_ast(loaded.modules.main),
    "ir": lambda loaded, compiled, after: emit_circuit(compiled, after),
    "circuit": lambda loaded, compiled, after: emit_protocol(compiled),
    "rounds": lambda loaded, compiled, after: emit_rounds(compiled),
    "dot": lambda loaded, compiled, after: emit_dot(dict(compiled.stages)[after or compiled.stages[-2][0]]),
}


def run(arguments: argparse.Namespace) -> int:
    """Compiles at the sizes given with -D; a size that is not given is taken at its bound."""
    loaded, sizes = load_bound(arguments)
    priced = price(loaded, sizes, arguments)
    compiled = priced.compiled
    if arguments.emit:
        print(_EMIT[arguments.emit](loaded, compiled, arguments.after), end="")
    if arguments.explain:
        _explain(priced)
    if arguments.output:
        write_whole(arguments.output, compiled.program.encode())
    if not (arguments.emit or arguments.explain):
        found, size = priced.estimate, len(compiled.program.encode())
        where = f" to {arguments.output}" if arguments.output else ""
        print(f"{loaded.name}: compiled{where} for {compiled.program.protocol}, {human_bytes(size)}, "
              f"{found.rounds} rounds, {human_seconds(found.seconds)} on {priced.network.name}")
        print(f"circuit digest {compiled.program.circuit_digest}")
    return 0


def _explain(priced: Priced) -> None:
    table = Table(title=f"circuits chosen for {priced.network.name}", title_justify="left")
    for heading in ("line", "what", "chosen", "alternatives"):
        table.add_column(heading)
    seen = set()
    for choice in priced.compiled.choices:
        seconds = {name: human_seconds(p.seconds(priced.network)) for name, p in choice.prices.items()}
        others = ", ".join(f"{name} {s}" for name, s in seconds.items() if name != choice.chosen)
        row = (str(choice.span.origin.line), choice.what, f"{choice.chosen} {seconds[choice.chosen]}", others or "-")
        if row not in seen:
            seen.add(row)
            table.add_row(*row)
    Console().print(table)
