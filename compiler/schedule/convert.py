"""From nodes of the protocol stage to the runtime's instructions and types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from cloister.runtime.program import Instr, Kind, ValueType

from ..ir.nodes import Node, Type

#: Attributes that the type of the result says already, and what only the compiler reads.
_LEFT_OUT = frozenset({"shape", "counts", "ranges"})


def value_type(type: Type) -> ValueType:
    """How the runtime holds a value of a protocol-stage type."""
    return ValueType(cast(Kind, type.domain), type.width, type.shape)


def instruction(node: Node, outs: Sequence[int], args: Sequence[int], free: Sequence[int] = ()) -> Instr:
    """The instruction of a node over the given value numbers; what must only be done before it is no operand."""
    attrs = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in sorted(node.attrs.items())
        if key not in _LEFT_OUT
    }
    args = args[:1] if node.op == "reveal" else args
    return Instr(node.op, tuple(outs), tuple(args), attrs, tuple(free), node.span.origin.line)
