"""One of two numbers by a secret bit.

Planes: one round, one AND a plane, and none where both sides are constants. Arithmetic: the bit brought into
the ring (2 rounds, shared by all selects on one condition), then one product, or what `times_bit` does; two
public sides need no product.
"""

from __future__ import annotations

from .. import intervals
from ..ir.build import Value
from .bits import as_planes, as_ring, constant, times_bit
from .kit import Kit, Num


def select(kit: Kit, c: Value, a: Num, b: Num) -> Num:
    """a where the plane `c` is one, else b. Planes if a secret side is held so and none is arithmetic.

    Two public sides give planes when both are constants, else arithmetic of their width.
    """
    bounds = intervals.join(a.range, b.range)
    known_a, known_b = constant(kit, a), constant(kit, b)
    if "arith" not in (a.domain, b.domain):
        if known_a is not None and known_b is not None:
            return Num(_constants(kit, c, known_a, known_b, bounds.bits), bounds)
        if "planes" in (a.domain, b.domain):
            return Num(_mux(kit, c, a, b, bounds.bits), bounds)
    width = a.width if a.domain == "arith" else b.width
    return Num(_ring(kit, c, as_ring(kit, a, width), as_ring(kit, b, width)), bounds)


def _constants(kit: Kit, c: Value, a: int, b: int, k: int) -> Value:
    """b XOR (c in every plane where a and b differ)."""
    differ = a ^ b
    lit = kit.pick(c, [0 if differ >> i & 1 else -1 for i in range(k)])
    return kit.xor(lit, kit.plane_const(b, k, c.type.shape))


def _mux(kit: Kit, c: Value, a: Num, b: Num, k: int) -> Value:
    x, y = kit.extend(as_planes(kit, a), k), kit.extend(as_planes(kit, b), k)
    return kit.xor(y, kit.and_(c, kit.xor(x, y)))


def _ring(kit: Kit, c: Value, a: Num, b: Num) -> Value:
    """b + c (a - b)."""
    return kit.add(times_bit(kit, c, kit.sub(a.value, b.value)), b.value)
