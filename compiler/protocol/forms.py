"""One number in several forms: ring shares of either width, bit planes, public. Conversions are made once.

`Forms` remembers how each node of the circuit stage was made and gives it in the form that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..gadgets.bits import compose, decompose
from ..gadgets.kit import Kit, Num, ring_for
from ..gadgets.leaders import Leaders
from ..gadgets.permute import Order, secret_order
from ..gadgets.truncate import widen
from ..intervals import Interval
from ..ir.build import Value
from ..ir.nodes import Circuit, Domain, Type
from .entered import entered_again

#: What a node became: a number, a truth value (one plane, or public 0/1), or nothing (an output).
Made = Num | Value | None


@dataclass
class Forms:
    """What each node became so far, and every conversion of it; some numbers stand for `orders` or `leaders`."""

    kit: Kit
    circuit: Circuit
    made: dict[int, Made] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    leaders: dict[int, Leaders] = field(default_factory=dict)
    _converted: dict[tuple[int, str, int], Num] = field(default_factory=dict)
    _moved: dict[tuple[int, Domain, int], Value] = field(default_factory=dict)
    _again: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self._again = entered_again(self.circuit)

    def num(self, i: int) -> Num:
        """The number of node i as it was made."""
        made = self.made[i]
        assert isinstance(made, Num)
        return made

    def arith(self, i: int, width: int) -> Num:
        """The number of node i in the ring of `width` bits: shares, or public words if it is public."""
        key = (i, "arith", width)
        if key not in self._converted:
            num = self.num(i)
            wide = max(width, ring_for(num.range))
            if self._again[i] and (num.domain == "planes" or num.width < width):
                num = Num(self._entered(i, "arith", wide), num.range)
            self._converted[key] = to_ring(self.kit, num, width)
        return self._converted[key]

    def shares(self, i: int, width: int) -> Num:
        """As `arith`, a public value shared as itself."""
        return shared(self.kit, self.arith(i, width))

    def planes(self, i: int, bounds: Interval | None = None) -> Num:
        """The number of node i as planes, for its own range or as many as `bounds` asks for."""
        key = (i, "planes", 0)
        if key not in self._converted:
            num = self.num(i)
            if self._again[i] and num.domain == "arith":
                num = Num(self._entered(i, "planes", num.range.bits), num.range)
            self._converted[key] = to_planes(self.kit, num)
        num = self._converted[key]
        return num if bounds is None else resize(self.kit, num, bounds)

    def _entered(self, i: int, domain: Domain, width: int) -> Value:
        """Node i, which is made of inputs, from these inputs entered in this form."""
        key = (i, domain, width)
        if key not in self._moved:
            node, builder = self.circuit.nodes[i], self.kit.builder
            if node.op == "input":
                entered = builder.nodes[self.num(i).value.id]
                self._moved[key] = builder.append(replace(entered, type=Type(domain, node.type.shape, width)))
            else:
                parts = [self._entered(a, domain, width) for a in node.args]
                self._moved[key] = parts[0] if node.op == "refine" else builder.add(node.op, *parts, **node.attrs)
        return self._moved[key]

    def bit(self, i: int) -> Value:
        """The truth value of node i as one shared plane."""
        made = self.made[i]
        assert isinstance(made, Value)
        if made.type.domain == "public":
            return self.kit.builder.add("share_planes", made, k=1)
        return made

    def order(self, i: int) -> Order:
        """The secret order in which each row goes to the place that node i says, a number of 64 bits for each."""
        if i not in self.orders:
            self.orders[i] = secret_order(self.kit, self.shares(i, 64).value)
        return self.orders[i]

    def public(self, i: int) -> Value:
        """The public words of node i (64 bits), which must be public at run time."""
        made = self.made[i]
        value = made.value if isinstance(made, Num) else made
        assert value is not None
        assert value.type.domain == "public", "an index that the parties do not know"
        return value


def to_ring(kit: Kit, num: Num, width: int) -> Num:
    """The number in the ring of `width` bits; public words stay public.

    A number too large for 64 bits is asked for there only by a ring operation whose result fits again (the sum of
    nothing, a range known to be narrower): modulo 2^64 its low word is right.
    """
    value = num.value
    if value.type.domain == "planes":
        wide = max(width, ring_for(num.range))
        composed = compose(kit, num, wide)
        return composed if wide == width else Num(kit.builder.add("narrow", composed.value), num.range)
    if value.type.width == width:
        return num
    if value.type.domain == "public":
        return Num(_public_width(kit, value, width), num.range)
    if width == 128:
        return widen(kit, num)
    return Num(kit.builder.add("narrow", value), num.range)


def _public_width(kit: Kit, value: Value, width: int) -> Value:
    if width < value.type.width:
        return kit.builder.add("narrow", value)
    node = kit.builder.nodes[value.id]
    if node.op == "const":
        return kit.builder.add("const", type=Type("public", value.type.shape, width, secret=False),
                               words=_wider(node.attrs["words"]))
    if node.op == "iota":
        return kit.builder.add("iota", type=Type("public", value.type.shape, width, secret=False), **node.attrs)
    return kit.builder.add("extend", value)


def _wider(words: bytes) -> bytes:
    """64-bit two's complement words as 128-bit ones."""
    out = bytearray()
    for k in range(0, len(words), 8):
        out += int.from_bytes(words[k:k + 8], "little", signed=True).to_bytes(16, "little", signed=True)
    return bytes(out)


def shared(kit: Kit, num: Num) -> Num:
    """The number as ring shares, a public one as a sharing of itself."""
    if num.value.type.domain == "public":
        return Num(kit.builder.add("share", num.value), num.range)
    return num


def to_planes(kit: Kit, num: Num) -> Num:
    """The number as planes for its range."""
    if num.value.type.domain == "planes":
        return num
    if num.value.type.domain == "public":
        return Num(kit.builder.add("share_planes", num.value, k=num.range.bits), num.range)
    return decompose(kit, num)


def resize(kit: Kit, num: Num, bounds: Interval) -> Num:
    """The same planes for another range in which the number also lies: cut, or extended by sign or zeros."""
    have, want = num.range.bits, bounds.bits
    if (have, num.range.lo < 0) == (want, bounds.lo < 0):
        return Num(num.value, bounds)
    fill = have - 1 if num.range.lo < 0 else -1
    planes = tuple(p if p < have else fill for p in range(want))
    return Num(kit.builder.add("pick", num.value, planes=planes), bounds)
