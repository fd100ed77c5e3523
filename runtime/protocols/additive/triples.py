"""From the operands of a product to the triple that it consumes: which kind, how many, in what shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...preprocess.kinds import Conjunctions, Need, Products
from ...preprocess.material import Material, Triple
from ...program import Instr, ValueType
from ...ring import Ring, ring

Words = NDArray[np.uint64]


def need(instr: Instr, args: Sequence[ValueType]) -> Need | None:
    """What an instruction consumes; None where nothing is multiplied."""
    if instr.op not in ("mul", "dot", "matmul", "and"):
        return None
    x, y = args
    if instr.op == "and":
        found = _conjunctions(x, y)
    elif instr.op == "matmul":
        *lead, rows, inner = x.shape
        columns = y.shape[-1]
        kind = Products(x.width, min(rows, columns), inner, max(rows, columns))
        found = Need(kind, prod(lead) if rows * inner * columns else 0)
    else:
        found = Need(Products(x.width), x.size)
    return found if found.count else None


def _conjunctions(x: ValueType, y: ValueType) -> Need:
    """One plane against many shares the transfers of the one; otherwise bit by bit."""
    most = max(x.width, y.width)
    if x.width == y.width:
        bit_count = x.size * most
        return Need(Conjunctions(), bits.word_count(bit_count) if x.size < 64 else most * bits.word_count(x.size))
    return Need(Conjunctions(most), bits.word_count(x.size) if min(x.width, y.width) else 0)


def draw(material: Material, instr: Instr, args: Sequence[ValueType], to: ValueType) -> Triple:
    """The triple (a, b, c): a and b held as the operands are, c as the product of each pair of them.

    For `dot` that is the elementwise product, otherwise the result.
    """
    found = need(instr, args)
    assert found is not None
    x, y = args
    if isinstance(found.kind, Conjunctions):
        return _planes(material.conjunctions(found.kind, found.count), x, y, to)
    a, b, c = material.products(found.kind, found.count)
    r = ring(x.width)
    if instr.op != "matmul":
        return r.reshape(a, x.shape), r.reshape(b, y.shape), r.reshape(c, x.shape)
    if x.shape[-2] > y.shape[-1]:
        a, b, c = _turned(r, b), _turned(r, a), _turned(r, c)
    return r.reshape(a, x.shape), r.reshape(b, y.shape), r.reshape(c, to.shape)


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
