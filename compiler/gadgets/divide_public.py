"""Floor division of arithmetic shares by a public integer, exact.

===========  ===================================  ======================================================
circuit      rounds (two parts)                   best where
===========  ===================================  ======================================================
reciprocal   those of one exact shift             there is room for about twice the bits of the number
remainders   about 7 + log2(log2 d)               there is not, and the ring need not be widened
thresholds   one comparison and 2                 few quotients are possible
===========  ===================================  ======================================================

reciprocal: with m = ceil(2^(n+l) / d), d <= 2^l, floor(y m / 2^(n+l)) = floor(y / d) for every 0 <= y < 2^n
(T. Granlund, P. Montgomery, PLDI 1994, theorem 4.2); in the number's own ring or in 128 bits.

remainders: the parts u, v of y are divided each by itself. With 2^w = Q d + R and W wraps, y = (u//d + v//d
- W Q) d + t, t = u%d + v%d - W R, -R <= t <= 2 (d - 1): the quotient of t is found by comparing t with the
few multiples of d in that range.
"""

from __future__ import annotations

from collections.abc import Callable

from ..intervals import Interval
from ..ir.build import Value
from .bits import exactly, weighted
from .compare import negative
from .kit import Kit, Num
from .truncate import offset, shift_floor, to_ring, wraps

#: Up to so many possible quotients are told apart by comparing with every multiple of the divisor.
_FEW = 8


def floordiv_public(kit: Kit, x: Num, d: int) -> Num:
    """floor(x / d) for an arithmetic x and d != 0, in the ring of x."""
    if d < 0:
        x, d = Num(kit.neg(x.value), Interval(-x.range.hi, -x.range.lo)), -d
    bounds = Interval(x.range.lo // d, x.range.hi // d)
    if bounds.lo == bounds.hi:
        return exactly(kit, bounds.lo, x.width, x.shape)
    if d & (d - 1) == 0:
        return shift_floor(kit, x, d.bit_length() - 1)
    candidates: dict[str, Callable[..., Num]] = {}
    if (2 * kit.protocol.parts + 1) * d < 1 << (x.width - 1):
        candidates["remainders"] = _remainders
    room = _reciprocal_bits(x, d)
    if room <= x.width - 1:
        candidates["reciprocal"] = _reciprocal
    elif room <= 127:
        candidates["wide reciprocal"] = _wide_reciprocal
    if bounds.hi - bounds.lo < _FEW or not candidates:
        candidates["thresholds"] = reached
    return kit.choose("division by a constant", candidates, x, d)


def reached(kit: Kit, t: Num, d: int) -> Num:
    """floor(t / d) by comparing t with every multiple of d in its range."""
    first = t.range.lo // d
    bounds = Interval(first, t.range.hi // d)
    multiples = [j * d for j in range(bounds.lo + 1, bounds.hi + 1)]
    if not multiples:
        return exactly(kit, first, t.width, t.shape)
    moved = [Num(kit.add(t.value, -m), Interval(t.range.lo - m, t.range.hi - m)) for m in multiples]
    below = [negative(kit, gap) for gap in moved]
    count = weighted(kit, kit.invert(kit.join(*below)), [1] * len(below), t.width)
    return Num(kit.add(count, first), bounds)


def _multiplier(top: int, d: int) -> tuple[int, int]:
    """The multiplier and the shift that divide 0..top by d."""
    shift = top.bit_length() + (d - 1).bit_length()
    return -(-(1 << shift) // d), shift


def _reciprocal_bits(x: Num, d: int) -> int:
    """The signed bits of the number, made non-negative, times its multiplier."""
    top = x.range.hi + offset(x, d)
    return (top * _multiplier(top, d)[0]).bit_length() + 1


def _reciprocal(kit: Kit, x: Num, d: int) -> Num:
    return _reciprocal_to(kit, x, d, x.width)


def _wide_reciprocal(kit: Kit, x: Num, d: int) -> Num:
    return _reciprocal_to(kit, to_ring(kit, x, 128), d, x.width)


def _reciprocal_to(kit: Kit, x: Num, d: int, width: int) -> Num:
    move = offset(x, d)
    top = x.range.hi + move
    factor, shift = _multiplier(top, d)
    product = Num(kit.scale(kit.add(x.value, move), factor), Interval(0, top * factor))
    quotient = shift_floor(kit, product, shift, width=width)
    return Num(kit.add(quotient.value, -(move // d)), Interval(x.range.lo // d, x.range.hi // d))


def _remainders(kit: Kit, x: Num, d: int) -> Num:
    w, parts = x.width, kit.protocol.parts
    bounds = Interval(x.range.lo // d, x.range.hi // d)
    move = offset(x, d)
    if x.range.hi + move >= 1 << (w - 1):
        move = -x.range.lo  # no multiple of d has room: what is missing to one is added to t
    missing = -move % d
    y = kit.add(x.value, move)
    quotient = _total(kit, [kit.part(y, i, "quotient", d=str(d), width=w) for i in range(parts)])
    t = _total(kit, [kit.part(y, i, "remainder", d=str(d), width=w) for i in range(parts)])
    lowest = 0
    if parts > 1:
        whole, rest = divmod(1 << w, d)
        wrapped = wraps(kit, y, w)
        quotient = kit.sub(quotient, kit.scale(wrapped, whole))
        t = kit.sub(t, kit.scale(wrapped, rest))
        lowest = -(parts - 1) * rest
    span = Interval(lowest + missing, parts * (d - 1) + missing)
    more = reached(kit, Num(kit.add(t, missing), span), d)
    return Num(kit.add(kit.add(quotient, more.value), -((move + missing) // d)), bounds)


def _total(kit: Kit, values: list[Value]) -> Value:
    total = values[0]
    for value in values[1:]:
        total = kit.add(total, value)
    return total
