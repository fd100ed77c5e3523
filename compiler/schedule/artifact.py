"""The last step: a scheduled circuit with its inputs and outputs becomes the artifact."""

from __future__ import annotations

from cloister.runtime.program import Element, InputSpec, Program
from cloister.runtime.protocols.base import Protocol

from ..check.tree import Checked, PartyInput
from ..check.types import Bool, Elem, Fixed
from ..protocol.legalise import Legal
from .rounds import schedule


def artifact(checked: Checked, digest: str, legal: Legal, protocol: Protocol, format: int, version: str) -> Program:
    """The program as the parties run it. Inputs that nothing depends on are not part of it."""
    position = {name: i for i, name in enumerate(checked.parties)}
    used = {node.attrs["name"] for node in legal.circuit.nodes if node.op == "input"}
    inputs = tuple(_input(given, position) for given in checked.inputs if _key(given) in used)
    body = schedule(legal.circuit, protocol, {spec.name: spec.party for spec in inputs})
    parameters = {**checked.binding.params, **checked.binding.sizes}
    return Program(
        format, version, checked.name, digest, checked.parties, tuple(range(len(checked.parties))), protocol.name,
        dict(sorted(parameters.items())), inputs, legal.outputs, body,
    )


def _key(given: PartyInput) -> str:
    return f"{given.name}.{given.party}"


def _input(given: PartyInput, position: dict[str, int]) -> InputSpec:
    elem = given.elem
    return InputSpec(_key(given), position[given.party], element_name(elem), elem.frac, str(elem.lo), str(elem.hi),
                     given.var.type.extents)


def element_name(elem: Elem) -> Element:
    """How the artifact calls an element type."""
    if isinstance(elem, Bool):
        return "bool"
    return "fixed" if isinstance(elem, Fixed) else "int"
