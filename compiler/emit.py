"""Looks at a compilation: the circuit after any pass, the protocol circuit, the rounds, a drawing for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from cloister.runtime.program import Block, Instr
from cloister.runtime.traffic import rounds, step_traffic

from .frontend import syntax
from .ir.ops import show
from .ir.text import print_circuit
from .pipeline import Compiled
from .schedule.rounds import schedule


def emit_ast(module: syntax.Module) -> str:
    """The syntax tree of the program, one node a line, indented; places left out."""
    return "\n".join(_tree(module, 0)) + "\n"


def _tree(item: object, depth: int, label: str = "") -> Iterator[str]:
    indent = "  " * depth + (f"{label}: " if label else "")
    if isinstance(item, syntax.Node):
        plain: list[tuple[str, object]] = []
        nested: list[tuple[str, object]] = []
        for name, value in vars(item).items():
            if name != "span":
                (nested if isinstance(value, syntax.Node | tuple) and value else plain).append((name, value))
        yield f"{indent}{type(item).__name__} " + " ".join(f"{name}={value!r}" for name, value in plain)
        for name, value in nested:
            yield from _tree(value, depth + 1, name)
    elif isinstance(item, tuple):
        yield indent.rstrip()
        for part in item:
            yield from _tree(part, depth + 1)
    else:
        yield f"{indent}{item!r}"


def emit_circuit(compiled: Compiled, after: str | None) -> str:
    """The circuit in text after the pass `after` (default: the last before the protocol). Raises KeyError."""
    name = after or compiled.optimised
    return f"# after {name}\n{print_circuit(dict(compiled.stages)[name])}"


def emit_protocol(compiled: Compiled, after: str | None) -> str:
    """The circuit of the protocol stage in text, as if the pass `after` were the last. Raises KeyError."""
    return print_circuit(compiled.expanded(after))


def emit_rounds(compiled: Compiled, after: str | None) -> str:
    """What happens in each round, and how much is sent on each link, as if `after` were the last pass.

    Rounds have the numbers by which a run's trace calls them: those of a loop one for each trip, told by the number of
    the trip. Raises KeyError.
    """
    block = schedule(compiled.expanded(after), compiled.protocol, compiled.owners)
    return "\n".join(_rounds(compiled, block, 0, ())) + "\n"


def _rounds(compiled: Compiled, block: Block, number: int, around: tuple[int, ...]) -> Iterator[str]:
    """The first round is `number` in the first trip of each loop around, and so many later in every further one."""
    owner, indent = compiled.owners, "  " * len(around)
    later = "".join(f" + {each} {_trip(depth)}" for depth, each in enumerate(around))
    for step in block.steps:
        yield from (f"{indent}    {_instr(instr, block)}" for instr in step.local)
        if step.exchange:
            found = step_traffic(compiled.protocol, step.exchange, block.types, owner)
            if found.is_round:
                links = ", ".join(f"{_party(compiled, a)} to {_party(compiled, b)} {size} B"
                                  for (a, b), size in sorted(found.frames.items()))
                yield f"{indent}round {number}{later}: {links}"
                number += 1
            yield from (f"{indent}    {_instr(instr, block)}" for instr in step.exchange)
        if step.loop is not None:
            each = rounds(step.loop.body, compiled.protocol, owner)
            yield f"{indent}loop, {step.loop.trips} trips {_trip(len(around))} = 0, 1, … of {each} rounds"
            yield from _rounds(compiled, step.loop.body, number, (*around, each))
            number += step.loop.trips * each


def _trip(depth: int) -> str:
    """What the number of a trip is called in a loop with so many around it."""
    return chr(ord("i") + depth)


def _party(compiled: Compiled, position: int) -> str:
    return compiled.program.parties[compiled.program.computing[position]]


def _instr(instr: Instr, block: Block) -> str:
    outs = ", ".join(f"%{o}" for o in instr.outs)
    args = " ".join(f"%{a}" for a in instr.args)
    types = ", ".join(f"{t.kind}{t.width}<{'x'.join(map(str, t.shape))}>" for t in (block.types[o] for o in instr.outs))
    attrs = {k: v for k, v in instr.attrs.items() if k != "words"}
    line = f" @{instr.line}" if instr.line else ""
    return f"{outs} = {instr.op} {args} {attrs or ''} : {types}{line}"


def emit_dot(compiled: Compiled, after: str | None) -> str:
    """As `emit_circuit`, as a Graphviz graph. Raises KeyError."""
    circuit = dict(compiled.stages)[after or compiled.optimised]
    lines = ["digraph circuit {", '  node [shape=box, fontname="monospace"];']
    for i, node in enumerate(circuit.nodes):
        where = f"\\nline {node.span.origin.line}" if node.span.line else ""
        lines.append(f'  n{i} [label="{node.op}\\n{show(node.type)}{where}"];')
        lines += [f"  n{arg} -> n{i};" for arg in node.args]
    return "\n".join([*lines, "}", ""])
