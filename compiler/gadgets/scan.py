"""All that comes before each element of an axis, and itself, combined by one associative operation.

A network says which runs of neighbours meet when (`networks`). Where a scan is segmented, a run is its value and
whether it goes on with what comes before it; pairs of these combine associatively, as carries do. A linear recurrence
is the same with a factor in the place of the truth value.

A segmented minimum or maximum takes as many rounds a level as one without segments: what begins a segment is looked
at beside the comparison, or as the top plane of it. Running sums of ring shares without segments need no level: they
are local.

Source: G. Blelloch, Prefix sums and their applications (CMU-CS-90-190), sections 1.4 and 1.5.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..intervals import Interval
from ..ir.build import Value
from .bits import bit_to_arith
from .compare import less
from .extreme import maximum, minimum
from .kit import Kit, Num
from .networks import Network, Run, Steps, folds, prefixes


def scan(kit: Kit, x: Num, axis: int, combine: str, starts: Value | None = None, last: bool = False) -> Num:
    """The scan of planes or, for add and first, of ring shares along an axis; the running value begins anew where
    `starts`, one plane of the shape of x, is one. Add, min, max and first (the value that began the segment, which
    takes `starts`) are for numbers, and, or, xor and first for a single plane. `last`: its last element alone, without
    the axis, of at least one."""
    if combine == "add" and starts is None:
        return Num(kit.builder.add("sum", x.value, axes=(axis,)) if last else
                   kit.builder.add("cumsum", x.value, axis=axis), x.range)
    making = partial(_segments if starts is not None else _plain, combine, x.range)
    operands = (x.value,) if starts is None else (x.value, starts)
    return Num(along(kit, "scan", making, operands, axis, last), x.range)


def recurrence(kit: Kit, addend: Value, factor: Value, axis: int, last: bool = False) -> Value:
    """Element i is factor i times element i - 1, plus addend i, modulo 2^width; the first is its addend. Ring shares;
    public factors need no message. `last` as for `scan`."""
    return along(kit, "recurrence", _linear, (addend, factor), axis, last)


#: From a network and its operands, the axis first: the scan.
Build = Callable[..., Value]


def along(kit: Kit, what: str, build: Build, operands: Run, axis: int, last: bool) -> Value:
    """What the cheapest network along an axis builds; of less than two elements it is the first operand."""
    shape = operands[0].type.shape
    if operands[0].type.size == 0 or shape[axis] < 2:
        return kit.builder.add("reshape", operands[0], shape=shape[:axis] + shape[axis + 1:]) if last else operands[0]
    networks = folds() if last else prefixes(shape[axis])
    candidates = {name: partial(_built, build, network) for name, network in networks.items()}
    made = kit.choose(what, candidates, *(_to_front(kit, x, axis) for x in operands))
    return made if last else _from_front(kit, made, axis)


def _built(build: Build, network: Network, kit: Kit, *operands: Value) -> Value:
    return build(kit, network, *operands)


def _to_front(kit: Kit, x: Value, axis: int) -> Value:
    order = (axis, *(a for a in range(len(x.type.shape)) if a != axis))
    return kit.builder.add("transpose", x, axes=order) if axis else x


def _from_front(kit: Kit, x: Value, axis: int) -> Value:
    order = (*range(1, axis + 1), 0, *range(axis + 1, len(x.type.shape)))
    return kit.builder.add("transpose", x, axes=order) if axis else x


def _plain(combine: str, bounds: Interval, kit: Kit, network: Network, x: Value) -> Value:
    """Runs without segments are their values."""
    gadgets: dict[str, Callable[[Kit, Num, Num], Num]] = {"min": minimum, "max": maximum}

    def making(kit: Kit) -> Steps:
        gates: dict[str, Callable[[Value, Value], Value]] = {"and": kit.and_, "or": kit.or_, "xor": kit.xor}

        def close(a: Value, run: Run) -> Value:
            if combine in gadgets:
                return gadgets[combine](kit, Num(a, bounds), Num(run[0], bounds)).value
            return gates[combine](a, run[0])

        return Steps(lambda a, b: (close(a[0], b),), close)

    return network(kit, (x,), making)


# --------------------------------------------------------------------------- segments: runs of (value, goes on)


def _segments(combine: str, bounds: Interval, kit: Kit, network: Network, x: Value, starts: Value) -> Value:
    if x.type.domain == "arith":
        goes_on = kit.add(kit.neg(bit_to_arith(kit, starts, x.type.width)), 1)
        return (_copied if combine == "first" else _linear)(kit, network, x, goes_on)
    if combine in ("min", "max"):
        return _extremes(combine, bounds, kit, network, x, starts)
    return _of_planes(combine, kit, network, x, starts)


def _linear(kit: Kit, network: Network, addend: Value, factor: Value) -> Value:
    """Ring shares: a run takes what comes before times its factor, and adds its value."""
    def making(kit: Kit) -> Steps:
        def close(a: Value, run: Run) -> Value:
            return kit.add(run[0], times(kit, a, run[1]))

        return Steps(lambda a, b: (close(a[0], b), times(kit, a[1], b[1])), close)

    return network(kit, (addend, factor), making)


def times(kit: Kit, a: Value, b: Value) -> Value:
    """A product, free where a side is public."""
    if b.type.domain == "public":
        return kit.builder.add("scale", a, b)
    return kit.mul(a, b)


def _copied(kit: Kit, network: Network, x: Value, goes_on: Value) -> Value:
    """Ring shares: the first value of each segment."""
    def making(kit: Kit) -> Steps:
        def close(a: Value, run: Run) -> Value:
            return kit.add(run[0], kit.mul(run[1], kit.sub(a, run[0])))

        return Steps(lambda a, b: (close(a[0], b), kit.mul(a[1], b[1])), close)

    return network(kit, (x, goes_on), making)


def _of_planes(combine: str, kit: Kit, network: Network, x: Value, starts: Value) -> Value:
    """First, and, or, xor: an AND a plane and one more a level."""
    if combine == "and":
        return kit.invert(_of_planes("or", kit, network, kit.invert(x), starts))
    # what is one already does not need what comes before it: so `or` becomes an XOR
    goes_on = kit.and_(kit.invert(starts), kit.invert(x)) if combine == "or" else kit.invert(starts)

    def making(kit: Kit) -> Steps:
        def close(a: Value, run: Run) -> Value:
            value, on = run
            return kit.xor(value, kit.and_(on, kit.xor(a, value) if combine == "first" else a))

        return Steps(lambda a, b: (close(a[0], b), kit.and_(a[1], b[1])), close)

    return network(kit, (x, goes_on), making)


def _extremes(combine: str, bounds: Interval, kit: Kit, network: Network, x: Value, starts: Value) -> Value:
    """Min and max of numbers moved up so that none is negative."""
    def making(kit: Kit) -> Steps:
        def close(a: Value, run: Run) -> Value:
            value, on = run
            # what comes before is taken where left < right
            left, right = (a, value) if combine == "min" else (value, a)
            return kit.choose("segment", {"beside": _beside, "top plane": _barred}, left, right, on, a, value)

        return Steps(lambda a, b: (close(a[0], b), kit.and_(a[1], b[1])), close)

    signed = bounds.lo < 0
    made = network(kit, (_flipped(kit, x) if signed else x, kit.invert(starts)), making)
    return _flipped(kit, made) if signed else made


def _beside(kit: Kit, left: Value, right: Value, on: Value, a: Value, value: Value) -> Value:
    """a where left < right and the run goes on, else value: an AND a plane more, beside the comparison."""
    bounds = Interval(0, (1 << left.type.width) - 1)
    change = kit.and_(on, kit.xor(a, value))
    return kit.xor(value, kit.and_(less(kit, Num(left, bounds), Num(right, bounds)), change))


def _barred(kit: Kit, left: Value, right: Value, on: Value, a: Value, value: Value) -> Value:
    """The same: a run that does not go on has a one above the top plane of what is compared."""
    k = left.type.width
    barred = Num(kit.join(left, kit.invert(on)), Interval(0, (2 << k) - 1))
    taken = less(kit, barred, Num(right, Interval(0, (1 << k) - 1)))
    return kit.xor(value, kit.and_(taken, kit.xor(a, value)))


def _flipped(kit: Kit, x: Value) -> Value:
    """Two's complement moved up so that the order is that of unsigned numbers, and back."""
    return kit.xor(x, kit.plane_const(1 << x.type.width - 1, x.type.width, x.type.shape))
