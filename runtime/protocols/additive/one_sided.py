"""Products of which some party knows a factor in the clear: its own input, what it computed of it, its part of a value.

With x known to party i (or to nobody) and y to party j (or to nobody), only the x_p of those who hold something of x
meet the y_q of others. For each such pair the two have a, b and shares of ab, a known to p alone and b to q; p sends
x_p - a to q and q sends y_q - b to p, and

    x_p y_q = (x_p - a) y_q + a (y_q - b) + ab.

That is half of what a product of shared values takes, before and in the run. Nobody sees more than a uniform
number for each. A bit u that party p knows in the ring is masked as a bit: p sends d = u xor a, and u y_q is
d y_q + (1 - 2d) a y_q, with one transfer for the element instead of one for each bit of it. Of other factors that have
few bits see `narrow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...preprocess.material import Material, Triple
from ...program import Instr, ValueType
from ...ring import Ring, ring
from ..base import Incoming, Message, Outgoing
from ..shapes import zero
from .triples import Sides, draw, draw_injections, sides
from .wire import nbytes, read, total, write

Words = NDArray[np.uint64]


class Waiting(NamedTuple):
    """A product between sending and receiving: the own shares, what was masked with, and the bits sent."""

    operands: tuple[Words, Words]
    triple: Triple
    sent: Words | None


class Factors(NamedTuple):
    """A product with the factor that is sent as bits, if there is one, on the left."""

    types: tuple[ValueType, ValueType]
    who: Sides
    injected: bool

    @classmethod
    def of(cls, instr: Instr, args: Sequence[ValueType]) -> Factors:
        """From the instruction's attributes `known` and `bit`."""
        x, y = args
        if "bit" not in instr.attrs:
            return cls((x, y), sides(instr), False)
        return cls((y, x), sides(instr).turned, True) if instr.attrs["bit"] else cls((x, y), sides(instr), True)

    @property
    def sent(self) -> tuple[ValueType, ValueType]:
        """How the masked factors travel."""
        x, y = self.types
        return (ValueType("planes", 1, x.shape) if self.injected else x), y


def messages(instr: Instr, args: Sequence[ValueType], parties: int) -> tuple[Message, ...]:
    """What is sent for a product for which something is needed."""
    factors = Factors.of(instr, args)
    left, right = factors.who.holders(parties)
    there, back = map(nbytes, factors.sent)
    rows = [row for p in left for q in right for row in (Message(p, q, there), Message(q, p, back))]
    return tuple(row for row in rows if row.nbytes)


class OneSided:
    """Party `me`'s side of such products."""

    def __init__(self, me: int, parties: int, material: Material) -> None:
        self._me = me
        self._parties = parties
        self._material = material

    def mask(self, instr: Instr, args: Sequence[Words], args_t: Sequence[ValueType], to: ValueType,
             out: Outgoing) -> Waiting:
        """Sends what the others need of this party's factor, masked."""
        factors = Factors.of(instr, args_t)
        x, y = (args[1], args[0]) if instr.attrs.get("bit") else args
        left, right = factors.who.holders(self._parties)
        there, back = factors.sent
        if factors.injected:
            triple = draw_injections(self._material, instr, args_t)
        else:
            triple = draw(self._material, instr, args_t, to)
        sent = None
        if self._me in left:
            sent = np.asarray(_low(x, factors.types[0]) ^ triple[0]) if factors.injected else None
            self._send(_packed(sent) if sent is not None else _less(x, triple[0], there), there, right, out)
        elif self._me in right:
            self._send(_less(y, triple[1], back), back, left, out)
        return Waiting((x, y), triple, sent)

    def _send(self, masked: Words, of: ValueType, receivers: Sequence[int], out: Outgoing) -> None:
        for peer in receivers:
            write(masked, of, out.to(peer))

    def finish(self, instr: Instr, args_t: Sequence[ValueType], to: ValueType, waiting: Waiting,
               incoming: Incoming) -> Words:
        """This party's share of the product. Raises PeerError for a malformed message."""
        factors = Factors.of(instr, args_t)
        left, right = factors.who.holders(self._parties)
        if self._me in left:
            came = total(incoming, right, factors.sent[1])
            return self._of_left(instr, factors, to, waiting, came)
        if self._me in right:
            if factors.injected:
                return _flipped(instr, to, waiting, _bits(incoming, left[0], factors.sent[0]))
            came = total(incoming, left, factors.sent[0])
            return self._of_right(instr, factors, to, waiting, came)
        return zero(to)

    def _of_left(self, instr: Instr, factors: Factors, to: ValueType, waiting: Waiting, came: Words) -> Words:
        (x, y), (a, _, c) = waiting.operands, waiting.triple
        if waiting.sent is not None:
            r = ring(to.width)
            share = _signed(r, r.add(c, came & -a), waiting.sent)
            if self._me == factors.who.left and factors.who.right < 0:
                share = r.add(share, r.mul(x, y))
            return _summed(instr, share, to)
        share = _plus(_summed(instr, c, to), times(instr, a, came, to), to)
        if factors.who.right >= 0:
            return share
        return _plus(share, times(instr, x, y, to), to)

    def _of_right(self, instr: Instr, factors: Factors, to: ValueType, waiting: Waiting, came: Words) -> Words:
        (x, y), (_, _, c) = waiting.operands, waiting.triple
        if factors.who.left < 0:
            came = _plus(came, x, factors.types[0])
        return _plus(_summed(instr, c, to), times(instr, came, y, to), to)


def _flipped(instr: Instr, to: ValueType, waiting: Waiting, d: Words) -> Words:
    """d y + (1 - 2d) c."""
    r = ring(to.width)
    (_, y), (_, _, c) = waiting.operands, waiting.triple
    return _summed(instr, r.add(_signed(r, c, d), y & -d), to)


def times(instr: Instr, x: Words, y: Words, to: ValueType) -> Words:
    """The product of plain factors, as the instruction says."""
    if instr.op == "and":
        return np.asarray(x & y)
    r = ring(to.width)
    if instr.op == "dot":
        return r.dot(x, y, instr.attrs["axis"])
    return r.mul(x, y) if instr.op == "mul" else r.matmul(x, y)


def _summed(instr: Instr, products: Words, to: ValueType) -> Words:
    """What `dot` adds up along its axis."""
    return ring(to.width).sum(products, (instr.attrs["axis"],)) if instr.op == "dot" else products


def _signed(r: Ring, share: Words, d: Words) -> Words:
    """(1 - 2d) times the share, for bits d."""
    chosen = share & -d
    return r.sub(r.sub(share, chosen), chosen)


def _plus(a: Words, b: Words, of: ValueType) -> Words:
    return np.asarray(a ^ b) if of.kind == "planes" else ring(of.width).add(a, b)


def _less(a: Words, b: Words, of: ValueType) -> Words:
    return np.asarray(a ^ b) if of.kind == "planes" else ring(of.width).sub(a, b)


def _low(x: Words, of: ValueType) -> Words:
    """The low words of ring elements that are 0 or 1."""
    return x[0, ...] if ring(of.width).lead else x


def _packed(flags: Words) -> Words:
    return bits.pack(flags.astype(np.uint8).reshape(1, -1))


def _bits(incoming: Incoming, peer: int, of: ValueType) -> Words:
    """The bits of a peer as 0 and 1."""
    planes = read(incoming.of(peer), of, peer)
    return bits.unpack(planes, of.size).astype(np.uint64).reshape(of.shape)
