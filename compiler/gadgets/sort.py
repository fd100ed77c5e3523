"""The stable order of rows by a key: radix sort, some bits a pass, or every row compared with every other.

A pass finds for every row its place among all by one digit of the key, the lowest first: as many rows come before it
as have a smaller digit, or the same and stand before it. These are running sums, which are local, and one
product. What is left of the keys moves there: it is shuffled along a fresh random order with the places, these
are opened, and everybody moves the rest by itself. With the keys moves the number of each row in a random
order drawn at first; opened in the end, it gives the order sought, in the form of `permute.Order`.

Few rows are compared each with each instead.

======  ===================================  =====================================================================
digit   rounds (p passes of a shuffle)       sent a row
======  ===================================  =====================================================================
1 bit   p + 4 a bit                          for each pass: a bit into the ring, a product, a number and what is left
                                             of the key shuffled, a number opened
w bits  p + 4 + ceil(log2 w) for w bits      for each pass: w bits into the ring, 2^w - w products, the rest as above
pairs   p + 1, a comparison, a count         n comparisons, n bits counted, a number shuffled and opened
======  ===================================  =====================================================================

Sources: K. Hamada, D. Ikarashi, K. Chida, K. Takahashi, Oblivious radix sort, eprint 2014/121; K. Chida et al., An
efficient secure three-party sorting protocol with an honest majority, eprint 2019/695 (several bits a pass).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import lcm

from ..intervals import Interval
from ..ir.build import Value
from ..ir.nodes import Type
from .bits import bits_to_arith
from .compare import less
from .count import count_arith
from .kit import Kit, Num
from .permute import Order, draw, numbers, opened, secret_order, shuffled

#: Bits of a digit that are tried: wide ones only where the 2^w running sums of all rows stay below so many elements.
#: With more, making room for them takes longer than what they save (measured: a million rows, three times the work).
_DIGITS = (1, 2, 3, 4)
_ALWAYS = 2
_ELEMENTS = 1 << 21

#: So many rows at most are compared pair by pair, where the network makes rounds dear.
_PAIRED = 1024

#: The ring of places.
_WIDTH = 64


def key_planes(kit: Kit, key: Num, descending: bool, bytewise: bool) -> Value:
    """A number held as planes as the bits by which it sorts, the lowest first; planes that are constant are left out.

    Of a `bytewise` number the lowest byte counts most.
    """
    lo, hi = key.range
    varying = ((lo ^ hi) & ((1 << key.width) - 1)).bit_length()
    if bytewise:
        order = [p for byte in reversed(range(0, varying, 8)) for p in range(byte, min(byte + 8, varying))]
    else:
        order = list(range(varying))
    planes = kit.pick(key.value, order)
    if lo < 0 <= hi:
        planes = kit.xor(planes, kit.join(kit.pick(planes, [-1] * (varying - 1)), kit.plane_const(1, 1, key.shape)))
    return kit.invert(planes) if descending and varying else planes


def key_number(kit: Kit, planes: Value, bounds: Interval) -> Num:
    """The number in `bounds` of which `key_planes` gave these planes, ascending, not bytewise."""
    lo, hi = bounds
    varying, shape = planes.type.width, planes.type.shape
    if lo < 0 <= hi:
        top = kit.invert(kit.pick(planes, [varying - 1]))
        return Num(kit.join(kit.pick(planes, range(varying - 1)), top), bounds)
    fixed = bounds.bits - varying
    if not fixed:
        return Num(planes, bounds)
    return Num(kit.join(planes, kit.plane_const((lo >> varying) & ((1 << fixed) - 1), fixed, shape)), bounds)


def order_of(kit: Kit, key: Value) -> Order:
    """The stable order by the planes of a key of shape (n,), n at least 2: where each row goes.

    How many bits a pass takes is decided by the price of a part of the key that is whole passes for each.
    """
    (n,) = key.type.shape
    candidates: dict[str, Callable[..., Order]] = {
        f"{w} bits a pass" if w > 1 else "1 bit a pass": partial(_radix, w)
        for w in _DIGITS if w <= _ALWAYS or n << w <= _ELEMENTS}
    part = kit.pick(key, range(min(key.type.width, lcm(*_DIGITS))))
    radix = candidates[kit.best("sort", candidates, part)]
    if n > _PAIRED:
        return radix(kit, key)
    return kit.choose("order", {"radix": radix, "pairs": _paired}, key)


def _paired(kit: Kit, key: Value) -> Order:
    """Every row with every other: it goes to the place that says how many come before it.

    Below the key stands the number of the row, so that no two are equal.
    """
    add, (n,) = kit.builder.add, key.type.shape
    count = add("iota", type=Type("public", (n,), 64, secret=False), start=0, step=1)
    whole = kit.join(add("share_planes", count, k=(n - 1).bit_length()), key)
    bounds = Interval(0, (1 << whole.type.width) - 1)
    sides = (add("broadcast", add("reshape", whole, shape=shape), shape=(n, n)) for shape in ((1, n), (n, 1)))
    before = less(kit, *(Num(side, bounds) for side in sides))
    return secret_order(kit, count_arith(kit, before, (1,), _WIDTH))


def _radix(width: int, kit: Kit, key: Value) -> Order:
    add, (n,), k = kit.builder.add, key.type.shape, key.type.width
    drawn = draw(kit, n)
    digit, left = kit.pick(key, range(min(width, k))), k - min(width, k)
    count = add("iota", type=Type("public", (n,), 64, secret=False), start=0, step=1)
    own = numbers(kit, Order(drawn, count), (n - 1).bit_length())
    rows = add("to_rows", kit.join(kit.pick(key, range(k - left, k)), own))
    while True:
        fresh = draw(kit, n)
        goes = opened(kit, shuffled(kit, fresh, _places(kit, digit)))
        rows = shuffled(kit, fresh, rows)
        if not left:
            return Order(drawn, add("scatter", goes, opened(kit, rows)))
        w = min(width, left)
        rows = add("scatter", rows, goes)
        digit, left = add("from_rows", rows, lo=0, k=w), left - w
        rows = add("cut_rows", rows, lo=w, k=rows.type.width - w)


def _places(kit: Kit, digit: Value) -> Value:
    """Where each row goes in the stable order by a digit, from 0, as ring shares.

    With running[j, i], how many rows have a digit in 1..j-1, or j and stand at most at i, row i of digit j goes to
    place (rows of digit 0) + running[j, i] - 1. How many rows of digit 0 stand at most at i is i + 1 less the others.
    """
    add = kit.builder.add
    hot = _one_hot(kit, bits_to_arith(kit, digit, _WIDTH))
    above, n = hot.type.shape
    running = add("reshape", add("cumsum", add("reshape", hot, shape=(above * n,)), axis=0), shape=(above, n))
    ends = add("slice", running, starts=(0, n - 1), steps=(1, 1), counts=(above, 1))
    before = add("sum", add("slice", ends, starts=(0, 0), steps=(1, 1), counts=(above - 1, 1)), axes=(0,))
    every = add("slice", ends, starts=(above - 1, 0), steps=(1, 1), counts=(1, 1))
    others = kit.sub(add("sum", running, axes=(0,)), add("broadcast", before, shape=(n,)))
    # A row of digit 0 goes to i - others[i]; what a row of another digit goes further, plus what `others` takes:
    first = kit.sub(add("iota", type=Type("public", (n,), _WIDTH, secret=False), start=0, step=1), others)
    shift = kit.add(kit.neg(add("reshape", every, shape=(1,))), n - 1)
    base = kit.sub(add("broadcast", shift, shape=(n,)), first)
    further = kit.add(running, add("broadcast", add("reshape", base, shape=(1, n)), shape=(above, n)))
    return kit.add(add("dot", hot, further, axis=0), first)


def _one_hot(kit: Kit, bits: Value) -> Value:
    """From w bits (w, n) whether the digit is 1, 2, .. 2^w - 1: (2^w - 1, n)."""
    w, n = bits.type.shape
    if w == 1:
        return bits
    add = kit.builder.add
    low, high = (_one_hot(kit, _rows(kit, bits, *part)) for part in ((0, w // 2), (w // 2, w - w // 2)))
    a, b = low.type.shape[0], high.type.shape[0]
    wide = [add("broadcast", add("reshape", low, shape=(1, a, n)), shape=(b, a, n)),
            add("broadcast", add("reshape", high, shape=(b, 1, n)), shape=(b, a, n))]
    both = kit.mul(wide[0], wide[1])
    low_alone = kit.sub(low, add("sum", both, axes=(0,)))
    high_alone = kit.sub(high, add("sum", both, axes=(1,)))
    beside = add("concat", add("reshape", high_alone, shape=(b, 1, n)), both, axis=1)
    return add("concat", low_alone, add("reshape", beside, shape=(b * (a + 1), n)), axis=0)


def _rows(kit: Kit, x: Value, start: int, count: int) -> Value:
    return kit.builder.add("slice", x, starts=(start, 0), steps=(1, 1), counts=(count, x.type.shape[1]))
