"""In which sequences the rows of what a loop carries stand, and of which elements of rows it is (see `origins`).

As with ranges the body is checked with a guess, at first of what stands there before the loop, until a check shows
that it holds. Rows that trips may give other sequences stand in one of their own. Single elements of rows stay those
of before the loop, or of a choice among such, or vary with the trips: then they are others in each, and behind the
loop taken of all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from .origins import COUNTED, NOTHING, NOWHERE, Held, Origin, Sequences, whole
from .standing import Standing
from .tree import Var

#: Checks of the body behind which all that is carried varies with the trips in what any of it does.
PATIENCE = 3

#: Start, step and count of the trips.
Trips = tuple[int, int, int]


@dataclass
class Rows:
    """Of one carried value: its origin at the start of a trip, which axes stand in a sequence of their own, of which
    sequences its elements vary with the trips, and with those of which other loops."""

    origin: Origin
    reordered: set[int] = field(default_factory=set)
    varying: set[int] = field(default_factory=set)
    outer: Sequences = NOWHERE


def enter(standing: Standing, index: Var) -> None:
    """The index of a loop, which differs in each trip."""
    mark = standing.marks.of(("trip", index.id), frozenset({index.id}))
    standing.indices.add(mark)
    standing.known[index.id] = Origin((), frozenset({(COUNTED, mark)}))


def begin(standing: Standing, rows: Rows, index: Var, inside: Var) -> None:
    """The origin of a carried variable at the start of a trip."""
    still = frozenset(one for one in rows.origin.cells if one[0] not in rows.varying)
    moving = frozenset((sequence, _carried(standing, sequence, rows, index)) for sequence in (COUNTED, *rows.varying))
    standing.known[inside.id] = Origin(rows.origin.axes, still | moving)


def _carried(standing: Standing, sequence: int, rows: Rows, index: Var) -> int:
    return standing.marks.of(("carried", sequence, index.id, rows.outer), rows.outer | {index.id})


class Guesses:
    """The guesses for everything that a loop carries, and how often they were tried."""

    def __init__(self, standing: Standing, known: int) -> None:
        self._standing = standing
        self._known = known
        self._tried = 0

    def hold(self, states: Mapping[str, Rows], ends: Mapping[str, Origin], index: Var) -> bool:
        """Whether all guesses held in a check of the body; mends those that did not."""
        self._tried += 1
        stand = self._stand(states, ends)
        still = [self._still(rows, ends[name], index) for name, rows in states.items() if name in ends]
        if not all(still) and self._tried >= PATIENCE:
            varying = {sequence for rows in states.values() for sequence in rows.varying}
            outer = NOWHERE.union(*(rows.outer for rows in states.values()))
            for rows in states.values():
                rows.varying, rows.outer = set(varying), outer
        return stand and all(still)

    def _stand(self, states: Mapping[str, Rows], ends: Mapping[str, Origin]) -> bool:
        """The axes: what a trip leaves in another sequence than it found it in stands in one of its own. A sequence
        that was made in a trip is another one in the next."""
        made: dict[tuple[Sequences, Sequences], Held] = {}
        held = True
        for name, rows in states.items():
            axes = list(rows.origin.axes)
            for axis, left in enumerate(ends[name].axes if name in ends else ()):
                before, last = (self._standing.sequences(one) for one in (axes[axis], left))
                if axis in rows.reordered or last <= before:
                    continue
                held = False
                if not before and max(last) <= self._known:
                    axes[axis] = whole(last)
                    continue
                pair = before, last
                if pair not in made:
                    made[pair] = whole({self._standing.sequence()})
                axes[axis] = made[pair]
                rows.reordered.add(axis)
            rows.origin = Origin(tuple(axes), rows.origin.cells)
        return held

    def _still(self, rows: Rows, end: Origin, index: Var) -> bool:
        """The single elements of rows that were there before the loop."""
        marks, held = self._standing.marks, True
        for sequence, mark in end.cells:
            if sequence == COUNTED or sequence > self._known or (sequence, mark) in rows.origin.cells:
                continue
            outer = marks.trips[mark] - {index.id}
            if sequence in rows.varying and outer <= rows.outer:
                continue
            held = False
            if index.id not in marks.trips[mark] and sequence not in dict(rows.origin.cells):
                rows.origin = Origin(rows.origin.axes, rows.origin.cells | {(sequence, mark)})
            else:
                rows.varying.add(sequence)
                rows.outer |= outer
        return held


def leave(standing: Standing, rows: Rows, end: Origin, index: Var, trips: Trips) -> Origin:
    """The origin of a carried value behind the loop: what differed in each trip is taken of all of them."""
    marks, cells = standing.marks, set()
    for sequence, mark in end.cells:
        outer = marks.trips[mark] - {index.id}
        if index.id not in marks.trips[mark]:
            cells.add((sequence, mark))
        elif sequence != COUNTED or outer:
            own = _carried(standing, sequence, rows, index)
            taken = frozenset(_of_all(standing, one, index, trips) for one in marks.elements(mark) - {own})
            cells.add((sequence, marks.of(("left", taken or index.id), outer)))
    axes = tuple(held if left else NOTHING for held, left in zip(rows.origin.axes, end.axes, strict=True))
    return Origin(axes, frozenset(cells))


def _of_all(standing: Standing, mark: int, index: Var, trips: Trips) -> Hashable:
    """What the trips together took of an array of which each took one: the same for every loop of such trips."""
    if index.id not in standing.marks.trips[mark]:
        return mark
    return (trips, standing.each[mark]) if mark in standing.each else (index.id, mark)
