"""All trips of a loop at once: every operation of a body with the trips as a new first axis.

An item that does not depend on the trip stays as it is; one that does gets the axis. An index that is affine in
the trip (start + step * trip) is remembered as such, so that reading an array along it is a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type


class Unsupported(Exception):
    """The body does what cannot be done for all trips at once: the loop stays a loop."""


#: Elements that one value may grow to by the new axis; beyond it the loop stays a loop.
LARGEST = 1 << 27


@dataclass(frozen=True)
class Affine:
    """A public whole number start + step * trip."""

    start: int
    step: int


@dataclass(frozen=True)
class Item:
    """A value of the body; `batched`: its first axis is the trips."""

    value: Value
    batched: bool


@dataclass
class Batch:
    """Evaluates nodes of a body for all trips, into an outer builder.

    `bound` gives what the args stand for, `known` what single nodes are that are not to be evaluated.
    """

    builder: Builder
    body: Circuit
    trips: int
    bound: dict[int, Item]
    affine: dict[int, Affine] = field(default_factory=dict)
    known: dict[int, Callable[[Batch], Item]] = field(default_factory=dict)
    _done: dict[int, Item] = field(default_factory=dict)

    def item(self, i: int) -> Item:
        """Node i of the body. Raises Unsupported."""
        for j in self._needed(i):
            if j not in self._done:
                self.builder.span = self.body.nodes[j].span
                self._done[j] = self._node(j)
        return self._done[i]

    def every(self, i: int) -> Value:
        """Node i of the body with the axis of trips, whether it depends on the trip or not."""
        return self.spread(self.item(i))

    def index(self, i: int) -> Affine:
        """Node i as an affine index. Raises Unsupported when it is none."""
        if i not in self.affine:
            self.item(i)
        if i not in self.affine:
            raise Unsupported("an index that is not affine in the trip")
        return self.affine[i]

    def _needed(self, i: int) -> list[int]:
        """Node i and what it depends on, in order."""
        found, todo = set(), [i]
        while todo:
            j = todo.pop()
            if j not in found and j not in self._done:
                found.add(j)
                todo.extend(() if j in self.known else self.body.nodes[j].args)
        return sorted(found)

    def _node(self, i: int) -> Item:
        node = self.body.nodes[i]
        if i in self.known:
            return self.known[i](self)
        if node.op == "arg":
            return self._arg(i, node)
        self._track(i, node)
        items = [self._done[a] for a in node.args]
        if not any(item.batched for item in items):
            return self._once(node, items)
        if node.type.size * self.trips > LARGEST:
            raise Unsupported("too large for all trips at once")
        rule = _RULES.get(node.op, _elementwise if node.op in ELEMENTWISE else None)
        if rule is None:
            raise Unsupported(node.op)
        made = rule(self, node, items)
        return Item(self.fitted(made, replace(node.type, shape=(self.trips, *node.type.shape))), True)

    def _arg(self, i: int, node: Node) -> Item:
        if node.attrs["index"] == 0:
            self.affine[i] = Affine(0, 1)
            last = max(self.trips - 1, 0)
            numbers = Type("num", (self.trips,), 0, 0, last, False)
            return Item(self.builder.add("iota", type=numbers, start=0, step=1), True)
        if node.attrs["index"] not in self.bound:
            raise Unsupported("a carried value")
        return self.bound[node.attrs["index"]]

    def _once(self, node: Node, items: Sequence[Item]) -> Item:
        if node.op in ("loop", "result"):
            raise Unsupported("an inner loop")
        args = tuple(item.value.id for item in items)
        return Item(self.builder.append(Node(node.op, args, node.attrs, node.type, node.span, node.body)), False)

    def _track(self, i: int, node: Node) -> None:
        """Remembers affine indices."""
        known = [self.affine.get(a) for a in node.args]
        if node.op == "const" and node.type.shape == () and node.type.domain == "num":
            self.affine[i] = Affine(node.attrs["values"][0], 0)
        elif known and all(k is not None for k in known) and node.type.shape == ():
            made = _affine(node, [k for k in known if k is not None])
            if made is not None:
                self.affine[i] = made

    def fitted(self, value: Value, type: Type) -> Value:
        """The value with the range of `type`, where that is narrower than what follows from its operands."""
        if type.domain == "num" and (value.type.lo < type.lo or value.type.hi > type.hi):
            return self.builder.add("refine", value, lo=type.lo, hi=type.hi)
        return value

    def spread(self, item: Item) -> Value:
        """The item with the axis of trips."""
        if item.batched:
            return item.value
        shape = item.value.type.shape
        row = self.builder.add("reshape", item.value, shape=(1, *shape))
        return self.builder.add("broadcast", row, shape=(self.trips, *shape))


def _affine(node: Node, known: Sequence[Affine]) -> Affine | None:
    if node.op == "add":
        return Affine(known[0].start + known[1].start, known[0].step + known[1].step)
    if node.op == "sub":
        return Affine(known[0].start - known[1].start, known[0].step - known[1].step)
    if node.op == "neg":
        return Affine(-known[0].start, -known[0].step)
    if node.op == "scale":
        return Affine(known[0].start * node.attrs["by"], known[0].step * node.attrs["by"])
    if node.op == "mul" and 0 in (known[0].step, known[1].step):
        factor, other = (known[0], known[1]) if known[0].step == 0 else (known[1], known[0])
        return Affine(other.start * factor.start, other.step * factor.start)
    return known[0] if node.op == "refine" else None


# --------------------------------------------------------------------------- rules: the new axis comes first

#: Operations whose operands all have the shape of the result.
ELEMENTWISE = frozenset({
    "add", "sub", "mul", "neg", "abs", "scale", "round", "sqrt", "floordiv", "mod", "divround", "min", "max",
    "lt", "eq", "and", "or", "xor", "not", "select", "to_num", "refine", "netlist",
    "polynomial",
})

Rule = Callable[[Batch, Node, Sequence[Item]], Value]


def _elementwise(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    return batch.builder.add(node.op, *(batch.spread(item) for item in items), **node.attrs)


def _reveal(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    """What must be checked before one trip reveals is checked before all do."""
    return batch.builder.add("reveal", items[0].value, *(item.value for item in items[1:]))


def _over_axes(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    axes = tuple(a + 1 for a in node.attrs["axes"])
    return batch.builder.add(node.op, items[0].value, axes=axes)


def _over_axis(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    attrs = {**node.attrs, "axis": node.attrs["axis"] + 1}
    return batch.builder.add(node.op, *(batch.spread(item) for item in items), **attrs)


def _reshape(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    return batch.builder.add("reshape", items[0].value, shape=(batch.trips, *node.type.shape))


def _broadcast(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    shape, inner = node.type.shape, items[0].value.type.shape[1:]
    lead = (1,) * (len(shape) - len(inner))
    padded = batch.builder.add("reshape", items[0].value, shape=(batch.trips, *lead, *inner))
    return batch.builder.add("broadcast", padded, shape=(batch.trips, *shape))


def _transpose(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    return batch.builder.add("transpose", items[0].value, axes=(0, *(a + 1 for a in node.attrs["axes"])))


def _slice(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    attrs = node.attrs
    return batch.builder.add("slice", items[0].value, starts=(0, *attrs["starts"]), steps=(1, *attrs["steps"]),
                             counts=(batch.trips, *attrs["counts"]))


def _matmul(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    return batch.builder.add("matmul", *(batch.spread(item) for item in items))


def _take_at(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    array, index = items
    if not index.batched:  # the same row of each trip's array
        rest = range(2, len(array.value.type.shape))
        rows = batch.builder.add("transpose", array.value, axes=(1, 0, *rest))
        return batch.builder.add("take_at", rows, index.value)
    line = batch.index(node.args[1])
    if not array.batched:
        return rows_along(batch.builder, array.value, line, batch.trips)
    trips, extent, *tail = array.value.type.shape  # trip t reads row start + step * t of array t
    flat = batch.builder.add("reshape", array.value, shape=(trips * extent, *tail))
    return rows_along(batch.builder, flat, Affine(line.start, extent + line.step), batch.trips)


def _put_at(batch: Batch, node: Node, items: Sequence[Item]) -> Value:
    """One element of each trip's array replaced, the same for all trips."""
    line = batch.index(node.args[1])
    if line.step != 0:
        raise Unsupported("an element that moves with the trip")
    array, value = batch.spread(items[0]), batch.spread(items[2])
    trips, extent, *tail = array.type.shape
    element = batch.builder.add("reshape", value, shape=(trips, 1, *tail))
    parts = [_columns(batch.builder, array, 0, line.start), element,
             _columns(batch.builder, array, line.start + 1, extent)]
    present = [part for part in parts if part is not None]
    return present[0] if len(present) == 1 else batch.builder.add("concat", *present, axis=1)


def _columns(builder: Builder, array: Value, start: int, stop: int) -> Value | None:
    trips, _, *tail = array.type.shape
    if start >= stop:
        return None
    zeros = [0] * len(tail)
    return builder.add("slice", array, starts=(0, start, *zeros), steps=(1,) * len(array.type.shape),
                       counts=(trips, stop - start, *tail))


def rows_along(builder: Builder, array: Value, line: Affine, trips: int) -> Value:
    """Rows start + step * t of the first axis, for t = 0 .. trips - 1."""
    shape = array.type.shape
    if line.step == 0:
        row = builder.add("slice", array, starts=(line.start, *(0 for _ in shape[1:])), steps=(1,) * len(shape),
                          counts=(1, *shape[1:]))
        return builder.add("broadcast", row, shape=(trips, *shape[1:]))
    return builder.add("slice", array, starts=(line.start, *(0 for _ in shape[1:])),
                       steps=(line.step, *(1 for _ in shape[1:])), counts=(trips, *shape[1:]))


_RULES: dict[str, Rule] = {
    "sum": _over_axes, "reduce_min": _over_axes, "reduce_max": _over_axes, "any": _over_axes, "all": _over_axes,
    "dot": _over_axis, "concat": _over_axis, "take": _over_axis, "scan": _over_axis,
    "recurrence": _over_axis,
    "reshape": _reshape, "broadcast": _broadcast, "transpose": _transpose, "slice": _slice, "matmul": _matmul,
    "take_at": _take_at, "put_at": _put_at, "reveal": _reveal,
}
