"""What a protocol takes for one element of the few things that every operation is made of, in either form.

Each unit is the price of a circuit over many elements, by the protocol's own messages and by what it consumes: a byte
that is sent for what was prepared counts as one that the run sends, as in `Price.seconds`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil

from ..gadgets.bits import bit_to_arith, times_bit
from ..gadgets.kit import Kit
from ..gadgets.permute import draw, shuffled
from ..ir.build import Builder, Value
from ..ir.nodes import Type
from ..price.circuit import Price, price

#: Elements over which a unit is taken: whole words of every message.
_MANY = 1 << 12


@dataclass(frozen=True)
class Amount:
    """Bits that the busiest party sends in the run and that a party sends before it, ANDs and products, exactly."""

    sent: Fraction = Fraction(0)
    prepared: Fraction = Fraction(0)
    ands: Fraction = Fraction(0)
    muls: Fraction = Fraction(0)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.sent + other.sent, self.prepared + other.prepared, self.ands + other.ands,
                      self.muls + other.muls)

    def __mul__(self, times: int) -> Amount:
        return Amount(self.sent * times, self.prepared * times, self.ands * times, self.muls * times)

    def price(self, rounds: int) -> Price:
        """With the rounds that it takes."""
        return Price(rounds, -(-self.sent // 8), ceil(self.ands), ceil(self.muls), -(-self.prepared // 8))


@dataclass(frozen=True)
class Unit:
    """What an element takes, and in how many rounds."""

    amount: Amount
    rounds: int


@dataclass
class Units:
    """The units of the protocol that `kit` builds for, each priced once."""

    kit: Kit
    _known: dict[tuple[str, int], Unit] = field(default_factory=dict)

    @property
    def parts(self) -> int:
        """Pieces in which a value is held, which meet when it becomes bits."""
        return self.kit.protocol.parts

    def conjunction(self) -> Amount:
        """The AND of two bits."""
        plane = Type("planes", (_MANY,), 1)
        return self._unit("and", 1, lambda kit: kit.and_(_arg(kit, 0, plane), _arg(kit, 1, plane))).amount

    def entered(self, width: int) -> Amount:
        """A number of so many bits, or so many planes, given by its owner: a bit of it costs the same."""
        type = Type("planes", (_MANY,), 1)
        return self._unit("input", 1, lambda kit: kit.builder.add("input", type=type, name=_ANY)).amount * width

    def parted(self) -> Amount:
        """A bit of a piece of a ring value, as a plane that is shared."""
        type = Type("arith", (_MANY,), 64)
        return self._unit("part", 1, lambda kit: kit.bits(_arg(kit, 0, type), 0, 0, 1)).amount

    def injected(self, width: int) -> Unit:
        """A shared bit brought into a ring."""
        plane = Type("planes", (_MANY,), 1)
        return self._unit("bit_to_arith", width, lambda kit: bit_to_arith(kit, _arg(kit, 0, plane), width))

    def chosen(self, width: int) -> Unit:
        """A ring element times a shared bit."""
        plane, ring = Type("planes", (_MANY,), 1), Type("arith", (_MANY,), width)
        return self._unit("times_bit", width, lambda kit: times_bit(kit, _arg(kit, 0, plane), _arg(kit, 1, ring)))

    def moved(self, type: Type) -> Price:
        """Ring shares or rows of some shape along a secret order."""
        return self._price(lambda kit: shuffled(kit, draw(kit, type.shape[0]), _arg(kit, 0, type)))

    def _unit(self, name: str, width: int, make: Callable[[Kit], Value]) -> Unit:
        if (name, width) not in self._known:
            found = self._price(make)
            sums = (8 * found.bytes, 8 * found.prepared, found.ands, found.muls)
            self._known[name, width] = Unit(Amount(*(Fraction(total, _MANY) for total in sums)), found.rounds)
        return self._known[name, width]

    def _price(self, make: Callable[[Kit], Value]) -> Price:
        scratch = replace(self.kit, builder=Builder("protocol"), choices=[])
        made = make(scratch)
        return price(scratch.builder.finish([made]), self.kit.protocol, {_ANY: 0})


#: The name of an input whose owner does not matter.
_ANY = "any"


def _arg(kit: Kit, index: int, type: Type) -> Value:
    return kit.builder.add("arg", type=type, index=index)
