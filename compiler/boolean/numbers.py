"""Arithmetic on bit planes alone: what a Boolean circuit does where shares of a ring would be used otherwise.

Few ANDs are what counts, depth is not. Every function takes and gives numbers as planes (see `kit.Num`).
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import intervals
from ..gadgets import adders
from ..gadgets.compare import less
from ..gadgets.kit import Kit, Num
from ..gadgets.select import select
from ..intervals import Interval
from ..ir.build import Value


def planes(kit: Kit, x: Num, k: int) -> Value:
    """x modulo 2^k."""
    return kit.pick(x.value, range(k)) if x.width >= k else kit.extend(x, k)


def constant(kit: Kit, value: int, shape: tuple[int, ...]) -> Num:
    """A number that everybody knows."""
    bounds = Interval(value, value)
    return Num(kit.plane_const(value, bounds.bits, shape), bounds)


def within(kit: Kit, x: Num, bounds: Interval) -> Num:
    """The same number, known to lie in `bounds`."""
    return Num(planes(kit, x, bounds.bits), bounds)


def total(kit: Kit, addends: Sequence[Num], bounds: Interval) -> Num:
    """The sum, which lies in `bounds`: a carry-save tree and one adder."""
    rest = adders.save(kit, [planes(kit, x, bounds.bits) for x in addends])
    return Num(rest[0] if len(rest) == 1 else adders.add(kit, rest[0], rest[1]), bounds)


def add(kit: Kit, a: Num, b: Num) -> Num:
    return total(kit, [a, b], intervals.add(a.range, b.range))


def sub(kit: Kit, a: Num, b: Num) -> Num:
    bounds = intervals.sub(a.range, b.range)
    return Num(adders.sub(kit, planes(kit, a, bounds.bits), planes(kit, b, bounds.bits)), bounds)


def neg(kit: Kit, x: Num) -> Num:
    return sub(kit, constant(kit, 0, x.shape), x)


def scale(kit: Kit, x: Num, by: int) -> Num:
    """x times a constant: one addend for each digit that is not 0 of its signed binary form."""
    bounds = intervals.scale(x.range, by)
    if by == 0:
        return constant(kit, 0, x.shape)
    terms, at = [], 0
    while by:
        digit = 2 - by % 4 if by % 2 else 0
        if digit:
            moved = shifted(kit, x, at)
            terms.append(moved if digit > 0 else neg(kit, moved))
        by, at = (by - digit) // 2, at + 1
    return total(kit, terms, bounds)


def shifted(kit: Kit, x: Num, bits: int) -> Num:
    """x * 2^bits."""
    return Num(kit.pick(x.value, [*[-1] * bits, *range(x.width)]), intervals.scale(x.range, 1 << bits))


def mul(kit: Kit, a: Num, b: Num) -> Num:
    """The product: one addend for each plane of b; the sign plane counts negatively."""
    bounds = intervals.mul(a.range, b.range)
    k = bounds.bits
    terms = []
    for i in range(min(b.width, k)):
        row = kit.and_(kit.pick(b.value, [i]), planes(kit, a, k - i))
        row = kit.pick(row, [*[-1] * i, *range(k - i)])
        if i == b.width - 1 and b.range.lo < 0:
            terms += [kit.invert(row), kit.plane_const(1, k, a.shape)]
        else:
            terms.append(row)
    rest = adders.save(kit, terms)
    return Num(rest[0] if len(rest) == 1 else adders.add(kit, rest[0], rest[1]), bounds)


def absolute(kit: Kit, x: Num) -> Num:
    """|x|."""
    if x.range.lo >= 0:
        return x
    sign = kit.pick(x.value, [x.width - 1])
    return within(kit, select(kit, sign, neg(kit, x), x), intervals.absolute(x.range))


def round_shift(kit: Kit, x: Num, bits: int) -> Num:
    """x / 2^bits to nearest, ties up."""
    if bits == 0:
        return x
    lifted = add(kit, x, constant(kit, 1 << (bits - 1), x.shape))
    bounds = intervals.round_shift(x.range, bits)
    extended = planes(kit, lifted, max(lifted.width, bits + bounds.bits))
    return Num(kit.pick(extended, range(bits, bits + bounds.bits)), bounds)


# --------------------------------------------------------------------------- division and roots, digit by digit


def floordiv(kit: Kit, a: Num, b: Num) -> Num:
    """The floor of a / b: with the divisor's sign taken away, and a negative a as the complement of its own."""
    bounds = intervals.floordiv(a.range, b.range)
    if b.range.lo < 0:
        sign = kit.pick(b.value, [b.width - 1])
        a = select(kit, sign, neg(kit, a), a)
        b = absolute(kit, b)
    if a.range.lo >= 0:
        return within(kit, Num(_quotient(kit, a.value, b), Interval(0, (1 << a.width) - 1)), bounds)
    sign = kit.pick(a.value, [a.width - 1])
    digits = kit.xor(_quotient(kit, kit.xor(kit.pick(a.value, range(a.width - 1)), sign), b), sign)
    half = 1 << (a.width - 1)
    return within(kit, Num(kit.join(digits, sign), Interval(-half, half - 1)), bounds)


def mod(kit: Kit, a: Num, b: Num) -> Num:
    """a - b * floor(a / b)."""
    bounds = intervals.mod(a.range, b.range)
    return within(kit, sub(kit, a, mul(kit, floordiv(kit, a, b), b)), bounds)


def divround(kit: Kit, a: Num, b: Num, shift: int) -> Num:
    """a * 2^shift / b to nearest, ties up: the floor of (2 a 2^shift + b) / 2 b."""
    doubled = add(kit, shifted(kit, a, shift + 1), b)
    return within(kit, floordiv(kit, doubled, shifted(kit, b, 1)), intervals.div(a.range, b.range, shift))


def _quotient(kit: Kit, a: Value, b: Num) -> Value:
    """floor(a / b) for unsigned planes a and b >= 1, by subtracting where it goes: as many planes as a has."""
    shape, digits = a.type.shape, []
    rest = Num(kit.plane_const(0, 1, shape), Interval(0, 0))
    for i in reversed(range(a.type.width)):
        rest = Num(kit.join(kit.pick(a, [i]), rest.value), Interval(0, 2 * rest.range.hi + 1))
        smaller = less(kit, rest, b)
        digits.append(kit.invert(smaller))
        rest = select(kit, smaller, rest, sub(kit, rest, b))
        rest = within(kit, rest, Interval(0, max(0, min(rest.range.hi, b.range.hi - 1))))
    return kit.join(*reversed(digits))


def sqrt(kit: Kit, x: Num, shift: int) -> Num:
    """The square root of x * 2^shift to nearest; 0 for what is negative."""
    bounds = intervals.sqrt(x.range, shift)
    if x.range.lo < 0:
        zero = constant(kit, 0, x.shape)
        x = within(kit, select(kit, kit.pick(x.value, [x.width - 1]), zero, x), Interval(0, max(0, x.range.hi)))
    x = shifted(kit, x, shift)
    root, rest = _root(kit, planes(kit, x, x.width + x.width % 2), x.shape)
    up = less(kit, root, rest)  # rest > root: nearer to root + 1
    return within(kit, add(kit, root, Num(up, Interval(0, 1))), bounds)


def _root(kit: Kit, x: Value, shape: tuple[int, ...]) -> tuple[Num, Num]:
    """The floor of the root and what is left, two planes at a time."""
    root = rest = constant(kit, 0, shape)
    for i in reversed(range(0, x.type.width, 2)):
        pair = Num(kit.pick(x, [i, i + 1]), Interval(0, 3))
        rest = total(kit, [shifted(kit, rest, 2), pair], Interval(0, 4 * rest.range.hi + 3))
        trial = add(kit, shifted(kit, root, 2), constant(kit, 1, shape))
        smaller = less(kit, rest, trial)
        rest = select(kit, smaller, rest, sub(kit, rest, trial))
        root = Num(kit.join(kit.invert(smaller), root.value), Interval(0, 2 * root.range.hi + 1))
        rest = within(kit, rest, Interval(0, 2 * root.range.hi))
    return root, rest
