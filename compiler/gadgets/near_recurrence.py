"""A linear recurrence of fractions, s = (a s + b) / 2^bits with |a| <= 2^bits, to whole numbers less than one away.

It is what a rounded recurrence becomes under `fast`. Runs of steps are combined as in `scan`, each the factor and the
addend of what comes before it; products keep so many bits behind the point that all that they lose stays below a
quarter, and the end alone is rounded, to nearest. With n steps whose addends add up to less than 2^w:

- addends have g bits behind the point, n (log2 n + 2) 2^-g < 1/8: joining two runs adds what both have lost, one cut,
  and what the factor of the later one has lost times an addend;
- factors have g + w + 2 bits, so that m of them lose less than m / 2 units of 2^-g of any addend.

Levels are those of `scan`, three rounds each for two factors that are secret, and about ten for the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from ..intervals import Interval
from ..ir.build import Value
from ..ir.nodes import Type
from .kit import Kit, Num
from .networks import Network, Run, Steps
from .scan import along, times
from .truncate import cut, round_shift, to_ring

#: Bits that products may have in the wide ring, with room for their signs and for the shifts.
_ROOM = 125


@dataclass(frozen=True)
class Steadiness:
    """Bits behind the point of factors and of addends, and bits before the point of sums of addends."""

    factor: int
    addend: int
    whole: int


def steadiness(addend: Interval, factor: Interval, bits: int, count: int) -> Steadiness | None:
    """For so many steps; None where a factor may be more than one, or no ring has the room."""
    most = Fraction(max(-factor.lo, factor.hi, 0), 1 << bits)
    if most > 1:
        return None
    steps = Fraction(count) if most == 1 else min(Fraction(count), 1 / (1 - most))
    size = int(Fraction(max(-addend.lo, addend.hi, 0), 1 << bits) * steps) + 1
    length = count.bit_length()
    point = max(length + (length + 2).bit_length() + 3, bits)
    found = Steadiness(point + size.bit_length() + 2, point, size.bit_length())
    return found if 2 * found.factor <= _ROOM else None


def near_recurrence(kit: Kit, addend: Num, factor: Num, axis: int, last: bool, bits: int, bounds: Interval) -> Num:
    """Element i is (factor i times element i - 1, plus addend i) / 2^bits; the first is its addend / 2^bits. Addends
    are ring shares, factors may be public; elements and results lie in `bounds`. `last`: the last one alone, without
    the axis. `steadiness` has to find room for it."""
    how = steadiness(addend.range, factor.range, bits, addend.shape[axis])
    assert how is not None, "no room for a recurrence"
    width = addend.width
    rows = kit.scale(to_ring(kit, addend, 128).value, 1 << (how.addend - bits))
    factors = kit.scale(_wide(kit, factor), 1 << (how.factor - bits))
    made = along(kit, "recurrence", partial(_near, how), (rows, factors), axis, last)
    quarter = 1 << (how.addend - 2)
    known = Interval((bounds.lo << how.addend) - quarter, (bounds.hi << how.addend) + quarter)
    return Num(round_shift(kit, Num(made, known), how.addend, width).value, bounds)


def _wide(kit: Kit, x: Num) -> Value:
    if x.domain != "public" or x.width == 128:
        return to_ring(kit, x, 128).value
    return kit.builder.add("extend", x.value)


def _near(how: Steadiness, kit: Kit, network: Network, addend: Value, factor: Value) -> Value:
    one, most = 1 << how.factor, 1 << (how.addend + how.whole)

    def making(kit: Kit) -> Steps:
        def close(a: Value, run: Run) -> Value:
            product = times(kit, a, run[1])
            return kit.add(run[0], cut(kit, product, how.factor, Interval(-most, most)).value)

        def together(a: Value, b: Value) -> Value:
            product = times(kit, a, b)
            if product.type.domain == "public":
                type = Type("public", product.type.shape, 128, secret=False)
                return kit.builder.add("compute", product, type=type, function="round", bits=how.factor)
            return cut(kit, product, how.factor, Interval(-one, one)).value

        return Steps(lambda a, b: (close(a[0], b), together(a[1], b[1])), close)

    return network(kit, (addend, factor), making)
