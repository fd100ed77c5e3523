"""The first rows of an order, without sorting the others where that is cheaper.

========  =====================================================  ==================================================
circuit   rounds (p passes of a shuffle)                         sent for each of n rows with keys of k bits
========  =====================================================  ==================================================
sort      those of a sort                                        that of a sort, and of a row moved
choose    (k + log2 n) / w times (w + 2, a count of n bits, a    3 (2^w - 1) (k + log2 n) / w ANDs of one bit and a
          comparison); p + 1; a sort of the rows chosen          count of 2^w - 1; a bit and a row shuffled; a bit
========  =====================================================  ==================================================

`choose` finds the last of the wanted rows by its key, w bits at a time from the highest: how many rows come before
those with a digit says whether it is among them. Below the key stands the number of the row, so that no two are
equal and exactly as many rows are marked as are wanted. All rows are shuffled along a fresh random order and the marks
opened: which places hold the wanted rows is as likely any as any other, whatever the keys are. These are sorted.

Sources: the bisection of G. Aggarwal, N. Mishra, B. Pinkas, Secure computation of the k-th ranked element, EUROCRYPT
2004, by digits and on the bits that the parties share; shuffled marks as K. Hamada, D. Ikarashi, K. Chida, K.
Takahashi, Oblivious radix sort, eprint 2014/121.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..intervals import Interval
from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Type
from .compare import less
from .count import count_lanes
from .kit import Kit, Num
from .permute import Order, draw, moved, opened, shuffled
from .sort import order_of

#: How the first rows come to their places: along the first order, cut there, then along the others.
Leaders = tuple[Order, ...]

#: Bits of a digit that are tried.
_DIGITS = (1, 2, 3, 4)


def leaders_of(kit: Kit, key: Value, count: int) -> Leaders:
    """The first `count` rows, 0 < count < n, in the stable order by the planes of a key of shape (n,)."""
    candidates: dict[str, Callable[..., Leaders]] = {"sort": _sorted, "choose": _chosen}
    return kit.choose("first rows", candidates, key, count)


def led(kit: Kit, leaders: Leaders, count: int, x: Value) -> Value:
    """The first rows of ring shares or planes, in their order."""
    first, *others = leaders
    x = first_rows(kit, moved(kit, first, x), count)
    for order in others:
        x = moved(kit, order, x)
    return x


def first_rows(kit: Kit, x: Value, count: int) -> Value:
    """As many rows as they stand."""
    rest = x.type.shape[1:]
    none = (0,) * len(rest)
    return kit.builder.add("slice", x, starts=(0, *none), steps=(1, *(1 for _ in rest)), counts=(count, *rest))


def _sorted(kit: Kit, key: Value, count: int) -> Leaders:
    return (order_of(kit, key),)


def _chosen(kit: Kit, key: Value, count: int) -> Leaders:
    add, (n,) = kit.builder.add, key.type.shape
    own = add("iota", type=Type("public", (n,), 64, secret=False), start=0, step=1)
    whole = kit.join(add("share_planes", own, k=(n - 1).bit_length()), key)
    candidates: dict[str, Callable[..., Value]] = {
        f"{w} bits a step" if w > 1 else "1 bit a step": partial(_marked, w) for w in _DIGITS}
    marks = kit.choose("selection", candidates, whole, count)
    drawn = draw(kit, n)
    order = Order(drawn, _to_front(kit, opened(kit, shuffled(kit, drawn, add("to_rows", marks))), count))
    if count == 1:
        return (order,)
    return order, order_of(kit, first_rows(kit, moved(kit, order, whole), count))


def _to_front(kit: Kit, flags: Value, count: int) -> Value:
    """Where each row goes so that those with a public flag, `count` of them, come first."""
    add, type = kit.builder.add, flags.type
    own = add("iota", type=type, start=count, step=1)
    before = add("cumsum", flags, axis=0)
    behind = add("sub", own, before)
    ahead = kit.add(before, -1)
    return add("add", behind, add("scale", flags, add("sub", ahead, behind)))


def _marked(width: int, kit: Kit, key: Value, count: int) -> Value:
    """One plane: which rows are the first `count` by keys that all differ; a region of a digit a trip."""
    add, (n,), k = kit.builder.add, key.type.shape, key.type.width
    trips = -(-k // width)
    planes = [p if p < k else -1 for d in reversed(range(trips)) for p in range(d * width, (d + 1) * width)]
    digits = add("unfold_planes", kit.pick(key, planes), k=width)
    carried = (kit.plane_const(0, 1, (n,)), kit.plane_const(1, 1, (n,)))
    loop = add("loop", *carried, digits, body=_digit(kit, digits, count), trips=trips, carried=2)
    return kit.xor(*(add("result", loop, type=value.type, index=i) for i, value in enumerate(carried)))


def _digit(kit: Kit, digits: Value, count: int) -> Circuit:
    """The next lower digit. Carried: which rows come before the last of the wanted ones by the digits so far, and
    which of them agree with it.
    """
    inner = replace(kit, builder=Builder("protocol", kit.builder.span))
    add, n = inner.builder.add, digits.type.shape[1]
    trip = add("arg", type=Type("public", (), 64, secret=False), index=0)
    before, alike = (add("arg", type=Type("planes", (n,), 1), index=i) for i in (1, 2))
    rows = add("arg", type=digits.type, index=3)
    with_digit = _split(inner, alike, add("take_at", rows, trip))
    upto = [before]
    for value in with_digit[:-1]:
        upto.append(inner.xor(upto[-1], value))
    further = _fewer(inner, upto[1:], count)
    less_, same = (inner.and_(further, inner.join(*part)) for part in (with_digit[:-1], with_digit[1:]))
    passed = _any(inner, less_)
    return inner.builder.finish([inner.xor(before, passed), inner.xor(with_digit[0], _any(inner, same), passed)])


def _split(kit: Kit, rows: Value, digit: Value) -> list[Value]:
    """Of marked rows, those with each value of the digit, from 0 on."""
    parts = [rows]
    for plane in reversed(range(digit.type.width)):
        held = kit.and_(kit.join(*parts), kit.pick(digit, [plane]))
        ones = [kit.pick(held, [i]) for i in range(len(parts))]
        parts = [half for part, one in zip(parts, ones, strict=True) for half in (kit.xor(part, one), one)]
    return parts


def _fewer(kit: Kit, marks: list[Value], count: int) -> Value:
    """For each of some planes (n,) whether fewer than `count` rows are marked, for every row: so many planes."""
    add, m, (n,) = kit.builder.add, len(marks), marks[0].type.shape
    counts = Num(count_lanes(kit, kit.join(*marks), 64), Interval(0, n))
    limit = Num(kit.const(count, 64, (m,)), Interval(count, count))
    planes = add("fold_planes", add("reshape", less(kit, counts, limit), shape=(m,)))
    return add("broadcast", planes, shape=(n,))


def _any(kit: Kit, planes: Value) -> Value:
    """One plane: the XOR of several, of which one at most is 1."""
    return kit.xor(*(kit.pick(planes, [i]) for i in range(planes.type.width)))
