"""Less-than, sign and equality.

====================  ==========================================  =============================
gadget                rounds (two parts)                          ANDs an element
====================  ==========================================  =============================
sign of k bits        2 + ceil(log2(k - 1))                       just under 3 (k - 1)
less, planes          1 + ceil(log2 k)                            just under 3 k
less than a constant  ceil(log2 k)                                just under 3/2 k
equal, k bits         1 + ceil(log2 k) (planes: ceil(log2 k))     k - 1
====================  ==========================================  =============================

Where bytes cost more than rounds the carry ripples instead (see `adders`). a < b is the sign of a - b, which
the caller's ring holds because each side leaves it one bit of room. Equality needs no adder: u + v = 0
modulo 2^k is u = -v, bit by bit. Source: the sign from the carry of the top bit, ABY3 (eprint 2018/403); a +
b = 0 exactly where a XOR b = 2 (a OR b), H. Warren, Hacker's Delight, 2-11.
"""

from __future__ import annotations

from .. import intervals
from ..intervals import Interval
from ..ir.build import Value
from .adders import carry_out, save
from .bits import as_planes, as_ring, constant, part_bits
from .kit import Kit, Num
from .logic import and_planes


def less(kit: Kit, a: Num, b: Num) -> Value:
    """One plane: a < b. Either side may be arithmetic, planes or public, one at least secret."""
    if a.range.hi < b.range.lo or a.range.lo >= b.range.hi:
        return kit.plane_const(int(a.range.hi < b.range.lo), 1, a.shape)
    if "planes" not in (a.domain, b.domain):
        return negative(kit, difference(kit, a, b))
    return _less_planes(kit, a, b)


def difference(kit: Kit, a: Num, b: Num) -> Num:
    """a - b in the ring of the secret side; its range may take one bit more than a number otherwise may."""
    width = a.width if a.domain == "arith" else b.width
    a, b = as_ring(kit, a, width), as_ring(kit, b, width)
    bounds = intervals.sub(a.range, b.range)
    assert bounds.signed_bits <= width, "the difference does not fit the ring"
    known = constant(kit, b)
    if known is not None:
        return Num(kit.add(a.value, -known), bounds)
    return Num(kit.sub(a.value, b.value), bounds)


def negative(kit: Kit, x: Num) -> Value:
    """One plane: x < 0. An arithmetic x may fill its ring: `range.signed_bits` up to the width."""
    if x.range.lo >= 0 or x.range.hi < 0:
        return kit.plane_const(int(x.range.hi < 0), 1, x.shape)
    if x.domain == "planes":
        return kit.pick(x.value, [x.width - 1])
    k = x.range.signed_bits
    addends = save(kit, part_bits(kit, x.value, k))
    top = kit.xor(*(kit.pick(addend, [k - 1]) for addend in addends))
    if len(addends) == 1 or k == 1:
        return top
    low = range(k - 1)
    return kit.xor(top, carry_out(kit, kit.pick(addends[0], low), kit.pick(addends[1], low)))


def _less_planes(kit: Kit, a: Num, b: Num) -> Value:
    """b + (2^k - 1 - a) reaches 2^k exactly where b > a; with signs, both are first moved up by 2^(k-1)."""
    bounds = intervals.join(a.range, b.range)
    k = bounds.bits
    move = 1 << (k - 1) if bounds.lo < 0 else 0
    known_a, known_b = constant(kit, a), constant(kit, b)
    if known_b is not None:
        return carry_out(kit, kit.invert(_moved(kit, a, k, move)), known_b + move)
    if known_a is not None:
        return carry_out(kit, _moved(kit, b, k, move), (1 << k) - 1 - known_a - move)
    return carry_out(kit, _moved(kit, b, k, move), kit.invert(_moved(kit, a, k, move)))


def _moved(kit: Kit, x: Num, k: int, move: int) -> Value:
    """x + move as k unsigned planes, where move is 0 or 2^(k-1): its top plane flips."""
    planes = kit.extend(as_planes(kit, x), k)
    return kit.xor(planes, kit.plane_const(move, k, x.shape)) if move else planes


def equal(kit: Kit, a: Num, b: Num) -> Value:
    """One plane: a = b."""
    if a.range.hi < b.range.lo or b.range.hi < a.range.lo:
        return kit.plane_const(0, 1, a.shape)
    if "planes" not in (a.domain, b.domain):
        return zero(kit, difference(kit, a, b))
    k = intervals.join(a.range, b.range).bits
    differ = kit.xor(kit.extend(as_planes(kit, a), k), kit.extend(as_planes(kit, b), k))
    return and_planes(kit, kit.invert(differ))


def zero(kit: Kit, x: Num) -> Value:
    """One plane: x = 0, for an arithmetic x: it is 0 where its low bits are, as many as |x| may have."""
    if x.range == Interval(0, 0):
        return kit.plane_const(1, 1, x.shape)
    k = max(x.range.hi, -x.range.lo).bit_length()
    parts = kit.protocol.parts
    if parts == 1:
        return and_planes(kit, kit.invert(kit.bits(x.value, 0, 0, k)))
    if parts == 2:
        differ = kit.xor(kit.bits(x.value, 0, 0, k), kit.bits(x.value, 1, 0, k, neg=True))
        return and_planes(kit, kit.invert(differ))
    a, b = save(kit, part_bits(kit, x.value, k))
    above = [-1, *range(k - 1)]
    return and_planes(kit, kit.invert(kit.xor(a, b, kit.pick(kit.or_(a, b), above))))
