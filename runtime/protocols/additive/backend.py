"""One party's side of the additive protocol: a share is one component, x_i."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...errors import PeerError
from ...preprocess.material import Material, Triple
from ...program import Instr, ValueType
from ...ring import ring
from .. import inputs
from ..base import Incoming, Outgoing, Share
from ..linear import LinearBackend
from ..shapes import zero
from ..takes import take
from .triples import draw, need
from .zeros import Zeros

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]


class _Product(NamedTuple):
    """A product between sending and receiving: the masked operands as this party sent them, and the triple."""

    masked: tuple[Words, Words]
    triple: Triple


class AdditiveBackend(LinearBackend):
    """See `protocol.Additive` for the model. `material` is used up as the instructions come."""

    components = 1

    def __init__(self, me: int, keys: Mapping[int, bytes], owners: Mapping[str, int], material: Material) -> None:
        self._me = me
        self._peers = sorted(keys)
        self._owners = owners
        self._material = material
        self._zeros = Zeros(me, keys)

    @property
    def slot(self) -> int | None:
        """Public constants count in the share of party 0."""
        return 0 if self._me == 0 else None

    def position(self) -> dict[str, int]:
        return {**self._zeros.position(), **self._material.taken()}

    # -- before the exchange --------------------------------------------------------------------------------

    def prepare(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
                outs_t: Sequence[ValueType], given: Mapping[str, Any], out: Outgoing) -> Any:
        """Local work up to sending; gives `finish` what it needs of it."""
        to = outs_t[0]
        if instr.op == "input":
            name = instr.attrs["name"]
            return inputs.plain(given, name, to) if self._owners[name] == self._me else zero(to)
        if instr.op == "part":
            mine = instr.attrs["index"] == self._me
            return take(instr.attrs, args[0][0], args_t[0], to) if mine else zero(to)
        if instr.op == "reveal":
            return self._show(instr.attrs["to"], args[0][0], args_t[0], out)
        return self._mask(instr, args, args_t, to, out) if need(instr, args_t) is not None else None

    def _mask(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType], to: ValueType,
              out: Outgoing) -> _Product:
        """Sends the shares of x - a and y - b to every peer."""
        triple = draw(self._material, instr, args_t, to)
        masked = []
        start = 0
        for (x,), of, factor in zip(args, args_t, triple, strict=False):
            share = x ^ factor if of.kind == "planes" else ring(of.width).sub(x, factor)
            self._zeros.add(of, share)
            for peer in self._peers:
                _write(share, of, out.to(peer)[start:start + nbytes(of)])
            start += nbytes(of)
            masked.append(share)
        return _Product((masked[0], masked[1]), triple)

    def _show(self, to: Sequence[int], x: Words, of: ValueType, out: Outgoing) -> Words | None:
        """Sends this party's share, made fresh, to those who learn the value; None where nobody does."""
        if not to:
            return None
        share = np.array(x)
        self._zeros.add(of, share)
        for peer in self._peers:
            if peer in to:
                _write(share, of, out.to(peer))
        return share

    # -- after it -------------------------------------------------------------------------------------------

    def finish(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
               outs_t: Sequence[ValueType], state: Any, incoming: Incoming) -> tuple[Share, ...]:
        """The results: own shares; of a reveal the plain value, or None."""
        to = outs_t[0]
        if instr.op in ("input", "part"):
            return ((state,),)
        if instr.op == "reveal":
            return (self._learn(instr, state, args_t[0], to, incoming),)
        if state is None:
            return ((zero(to),),)
        opened = []
        start = 0
        for share, of in zip(state.masked, args_t, strict=True):
            opened.append(self._open(share, of, incoming, start))
            start += nbytes(of)
        if to.kind == "planes":
            return ((self._conjunction(opened[0], opened[1], state.triple),),)
        return ((self._product(instr, opened[0], opened[1], state.triple, to),),)

    def _open(self, share: Words, of: ValueType, incoming: Incoming, start: int = 0) -> Words:
        """The sum of all parties' shares. Raises PeerError for a malformed one."""
        total = np.array(share)
        for peer in self._peers:
            buffer = incoming.of(peer)[start:start + nbytes(of)]
            if of.kind == "arith":
                r = ring(of.width)
                r.add(total, r.view(buffer, of.shape), out=total)
                continue
            try:
                total ^= bits.from_wire(buffer, of.width, of.size)
            except ValueError as error:
                raise PeerError(f"computing party {peer} sent {error}") from error
        return total

    def _conjunction(self, d: Words, e: Words, triple: Triple) -> Words:
        """c + d b + a e, and d e at one party."""
        a, b, c = triple
        left = a ^ d if self._me == 0 else a
        return np.asarray(c ^ (d & b) ^ (left & e))

    def _product(self, instr: Instr, d: Words, e: Words, triple: Triple, to: ValueType) -> Words:
        a, b, c = triple
        r = ring(to.width)
        left = r.add(a, d) if self._me == 0 else a
        if instr.op == "matmul":
            return r.add(c, r.matmul_sum([(d, b), (left, e)]))
        if instr.op == "mul":
            return r.add(c, r.add(r.mul(d, b), r.mul(left, e)))
        axis = instr.attrs["axis"]
        return r.add(r.sum(c, (axis,)), r.add(r.dot(d, b, axis), r.dot(left, e, axis)))

    def _learn(self, instr: Instr, share: Words | None, of: ValueType, to: ValueType,
               incoming: Incoming) -> Words | None:
        if share is None or self._me not in instr.attrs["to"]:
            return None
        whole = self._open(share, of, incoming)
        if of.kind == "arith":
            return whole
        r = ring(to.width)
        return (r.from_signed_planes if instr.attrs.get("signed") else r.from_planes)(whole, to.shape)


def nbytes(of: ValueType) -> int:
    """Bytes of one share on the wire."""
    return bits.wire_bytes(of.width, of.size) if of.kind == "planes" else of.size * of.width // 8


def _write(share: Words, of: ValueType, buffer: Bytes) -> None:
    if of.kind == "planes":
        bits.to_wire(share, of.size, buffer)
    else:
        ring(of.width).view(buffer, of.shape)[...] = share
