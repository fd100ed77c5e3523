"""Which parts of a circuit are done in row blocks, and in what order: the plan that `blocks` carries out.

A *root* is a value that a region of blocks yields: what takes all rows together (a sum, a maximum), or an array that
something needs whole. What a root depends on by rows alone is its *cone*: cells (node, axis, first), the rows of a
node from row `first` of the region on. A cone ends at inputs, which are entered block by block, and at values that are
there as a whole. Roots over equally many rows, of which none waits for another, share their region.

What exchanges nothing is made again in every region that reads it, inputs too; what exchanges is made once, and kept
where a second region reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from ..ir.nodes import Circuit, Node
from .dead import ROOTS
from .rows import Cut, Fold, cut, fold

#: What is cheap to make again: nothing is sent for it.
_LOCAL = frozenset({
    "input", "const", "iota", "add", "sub", "neg", "scale", "refine", "not", "xor", "sum", "reshape", "broadcast",
    "transpose", "slice", "concat", "take", "take_at",
})

#: What is no work of its own: a region is not begun for it.
LEAVES = frozenset({"input", "const", "iota", "reshape", "broadcast", "transpose", "slice", "concat", "take"})


@dataclass(frozen=True, order=True)
class Cell:
    """The rows of a node along `axis`, of which row `first` is the region's row 0."""

    node: int
    axis: int
    first: int


@dataclass(frozen=True)
class Root:
    """What a region yields: rows taken together (`fold`), or the node itself, its rows along `axis` kept."""

    node: int
    extent: int
    axis: int = 0
    fold: Fold | None = None


@dataclass(frozen=True)
class Region:
    """Roots over `extent` rows; `level` counts the regions that come before in sequence."""

    level: int
    extent: int
    roots: tuple[Root, ...]


@dataclass
class Plan:
    """The plan of a circuit for blocks of at most `rows` rows. `whole` are the nodes that are made as a whole,
    `levels` those of all nodes outside of regions, `regions` in order."""

    circuit: Circuit
    rows: int
    whole: set[int] = field(default_factory=set)
    levels: dict[int, int] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    _roots: dict[int, Root] = field(default_factory=dict)
    _kept: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        again: set[int] | None = None
        while again is None or again:
            self._kept |= again or set()
            self._find_roots()
            self._order()
            again = self._made_twice() - self._kept

    # ----------------------------------------------------------------- roots

    def _find_roots(self) -> None:
        """From the outputs backwards: what is wanted whole, and what by rows along which axes."""
        nodes = self.circuit.nodes
        self.whole, self._roots = set(self.circuit.results) | self._kept, {}
        by_rows: dict[int, set[int]] = {}
        for i in reversed(range(len(nodes))):
            node = nodes[i]
            for axis in sorted(by_rows.get(i, ())):
                for a, along in self._operands(i, axis):
                    self._want(a, along, by_rows)
            if node.op in ROOTS:
                self.whole.add(i)
            if i not in self.whole:
                continue
            root = self._root(i, node)
            if root is None:
                self.whole.update(node.args)
                continue
            self._roots[i] = root
            if root.fold is None:
                operands: Iterable[tuple[int, int | None]] = self._operands(i, root.axis)
            else:
                operands = zip(node.args, root.fold.axes, strict=True)
            for a, along in operands:
                self._want(a, along, by_rows)

    def _want(self, a: int, along: int | None, by_rows: dict[int, set[int]]) -> None:
        if along is None or not self._is_cut(a, along):
            self.whole.add(a)
        else:
            by_rows.setdefault(a, set()).add(along)

    def _root(self, i: int, node: Node) -> Root | None:
        """Whether node i, wanted whole, is made by a region."""
        if not node.type.secret or node.type.domain == "none":
            return None
        found = fold(self.circuit, node)
        if found is not None and found.extent > self.rows:
            return Root(i, found.extent, fold=found)
        shape = node.type.shape
        if node.op in LEAVES or not shape:
            return None
        axis = max(range(len(shape)), key=lambda a: shape[a])
        if shape[axis] <= self.rows or cut(self.circuit, node, axis) is None:
            return None
        return Root(i, shape[axis], axis)

    def _is_cut(self, i: int, axis: int) -> bool:
        return self.circuit.nodes[i].op == "concat" or self._cut(i, axis) is not None

    def _cut(self, i: int, axis: int) -> Cut | None:
        """How node i is done by rows; an input and a row of numbers are leaves."""
        node = self.circuit.nodes[i]
        if (node.op == "input" and axis == 0) or (node.op == "iota" and len(node.type.shape) == 1):
            return Cut((), lambda builder, values, count: values[0])
        return cut(self.circuit, node, axis)

    def _operands(self, i: int, axis: int) -> Iterator[tuple[int, int | None]]:
        node = self.circuit.nodes[i]
        if node.op == "concat":
            yield from ((a, axis) for a in node.args)
            return
        found = self._cut(i, axis)
        assert found is not None
        yield from zip(node.args, found.axes, strict=False)

    # ----------------------------------------------------------------- order

    def _order(self) -> None:
        """Levels, and the roots of one level and extent as one region."""
        self.levels = {}
        grouped: dict[tuple[int, int], list[Root]] = {}
        for i in sorted(self.whole | self._roots.keys()):
            root = self._roots.get(i)
            if root is None:
                self.levels[i] = max((self.levels[a] for a in self.circuit.nodes[i].args), default=0)
                continue
            level = max((self.levels[a] for a in self._captured(root)), default=0)
            grouped.setdefault((level, root.extent), []).append(root)
            self.levels[i] = level + 1
        self.regions = [Region(level, extent, tuple(roots)) for (level, extent), roots in sorted(grouped.items())]

    def _captured(self, root: Root) -> set[int]:
        """What the cone of a root reads as a whole."""
        found, _ = self.cone(root, 0, root.extent)
        return found

    def made_by(self, i: int) -> Root | None:
        """The root that node i is, if it is one."""
        return self._roots.get(i)

    def _made_twice(self) -> set[int]:
        """Nodes that exchange and would be made in more than one region, or for rows that lie differently."""
        seen: dict[int, set[tuple[int, int, Cell]]] = {}
        for region in self.regions:
            for root in region.roots:
                _, cells = self.cone(root, 0, root.extent)
                for cell in cells:
                    node = self.circuit.nodes[cell.node]
                    if node.op not in _LOCAL and node.type.secret:
                        seen.setdefault(cell.node, set()).add((region.level, region.extent, cell))
        return {i for i, places in seen.items() if len(places) > 1}

    # ----------------------------------------------------------------- cones

    def start(self, root: Root) -> tuple[list[Cell], list[int]]:
        """What a root reads by rows, and what as a whole."""
        if root.fold is None:
            return [Cell(root.node, root.axis, 0)], []
        args = list(zip(self.circuit.nodes[root.node].args, root.fold.axes, strict=True))
        return [Cell(a, axis, 0) for a, axis in args if axis is not None], [a for a, axis in args if axis is None]

    def cone(self, root: Root, start: int, stop: int) -> tuple[set[int], set[Cell]]:
        """What rows start..stop of the region depend on for this root: what is read as a whole, and the cells."""
        todo, captured = self.start(root)
        whole, cells = set(captured), set[Cell]()
        while todo:
            cell = todo.pop()
            if cell in cells:
                continue
            cells.add(cell)
            if self.is_read(cell, root.node):
                whole.add(cell.node)
                continue
            rows, others = self.operands(cell, start, stop)
            todo += rows
            whole.update(others)
        return whole, cells

    def is_read(self, cell: Cell, making: int) -> bool:
        """Whether the rows are read from a value that is there as a whole, not made for the block."""
        i = cell.node
        if i in self._kept:
            return i != making
        return (i in self.whole and i not in self._roots) or not self._is_cut(i, cell.axis)

    def operands(self, cell: Cell, start: int, stop: int) -> tuple[list[Cell], list[int]]:
        """What a cell depends on for rows start..stop of the region: cells, and nodes that are read as a whole."""
        node = self.circuit.nodes[cell.node]
        if node.op == "concat" and node.attrs["axis"] == cell.axis:
            pieces = self.pieces(cell)
            return [piece for piece, low, high in pieces if low < stop and start < high], []
        found = self._cut(cell.node, cell.axis)
        assert found is not None
        rows, whole = [], []
        for a, axis in zip(node.args, found.axes, strict=False):
            if axis is None:
                whole.append(a)
            else:
                rows.append(Cell(a, axis, cell.first + found.first))
        return rows, whole

    def pieces(self, cell: Cell) -> list[tuple[Cell, int, int]]:
        """The parts of a concatenation along the rows: the cell of each, and the rows of the region that it gives."""
        node = self.circuit.nodes[cell.node]
        lengths = [self.circuit.nodes[a].type.shape[cell.axis] for a in node.args]
        bounds = pairwise(accumulate(lengths, initial=-cell.first))
        return [(Cell(a, cell.axis, -low), low, high) for a, (low, high) in zip(node.args, bounds, strict=True)]

    def segments(self, region: Region) -> list[tuple[int, int]]:
        """The rows of a region, parted where a concatenation goes over to its next part."""
        ends = {0, region.extent}
        for root in region.roots:
            for cell in self.cone(root, 0, region.extent)[1]:
                node = self.circuit.nodes[cell.node]
                if node.op == "concat" and node.attrs["axis"] == cell.axis and not self.is_read(cell, root.node):
                    ends |= {at for _, low, high in self.pieces(cell) for at in (low, high)}
        return list(pairwise(sorted(at for at in ends if 0 <= at <= region.extent)))
