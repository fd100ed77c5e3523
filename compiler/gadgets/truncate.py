"""Shifting arithmetic shares to the right, and moving them between rings, without a whole decomposition.

Let y = u + v - W 2^w be held in two parts, 0 <= y < 2^(w-1). Then W = msb(u) OR msb(v), and

    floor(y / 2^f) = (u >> f) + (v >> f) - 2^(w-f) W + C,    C = the carry out of the low f bits of u + v.

A signed number is first moved up by a multiple of 2^f. With n parts, W and C count to n - 1: the planes by
which the sum overflows.

=================  ==============================================  ====================================
gadget             rounds (two parts)                              work for an element
=================  ==============================================  ====================================
floor, wrap        4 + ceil(log2 f), the carry tree's or 2         2 products, 3 parts, about 3f ANDs
floor, bits        decompose and compose                           good where few planes remain
faithful           2                                               1 product, 2 parts
widen              2                                               1 product, 2 parts
=================  ==============================================  ====================================

The faithful shift leaves C out, after 2^f - 1 has been added: what is lost lies in 0 <= s <= 2 (2^f - 1), so
the result differs from y / 2^f by less than one and is exact where 2^f divides y; it is never wholly wrong,
as the truncations of SecureML (eprint 2017/396) and ABY3 (2018/403) are with small probability. Sources:
exact truncation by a wrap from the top bits, Cheetah (2022/207) and SIRNN (2021/459), given here for parts
instead of two parties.
"""

from __future__ import annotations

from .. import intervals
from ..intervals import Interval
from ..ir.build import Value
from .adders import overflow
from .bits import compose, decompose, exactly, part_bits
from .kit import Kit, Num


def shift_floor(kit: Kit, x: Num, bits: int, exact: bool = True, width: int | None = None) -> Num:
    """floor(x / 2^bits) for an arithmetic x; not `exact`: the floor or the ceiling, whichever comes.

    The result is in the ring of `width` bits, that of `x` where none is given.
    """
    width = width or x.width
    if bits == 0:
        return to_ring(kit, x, width)
    if not exact and kit.protocol.parts == 2 and _fits(x, bits, (1 << bits) - 1):
        return _faithful(kit, x, bits, width)
    bounds = Interval(x.range.lo >> bits, x.range.hi >> bits)
    if bounds.lo == bounds.hi:
        return exactly(kit, bounds.lo, width, x.shape)
    candidates = {"wrap": _by_wrap, "bits": _by_bits} if _fits(x, bits, 0) else {"bits": _by_bits}
    return kit.choose("shift", candidates, x, bits, width)


def round_shift(kit: Kit, x: Num, bits: int, width: int | None = None) -> Num:
    """x / 2^bits to nearest, ties up, for an arithmetic x."""
    if bits == 0:
        return to_ring(kit, x, width or x.width)
    half = 1 << (bits - 1)
    moved = Num(kit.add(x.value, half), intervals.add(x.range, Interval(half, half)))
    return shift_floor(kit, moved, bits, width=width)


def cut(kit: Kit, x: Value, bits: int, bounds: Interval) -> Num:
    """The faithful shift inside an iteration: x / 2^bits is known to lie in `bounds`, and so is the result.

    Asserts that the ring has the room that a faithful shift takes.
    """
    number = Num(x, intervals.scale(bounds, 1 << bits))
    assert _fits(number, bits, (1 << bits) - 1), "no room for a faithful shift"
    return Num(shift_floor(kit, number, bits, exact=False).value, bounds)


def to_ring(kit: Kit, x: Num, width: int) -> Num:
    """The same number in the ring of `width` bits."""
    if width == x.width:
        return x
    return widen(kit, x) if width > x.width else narrow(kit, x)


def widen(kit: Kit, x: Num) -> Num:
    """From 64 to 128 bits."""
    assert x.width == 64, "only 64 bits are widened"
    return _by_wrap(kit, x, 0, 128)


def narrow(kit: Kit, x: Num) -> Num:
    """From 128 to 64 bits; free. The range must fit 64 bits."""
    assert x.width == 128, "only 128 bits are narrowed"
    assert x.range.signed_bits <= 63, "the range does not fit 64 bits"
    return Num(kit.builder.add("narrow", x.value), x.range)


def offset(x: Num, unit: int) -> int:
    """The smallest multiple of `unit` that makes x non-negative when added."""
    return max(0, -(x.range.lo // unit) * unit)


def wraps(kit: Kit, y: Value, width: int) -> Value:
    """How often the sum of the parts of y, 0 <= y < 2^(w-1), exceeds 2^w; in the ring of `width` bits.

    At least two parts.
    """
    w, parts = y.type.width, kit.protocol.parts
    if parts == 2:
        u, v = (kit.part(y, i, "bit", f=w - 1, width=width) for i in range(2))
        return kit.sub(kit.add(u, v), kit.mul(u, v))
    return _count(kit, overflow(kit, part_bits(kit, y, w)), width)


def _count(kit: Kit, planes: Value, width: int) -> Value:
    return compose(kit, Num(planes, Interval(0, (1 << planes.type.width) - 1)), width).value


def _fits(x: Num, bits: int, more: int) -> bool:
    """Whether x, made non-negative, stays below half of the ring."""
    return x.range.hi + offset(x, 1 << bits) + more < 1 << (x.width - 1)


def _shifted_parts(kit: Kit, y: Value, bits: int, width: int) -> Value:
    """The parts of y shifted and added up, with the wraps taken back."""
    take = [kit.part(y, i, "shift", f=bits, width=width) for i in range(kit.protocol.parts)]
    total = take[0]
    for part in take[1:]:
        total = kit.add(total, part)
    if len(take) == 1 or y.type.width - bits >= width:
        return total  # 2^(w-bits) is 0 in the ring of the result
    return kit.sub(total, kit.scale(wraps(kit, y, width), 1 << (y.type.width - bits)))


def _by_wrap(kit: Kit, x: Num, bits: int, width: int) -> Num:
    bounds = Interval(x.range.lo >> bits, x.range.hi >> bits)
    move = offset(x, 1 << bits)
    y = kit.add(x.value, move)
    total = _shifted_parts(kit, y, bits, width)
    if bits and kit.protocol.parts > 1:
        total = kit.add(total, _count(kit, overflow(kit, part_bits(kit, y, bits)), width))
    return Num(kit.add(total, -(move >> bits)), bounds)


def _by_bits(kit: Kit, x: Num, bits: int, width: int) -> Num:
    planes = decompose(kit, x)
    bounds = Interval(x.range.lo >> bits, x.range.hi >> bits)
    last = bits + bounds.bits
    kept = kit.pick(kit.extend(planes, max(last, planes.width)), range(bits, last))
    return compose(kit, Num(kept, bounds), width)


def _faithful(kit: Kit, x: Num, bits: int, width: int) -> Num:
    move = offset(x, 1 << bits)
    y = kit.add(x.value, move + (1 << bits) - 1)
    total = _shifted_parts(kit, y, bits, width)
    return Num(kit.add(total, -(move >> bits)), Interval(x.range.lo >> bits, -(-x.range.hi >> bits)))
