"""From arithmetic shares to planes and back.

==============  =====================================  ====================================================
gadget          rounds (two parts)                     work for an element of k bits, ring of w bits
==============  =====================================  ====================================================
decompose       1 + adder                              k bits re-shared, one adder modulo 2^k
compose         2                                      k w bits re-shared, one scalar product of k terms
bit_to_arith    2                                      w bits re-shared, one product
times_bit       2 and one product; one_sided: 2        as bit_to_arith and a product; two of a known bit
==============  =====================================  ====================================================

Source: ABY3 (Mohassel, Rindal, eprint 2018/403), sections 5.3 and 5.4, with the parts of
`runtime.instructions` in the place of its three shares; u XOR v = u + v - 2uv.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..intervals import Interval
from ..ir.build import Value
from .adders import add, save
from .kit import Kit, Num


def decompose(kit: Kit, x: Num) -> Num:
    """The planes of an arithmetic number."""
    k = x.range.bits
    assert k <= x.width, "the ring is too narrow"
    addends = save(kit, part_bits(kit, x.value, k))
    total = addends[0] if len(addends) == 1 else add(kit, addends[0], addends[1])
    return Num(total, x.range)


def part_bits(kit: Kit, x: Value, k: int) -> list[Value]:
    """The low k bits of every part."""
    return [kit.bits(x, i, 0, k) for i in range(kit.protocol.parts)]


def compose(kit: Kit, x: Num, width: int) -> Num:
    """The number held as planes in the ring of `width` bits."""
    k = x.width
    weights = [1 << i for i in range(k)]
    if x.range.lo < 0:
        weights[-1] = -weights[-1]
    return Num(weighted(kit, x.value, weights, width), x.range)


def bit_to_arith(kit: Kit, bit: Value, width: int) -> Value:
    """One plane as 0 or 1 in the ring of `width` bits."""
    assert bit.type.width == 1, "one plane expected"
    parts = [kit.part(bit, i, "planes", width=width) for i in range(kit.protocol.parts)]
    return _xor_all(kit, parts)[0] if len(parts) == 1 else _last_xor(kit, _xor_all(kit, parts))


def times_bit(kit: Kit, bit: Value, y: Value) -> Value:
    """The ring elements `y` where the plane is one, 0 elsewhere; `y` may be public.

    Where a protocol gains by factors that a party knows, the parts u_i of the bit multiply in turn: with t = (u_0 XOR
    .. XOR u_(i-1)) y the next one is t + u_i (y - 2t). So every factor is a known bit, which takes a transfer an
    element (the multiplexer of CrypTFlow2, eprint 2020/1002, for any number of parties).
    """
    if y.type.domain == "public":
        return kit.builder.add("scale", bit_to_arith(kit, bit, y.type.width), y)
    if not kit.protocol.one_sided:
        return kit.mul(bit_to_arith(kit, bit, y.type.width), y)
    first, *others = (kit.part(bit, i, "planes", width=y.type.width) for i in range(kit.protocol.parts))
    total = kit.mul(first, y)
    for part in others:
        total = kit.add(total, kit.mul(part, kit.sub(y, kit.scale(total, 2))))
    return total


def bits_to_arith(kit: Kit, x: Value, width: int) -> Value:
    """Every plane as 0 or 1 in the ring of `width` bits: shape (k, *shape)."""
    parts = _xor_all(kit, [kit.part(x, i, "each", width=width) for i in range(kit.protocol.parts)])
    return parts[0] if len(parts) == 1 else _last_xor(kit, parts)


def weighted(kit: Kit, x: Value, weights: Sequence[int], width: int) -> Value:
    """The sum of the planes, each times its weight, in the ring of `width` bits."""
    if x.type.width == 1:
        return kit.scale(bit_to_arith(kit, x, width), weights[0])
    parts = _xor_all(kit, [kit.part(x, i, "each", width=width) for i in range(kit.protocol.parts)])
    factors = kit.weights(weights, width, x.type.shape)
    scaled = [kit.builder.add("scale", part, factors) for part in parts]
    total = [kit.builder.add("sum", part, axes=(0,)) for part in scaled]
    if len(parts) == 1:
        return total[0]
    both = kit.builder.add("dot", scaled[0], parts[1], axis=0)  # one element sent for all planes
    return kit.sub(kit.add(total[0], total[1]), kit.scale(both, 2))


def weighted_sum(kit: Kit, x: Value, counts: Sequence[int], width: int) -> Value:
    """Of planes (n, m) the sum along the first axis in the ring: (planes, m). The first counts[0] rows weigh 1, the
    next counts[1] weigh 2, and so on."""
    add, (n, m) = kit.builder.add, x.type.shape
    parts = scaled = _xor_all(kit, [kit.part(x, i, "each", width=width) for i in range(kit.protocol.parts)])
    if len(counts) > 1:
        rows = [add("broadcast", kit.const(1 << i, width, (1, 1)), shape=(count, m)) for i, count in enumerate(counts)]
        factors = add("reshape", add("concat", *rows, axis=0), shape=(1, n, m))
        spread = add("broadcast", factors, shape=(x.type.width, n, m))
        scaled = [add("scale", part, spread) for part in parts]
    total = [add("sum", part, axes=(1,)) for part in scaled]
    if len(parts) == 1:
        return total[0]
    both = add("dot", scaled[0], parts[1], axis=1)  # one element sent for all rows
    return kit.sub(kit.add(total[0], total[1]), kit.scale(both, 2))


def _xor_all(kit: Kit, parts: list[Value]) -> list[Value]:
    """At most two values of bits with the XOR of all."""
    while len(parts) > 2:
        pairs = [_last_xor(kit, parts[i:i + 2]) for i in range(0, len(parts) - 1, 2)]
        parts = pairs + parts[2 * len(pairs):]
    return parts


def _last_xor(kit: Kit, parts: list[Value]) -> Value:
    a, b = parts
    return kit.sub(kit.add(a, b), kit.scale(kit.mul(a, b), 2))


def as_planes(kit: Kit, x: Num) -> Num:
    """The number as planes, whatever holds it."""
    if x.domain == "planes":
        return x
    if x.domain == "arith":
        return decompose(kit, x)
    k = x.range.bits
    constant = kit.known(x.value)
    if constant is not None:
        return Num(kit.plane_const(constant, k, x.shape), x.range)
    return Num(kit.builder.add("share_planes", x.value, k=k), x.range)


def as_ring(kit: Kit, x: Num, width: int) -> Num:
    """The number in arithmetic shares or in public, in the ring of `width` bits.

    Arithmetic shares and public arrays must have that width already, constants need not.
    """
    if x.domain == "planes":
        return compose(kit, x, width)
    if x.width == width:
        return x
    constant = kit.known(x.value)
    assert constant is not None, "the rings differ"
    return Num(kit.const(constant, width, x.shape), x.range)


def constant(kit: Kit, x: Num) -> int | None:
    """The value that all elements are known to have, if there is one."""
    if x.range.lo == x.range.hi:
        return x.range.lo
    return kit.known(x.value) if x.domain == "public" else None


def exactly(kit: Kit, value: int, width: int, shape: tuple[int, ...]) -> Num:
    """A constant in arithmetic shares."""
    return Num(kit.shared(value, width, shape), Interval(value, value))
