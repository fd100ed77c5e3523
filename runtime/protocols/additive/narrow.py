"""Products with a factor that one party knows and that has few bits: its mask has as many, and so many transfers.

Party p knows x = low + x', 0 <= x' < 2^w, and holds a below 2^w and a bit e; of y, and of b, the others hold all or
their shares; shared are ab and 2^w eb. Party p sends d = x' - a mod 2^w and f = e xor [x' < a], where the bit says that
a + d has wrapped around: x' = a + d - 2^w (e xor f). Each q sends y_q - b_q to p. With D = low + d - 2^w f, which all
can compute, x - D = a - (1 - 2f) 2^w e, so that

    x y = D y + (x - D)(y - b) + ab - (1 - 2f) 2^w eb.

The sum of a dot product or of a matrix product is over the last term too: it stands for every pair of factors. All
that is sent is uniform: d is masked by a, f by e, and neither is used twice.

Attribute `narrow` of an instruction: which operand x is, w, and low.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...preprocess.kinds import Narrow, Need, holds_right
from ...preprocess.material import Material, Triple
from ...program import Instr, ValueType
from ...ring import Ring, ring
from ..base import Incoming, Message, Outgoing
from ..shapes import zero
from .wire import nbytes, read, total, write

Words = NDArray[np.uint64]


class _Product(NamedTuple):
    """An instruction with x on the left: a product of matrices with x on the right is turned around."""

    op: str
    axis: int
    x: ValueType
    y: ValueType
    turned: bool
    bits: int
    low: int
    left: int
    right: int

    @classmethod
    def of(cls, instr: Instr, args: Sequence[ValueType]) -> _Product:
        place, width, low = instr.attrs["narrow"]
        known, types = instr.attrs["known"], list(args)
        turned = instr.op == "matmul" and place == 1
        if turned:
            types = [ValueType("arith", of.width, (*of.shape[:-2], *of.shape[:-3:-1])) for of in types]
        return cls(instr.op, instr.attrs.get("axis", 0), types[place], types[1 - place], turned, width, low,
                   known[place], known[1 - place])

    @property
    def need(self) -> Need:
        """What it consumes; the count may be 0."""
        if self.op == "matmul":
            *lead, rows, inner = self.x.shape
            columns = self.y.shape[-1]
            kind = Narrow(self.x.width, self.bits, rows, inner, columns, self.left, self.right)
            return Need(kind, prod(lead) if rows * inner * columns else 0)
        return Need(Narrow(self.x.width, self.bits, 1, 1, 1, self.left, self.right), self.x.size)

    @property
    def sent(self) -> ValueType:
        """How d and f travel: as planes, f above d."""
        return ValueType("planes", self.bits + 1, self.x.shape)

    def holders(self, parties: int) -> list[int]:
        """Who has something of y that party p has not."""
        return [party for party in range(parties) if holds_right(self.need.kind, party)]

    def placed(self, r: Ring, share: Words) -> Words:
        """An operand as it stands here, or a result as the instruction has it."""
        if not self.turned:
            return share
        axes = len(r.shape(share))
        return r.transpose(share, (*range(axes - 2), axes - 1, axes - 2))

    def times(self, r: Ring, x: Words, y: Words) -> Words:
        """The product of plain factors."""
        if self.op == "matmul":
            return r.matmul(x, y)
        return r.dot(x, y, self.axis) if self.op == "dot" else r.mul(x, y)


class Waiting(NamedTuple):
    """A product between sending and receiving: the own shares of x and y, the triple, and what was sent as words."""

    x: Words
    y: Words
    triple: Triple
    sent: Words | None


def need(instr: Instr, args: Sequence[ValueType]) -> Need:
    """What such an instruction consumes; the count may be 0."""
    return _Product.of(instr, args).need


def messages(instr: Instr, args: Sequence[ValueType], parties: int) -> tuple[Message, ...]:
    """What is sent for one for which something is needed."""
    product = _Product.of(instr, args)
    there, back = nbytes(product.sent), nbytes(product.y)
    return tuple(row for q in product.holders(parties)
                 for row in (Message(product.left, q, there), Message(q, product.left, back)))


class NarrowProducts:
    """Party `me`'s side of such products."""

    def __init__(self, me: int, parties: int, material: Material) -> None:
        self._me = me
        self._parties = parties
        self._material = material

    def mask(self, instr: Instr, args: Sequence[Words], args_t: Sequence[ValueType], out: Outgoing) -> Waiting:
        """Sends what the others need of this party's factor, masked."""
        product = _Product.of(instr, args_t)
        r, place = ring(product.x.width), instr.attrs["narrow"][0]
        x, y = (product.placed(r, args[k]) for k in (place, 1 - place))
        wanted = product.need
        assert isinstance(wanted.kind, Narrow)
        a, b, c = self._material.narrow(wanted.kind, wanted.count)
        triple = a.reshape(product.x.shape), r.reshape(b, product.y.shape), c
        if self._me == product.left:
            sent = _masked(product, x, triple[0])
            planes = bits.to_planes(sent.reshape(-1), 0, product.bits + 1)
            for peer in product.holders(self._parties):
                write(planes, product.sent, out.to(peer))
            return Waiting(x, y, triple, sent)
        if self._me in product.holders(self._parties):
            write(r.sub(y, triple[1]), product.y, out.to(product.left))
        return Waiting(x, y, triple, None)

    def finish(self, instr: Instr, args_t: Sequence[ValueType], to: ValueType, waiting: Waiting,
               incoming: Incoming) -> Words:
        """This party's share of the product. Raises PeerError for a malformed message."""
        product, r = _Product.of(instr, args_t), ring(to.width)
        holders = product.holders(self._parties)
        if waiting.sent is not None:
            others = total(incoming, holders, product.y)
            public, flips = _public(product, r, waiting.sent)
            share = product.times(r, r.sub(waiting.x, public), others)
            if product.right < 0:
                share = r.add(share, product.times(r, waiting.x, waiting.y))
        elif self._me in holders:
            planes = read(incoming.of(product.left), product.sent, product.left)
            words = bits.from_planes(planes, product.x.size).reshape(product.x.shape)
            public, flips = _public(product, r, words)
            share = product.times(r, public, waiting.y)
        else:
            return zero(to)
        return product.placed(r, r.add(share, _corrections(product, r, waiting.triple[2], flips)))


def _masked(product: _Product, x: Words, a: Words) -> Words:
    """d, and f above it."""
    places, low = np.uint64(product.bits), np.uint64((1 << product.bits) - 1)
    x = ring(product.x.width).resize(x, ring(64)) - np.uint64(product.low % (1 << 64))
    wrapped = (x < (a & low)).astype(np.uint64) ^ (a >> places)
    return np.asarray(((x - a) & low) | (wrapped << places))


def _public(product: _Product, r: Ring, sent: Words) -> tuple[Words, Words]:
    """D in the ring, and f as 0 and 1."""
    places, words = np.uint64(product.bits), ring(64)
    flips = sent >> places
    low = r.scalar(r.constant(product.low, ()), sent.ndim)
    masked = words.resize(sent & np.uint64((1 << product.bits) - 1), r)
    return r.sub(r.add(masked, low), words.resize(flips << places, r)), flips


def _corrections(product: _Product, r: Ring, c: Words, flips: Words) -> Words:
    """The share of ab - (1 - 2f) 2^w eb, summed as the instruction says."""
    inner = product.x.shape[-1] if product.op == "matmul" else 1
    rows = product.x.size // inner
    shape = (rows, 1 + inner, c.shape[-1])
    c = r.reshape(c, shape)
    made = r.reshape(r.slice(c, [slice(None), slice(0, 1)]), (rows, shape[2]))
    below = r.slice(c, [slice(None), slice(1, None)])
    chosen = below & -flips.reshape(rows, inner, 1)
    made = r.sub(r.add(made, r.sum(r.add(chosen, chosen), (1,))), r.sum(below, (1,)))
    if product.op == "matmul":
        return r.reshape(made, (*product.x.shape[:-1], shape[2]))
    made = r.reshape(made, product.x.shape)
    return r.sum(made, (product.axis,)) if product.op == "dot" else made
