"""All parties at once: a share is the tuple of all its pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import bits, orders
from ...prg import Stream
from ...program import Instr, ValueType
from ...ring import ring
from .. import inputs, movable
from ..base import Incoming, Outgoing, Share
from ..linear import Components, LinearBackend
from ..takes import take

Words = NDArray[np.uint64]


class ReferenceBackend(LinearBackend):
    """Puts the pieces together, computes, and splits the result anew."""

    def __init__(self, key: bytes, parts: int) -> None:
        self.components = parts
        self._stream = Stream(key, b"reference")

    def slot(self, attrs: Mapping[str, Any]) -> int | None:
        return 0

    def position(self) -> dict[str, int]:
        return {"split": self._stream.position}

    def draw_order(self, n: int) -> Share:
        """The whole order, for pass 0; of a circuit made for other protocols further passes change nothing."""
        return (orders.draw(self._stream, n),)

    def prepare(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
                outs_t: Sequence[ValueType], given: Mapping[str, Any], out: Outgoing) -> Any:
        """The plain result; for a reveal it is the result."""
        to = outs_t[0]
        if instr.op == "input":
            return inputs.plain(given, instr.attrs["name"], args, to)
        if instr.op == "permute":
            return self._moved(instr, args[0], args[1], to)
        if instr.op == "part":
            return take(instr.attrs, args[0][instr.attrs["index"]], args_t[0], to)
        whole = [_join(a, t) for a, t in zip(args, args_t, strict=True)]
        if instr.op == "reveal":
            return _opened(whole[0], args_t[0], to, bool(instr.attrs.get("signed")))
        if instr.op == "open_masked":
            return movable.numbers(args_t[0], whole[0])
        if instr.op == "and":
            return whole[0] & whole[1]
        r = ring(to.width)
        if instr.op == "mul":
            return r.mul(*whole)
        return r.dot(whole[0], whole[1], instr.attrs["axis"]) if instr.op == "dot" else r.matmul(*whole)

    def finish(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
               outs_t: Sequence[ValueType], state: Any, incoming: Incoming) -> tuple[Share, ...]:
        return (state if instr.op in ("reveal", "open_masked") else self._split(state, outs_t[0]),)

    def _moved(self, instr: Instr, order: Share, x: Components, of: ValueType) -> Words:
        if instr.attrs["index"]:
            return _join(x, of)
        move = orders.scatter if instr.attrs["inverse"] else orders.gather
        return move(_join(x, of), order[0], of)

    def _split(self, plain: Words, of: ValueType) -> Components:
        """Uniform pieces that add up to the value."""
        pieces = []
        for _ in range(self.components - 1):
            if of.kind == "planes":
                piece = bits.trim(self._stream.words(of.words).reshape(plain.shape), of.size)
                plain = plain ^ piece
            else:
                piece = movable.draw(of, self._stream)
                plain = movable.sub(of, plain, piece)
            pieces.append(piece)
        return (*pieces, plain)


def _join(share: Components, of: ValueType) -> Words:
    whole = share[0]
    for piece in share[1:]:
        whole = whole ^ piece if of.kind == "planes" else movable.add(of, whole, piece)
    return whole


def _opened(whole: Words, of: ValueType, to: ValueType, signed: bool) -> Words:
    if of.kind == "arith":
        return whole
    r = ring(to.width)
    return (r.from_signed_planes if signed else r.from_planes)(whole, to.shape)
