"""Row blocks: array operations over more rows than `rows` are done for a block of them at a time, in a region.

Inputs are entered block by block; what takes all rows together is made for each block, and what the blocks give is put
together after the region; an array that something needs whole is written block by block. The rows of a segment are
parted into equal blocks, and the few that are left over are done beside. `plan` says what is done where.
Leaves alone: whatever needs all rows at once (see `rows`), and loops that are there already.

before                                      after
    %0 = input {name: 'x.a'} : <1000>           %0 = const {values: (0,)} : <10>
    %1 = sum %0 {axes: (0,)}                    %1 = loop {carried: 1, trips: 10} %0
                                                    %0 = arg 0, %1 = arg 1
                                                    %2 = scale %0 {by: 100}
                                                    %3 = input {name: 'x.a'} %2 : <100>
                                                    %4 = sum %3 {axes: (0,)}
                                                    %5 = put_at %1 %0 %4
                                                    yield %5
                                                %2 = result %1 {index: 0}
                                                %3 = sum %2 {axes: (0,)}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type
from .plan import Cell, Plan, Region, Root
from .rows import cut


def block_rows(circuit: Circuit, rows: int) -> Circuit:
    """The circuit-stage circuit with blocks of at most `rows` rows."""
    plan = Plan(circuit, rows)
    made = _Made(plan, Builder(circuit.stage))
    nodes = circuit.nodes
    outside = sorted(plan.whole)
    for level in range(1 + max(plan.levels.values(), default=0)):
        for i in outside:
            if plan.levels[i] == level and plan.made_by(i) is None and nodes[i].op != "output":
                made.copy(i)
        for region in plan.regions:
            if region.level == level:
                _region(made, region)
    for i in outside:
        if nodes[i].op == "output":
            made.copy(i)
    return made.builder.finish(made.values[r] for r in circuit.results)


@dataclass
class _Made:
    """The new circuit, and the values of the old nodes in it, where they are there as a whole."""

    plan: Plan
    builder: Builder
    values: dict[int, Value] = field(default_factory=dict)

    def copy(self, i: int) -> None:
        """Node i as it was."""
        node = self.plan.circuit.nodes[i]
        self.builder.span = node.span
        self.values[i] = self.builder.append(replace(node, args=tuple(self.values[a].id for a in node.args)))


# --------------------------------------------------------------------------- regions


def _region(made: _Made, region: Region) -> None:
    """The values of all roots of a region: parts for each segment of its rows, put together."""
    parts: dict[int, list[Value]] = {root.node: [] for root in region.roots}
    for start, stop in made.plan.segments(region):
        trips, block = _parted(stop - start, made.plan.rows)
        if trips > 1:
            for root, part in zip(region.roots, _looped(made, region, start, block, trips), strict=True):
                parts[root.node].append(part)
        alone = start + (trips * block if trips > 1 else 0)
        if alone < stop:
            for root, part in zip(region.roots, _alone(made, region, alone, stop), strict=True):
                parts[root.node].append(part)
    for root in region.roots:
        made.builder.span = made.plan.circuit.nodes[root.node].span
        made.values[root.node] = _joined(made, root, parts[root.node])


def _parted(count: int, rows: int) -> tuple[int, int]:
    """Into how many blocks of how many rows, at most `rows`, so that few are left over."""
    trips = -(-count // rows)
    choices = (trips, count // trips), (count // rows or 1, min(count, rows))
    return min(choices, key=lambda choice: count - choice[0] * choice[1])


def _looped(made: _Made, region: Region, start: int, block: int, trips: int) -> list[Value]:
    """What `trips` blocks from row `start` on give, by root: partial results along a new first axis, or kept rows."""
    builder = made.builder
    inner = Builder(builder.stage)
    trip = inner.add("arg", type=Type("num", (), 0, 0, trips - 1, False), index=0)
    held = _Held(made, inner, len(region.roots), trip, start, block, trips)
    cells = _Cells(made.plan, inner, start, start + block * trips, block, held.first_row, held.whole, held.rows)
    parts = [_rows_first(inner, cells.of(root), root) for root in region.roots]
    init, results = [], []
    for k, (part, root) in enumerate(zip(parts, region.roots, strict=True)):
        type = replace(part.type, shape=(trips, *part.type.shape))
        builder.span = inner.span = made.plan.circuit.nodes[root.node].span
        init.append(builder.add("const", type=replace(type, secret=False), values=(type.lo,)))
        array = inner.add("arg", type=replace(type, secret=True), index=1 + k)
        results.append(inner.add("put_at", array, trip, part))
    loop = builder.add("loop", *init, *held.captured, body=inner.finish(results), trips=trips, carried=len(init))
    ended = []
    for k, (value, root) in enumerate(zip(results, region.roots, strict=True)):
        result = builder.add("result", loop, type=value.type, index=k)
        if root.fold is None:
            flat = builder.add("reshape", result, shape=(trips * block, *value.type.shape[2:]))
            result = _moved(builder, flat, 0, root.axis)
        ended.append(result)
    return ended


def _alone(made: _Made, region: Region, start: int, stop: int) -> list[Value]:
    """What rows start..stop give, by root, outside of any loop: a partial result as the only one, or rows."""
    builder = made.builder

    def first_row(first: int) -> Value:
        return _number(builder, start + first)

    def rows(cell: Cell) -> Value:
        return _stretch(builder, made.values[cell.node], cell.axis, start + cell.first, stop - start)

    cells = _Cells(made.plan, builder, start, stop, stop - start, first_row, lambda i: made.values[i], rows)
    values = [cells.of(root) for root in region.roots]
    return [value if root.fold is None else builder.add("reshape", value, shape=(1, *value.type.shape))
            for value, root in zip(values, region.roots, strict=True)]


def _joined(made: _Made, root: Root, parts: Sequence[Value]) -> Value:
    """The value of a root from what its segments gave."""
    builder, type = made.builder, made.plan.circuit.nodes[root.node].type
    if root.fold is None:
        value = parts[0] if len(parts) == 1 else builder.add("concat", *parts, axis=root.axis)
    elif root.fold.join == "sum":  # one by one: the range of the sum is then that of the whole
        sums = [builder.add("sum", part, axes=(0,)) for part in parts]
        value = sums[0]
        for other in sums[1:]:
            value = builder.add("add", value, other)
    else:
        every = parts[0] if len(parts) == 1 else builder.add("concat", *parts, axis=0)
        value = builder.add(root.fold.join, every, axes=(0,))
    assert value.type.shape == type.shape, f"blocks gave {value.type.shape} for {type.shape}"
    if type.domain == "num" and (value.type.lo < type.lo or value.type.hi > type.hi):
        return builder.add("refine", value, lo=type.lo, hi=type.hi)
    return value


# --------------------------------------------------------------------------- the rows of a block


@dataclass
class _Cells:
    """Makes cells for `count` rows within the rows start..stop of a region, in `builder`.

    `first_row` gives the number of the row at which the block begins, so many rows further on; `whole` a value that is
    read as a whole and `rows` those of a cell that is read.
    """

    plan: Plan
    builder: Builder
    start: int
    stop: int
    count: int
    first_row: Callable[[int], Value]
    whole: Callable[[int], Value]
    rows: Callable[[Cell], Value]
    done: dict[Cell, Value] = field(default_factory=dict)

    def of(self, root: Root) -> Value:
        """What the rows give for a root."""
        _, cells = self.plan.cone(root, self.start, self.stop)
        for cell in sorted(cells - self.done.keys()):
            self.builder.span = self.plan.circuit.nodes[cell.node].span
            self.done[cell] = self.rows(cell) if self.plan.is_read(cell, root.node) else self._make(cell)
        node = self.plan.circuit.nodes[root.node]
        if root.fold is None:
            return self.done[Cell(root.node, root.axis, 0)]
        self.builder.span = node.span
        args = [self.whole(a) if axis is None else self.done[Cell(a, axis, 0)]
                for a, axis in zip(node.args, root.fold.axes, strict=True)]
        return self.builder.add(node.op, *args, **node.attrs)

    def _make(self, cell: Cell) -> Value:
        node = self.plan.circuit.nodes[cell.node]
        if node.op == "input":
            shape = (self.count, *node.type.shape[1:])
            return self.builder.add("input", self.first_row(cell.first), type=replace(node.type, shape=shape),
                                    **node.attrs)
        if node.op == "iota" and len(node.type.shape) == 1:
            return self._numbers(cell, node)
        rows, _ = self.plan.operands(cell, self.start, self.stop)
        if node.op == "concat" and node.attrs["axis"] == cell.axis:
            return self.done[rows[0]]
        found = cut(self.plan.circuit, node, cell.axis)
        assert found is not None
        args = [self.whole(a) if axis is None else self.done[Cell(a, axis, cell.first + found.first)]
                for a, axis in zip(node.args, found.axes, strict=False)]
        return found.make(self.builder, args, self.count)

    def _numbers(self, cell: Cell, node: Node) -> Value:
        """start + step * row for the rows of the block."""
        add, step = self.builder.add, node.attrs["step"]
        start = add("scale", self.first_row(cell.first), by=step)
        ends = 0, step * (self.count - 1)
        type = replace(node.type, shape=(self.count,), lo=min(ends) + node.attrs["start"],
                       hi=max(ends) + node.attrs["start"])
        return add("add", add("iota", type=type, **node.attrs), add("broadcast", start, shape=(self.count,)))


@dataclass
class _Held:
    """What the body of a region reads from outside: `captured`, in the order of the body's last arguments."""

    made: _Made
    inner: Builder
    carried: int
    trip: Value
    start: int
    block: int
    trips: int
    captured: list[Value] = field(default_factory=list)
    _args: dict[Value, Value] = field(default_factory=dict)

    def first_row(self, first: int) -> Value:
        """The row at which the block of this trip begins, `first` rows further on."""
        row = self.inner.add("scale", self.trip, by=self.block)
        return self.inner.add("add", row, _number(self.inner, self.start + first)) if self.start + first else row

    def whole(self, i: int) -> Value:
        """Node i of the old circuit."""
        return self._capture(self.made.values[i])

    def rows(self, cell: Cell) -> Value:
        """The rows of this trip, of a value that lies ready block by block."""
        outer = self.made.builder
        stretch = _stretch(outer, self.made.values[cell.node], cell.axis, self.start + cell.first,
                           self.block * self.trips)
        first = _moved(outer, stretch, cell.axis, 0)
        blocks = outer.add("reshape", first, shape=(self.trips, self.block, *first.type.shape[1:]))
        return _moved(self.inner, self.inner.add("take_at", self._capture(blocks), self.trip), 0, cell.axis)

    def _capture(self, value: Value) -> Value:
        if value not in self._args:
            self.captured.append(value)
            self._args[value] = self.inner.add("arg", type=value.type, index=self.carried + len(self.captured))
        return self._args[value]


# --------------------------------------------------------------------------- small parts


def _number(builder: Builder, value: int) -> Value:
    return builder.add("const", type=Type("num", (), 0, value, value, False), values=(value,))


def _rows_first(builder: Builder, value: Value, root: Root) -> Value:
    return value if root.fold is not None else _moved(builder, value, root.axis, 0)


def _moved(builder: Builder, value: Value, source: int, target: int) -> Value:
    """The value with one axis moved to another place."""
    if source == target:
        return value
    axes = [a for a in range(len(value.type.shape)) if a != source]
    axes.insert(target, source)
    return builder.add("transpose", value, axes=tuple(axes))


def _stretch(builder: Builder, value: Value, axis: int, first: int, count: int) -> Value:
    """Rows first.. along an axis."""
    shape = value.type.shape
    if (first, count) == (0, shape[axis]):
        return value
    starts = tuple(first if a == axis else 0 for a in range(len(shape)))
    counts = tuple(count if a == axis else n for a, n in enumerate(shape))
    return builder.add("slice", value, starts=starts, steps=(1,) * len(shape), counts=counts)
