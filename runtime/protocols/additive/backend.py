"""One party's side of the additive protocol: a share is one component, x_i."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import orders
from ...preprocess.material import Material, Triple
from ...prg import Stream
from ...program import Instr, ValueType
from ...ring import ring
from .. import inputs, movable
from ..base import Incoming, Outgoing, Share
from ..linear import LinearBackend
from ..shapes import zero
from ..takes import take
from . import narrow
from .one_sided import OneSided, Waiting, times
from .orders import Passes
from .triples import draw, need, sides
from .wire import nbytes, read, write
from .zeros import Zeros

Words = NDArray[np.uint64]


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
        self._one_sided = OneSided(me, len(keys) + 1, material)
        self._narrow = narrow.NarrowProducts(me, len(keys) + 1, material)
        self._own = Stream(os.urandom(32), b"orders")
        self._passes = Passes(me, self._peers, material)

    def slot(self, attrs: Mapping[str, Any]) -> int | None:
        """In whose share a public constant counts: of what one party knows it is that party's, otherwise party 0's."""
        return 0 if self._me == attrs.get("at", 0) else None

    def position(self) -> dict[str, int]:
        return {**self._zeros.position(), **self._material.taken()}

    def draw_order(self, n: int) -> Share:
        """This party's own random order; that of all is theirs in sequence."""
        return (orders.draw(self._own, n),)

    # -- before the exchange --------------------------------------------------------------------------------

    def prepare(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
                outs_t: Sequence[ValueType], given: Mapping[str, Any], out: Outgoing) -> Any:
        """Local work up to sending; gives `finish` what it needs of it."""
        to = outs_t[0]
        if instr.op == "input":
            name = instr.attrs["name"]
            return inputs.plain(given, name, args, to) if self._owners[name] == self._me else zero(to)
        if instr.op == "part":
            mine = instr.attrs["index"] == self._me
            return take(instr.attrs, args[0][0], args_t[0], to) if mine else zero(to)
        if instr.op == "reveal":
            return self._show(instr.attrs["to"], args[0][0], args_t[0], out)
        if instr.op == "permute":
            return self._passes.send(instr, args, to, out)
        if instr.op == "open_masked":
            return self._show([*self._peers, self._me], args[0][0], args_t[0], out)
        return self._multiply(instr, args, args_t, to, out)

    def _multiply(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType], to: ValueType,
                  out: Outgoing) -> _Product | Waiting | narrow.Waiting | Words:
        """What goes out for a product; the product itself where one party has both factors, or there is none."""
        who, factors = sides(instr), [share for (share,) in args]
        if need(instr, args_t) is None:
            return times(instr, factors[0], factors[1], to) if who.own and who.left == self._me else zero(to)
        if "narrow" in instr.attrs:
            return self._narrow.mask(instr, factors, args_t, out)
        if who.left < 0 and who.right < 0:
            return self._mask(instr, args, args_t, to, out)
        return self._one_sided.mask(instr, factors, args_t, to, out)

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
                write(share, of, out.to(peer)[start:start + nbytes(of)])
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
                write(share, of, out.to(peer))
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
        if instr.op == "permute":
            return (self._passes.receive(instr, to, state, incoming),)
        if instr.op == "open_masked":
            return (movable.numbers(args_t[0], self._open(state, args_t[0], incoming)),)
        if isinstance(state, narrow.Waiting):
            return ((self._narrow.finish(instr, args_t, to, state, incoming),),)
        if isinstance(state, Waiting):
            return ((self._one_sided.finish(instr, args_t, to, state, incoming),),)
        if not isinstance(state, _Product):
            return ((state,),)
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
            came = read(incoming.of(peer)[start:start + nbytes(of)], of, peer)
            if of.kind == "arith":
                ring(of.width).add(total, came, out=total)
            else:
                total ^= came
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
