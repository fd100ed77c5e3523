"""Passes text to text: circuits as tests write them, and what a pass makes of them."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

from cloister.compiler.ir.nodes import Circuit
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.passes.dead import drop_dead


def circuit(text: str) -> str:
    """The text of a circuit from that of its nodes, which may be indented."""
    return "circuit\n" + dedent(text).strip() + "\n"


def becomes(step: Callable[[Circuit], Circuit], before: str, after: str, name: str) -> None:
    """The pass makes the one text of the other, dead nodes dropped, and both are legal."""
    start = parse_circuit(before)
    verify(start, "test")
    found = drop_dead(step(start))
    verify(found, name)
    assert print_circuit(found) == after
