"""The origin of every expression and variable: one rule for each operation (see `origins`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from .origins import (
    COUNTED,
    NOTHING,
    NOWHERE,
    WHOLE,
    Held,
    Marks,
    Origin,
    Sequences,
    in_part,
    of_no_rows,
    regrouped,
    settled,
    whole,
)
from .tree import Apply, Expr, If, Ref


@dataclass(frozen=True)
class Piece:
    """A stretch of an axis of joined arrays, and what it is of."""

    start: int
    stop: int
    held: Held


@dataclass
class Standing:
    """The origins of variables. `sequence` gives a new one, `number` the value number of an expression."""

    sequence: Callable[[], int]
    number: Callable[[Expr], int]
    marks: Marks = field(default_factory=Marks)
    known: dict[int, Origin] = field(default_factory=dict)
    indices: set[int] = field(default_factory=set)
    """The marks of what indices of loops count."""

    each: dict[int, int] = field(default_factory=dict)
    """For the marks of elements at a loop's index: the mark of all that they are taken of."""

    pieces: dict[int, tuple[Piece, ...]] = field(default_factory=dict)
    made: dict[Hashable, int] = field(default_factory=dict)

    def rows(self, expr: Expr) -> Sequences:
        """The sequences that the elements along the first axis stand in."""
        axes = self.of(expr).axes
        return self.sequences(axes[0]) if axes else NOWHERE

    def sequences(self, held: Held) -> Sequences:
        """The sequences that stand along an axis; arrays that were joined count as one if they are of one."""
        found: set[int] = set()
        for sequence in {one for one, _ in held}:
            parts = {self.sequences(piece.held) for piece in self.pieces.get(sequence, ())} - {NOWHERE}
            found |= next(iter(parts)) if len(parts) == 1 else {sequence}
        return frozenset(found)

    def of(self, expr: Expr) -> Origin:
        """The origin of an expression over variables whose origins are known."""
        if isinstance(expr, Ref):
            return self.known.get(expr.var.id) or of_no_rows(expr.type)
        if not isinstance(expr, Apply) or settled(expr.type):
            return of_no_rows(expr.type)
        origins = [self.of(arg) for arg in expr.args]
        rule = _RULES.get(expr.op)
        return rule(self, expr, origins) if rule is not None else self._elementwise(expr, origins)

    def choose(self, statement: If) -> None:
        """The origins of what an `if` leaves.

        Rows that stand in one sequence or another stand in a third one, with all that the same condition chooses of
        these two. What each trip, or each of several conditions, may change in an array stands as these conditions do.
        """
        condition, cells = self.number(statement.condition), self.of(statement.condition).cells
        for merge in statement.merges:
            sides = self.of(merge.then), self.of(merge.otherwise)
            axes = [self._either(condition, *pair) for pair in zip(*(side.axes for side in sides), strict=True)]
            within = self.marks.union(*(side.cells for side in sides))
            differing = self._differing(within, cells, self.marks.varying(cells))
            self.known[merge.var.id] = Origin(
                tuple(self.marks.union(axis, differing) for axis in axes), self.marks.union(within, cells))

    def _either(self, condition: int, then: Held, otherwise: Held) -> Held:
        sides = self.sequences(then), self.sequences(otherwise)
        if not all(sides) or sides[0] == sides[1]:
            return self.marks.union(then, otherwise)
        return whole({self.sequence_of(("if", condition, *sides))})

    def sequence_of(self, key: Hashable) -> int:
        """The sequence of rows that were made in this way; one and the same where they were made so before."""
        if key not in self.made:
            self.made[key] = self.sequence()
        return self.made[key]

    def _differing(self, before: Held, added: Held, trips: Sequences) -> Held:
        """What of the rows of `added` is another one where it is put than elsewhere in an array.

        `before` are the elements of rows that are in the array, `trips` the loops in which the place moves.
        """
        known = dict(before)
        return frozenset(
            (sequence, mark) for sequence, mark in added
            if sequence != COUNTED and (known.get(sequence, mark) != mark or self.marks.trips[mark] & trips))

    # ------------------------------------------------------------------ the rules

    def _elementwise(self, expr: Apply, origins: list[Origin]) -> Origin:
        """Each element of the elements at its place."""
        rank = len(expr.type.shape)
        axes = [self.marks.union(*(one.axes[axis] for one in origins)) for axis in range(rank)]
        return Origin(tuple(axes), self._cells(origins))

    def _cells(self, origins: Sequence[Origin], *more: Held) -> Held:
        return self.marks.union(*(one.cells for one in origins), *more)

    def _reduced(self, expr: Apply, origins: list[Origin]) -> Origin:
        (origin,), gone = origins, expr.attrs["axes"]
        axes = tuple(held for axis, held in enumerate(origin.axes) if axis not in gone)
        return Origin(axes, self._cells(origins, *(in_part(origin.axes[axis]) for axis in gone)))

    def _moved(self, expr: Apply, origins: list[Origin]) -> Origin:
        array = origins[0]
        return Origin((NOTHING, *array.axes[1:]), self._cells(origins, in_part(array.axes[0])))

    def _unmoved(self, expr: Apply, origins: list[Origin]) -> Origin:
        array, order = origins
        return Origin((order.axes[0], *array.axes[1:]), self._cells(origins, in_part(array.axes[0])))

    def _nth(self, expr: Apply, origins: list[Origin]) -> Origin:
        values, places, *counted = origins
        rows = [axis for one in (values, *counted) for axis in one.axes]
        return Origin(places.axes, self._cells(origins, *map(in_part, rows)))

    def _matmul(self, expr: Apply, origins: list[Origin]) -> Origin:
        left, right = origins
        lead = [self.marks.union(*pair) for pair in zip(left.axes[:-2], right.axes[:-2], strict=True)]
        gone = in_part(left.axes[-1]), in_part(right.axes[-2])
        return Origin((*lead, left.axes[-2], right.axes[-1]), self._cells(origins, *gone))

    def _netlist(self, expr: Apply, origins: list[Origin]) -> Origin:
        lead = [self.marks.union(*axes) for axes in zip(*(one.axes[:-1] for one in origins), strict=True)]
        return Origin((*lead, NOTHING), self._cells(origins, *(in_part(one.axes[-1]) for one in origins)))

    def _reshape(self, expr: Apply, origins: list[Origin]) -> Origin:
        return regrouped(self.marks, origins[0], expr.args[0].type.shape, expr.type.shape)

    def _broadcast(self, expr: Apply, origins: list[Origin]) -> Origin:
        (origin,), source, target = origins, expr.args[0].type.shape, expr.type.shape
        axes, cells = [NOTHING] * (len(target) - len(source)), origin.cells
        for held, old, new in zip(origin.axes, source, target[len(axes):], strict=True):
            repeated = old.is_one and not new.is_one
            axes.append(NOTHING if repeated else held)
            cells = self.marks.union(cells, held) if repeated else cells
        return Origin(tuple(axes), cells)

    def _transpose(self, expr: Apply, origins: list[Origin]) -> Origin:
        return Origin(tuple(origins[0].axes[axis] for axis in expr.attrs["axes"]), origins[0].cells)

    def _slice(self, expr: Apply, origins: list[Origin]) -> Origin:
        (origin,), axes = origins, []
        steps = zip(origin.axes, expr.args[0].type.shape, expr.type.shape, expr.attrs["starts"], expr.attrs["steps"],
                    strict=True)
        for held, old, new, start, step in steps:
            all_of_it = start == 0 and step == 1 and old.same(new)
            axes.append(held if all_of_it else self._stretch(held, start, new.value, step))
        return Origin(tuple(axes), origin.cells)

    def _stretch(self, held: Held, start: int, count: int, step: int) -> Held:
        """Some elements of an axis; of joined arrays those of one are of this one."""
        found = NOTHING
        for sequence, mark in held:
            inner = [piece for piece in self.pieces.get(sequence, ())
                     if step == 1 and piece.start <= start and start + count <= piece.stop]
            if not inner:
                part = self.marks.derived(frozenset({(sequence, mark)}), ("slice", start, count, step))
            elif (inner[0].start, inner[0].stop) == (start, start + count):
                part = inner[0].held
            else:
                part = self._stretch(inner[0].held, start - inner[0].start, count, 1)
            found = self.marks.union(found, part)
        return found

    def _take(self, expr: Apply, origins: list[Origin]) -> Origin:
        (origin,), axis = origins, expr.attrs["axis"]
        taken = self.marks.derived(origin.axes[axis], ("take", expr.attrs["indices"]))
        return Origin((*origin.axes[:axis], taken, *origin.axes[axis + 1:]), origin.cells)

    def _take_at(self, expr: Apply, origins: list[Origin]) -> Origin:
        array, place = origins
        trips, key = self.marks.varying(place.cells), self.number(expr.args[1])
        counted = isinstance(expr.args[1], Ref) and {mark for _, mark in place.cells} <= self.indices
        taken: set[tuple[int, int]] = set()
        for sequence, whole_mark in array.axes[0]:
            mark = self.marks.of(("at", whole_mark, key), self.marks.trips[whole_mark] | trips)
            taken.add((sequence, mark))
            if counted:
                self.each[mark] = whole_mark
        return Origin(array.axes[1:], self._cells(origins, frozenset(taken)))

    def _put_at(self, expr: Apply, origins: list[Origin]) -> Origin:
        base, place, element = origins
        differing = self._differing(base.cells, element.cells, self.marks.varying(place.cells))
        rest = [self.marks.union(*pair) for pair in zip(base.axes[1:], element.axes, strict=True)]
        axes = self.marks.union(base.axes[0], differing), *rest
        return Origin(axes, self.marks.union(base.cells, element.cells))

    def _concat(self, expr: Apply, origins: list[Origin]) -> Origin:
        """One behind the other: what is of other rows in each of the arrays stands along the axis."""
        along = expr.attrs["axis"]
        apart = NOTHING.union(*(origin.cells for origin in origins))
        several = Counter(sequence for sequence, _ in apart)
        cells = self._cells(origins)
        differing = frozenset(one for one in cells if one[0] != COUNTED and several[one[0]] > 1)
        axes = [self.marks.union(*(one.axes[axis] for one in origins)) for axis in range(len(expr.type.shape))]
        axes[along] = self.marks.union(differing, self._joined([one.axes[along] for one in origins], expr))
        return Origin(tuple(axes), cells)

    def _joined(self, held: list[Held], expr: Apply) -> Held:
        if len(set(held)) == 1 and self.sequences(held[0]) == {one for one, _ in held[0]}:
            return held[0]
        pieces, start = [], 0
        for arg, part in zip(expr.args, held, strict=True):
            stop = start + arg.type.shape[expr.attrs["axis"]].value
            pieces.append(Piece(start, stop, part))
            start = stop
        sequence = self.sequence_of(tuple(pieces))
        self.pieces[sequence] = tuple(pieces)
        mark = WHOLE if all(not in_part(part) for part in held) else self.marks.of(
            tuple(held), NOWHERE.union(*map(self.marks.varying, held)))
        return frozenset({(sequence, mark)})


_Rule = Callable[[Standing, Apply, list[Origin]], Origin]

_REDUCTIONS = ("sum", "reduce_min", "reduce_max", "any", "all")

_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_REDUCTIONS, Standing._reduced),
    "broadcast": Standing._broadcast, "concat": Standing._concat, "matmul": Standing._matmul,
    "move": Standing._moved, "netlist": Standing._netlist, "nth": Standing._nth, "put_at": Standing._put_at,
    "reshape": Standing._reshape, "slice": Standing._slice, "take": Standing._take, "take_at": Standing._take_at,
    "transpose": Standing._transpose, "unmove": Standing._unmoved,
}
"""All other operations are elementwise, or give at each place what stands there and before."""
