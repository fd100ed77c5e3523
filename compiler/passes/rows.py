"""Operations on some of the rows of an array: which of them can be done so, and what of their operands that takes.

The *rows* of a value lie along one of its axes. Where element r along that axis depends on row r of some operands, and
on others as a whole, the operation can be done for a block of rows at a time (`cut`). Where it takes all rows together
into one result that does not depend on their order, it can be done for each block and the results put together
(`fold`). Leaves alone: what moves rows (sorting, indices other than a stretch of them), running values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node
from .batch import ELEMENTWISE

#: What a cut makes: of the operands, cut or whole, so many rows.
Make = Callable[[Builder, Sequence[Value], int], Value]


@dataclass(frozen=True)
class Cut:
    """Some rows of a node: `axes` are those of the rows in its operands, None for one that is needed whole.

    Row r of the result takes rows r + `first` of the operands.
    """

    axes: tuple[int | None, ...]
    make: Make
    first: int = 0


@dataclass(frozen=True)
class Fold:
    """A node that takes all rows together: `axes` as for a cut, `extent` rows, and how partial results join."""

    axes: tuple[int | None, ...]
    extent: int
    join: str


def cut(circuit: Circuit, node: Node, axis: int) -> Cut | None:
    """How the node is done for some rows along `axis` of its result; None where it cannot be."""
    if node.op in ELEMENTWISE:
        return Cut((axis,) * len(node.args), _same(node)) if _is_along(node, axis) else None
    rule = _CUTS.get(node.op)
    return rule(circuit, node, axis) if rule else None


def fold(circuit: Circuit, node: Node) -> Fold | None:
    """How the node takes together the rows of its operand: along the longest axis that it reduces."""
    if node.op == "matmul":
        rank = len(node.type.shape)
        return Fold((rank - 1, rank - 2), circuit.nodes[node.args[0]].type.shape[-1], "sum")
    if node.op not in _JOINED:
        return None
    shape = circuit.nodes[node.args[0]].type.shape
    axes = node.attrs["axes"] if "axes" in node.attrs else (node.attrs["axis"],)
    axis = max(axes, key=lambda a: shape[a], default=None)
    return None if axis is None else Fold((axis,) * len(node.args), shape[axis], _JOINED[node.op])


#: Operations that take rows together, and the one that joins what they give for each block.
_JOINED = {"sum": "sum", "count": "sum", "dot": "sum", "reduce_min": "reduce_min", "reduce_max": "reduce_max",
           "any": "any", "all": "all"}


def _is_along(node: Node, axis: int) -> bool:
    return node.op != "netlist" or axis < len(node.type.shape) - 1  # its last axis are the wires


def _same(node: Node) -> Make:
    return lambda builder, values, count: builder.add(node.op, *values, **node.attrs)


def _with(shape: Sequence[int], axis: int, count: int) -> tuple[int, ...]:
    return (*shape[:axis], count, *shape[axis + 1:])


# --------------------------------------------------------------------------- one rule an operation


def _const(circuit: Circuit, node: Node, axis: int) -> Cut | None:
    if len(node.attrs["values"]) != 1:
        return None
    return Cut((), lambda builder, values, count: builder.add(
        "const", type=replace(node.type, shape=_with(node.type.shape, axis, count)), **node.attrs))


def _broadcast(circuit: Circuit, node: Node, axis: int) -> Cut:
    inner = circuit.nodes[node.args[0]].type.shape
    own = axis - (len(node.type.shape) - len(inner))
    along = own if own >= 0 and inner[own] == node.type.shape[axis] else None
    return Cut((along,), _to_shape(node, axis))


def _reshape(circuit: Circuit, node: Node, axis: int) -> Cut | None:
    """Where the rows stay an axis: as many elements before it as there were, and as many rows."""
    shape, before = circuit.nodes[node.args[0]].type.shape, prod(node.type.shape[:axis])
    found = [a for a, n in enumerate(shape) if n == node.type.shape[axis] and prod(shape[:a]) == before]
    return Cut((found[0],), _to_shape(node, axis)) if found else None


def _to_shape(node: Node, axis: int) -> Make:
    return lambda builder, values, count: builder.add(
        node.op, *values, shape=_with(node.type.shape, axis, count))


def _transpose(circuit: Circuit, node: Node, axis: int) -> Cut:
    return Cut((node.attrs["axes"][axis],), _same(node))


def _slice(circuit: Circuit, node: Node, axis: int) -> Cut | None:
    starts, steps, counts = (node.attrs[key] for key in ("starts", "steps", "counts"))
    if steps[axis] != 1:
        return None
    return Cut((axis,), lambda builder, values, count: builder.add(
        "slice", *values, starts=_with(starts, axis, 0), steps=steps, counts=_with(counts, axis, count)),
        starts[axis])


def _other_axis(circuit: Circuit, node: Node, axis: int) -> Cut | None:
    """concat, take along another axis than that of the rows."""
    return Cut((axis,) * len(node.args), _same(node)) if node.attrs["axis"] != axis else None


def _scan(circuit: Circuit, node: Node, axis: int) -> Cut | None:
    """Running values along another axis; where only the `last` ones are made, that axis is gone from the result."""
    along = node.attrs["axis"]
    source = axis + 1 if node.attrs.get("last") and axis >= along else axis
    return Cut((source,) * len(node.args), _same(node)) if source != along else None


def _kept_axis(circuit: Circuit, node: Node, axis: int) -> Cut:
    """Reductions over other axes."""
    dropped = node.attrs["axes"] if "axes" in node.attrs else (node.attrs["axis"],)
    rank = len(circuit.nodes[node.args[0]].type.shape)
    left = [a for a in range(rank) if a not in dropped]
    return Cut((left[axis],) * len(node.args), _same(node))


def _matmul(circuit: Circuit, node: Node, axis: int) -> Cut:
    rank = len(node.type.shape)
    if axis == rank - 1:
        return Cut((None, axis), _same(node))
    return Cut((axis, None if axis == rank - 2 else axis), _same(node))


def _take_at(circuit: Circuit, node: Node, axis: int) -> Cut:
    return Cut((axis + 1, None), _same(node))


_CUTS: dict[str, Callable[[Circuit, Node, int], Cut | None]] = {
    "const": _const, "broadcast": _broadcast, "reshape": _reshape, "transpose": _transpose, "slice": _slice,
    "concat": _other_axis, "take": _other_axis, "scan": _scan, "matmul": _matmul, "take_at": _take_at,
    **dict.fromkeys(_JOINED, _kept_axis),
}
