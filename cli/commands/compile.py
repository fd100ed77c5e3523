"""`cloister compile`: the artifact, or a look at a stage on the way to it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from cloister.compiler.boolean.gates import write
from cloister.compiler.emit import emit_ast, emit_circuit, emit_dot, emit_protocol, emit_rounds
from cloister.compiler.passes.savings import savings
from cloister.compiler.pipeline import Compiled
from cloister.runtime.private import write_whole

from ..bindings import load_bound, sizes_line
from ..networks import network
from ..options import Usage, check_writable, human_bytes, human_seconds
from ..pricing import Priced, price
from ..show import table

_EMIT: dict[str, Callable[[Priced, str | None], str]] = {
    "ast": lambda priced, after: emit_ast(priced.loaded.modules.main),
    "ir": lambda priced, after: emit_circuit(priced.compiled, after),
    "circuit": lambda priced, after: emit_protocol(priced.compiled, after),
    "rounds": lambda priced, after: emit_rounds(priced.compiled, after),
    "dot": lambda priced, after: emit_dot(priced.compiled, after),
    "bristol": lambda priced, after: write(dict(priced.compiled.stages)[priced.compiled.optimised]),
}

#: What can be shown after each pass.
_AFTER = ("ir", "circuit", "rounds", "dot")


def run(arguments: argparse.Namespace) -> int:
    """Compiles at the sizes given with -D; a size that is not given is taken at its bound."""
    check_writable(arguments.output, "-o")
    network(arguments.network)
    if arguments.after and arguments.emit not in _AFTER:
        raise Usage(f"--after goes with --emit {', '.join(_AFTER[:-1])} or {_AFTER[-1]}")
    if arguments.emit == "bristol" and arguments.memory is not None:
        raise Usage("--emit bristol writes the whole circuit as gates; --memory does not go with it")
    loaded, sizes = load_bound(arguments)
    priced = price(loaded, sizes, arguments)
    if arguments.after:
        _check_pass(arguments.after, priced.compiled)
    if arguments.emit:
        _write(arguments, _EMIT[arguments.emit](priced, arguments.after))
    elif arguments.output:
        write_whole(arguments.output, priced.compiled.program.encode())
    if arguments.explain:
        _explain(priced)
    if arguments.savings:
        _savings(priced)
    if not (arguments.emit or arguments.explain or arguments.savings):
        _summary(arguments, priced)
    return 0


def _check_pass(name: str, compiled: Compiled) -> None:
    known = [stage for stage, _ in compiled.stages]
    if name not in known:
        raise Usage(f"--after {name}: there is no such pass; in order they are {', '.join(known)}")


def _write(arguments: argparse.Namespace, text: str) -> None:
    if arguments.output:
        write_whole(arguments.output, text.encode())
    else:
        sys.stdout.write(text)


def _summary(arguments: argparse.Namespace, priced: Priced) -> None:
    program, found = priced.compiled.program, priced.estimate
    where = f" to {arguments.output}" if arguments.output else ""
    print(f"{priced.loaded.name}: compiled{where} for {program.protocol}, {human_bytes(len(program.encode()))}, "
          f"{found.rounds} rounds, {human_seconds(found.seconds)} on {priced.network.name}")
    if priced.compiled.checked.binding.sizes:
        print(f"at {sizes_line(priced.loaded, priced.compiled.checked.binding.sizes)}")
    print(f"circuit digest {program.circuit_digest}")


def _explain(priced: Priced) -> None:
    """Which circuits were chosen; the price is that of one use, sending and waiting only. Equal choices are one row."""
    lines: dict[tuple[str, ...], list[int]] = {}
    for choice in priced.compiled.choices:
        seconds = {name: human_seconds(p.seconds(priced.network)) for name, p in choice.prices.items()}
        others = ", ".join(f"{name} {s}" for name, s in seconds.items() if name != choice.chosen)
        row = (choice.what, f"{choice.chosen} {seconds[choice.chosen]}", others)
        lines.setdefault(row, []).append(choice.span.origin.line)
    headings = ("lines", "what", "chosen", "others")
    table(("times", *headings), [(f"{len(found):,}", _numbers(found), *row) for row, found in lines.items()],
          f"circuits chosen for {priced.network.name}", left=headings)


def _numbers(lines: Sequence[int]) -> str:
    """Line numbers in order, neighbours as one: `3, 7-9`."""
    spans: list[list[int]] = []
    for line in sorted(set(lines)):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _savings(priced: Priced) -> None:
    """What each pass saved: the circuit after it, and in brackets the change, where there is one."""
    rows = []
    before: tuple[int, ...] = ()
    for stage in savings(priced.compiled):
        found = (stage.nodes, stage.ands, stage.muls, stage.depth, stage.rounds, stage.bytes)
        rows.append((stage.name, *(_change(*pair) for pair in zip(found, before or found, strict=True))))
        before = found
    table(("after", "nodes", "ANDs", "products", "depth", "rounds", "bytes sent by one"), rows,
          f"the circuit after each pass, expanded for {priced.compiled.protocol.name} on {priced.network.name}",
          left=("after",))


def _change(now: int, before: int) -> str:
    return f"{now:,}" if now == before else f"{now:,} ({now - before:+,})"
