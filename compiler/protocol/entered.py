"""Numbers that their owners enter once more where a second form is wanted, instead of a conversion.

An input in another form costs its owner one message of it; a conversion costs all parties several, and rounds. The same
holds of what is made of inputs by moving elements alone, such as the rows of several parties one after the other.
A second sharing says nothing more than the first, and parties that follow the protocol enter the same value.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.nodes import Circuit, Node

#: Operations that move elements, or say nothing new of them.
MOVING = frozenset({"reshape", "broadcast", "transpose", "slice", "concat", "take", "refine"})

#: Moved more often than this in a row, a number is converted like any other.
_DEEPEST = 100

#: So many elements may be entered for one that is wanted: a conversion costs about as much.
_MOST = 4


def entered_again(circuit: Circuit) -> list[bool]:
    """For each node whether its number is made of inputs by moving elements, and of not many more than it has."""
    inputs: list[frozenset[int] | None] = []
    found, depth = [], list[int]()
    for i, node in enumerate(circuit.nodes):
        depth.append(1 + max((depth[a] for a in node.args), default=0))
        leaves = frozenset({i}) if node.op == "input" else _together(node, inputs)
        inputs.append(leaves if node.type.domain == "num" and depth[i] <= _DEEPEST else None)
        size = sum(circuit.nodes[leaf].type.size for leaf in inputs[-1] or ())
        found.append(inputs[-1] is not None and size <= _MOST * node.type.size)
    return found


def _together(node: Node, inputs: Sequence[frozenset[int] | None]) -> frozenset[int] | None:
    """The inputs of all operands of what moves elements; None where anything else is among them."""
    if node.op not in MOVING:
        return None
    parts = [inputs[a] for a in node.args]
    known = [part for part in parts if part is not None]
    return frozenset().union(*known) if len(known) == len(parts) else None
