"""The last step: a scheduled circuit with its inputs and outputs becomes the artifact."""

from __future__ import annotations

from collections.abc import Iterator

from cloister.runtime.program import DigitBits, InputSpec, KeptKind, KeptSpec, LoadedSpec, OutputSpec, Program
from cloister.runtime.protocols.base import Protocol
from msgspec.structs import replace

from ..check.tree import Checked, KeptPart, LoadedPart, Output, PartyInput
from ..check.types import Category, Elem, Type, Word, element_of
from ..ir.nodes import Circuit
from ..protocol.legalise import Legal
from .rounds import schedule


def artifact(checked: Checked, digest: str, legal: Legal, protocol: Protocol, format: int, version: str,
             digit_bits: DigitBits) -> Program:
    """The program as the parties run it. Inputs that nothing depends on are not part of it."""
    position = {name: i for i, name in enumerate(checked.parties)}
    used = set(_entered(legal.circuit))
    inputs = tuple(_input(given, position) for given in checked.inputs if _key(given) in used)
    body = schedule(legal.circuit, protocol, {spec.name: spec.party for spec in inputs})
    parameters = {**checked.binding.params, **checked.binding.sizes}
    shown = {output.name: output for output in checked.outputs}
    outputs = tuple(_output(spec, shown[spec.name]) for spec in legal.outputs)
    return Program(
        format, version, checked.name, digest, checked.parties, tuple(range(len(checked.parties))), protocol.name,
        dict(sorted(parameters.items())), inputs, outputs, body, _loads(checked, legal), _keeps(checked, legal),
        digit_bits,
    )


def _entered(circuit: Circuit) -> Iterator[str]:
    """The names of the inputs that a circuit takes, its regions included."""
    for node in circuit.nodes:
        if node.op == "input":
            yield node.attrs["name"]
        if node.body is not None:
            yield from _entered(node.body)


def _key(given: PartyInput) -> str:
    return f"{given.name}.{given.party}"


def _input(given: PartyInput, position: dict[str, int]) -> InputSpec:
    elem = given.elem
    return InputSpec(_key(given), position[given.party], element_of(elem), elem.frac, str(elem.lo), str(elem.hi),
                     given.var.type.extents)


def _loads(checked: Checked, legal: Legal) -> tuple[LoadedSpec, ...]:
    """What the arguments of the body are, in their order."""
    parts: dict[str, LoadedPart] = {part.key: part for part in checked.loads}
    return tuple(LoadedSpec(parts[name].store, _kind(parts[name].part, parts[name].elem, parts[name].var.type))
                 for name in legal.loads)


def _keeps(checked: Checked, legal: Legal) -> tuple[KeptSpec, ...]:
    parts: dict[str, KeptPart] = {part.key: part for part in checked.keeps}
    return tuple(KeptSpec(parts[name].store, _kind(parts[name].part, parts[name].value.type.elem,
                                                   parts[name].value.type), place)
                 for name, place in legal.keeps)


def _kind(part: str, elem: Elem, type: Type) -> KeptKind:
    """What people call the type of a part, as it must be on both sides."""
    levels = elem.levels if isinstance(elem, Category) else ()
    length = elem.length if isinstance(elem, Word) else 0
    return KeptKind(part, element_of(elem), elem.frac, str(elem.lo), str(elem.hi), type.extents, levels, length)


def _output(spec: OutputSpec, output: Output) -> OutputSpec:
    """The output with what its numbers stand for: the circuit knows numbers and truth values only."""
    elem = output.value.type.elem
    levels = elem.levels if isinstance(elem, Category) else ()
    length = elem.length if isinstance(elem, Word) else 0
    return replace(spec, element=element_of(elem), levels=levels, length=length)
