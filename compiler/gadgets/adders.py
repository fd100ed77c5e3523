"""Adding planes modulo 2^k, and the carry alone.

==============  ==========================  =============================  ==================================
circuit         rounds                      ANDs (k bits, both secret)     best where
==============  ==========================  =============================  ==================================
carry, tree     1 + ceil(log2 k)            3k - 2 - log2 k                rounds are dear
carry, ripple   k                           k                              bytes are dear
sum, sklansky   1 + ceil(log2 k)            about k log2 k                 rounds are dear
sum, brent_kung about 2 log2 k              about 4k                       between the two
sum, ripple     k - 1                       k - 1                          bytes are dear
==============  ==========================  =============================  ==================================

A constant operand costs no AND at the generate level, its low zero bits cost nothing, and the first level of
a carry tree with a constant takes one AND a pair instead of two: both results are affine in the two secret
bits and their product. Sources: D. Harris, Taxonomy of parallel prefix networks (2003); the AND-minimal full
adder of Boyar, Peralta, Pochuev (TCS 2000); carry-save: C. Wallace, IEEE Trans. EC-13 (1964).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..ir.build import Value
from .kit import Kit
from .prefix import Network, brent_kung, sklansky

#: Families of adders: the candidate that each takes of every kind of choice made here.
FAMILIES: dict[str, dict[str, str]] = {
    "sklansky": {"adder": "sklansky", "carry": "tree", "carry of a constant": "tree"},
    "brent_kung": {"adder": "brent_kung", "carry": "tree", "carry of a constant": "tree"},
    "ripple": {"adder": "ripple", "carry": "ripple", "carry of a constant": "ripple"},
}


def carry_out(kit: Kit, a: Value, b: Value | int, carry_in: int = 0) -> Value:
    """One plane: whether a + b + carry_in >= 2^k, for unsigned planes a, b of equal number k; b may be a
constant."""
    if isinstance(b, int):
        return _carry_constant(kit, a, b + carry_in)
    assert a.type.width == b.type.width, "operands of one width"
    return kit.choose("carry", {"tree": _carry_tree, "ripple": _carry_ripple}, a, b, carry_in)


def _carry_tree(kit: Kit, a: Value, b: Value, carry_in: int) -> Value:
    g, p = _generate(kit, a, b, carry_in)
    return _tree(kit, g, p)


def _carry_ripple(kit: Kit, a: Value, b: Value, carry_in: int) -> Value:
    return _ripple(kit, a, b, carry_in)[-1]


def _carry_constant(kit: Kit, a: Value, c: int) -> Value:
    k, shape = a.type.width, a.type.shape
    if not 0 < c < 1 << k:
        return kit.plane_const(int(c > 0), 1, shape)
    low = (c & -c).bit_length() - 1  # below the lowest one nothing is generated or needed
    candidates = {"tree": _constant_tree, "ripple": _constant_ripple}
    return kit.choose("carry of a constant", candidates, kit.pick(a, range(low, k)), c >> low)


def _constant_tree(kit: Kit, a: Value, c: int) -> Value:
    g, p = _constant_pairs(kit, a, c)
    return _tree(kit, g, p)


def _constant_ripple(kit: Kit, a: Value, c: int) -> Value:
    """One AND a bit: the carry is a & carry below a zero of c, a | carry above a one."""
    carry = kit.pick(a, [0])  # c is odd
    for i in range(1, a.type.width):
        bit = kit.pick(a, [i])
        carry = kit.or_(bit, carry) if c >> i & 1 else kit.and_(bit, carry)
    return carry


def _constant_pairs(kit: Kit, a: Value, c: int) -> tuple[Value, Value]:
    """Generate and propagate of a + c for pairs of positions, with one AND a pair."""
    k, shape = a.type.width, a.type.shape
    if k == 1:
        return a, a
    n = k // 2
    low, high = kit.pick(a, range(0, 2 * n, 2)), kit.pick(a, range(1, 2 * n, 2))
    both = kit.and_(low, high)
    c0, c1 = [c >> 2 * i & 1 for i in range(n)], [c >> (2 * i + 1) & 1 for i in range(n)]
    c01 = [x & y for x, y in zip(c0, c1, strict=True)]
    g = kit.xor(_where(kit, both, c0), _where(kit, high, c1), _where(kit, low, c01))
    ones = kit.plane_const(sum(bit << i for i, bit in enumerate(c01)), n, shape)
    p = kit.xor(both, _where(kit, high, c0), _where(kit, low, c1), ones)
    if k % 2:
        top = kit.pick(a, [k - 1])
        odd = c >> (k - 1) & 1
        g = kit.join(g, top if odd else kit.plane_const(0, 1, shape))
        p = kit.join(p, kit.invert(top) if odd else top)
    return g, p


def _where(kit: Kit, a: Value, bits: Sequence[int]) -> Value:
    """Planes of `a` where the bit is one, zeros elsewhere."""
    return kit.pick(a, [i if bit else -1 for i, bit in enumerate(bits)])


def _generate(kit: Kit, a: Value, b: Value | int, carry_in: int) -> tuple[Value, Value]:
    """Which positions generate a carry, and which propagate one; the carry into position 0 is taken up."""
    k = a.type.width
    if isinstance(b, int):
        g = _where(kit, a, [b >> i & 1 for i in range(k)])
        p = kit.xor(a, kit.plane_const(b, k, a.type.shape))
    else:
        g, p = kit.and_(a, b), kit.xor(a, b)
    if carry_in:
        g = kit.xor(g, kit.pick(p, [0, *[-1] * (k - 1)]))
    return g, p


def _tree(kit: Kit, g: Value, p: Value) -> Value:
    """The carry out of all positions, by joining neighbours; the lowest group needs no propagate."""
    while (k := g.type.width) > 1:
        n = k // 2
        low, high = range(0, 2 * n, 2), range(1, 2 * n, 2)
        left = kit.join(kit.pick(p, high), kit.pick(p, high[1:])) if n > 1 else kit.pick(p, high)
        right = kit.join(kit.pick(g, low), kit.pick(p, low[1:])) if n > 1 else kit.pick(g, low)
        met = kit.and_(left, right)
        top = range(2 * n, k)  # an odd one out stays as it is
        g = kit.xor(kit.pick(g, [*high, *top]), kit.pick(met, [*range(n), *[-1] * len(top)]))
        if g.type.width > 1:
            p = kit.pick(kit.join(met, p), [-1, *range(n, 2 * n - 1), *(2 * n - 1 + i for i in top)])
    return g


def add(kit: Kit, a: Value, b: Value | int, carry_in: int = 0) -> Value:
    """(a + b + carry_in) mod 2^k, with k the number of planes of the wider operand; b may be a constant."""
    if not isinstance(b, int):
        k = max(a.type.width, b.type.width)
        a, b = _widened(kit, a, k), _widened(kit, b, k)
        if k == 1:
            total = kit.xor(a, b)
            return kit.invert(total) if carry_in else total
    elif a.type.width == 1:
        return kit.invert(a) if (b + carry_in) & 1 else a
    else:
        b, carry_in = (b + carry_in) % (1 << a.type.width), 0
        if b == 0:
            return a
    candidates: dict[str, Callable[..., Value]] = {
        "sklansky": partial(_add_prefix, sklansky), "brent_kung": partial(_add_prefix, brent_kung),
        "ripple": _add_ripple}
    return kit.choose("adder", candidates, a, b, carry_in)


def sub(kit: Kit, a: Value, b: Value) -> Value:
    """(a - b) mod 2^k for planes of one width k."""
    return add(kit, a, kit.invert(b), carry_in=1)


def _widened(kit: Kit, a: Value, k: int) -> Value:
    return kit.pick(a, [*range(a.type.width), *[-1] * (k - a.type.width)])


def _add_prefix(network: Network, kit: Kit, a: Value, b: Value | int, carry_in: int) -> Value:
    k = a.type.width
    low = range(k - 1)  # nobody needs the carry out of the top
    below = b % (1 << k - 1) if isinstance(b, int) else kit.pick(b, low)
    g, p = _generate(kit, kit.pick(a, low), below, carry_in)
    carries = _prefix(kit, network, g, p)
    total = kit.xor(a, kit.plane_const(b, k, a.type.shape) if isinstance(b, int) else b)
    total = kit.xor(total, kit.pick(carries, [-1, *range(k - 1)]))
    return kit.xor(total, kit.plane_const(1, k, a.type.shape)) if carry_in else total


def _prefix(kit: Kit, network: Network, g: Value, p: Value) -> Value:
    """The carry out of every position, all pairs of a level in one AND."""
    k = g.type.width
    reach = list(range(k))  # the lowest position of each group; where it is 0 no propagate is needed
    for level in network(k):
        open_ = [(t, s) for t, s in level if reach[s] > 0]
        targets, sources = [t for t, _ in level], [s for _, s in level]
        left, right = kit.pick(p, targets), kit.pick(g, sources)
        if open_:
            left = kit.join(left, kit.pick(p, [t for t, _ in open_]))
            right = kit.join(right, kit.pick(p, [s for _, s in open_]))
        met = kit.and_(left, right)
        place = {t: i for i, t in enumerate(targets)}
        g = kit.xor(g, kit.pick(met, [place.get(i, -1) for i in range(k)]))
        fresh = {t: k + len(level) + i for i, (t, _) in enumerate(open_)}
        if fresh:
            p = kit.pick(kit.join(p, met), [fresh.get(i, i) for i in range(k)])
        for t, s in level:
            reach[t] = reach[s]
    return g


def _add_ripple(kit: Kit, a: Value, b: Value | int, carry_in: int) -> Value:
    k = a.type.width
    if isinstance(b, int):
        b = kit.plane_const(b, k, a.type.shape)
    low = range(k - 1)
    carries = _ripple(kit, kit.pick(a, low), kit.pick(b, low), carry_in)
    return kit.xor(a, b, kit.join(kit.plane_const(carry_in, 1, a.type.shape), *carries))


def _ripple(kit: Kit, a: Value, b: Value, carry_in: int) -> list[Value]:
    """The carry out of every position, one after the other, one AND each."""
    carry = kit.plane_const(carry_in, 1, a.type.shape)
    carries = []
    for i in range(a.type.width):
        x, y = kit.pick(a, [i]), kit.pick(b, [i])
        carry = kit.xor(carry, kit.and_(kit.xor(x, carry), kit.xor(y, carry)))
        carries.append(carry)
    return carries


def save(kit: Kit, addends: Sequence[Value]) -> list[Value]:
    """At most two planes values with the sum of all `addends` modulo 2^k: a carry-save tree, one round a
level."""
    rest = list(addends)
    while len(rest) > 2:
        triples = [rest[i:i + 3] for i in range(0, len(rest) - 2, 3)]
        rest = rest[3 * len(triples):]
        for a, b, c in triples:
            rest += [kit.xor(a, b, c), _majority_above(kit, a, b, c)]
    return rest


def _majority_above(kit: Kit, a: Value, b: Value, c: Value) -> Value:
    """The carries of a + b + c, each at the position it goes to; the one out of the top is dropped."""
    k = a.type.width
    if k == 1:
        return kit.plane_const(0, 1, a.type.shape)
    low = range(k - 1)
    a, b, c = kit.pick(a, low), kit.pick(b, low), kit.pick(c, low)
    carries = kit.xor(c, kit.and_(kit.xor(a, c), kit.xor(b, c)))
    return kit.pick(carries, [-1, *low])


def overflow(kit: Kit, addends: Sequence[Value]) -> Value:
    """floor(sum of the addends / 2^k) as unsigned planes, one for two addends of k planes."""
    k, count = addends[0].type.width, len(addends)
    if count == 2:
        return carry_out(kit, addends[0], addends[1])
    more = (count - 1).bit_length()
    a, b = save(kit, [_widened(kit, addend, k + more) for addend in addends])
    carry = carry_out(kit, kit.pick(a, range(k)), kit.pick(b, range(k)))
    # the carry enters below as the sum of two equal bits
    top = range(k, k + more)
    high = add(kit, kit.join(carry, kit.pick(a, top)), kit.join(carry, kit.pick(b, top)))
    return kit.pick(high, range(1, more + 1))
