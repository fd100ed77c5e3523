"""Beside which rows values stand.

Two tables can have equally many rows and yet hold them in different sequences: a table, and the same one sorted. Shapes
do not tell them apart, so every table that is made with a sequence of its own gets a number, and whatever is computed
of its columns keeps it, axis by axis: row by row, cut out, turned round, or taken element by element and put into an
array again. A table that is made once more of the same columns by the same steps is the same, and so is its sequence.
A table that an `if` chooses of two stands in a third sequence, and what trips of a loop leave in sequences of theirs
stands in another one still. Inputs stand as they were given, one beside the other. No rows at all have constants,
ranges, arrays that parties give, and what was aggregated over all rows or sorted by itself: that goes with every table
of its shape.

A single element of rows says which one it is by a mark, so that an array in which each element is of another row stands
as these rows do, and one that is computed with the first row throughout does not. Two marks are equal where
the elements are; in a loop that stays a loop a mark also says with which loops' trips it becomes another one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from .types import Dim, Fixed, Int, Type

#: The sequences in which rows stand; empty for what stands in none.
Sequences = frozenset[int]

NOWHERE: Sequences = frozenset()

#: As the parties gave them.
GIVEN: Sequences = frozenset({0})

#: What is held of sequences: pairs of a sequence, each once, and the mark of what of it.
Held = frozenset[tuple[int, int]]

NOTHING: Held = frozenset()

#: The mark of all rows, each in its place.
WHOLE = 0

#: Stands in place of a sequence for what a loop's index counts.
COUNTED = -1


@dataclass(frozen=True)
class Origin:
    """Of what rows an array is: along each of its axes, and, `cells`, of which elements of rows all of it is."""

    axes: tuple[Held, ...] = ()
    cells: Held = NOTHING


@dataclass
class Marks:
    """Numbers for what was taken of a sequence: equal ones for the same."""

    made: dict[Hashable, int] = field(default_factory=lambda: {WHOLE: WHOLE})
    trips: list[Sequences] = field(default_factory=lambda: [NOWHERE])
    """Of each mark the loops, by the ids of their indices, in whose trips it differs."""

    of_several: dict[int, frozenset[int]] = field(default_factory=dict)
    """For what was computed of several: their marks."""

    def of(self, key: Hashable, trips: Sequences = NOWHERE) -> int:
        """The mark of what the key names, which differs in the trips of these loops."""
        mark = self.made.setdefault(key, len(self.trips))
        if mark == len(self.trips):
            self.trips.append(trips)
        return mark

    def varying(self, held: Held) -> Sequences:
        """The loops in whose trips something of this is another one."""
        return NOWHERE.union(*(self.trips[mark] for _, mark in held))

    def derived(self, held: Held, how: Hashable) -> Held:
        """The same in one way or another only in part: `how` says which."""
        return frozenset((sequence, self.of((how, mark), self.trips[mark])) for sequence, mark in held)

    def union(self, *parts: Held) -> Held:
        """What is computed of all of these."""
        found: dict[int, set[int]] = {}
        for sequence, mark in NOTHING.union(*parts):
            found.setdefault(sequence, set()).add(mark)
        return frozenset((sequence, self._together(frozenset(marks))) for sequence, marks in found.items())

    def _together(self, marks: frozenset[int]) -> int:
        if len(marks) == 1:
            return next(iter(marks))
        mark = self.of(marks, NOWHERE.union(*(self.trips[mark] for mark in marks)))
        self.of_several[mark] = marks
        return mark

    def elements(self, mark: int) -> frozenset[int]:
        """The marks of what was computed of nothing else in what this one says."""
        found, waiting = set(), [mark]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.of_several.get(one, ())
        return frozenset(found - self.of_several.keys())


def whole(sequences: Iterable[int]) -> Held:
    """All rows of these sequences."""
    return frozenset((sequence, WHOLE) for sequence in sequences)


def in_part(held: Held) -> Held:
    """What is left of an axis that was reduced: of all rows nothing, of some of them which ones."""
    return frozenset(one for one in held if one[1] != WHOLE)


def of_no_rows(type_: Type) -> Origin:
    """The origin of what has none."""
    return Origin((NOTHING,) * len(type_.shape))


def of_rows(sequences: Sequences, type_: Type) -> Origin:
    """The origin of an array, each element of the first axis of a row of these sequences."""
    return Origin(tuple(NOTHING if axis else whole(sequences) for axis in range(len(type_.shape))))


def settled(type_: Type) -> bool:
    """Whether the type leaves one value only, whatever it was computed of."""
    return isinstance(type_.elem, Int | Fixed) and type_.elem.lo == type_.elem.hi


def regrouped(marks: Marks, origin: Origin, source: tuple[Dim, ...], target: tuple[Dim, ...]) -> Origin:
    """The origin after a reshape: axes that stay keep theirs, and of such as are joined or split each has all."""
    axes, cells, i, j = [NOTHING] * len(target), origin.cells, 0, 0
    if any(dim.value == 0 for dim in source):
        return Origin(tuple(axes), cells)
    while i < len(source) or j < len(target):
        alike = [dim.value for dim in source[i:]] == [dim.value for dim in target[j:]]
        old, new = (at < len(dims) and dims[at].is_one for at, dims in ((i, source), (j, target)))
        if not alike and (j == len(target) or (old and not new)):
            cells = marks.union(cells, origin.axes[i])
            i += 1
            continue
        if not alike and (i == len(source) or (new and not old)):
            j += 1
            continue
        ends = _group(source, target, i, j)
        held = marks.union(*origin.axes[i:ends[0]])
        axes[j:ends[1]] = [held] * (ends[1] - j)
        i, j = ends
    return Origin(tuple(axes), cells)


def _group(source: tuple[Dim, ...], target: tuple[Dim, ...], i: int, j: int) -> tuple[int, int]:
    """Behind the fewest axes from `i` and from `j` on that have as many elements."""
    a, b, i, j = source[i].value, target[j].value, i + 1, j + 1
    while a != b:
        if a < b:
            a, i = a * source[i].value, i + 1
        else:
            b, j = b * target[j].value, j + 1
    return i, j
