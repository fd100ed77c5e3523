"""Division and square root on planes, one bit of the result after the other (restoring, the school's method).

Every step is a subtraction and a selection: for a divisor of m bits and a quotient of n bits about n (2 +
log2 m) rounds and n (5m to m log2 m) ANDs. No ring bounds it. Source: M. Ercegovac, T. Lang, Digital
Arithmetic (2004).
"""

from __future__ import annotations

from .. import intervals
from ..intervals import Interval
from ..ir.build import Value
from .adders import add, sub
from .kit import Kit, Num


def divide_planes(kit: Kit, a: Num, b: Num, shift: int, nearest: bool) -> Num:
    """a 2^shift / b as planes, floor or to nearest (ties up); b > 0.

    A negative numerator is divided as -1 - a, which turns every plane over: floor(a / b) = -1 - floor((-1 -
    a) / b).
    """
    bounds = intervals.div(a.range, b.range, shift) if nearest else intervals.floordiv(a.range, b.range)
    numerator, top = _shifted(kit, a, shift), Interval(a.range.lo << shift, a.range.hi << shift)
    divisor, lowest = b.value, b.range.lo
    if nearest:  # (2a + b) / 2b
        top = intervals.add(intervals.scale(top, 2), b.range)
        doubled = kit.pick(numerator, [-1, *range(numerator.type.width)])
        reach = max(top.bits, doubled.type.width, b.width + 1)
        signed = Num(doubled, Interval(min(a.range.lo, 0), 0))
        total = add(kit, kit.extend(signed, reach), kit.extend(b, reach))
        numerator = kit.pick(total, range(top.bits))
        divisor, lowest = kit.pick(b.value, [-1, *range(b.width)]), 2 * lowest
    sign = None
    if top.lo < 0:
        sign = kit.pick(numerator, [top.bits - 1])
        numerator = kit.xor(kit.pick(numerator, range(max(1, top.bits - 1))), sign)
    quotient = _restoring(kit, numerator, divisor, lowest)
    if sign is not None:
        quotient = kit.xor(kit.pick(quotient, [*range(quotient.type.width), -1]), sign)
    return _as(kit, quotient, sign is not None, bounds)


def _shifted(kit: Kit, a: Num, shift: int) -> Value:
    return kit.pick(a.value, [*[-1] * shift, *range(a.width)])


def _as(kit: Kit, planes: Value, signed: bool, bounds: Interval) -> Num:
    """Planes of a number that lies in `bounds`, brought to as many as that takes."""
    held = Num(planes, Interval(-1 if signed else 0, 0))
    k = max(bounds.bits, planes.type.width)
    return Num(kit.pick(kit.extend(held, k), range(bounds.bits)), bounds)


def _restoring(kit: Kit, a: Value, b: Value, lowest: int) -> Value:
    """floor(a / b) of unsigned planes, lowest <= b. Where the remainder is still too short for b the bit is
zero."""
    n, m = a.type.width, b.type.width
    rest: Value | None = None
    bits: list[Value] = []
    divisor = kit.pick(b, [*range(m), -1])
    for i in range(n - 1, -1, -1):
        bit = kit.pick(a, [i])
        rest = bit if rest is None else kit.join(bit, rest)
        if rest.type.width < lowest.bit_length():
            continue
        wide = kit.pick(rest, [*range(rest.type.width), *[-1] * (m + 1 - rest.type.width)])
        less = sub(kit, wide, divisor)
        short = kit.pick(less, [m])
        bits.append(kit.invert(short))
        keep = range(min(rest.type.width, m))
        rest = _keep(kit, short, kit.pick(wide, keep), kit.pick(less, keep))
    if not bits:
        return kit.plane_const(0, 1, a.type.shape)
    return kit.join(*reversed(bits))


def _keep(kit: Kit, short: Value, before: Value, after: Value) -> Value:
    """`before` where it fell short, else `after`."""
    return kit.xor(after, kit.and_(short, kit.xor(before, after)))


def sqrt_planes(kit: Kit, a: Num, shift: int) -> Num:
    """The square root of a 2^shift to nearest as planes; a >= 0.

    With the floor r and the remainder v - r^2, the nearest is r + 1 exactly where the remainder exceeds r.
    """
    bounds = intervals.sqrt(a.range, shift)
    v = _shifted(kit, a, shift)
    n = (v.type.width + 1) // 2
    v = kit.pick(v, [*range(v.type.width), *[-1] * (2 * n - v.type.width)])
    root: Value | None = None
    rest: Value | None = None
    for i in range(n - 1, -1, -1):
        two = kit.pick(v, [2 * i, 2 * i + 1])
        rest = two if rest is None else kit.join(two, rest)
        trial = _trial(kit, root, a.shape)
        k = max(rest.type.width, trial.type.width) + 1
        wide = kit.pick(rest, [*range(rest.type.width), *[-1] * (k - rest.type.width)])
        less = sub(kit, wide, kit.pick(trial, [*range(trial.type.width), *[-1] * (k - trial.type.width)]))
        short = kit.pick(less, [k - 1])
        bit = kit.invert(short)
        root = bit if root is None else kit.join(bit, root)
        keep = range(min(k, n - i + 1))  # the remainder is at most twice the root
        rest = _keep(kit, short, kit.pick(wide, keep), kit.pick(less, keep))
    assert root is not None, "there is at least one digit"
    assert rest is not None, "there is at least one digit"
    k = rest.type.width + 1
    gap = sub(kit, kit.pick(root, [*range(n), *[-1] * (k - n)]), kit.pick(rest, [*range(k - 1), -1]))
    up = kit.pick(gap, [k - 1])
    return _as(kit, add(kit, kit.pick(root, [*range(n), -1]), up), False, bounds)


def _trial(kit: Kit, root: Value | None, shape: tuple[int, ...]) -> Value:
    """4 root + 1."""
    one = kit.plane_const(1, 2, shape)
    return one if root is None else kit.join(one, root)
