"""From the operands of a product to the triple that it consumes: which kind, how many, in what shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...preprocess.injections import unpacked
from ...preprocess.kinds import SHARED, Conjunctions, Injections, Need, Products, holds
from ...preprocess.material import Material, Triple
from ...program import Instr, ValueType
from ...ring import Ring, ring
from . import narrow

Words = NDArray[np.uint64]

PRODUCTS = ("mul", "dot", "matmul", "and")


class Sides(NamedTuple):
    """Who knows the operands of a product in the clear: a party each, or SHARED."""

    left: int
    right: int

    @property
    def own(self) -> bool:
        """Whether one party knows both: it multiplies alone."""
        return self.left == self.right != SHARED

    @property
    def turned(self) -> Sides:
        """Left and right exchanged."""
        return Sides(self.right, self.left)

    def holders(self, parties: int) -> tuple[list[int], list[int]]:
        """Who has something of the left operand that meets something of the right one at another party, and who
        has that; of a factor that another party knows the rest is zero."""
        everybody = range(parties)
        return ([party for party in everybody if holds(self.left, self.right, party)],
                [party for party in everybody if holds(self.right, self.left, party)])


def sides(instr: Instr) -> Sides:
    """What the compiler found (`known`)."""
    return Sides(*instr.attrs.get("known", (SHARED, SHARED)))


def need(instr: Instr, args: Sequence[ValueType]) -> Need | None:
    """What an instruction consumes; None where the parties multiply nothing together."""
    who = sides(instr)
    if instr.op not in PRODUCTS or who.own:
        return None
    x, y = args
    if "narrow" in instr.attrs:
        found = narrow.need(instr, args)
    elif instr.op == "and":
        found = _conjunctions(x, y, who)
    elif instr.op == "matmul":
        *lead, rows, inner = x.shape
        columns = y.shape[-1]
        who = who.turned if rows > columns else who
        kind = Products(x.width, min(rows, columns), inner, max(rows, columns), *who)
        found = Need(kind, prod(lead) if rows * inner * columns else 0)
    elif "bit" in instr.attrs:
        found = Need(Injections(x.width, *(who.turned if instr.attrs["bit"] else who)), bits.word_count(x.size))
    else:
        found = Need(Products(x.width, 1, 1, 1, *who), x.size)
    return found if found.count else None


def _conjunctions(x: ValueType, y: ValueType, who: Sides) -> Need:
    """One plane against many shares the transfers of the one; otherwise bit by bit."""
    most = max(x.width, y.width)
    if x.width == y.width:
        bit_count = x.size * most
        kind = Conjunctions(1, *who)
        return Need(kind, bits.word_count(bit_count) if x.size < 64 else most * bits.word_count(x.size))
    kind = Conjunctions(most, *(who if x.width == 1 else who.turned))
    return Need(kind, bits.word_count(x.size) if min(x.width, y.width) else 0)


def draw(material: Material, instr: Instr, args: Sequence[ValueType], to: ValueType) -> Triple:
    """The triple (a, b, c): a and b held as the operands are, c as the product of each pair of them.

    For `dot` that is the elementwise product, otherwise the result.
    """
    found = need(instr, args)
    assert found is not None
    x, y = args
    if isinstance(found.kind, Conjunctions):
        return _planes(material.conjunctions(found.kind, found.count), x, y, to)
    r = ring(x.width)
    assert isinstance(found.kind, Products)
    a, b, c = material.products(found.kind, found.count)
    if instr.op != "matmul":
        return r.reshape(a, x.shape), r.reshape(b, y.shape), r.reshape(c, x.shape)
    if x.shape[-2] > y.shape[-1]:
        a, b, c = _turned(r, b), _turned(r, a), _turned(r, c)
    return r.reshape(a, x.shape), r.reshape(b, y.shape), r.reshape(c, to.shape)


def draw_injections(material: Material, instr: Instr, args: Sequence[ValueType]) -> Triple:
    """(a, b, c) for a product with a bit: a as 0 and 1, uint64 of the operands' shape; b and c ring elements."""
    found = need(instr, args)
    assert found is not None
    assert isinstance(found.kind, Injections)
    a, b, c = material.injections(found.kind, found.count)
    shape, r, n = args[0].shape, ring(found.kind.width), args[0].size
    b, c = (r.reshape(r.slice(r.flat(words), [slice(n)]), shape) for words in (b, c))
    return unpacked(a).reshape(-1)[:n].reshape(shape), b, c


def _turned(r: Ring, matrices: Words) -> Words:
    return r.transpose(matrices, (0, 2, 1))


def _planes(triple: Triple, x: ValueType, y: ValueType, to: ValueType) -> Triple:
    """Packed bits as planes; where few bits are wanted of a word, they are used all the same."""
    n = to.size
    if x.width == y.width:
        a, b, c = (_spread(words.reshape(-1), to.width, n) for words in triple)
        return a, b, c
    one, many, both = triple
    planes = [bits.trim(words, n) for words in (one[None], many, both)]
    a, b = planes[:2] if x.width == 1 else planes[1::-1]
    return a, b, planes[2]


def _spread(words: Words, k: int, n: int) -> Words:
    """k planes of n bits from a row of packed ones."""
    if n >= 64:
        return bits.trim(words.reshape(k, -1), n)
    return bits.pack(np.unpackbits(words.view(np.uint8), count=k * n, bitorder="little").reshape(k, n))
