"""What stands at given places of the sorted values, without sorting them where that is cheaper.

=======  ===============================================  ====================================================
circuit  rounds                                           sent for each value of k bits, for each place
=======  ===============================================  ====================================================
count    k times (a count of n bits, a comparison, AND)   about 3 k ANDs of one bit
sort     those of a sort                                  those of a sort, and k + log2 n ANDs
=======  ===============================================  ====================================================

`count` finds the value bit by bit from the highest: how many of those that agree so far have a zero there says which
bit it is. Source: the bisection of G. Aggarwal, N. Mishra, B. Pinkas, Secure computation of the k-th ranked element,
EUROCRYPT 2004, on the bits that the parties share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..intervals import Interval
from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Type
from .adders import sub
from .compare import equal, less
from .count import count_planes
from .kit import Kit, Num
from .logic import reduce_or
from .permute import moved
from .sort import order_of

#: Bits of the values on which the two circuits are compared: both go with their number.
_SAMPLE = 12


def nth(kit: Kit, key: Value, places: Num, among: Value | None) -> Value:
    """The planes of the values (n,) that stand at `places` (m,), unsigned planes below n: (m,).

    `among` says which values count; all where it is none of them. A place is below the number that count, or 0.
    """
    if among is not None:
        none = kit.invert(reduce_or(kit, among, (0,)))
        among = kit.or_(among, kit.builder.add("broadcast", none, shape=key.type.shape))
    candidates = {"count": _counted, "sort": _sorted}
    sample = kit.pick(key, range(min(key.type.width, _SAMPLE)))
    given = (places,) if among is None else (places, among)
    name = kit.best("values at places", candidates, sample, *given) if key.type.shape[0] > 1 else "count"
    return candidates[name](kit, key, *given)


def _counted(kit: Kit, key: Value, places: Num, among: Value | None = None) -> Value:
    """A region that finds one bit of the values at a time."""
    (n,), (m,), k = key.type.shape, places.shape, key.type.width
    add = kit.builder.add
    alike = add("broadcast", among, shape=(m, n)) if among is not None else kit.plane_const(1, 1, (m, n))
    found = kit.plane_const(0, 1, (k, m))
    planes = add("unfold_planes", kit.pick(key, range(k - 1, -1, -1)), k=1)
    carried = (places.value, alike, found)
    loop = add("loop", *carried, planes, body=_bit(kit, carried, planes, places.range.hi), trips=k, carried=3)
    made = add("result", loop, type=found.type, index=2)
    return kit.pick(add("fold_planes", made), range(k - 1, -1, -1))


def _bit(kit: Kit, carried: Sequence[Value], planes: Value, most: int) -> Circuit:
    """The next lower bit: how far the values are still ahead, which elements agree with them so far, the bits found.

    `most` is the highest place: from trip to trip a place goes down, to 0 at the least.
    """
    inner = replace(kit, builder=Builder("protocol", kit.builder.span))
    add, (m, n) = inner.builder.add, carried[1].type.shape
    bounds = Interval(0, most)
    trip = add("arg", type=Type("public", (), 64, secret=False), index=0)
    left, alike, found, rows = (add("arg", type=value.type, index=i + 1) for i, value in enumerate((*carried, planes)))
    ones = add("broadcast", add("take_at", rows, trip), shape=(m, n))
    low = inner.and_(alike, inner.invert(ones))
    count = count_planes(inner, low, (1,))
    bit = inner.invert(less(inner, Num(left, bounds), count))
    passed = Num(inner.and_(bit, count.value), count.range)
    k = bounds.bits
    left = sub(inner, left, inner.pick(inner.extend(passed, max(k, passed.width)), range(k)))
    other = inner.and_(alike, add("broadcast", add("reshape", bit, shape=(m, 1)), shape=(m, n)))
    return inner.builder.finish([left, inner.xor(low, other), add("put_at", found, trip, bit)])


def _sorted(kit: Kit, key: Value, places: Num, among: Value | None = None) -> Value:
    (n,), (m,) = key.type.shape, places.shape
    add = kit.builder.add
    whole = key if among is None else kit.join(key, kit.invert(among))
    ordered = moved(kit, order_of(kit, whole), key)
    bounds = Interval(0, n - 1)
    count = add("iota", type=Type("public", (1, n), 64, secret=False), start=0, step=1)
    numbers = add("broadcast", add("share_planes", count, k=bounds.bits), shape=(m, n))
    wanted = add("broadcast", add("reshape", places.value, shape=(m, 1)), shape=(m, n))
    hot = equal(kit, Num(numbers, bounds), Num(wanted, places.range))
    return _parity(kit, kit.and_(hot, add("broadcast", ordered, shape=(m, n))))


def _parity(kit: Kit, x: Value) -> Value:
    """The XOR along the second axis of planes (m, n)."""
    m, n = x.type.shape
    add, odd = kit.builder.add, list[Value]()
    while n > 1:
        halves = [add("slice", x, starts=(0, start), steps=(1, 1), counts=(m, n // 2)) for start in (0, n // 2)]
        if n % 2:
            odd.append(add("slice", x, starts=(0, n - 1), steps=(1, 1), counts=(m, 1)))
        x, n = kit.xor(*halves), n // 2
    return add("reshape", kit.xor(x, *odd), shape=(m,))
