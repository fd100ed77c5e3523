"""Carried values that are added to and held between bounds: x -> min(max(x + add, lo), hi).

Doing one such map after the other is such a map: the addends add up, and the bounds of the first are carried through
the second. So neighbours are combined in pairs, and pairs of pairs, until one map is left for the last value; the
values on the way are found from every second one, the other way round. That takes two levels for each doubling of
the trips (one for the last value alone), and of what the loop compares twice as much for the last value, three
times as much for all. Bounds that no trip has are left out. Sums, minima and maxima are exact, so that nothing moves a
rounding.

Source: G. Blelloch, Prefix sums and their applications (CMU-CS-90-190), sections 1.2 and 1.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..ir.build import Builder, Value
from ..ir.nodes import Node
from .batch import Affine, Batch, Unsupported, rows_along
from .mapping import Maps, made
from .running import MOST_BITS
from .terms import Term


@dataclass(frozen=True)
class Clamp:
    """x -> min(max(x + add, lo), hi), where lo <= hi; what is left out is 0, or no bound."""

    add: Term | None = None
    lo: Term | None = None
    hi: Term | None = None

    @property
    def constant(self) -> Term | None:
        """What it gives whatever x is, where it is made as such."""
        return self.lo if self.lo is self.hi else None


class Clamps(Maps[Clamp]):
    """Sums, minima and maxima of a number."""

    ops = frozenset({"add", "sub", "min", "max"})

    def identity(self) -> Clamp:
        return Clamp()

    def constant(self, term: Term) -> Clamp:
        return Clamp(None, term, term)

    def chosen(self, condition: Term, a: Clamp, b: Clamp) -> Clamp:
        def either(first: Term | None, second: Term | None, nothing: Term) -> Term | None:
            return None if first is second is None else made("select", condition, first or nothing, second or nothing)

        return Clamp(either(a.add, b.add, self.number(0)), either(a.lo, b.lo, self._unbound(a, b, -1)),
                     either(a.hi, b.hi, self._unbound(a, b, 1)))

    def _unbound(self, a: Clamp, b: Clamp, side: int) -> Term:
        """A number that bounds nothing, above (1) or below (-1), and lies beyond the other side's bounds too."""
        def make(batch: Batch) -> Value:
            ranges = [term(batch).type.range for one in (a, b) for term in (one.add, one.lo, one.hi) if term]
            reach = max((max(-r.lo, r.hi) for r in ranges), default=0) + max(-self.held.lo, self.held.hi, 0)
            return self.number(side * reach)(batch)
        return make

    def combined(self, node: Node, args: list[Clamp]) -> Clamp | None:
        a, b = args
        if b.constant is None and node.op != "sub":
            a, b = b, a
        term = b.constant
        if term is None or a.constant is not None:
            return None
        if node.op in ("add", "sub"):
            moved = [part and made(node.op, part, term) for part in (a.lo, a.hi)]
            return Clamp(self._sum(node.op, a.add, term), *moved)
        return Clamp(a.add, self._bound(node.op, a.lo, term, "max"), self._bound(node.op, a.hi, term, "min"))

    def _sum(self, op: str, add: Term | None, term: Term) -> Term:
        if add is not None:
            return made(op, add, term)
        return term if op == "add" else made("neg", term)

    def _bound(self, op: str, bound: Term | None, term: Term, own: str) -> Term | None:
        """A bound behind a minimum or maximum (`op`) with a term, which is a new one where `op` is the bound's own."""
        if bound is None:
            return term if op == own else None
        return made(op, bound, term)

    def scanned(self, found: Clamp, batch: Batch, init: Value, last: bool) -> Value:
        if found.lo is None and found.hi is None:
            raise Unsupported("a sum, whose range may be wider than what is known of it")
        add = (found.add or self.number(0))(batch)
        rows = _Rows(add, found.lo and found.lo(batch), found.hi and found.hi(batch))
        self._fits(rows, init, batch.trips)
        builder = batch.builder
        return _last(builder, rows, init) if last else _all(builder, rows, init)

    def _fits(self, rows: _Rows, init: Value, trips: int) -> None:
        """Raises Unsupported where sums of all trips may not fit a ring."""
        ranges = [v.type.range for v in (init, rows.lo, rows.hi) if v is not None]
        reach = max(max(-r.lo, r.hi) for r in ranges) + trips * max(-rows.add.type.lo, rows.add.type.hi)
        if reach.bit_length() >= MOST_BITS:
            raise Unsupported("sums on the way may not fit a ring")


# --------------------------------------------------------------------------- maps of all trips


@dataclass(frozen=True)
class _Rows:
    """Maps along the first axis; bounds that none of them has are left out."""

    add: Value
    lo: Value | None
    hi: Value | None

    @property
    def count(self) -> int:
        return self.add.type.shape[0]

    def along(self, builder: Builder, start: int, step: int, count: int) -> _Rows:
        """Rows start + step * t for t = 0 .. count - 1."""
        line = Affine(start, step)
        parts = [part and rows_along(builder, part, line, count) for part in (self.lo, self.hi)]
        return _Rows(rows_along(builder, self.add, line, count), *parts)


def _of(builder: Builder, rows: _Rows, value: Value) -> Value:
    """The maps of values."""
    return _bounded(builder, builder.add("add", value, rows.add), rows.lo, rows.hi)


def _bounded(builder: Builder, value: Value, lo: Value | None, hi: Value | None) -> Value:
    """min(max(value, lo), hi) of lo <= hi, both compared at once."""
    if lo is None or hi is None:
        value = value if lo is None else builder.add("max", value, lo)
        return value if hi is None else builder.add("min", value, hi)
    below, above = builder.add("lt", value, lo), builder.add("lt", hi, value)
    inside = builder.add("select", above, hi, builder.add("select", below, lo, value))
    return builder.add("refine", inside, lo=lo.type.lo, hi=hi.type.hi)


def _pairs(builder: Builder, rows: _Rows) -> _Rows:
    """Each two neighbours as one map; an odd one at the end is left out."""
    half = rows.count // 2
    first, then = (rows.along(builder, start, 2, half) for start in (0, 1))

    def carried(bound: Value | None) -> Value | None:
        return bound and _bounded(builder, builder.add("add", bound, then.add), then.lo, then.hi)

    return _Rows(builder.add("add", first.add, then.add), carried(first.lo), carried(first.hi))


def _last(builder: Builder, rows: _Rows, init: Value) -> Value:
    """What is carried after all trips."""
    while rows.count > 1:
        rest = rows.along(builder, rows.count - 1, 1, rows.count % 2)
        rows = _joined(builder, _pairs(builder, rows), rest) if rest.count else _pairs(builder, rows)
    return _flat(builder, _of(builder, rows, _row(builder, init)))


def _joined(builder: Builder, a: _Rows, b: _Rows) -> _Rows:
    lo, hi = (x and y and builder.add("concat", x, y, axis=0) for x, y in ((a.lo, b.lo), (a.hi, b.hi)))
    return _Rows(builder.add("concat", a.add, b.add, axis=0), lo, hi)


def _all(builder: Builder, rows: _Rows, init: Value) -> Value:
    """What is carried after each trip."""
    count, first = rows.count, _row(builder, init)
    if count == 1:
        return _of(builder, rows, first)
    odd = _all(builder, _pairs(builder, rows), init)
    others = count - count // 2
    before = builder.add("concat", first, rows_along(builder, odd, Affine(0, 1), others - 1), axis=0)
    even = _of(builder, rows.along(builder, 0, 2, others), before)
    return _woven(builder, even, odd)


def _woven(builder: Builder, even: Value, odd: Value) -> Value:
    """Rows of the two in turn."""
    half, tail = odd.type.shape[0], odd.type.shape[1:]
    sides = [builder.add("reshape", rows_along(builder, side, Affine(0, 1), half), shape=(half, 1, *tail))
             for side in (even, odd)]
    woven = builder.add("reshape", builder.add("concat", *sides, axis=1), shape=(2 * half, *tail))
    if even.type.shape[0] == half:
        return woven
    return builder.add("concat", woven, rows_along(builder, even, Affine(half, 1), 1), axis=0)


def _row(builder: Builder, value: Value) -> Value:
    return builder.add("reshape", value, shape=(1, *value.type.shape))


def _flat(builder: Builder, row: Value) -> Value:
    return builder.add("reshape", row, shape=row.type.shape[1:])
