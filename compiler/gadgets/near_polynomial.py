"""A polynomial with public rational coefficients, to a whole number less than one away from its value.

It is what a fixed-point polynomial becomes under `fast`: the products keep so many bits behind the point that all that
they lose stays below a quarter, and the end alone is rounded, to nearest. With n the degree, u = x / 2^s in -1..1 and M
the sum of the coefficients' sizes over u:

- powers of u have P = log2 M + log2 n + 7 bits behind the point, each product of them is cut by the faithful shift, so
  that power i is wrong by less than 2 i 2^-P;
- coefficients have log2 n + 3 bits behind the point, and are together wrong by less than 1/16;
- every power is taken at most once on each of less than seven levels, M 2 n 7 2^-P < 1/8.

Levels and products are those of `polynomial`, a product with its cut takes three rounds, the end about ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from ..intervals import Interval
from ..ir.build import Value
from .kit import Kit, Num
from .polynomial import Arithmetic, evaluate, steps
from .truncate import cut, round_shift, to_ring

#: Bits that the products may have in the wide ring, with room for their signs and for the shifts.
_ROOM = 125


@dataclass(frozen=True)
class Precision:
    """How a polynomial is computed: u = x / 2^scale, bits behind the point of powers and of coefficients, and bits
    before the point of what comes up on the way."""

    scale: int
    power: int
    coefficient: int
    whole: int

    @property
    def wide(self) -> int:
        """Bits behind the point of a power times a coefficient."""
        return self.power + self.coefficient

    @property
    def most(self) -> int:
        """Bits of the longest product."""
        return self.power + self.wide + self.whole + 1


def precision(x: Interval, coefficients: Sequence[int], bits: int) -> Precision | None:
    """For the sum of coefficients[i] x^i / 2^bits; None where no ring has the room."""
    degree, scale = len(coefficients) - 1, (max(abs(x.lo), abs(x.hi), 1) - 1).bit_length()
    size = sum(abs(c) for c in _over_u(coefficients, scale, bits))
    whole, steps_ = (int(size) + 1).bit_length(), degree.bit_length()
    found = Precision(scale, max(whole + steps_ + 7, scale), steps_ + 3, whole)
    return found if found.most <= _ROOM else None


def near_polynomial(kit: Kit, x: Num, coefficients: Sequence[int], bits: int, bounds: Interval, width: int) -> Num:
    """The sum of coefficients[i] x^i / 2^bits of ring shares, which lies in `bounds`, as does the result; in the ring
    of `width` bits. `precision` has to find room for the range of x."""
    how = precision(x.range, coefficients, bits)
    assert how is not None, "no room for a polynomial"
    scaled = scaled_coefficients(how, coefficients, bits, how.coefficient)
    ring = to_ring(kit, x, max(128, x.width))
    u = kit.scale(ring.value, 1 << (how.power - how.scale))
    candidates = {f"{k} baby steps": partial(_evaluated, k) for k in steps(len(coefficients) - 1)}
    made = kit.choose("polynomial", candidates, u, scaled, how.power, how.wide, how.whole)
    quarter = 1 << (how.wide - 2)
    known = Interval((bounds.lo << how.wide) - quarter, (bounds.hi << how.wide) + quarter)
    return Num(round_shift(kit, Num(made, known), how.wide, width).value, bounds)


def scaled_coefficients(how: Precision, coefficients: Sequence[int], bits: int, point: int) -> tuple[int, ...]:
    """The coefficients of the powers of u, to the nearest with so many bits behind the point."""
    return tuple(round(c * (1 << point)) for c in _over_u(coefficients, how.scale, bits))


def _over_u(coefficients: Sequence[int], scale: int, bits: int) -> list[Fraction]:
    """The coefficients of the powers of u = x / 2^scale."""
    return [c * Fraction(2) ** (scale * i - bits) for i, c in enumerate(coefficients)]


@dataclass(frozen=True)
class _Part:
    """A power, or a sum of powers times coefficients, which has more bits behind the point."""

    value: Value
    sum: bool = False


def _evaluated(k: int, kit: Kit, u: Value, coefficients: Sequence[int], power: int, wide: int, whole: int) -> Value:
    one, most = 1 << power, 1 << (wide + whole + 1)

    def mul(a: _Part, b: _Part) -> _Part:
        bound = most if a.sum or b.sum else one
        return _Part(cut(kit, kit.mul(a.value, b.value), power, Interval(-bound, bound)).value, a.sum or b.sum)

    arithmetic = Arithmetic(
        mul, lambda a, b: _Part(kit.add(a.value, b.value), True), lambda a, c: _Part(kit.scale(a.value, c), True),
        lambda a, c: _Part(kit.add(a.value, c << power), True))
    return evaluate(arithmetic, _Part(u), coefficients, k).value
