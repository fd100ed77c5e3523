"""The ring of every number: 64 bits where the range allows, otherwise 128.

A value is held in 64 bits when its range leaves two bits of room (|x| <= 2^62), so that differences and the
wraps of truncation fit. What feeds a 128-bit operation is computed in 128 bits from the start where that costs
little (inputs, linear operations, products), and widened by a gadget where it does not.
"""

from __future__ import annotations

from ..ir.nodes import Circuit, Node, Type

#: Operations for which twice the width is cheaper than widening their result.
_LIGHT = frozenset({
    "input", "const", "iota", "add", "sub", "neg", "scale", "sum", "dot", "mul", "matmul", "to_num", "refine",
    "count", "scan", "recurrence", "polynomial",
    "reshape", "broadcast", "transpose", "slice", "concat", "take", "take_at",
})

#: Operations whose operands must be in the ring of their result.
_IN_ONE_RING = _LIGHT | {"put_at", "select", "abs"}

#: Bits of a value (sign included) that the 64-bit ring may hold.
NARROW_BITS = 63


def own_width(type: Type) -> int:
    """The ring that a value's range asks for."""
    return 64 if type.range.signed_bits <= NARROW_BITS else 128


def widths(circuit: Circuit) -> list[int]:
    """For every node the ring in which its number is made (64 for truth values, where it says nothing)."""
    nodes = circuit.nodes
    width = [own_width(n.type) if n.type.domain == "num" else 64 for n in nodes]
    for i in reversed(range(len(nodes))):
        if width[i] == 128 and nodes[i].op in _IN_ONE_RING:
            for a in nodes[i].args:
                if _light(nodes[a]):
                    width[a] = 128
    return width


def _light(node: Node) -> bool:
    return node.type.domain == "num" and node.op in _LIGHT
