"""The last step: a scheduled circuit with its inputs and outputs becomes the artifact."""

from __future__ import annotations

from cloister.runtime.program import InputSpec, OutputSpec, Program
from cloister.runtime.protocols.base import Protocol
from msgspec.structs import replace

from ..check.tree import Checked, Output, PartyInput
from ..check.types import Category, Word, element_of
from ..protocol.legalise import Legal
from .rounds import schedule


def artifact(checked: Checked, digest: str, legal: Legal, protocol: Protocol, format: int, version: str) -> Program:
    """The program as the parties run it. Inputs that nothing depends on are not part of it."""
    position = {name: i for i, name in enumerate(checked.parties)}
    used = {node.attrs["name"] for node in legal.circuit.nodes if node.op == "input"}
    inputs = tuple(_input(given, position) for given in checked.inputs if _key(given) in used)
    body = schedule(legal.circuit, protocol, {spec.name: spec.party for spec in inputs})
    parameters = {**checked.binding.params, **checked.binding.sizes}
    shown = {output.name: output for output in checked.outputs}
    outputs = tuple(_output(spec, shown[spec.name]) for spec in legal.outputs)
    return Program(
        format, version, checked.name, digest, checked.parties, tuple(range(len(checked.parties))), protocol.name,
        dict(sorted(parameters.items())), inputs, outputs, body,
    )


def _key(given: PartyInput) -> str:
    return f"{given.name}.{given.party}"


def _input(given: PartyInput, position: dict[str, int]) -> InputSpec:
    elem = given.elem
    return InputSpec(_key(given), position[given.party], element_of(elem), elem.frac, str(elem.lo), str(elem.hi),
                     given.var.type.extents)


def _output(spec: OutputSpec, output: Output) -> OutputSpec:
    """The output with what its numbers stand for: the circuit knows numbers and truth values only."""
    elem = output.value.type.elem
    levels = elem.levels if isinstance(elem, Category) else ()
    length = elem.length if isinstance(elem, Word) else 0
    return replace(spec, element=element_of(elem), levels=levels, length=length)
