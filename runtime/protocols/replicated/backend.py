"""One party's side of the replicated protocol: shares are (x_i, x_{i+1})."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import bits
from ...errors import PeerError
from ...prg import Stream
from ...program import Instr, ValueType
from ...ring import ring
from .. import inputs, movable
from ..base import Incoming, Outgoing, Share
from ..linear import LinearBackend
from ..shapes import zero
from ..takes import take
from .kernels import Masks, Pair, conjoin, dot, multiply, product
from .orders import Order, Passes

Words = NDArray[np.uint64]

#: Products of these take ring elements; the sum of products is local, one element an output is sent.
_PRODUCTS = ("mul", "dot", "matmul", "and")


class ReplicatedBackend(LinearBackend):
    """`right` is party me+1, `left` is party me-1. See `protocol.Replicated` for the model."""

    components = 2

    def __init__(self, me: int, keys: Mapping[int, bytes], owners: Mapping[str, int]) -> None:
        self._me = me
        self._right = (me + 1) % 3
        self._left = (me + 2) % 3
        self._owners = owners
        self._masks = Masks(Stream(keys[self._right], b"replicated"), Stream(keys[self._left], b"replicated"))
        self._passes = Passes(me, self._masks)

    def slot(self, attrs: Mapping[str, Any]) -> int | None:
        """Public constants count in x_0, which party 0 holds first and party 2 second."""
        return (0, None, 1)[self._me]

    def position(self) -> dict[str, int]:
        return {"right": self._masks.right.position, "left": self._masks.left.position}

    def draw_order(self, n: int) -> Order:
        return self._passes.draw(n)

    # -- before the exchange --------------------------------------------------------------------------------

    def prepare(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
                outs_t: Sequence[ValueType], given: Mapping[str, Any], out: Outgoing) -> Any:
        """Local work up to sending; gives `finish` this party's own component, or a whole share."""
        to = outs_t[0]
        if instr.op in _PRODUCTS:
            return self._product(instr, args, to, out)
        if instr.op == "input":
            name = instr.attrs["name"]
            return self._enter(self._owners[name], lambda: inputs.plain(given, name, args, to), to, out)
        if instr.op == "permute":
            return self._passes.send(instr, args, to, out)
        x, of = args[0], args_t[0]
        if instr.op == "reveal":
            return self._show(instr, x, of, out)
        if instr.op == "open_masked":
            movable.place(of, out.to(self._right))[...] = x[0]
            return None
        if instr.attrs["index"] == 0:
            return self._enter(0, lambda: take(instr.attrs, _sum(x, of), of, to), to, out)
        return self._second_part(instr, x, of, to)

    def _product(self, instr: Instr, args: Sequence[Share], to: ValueType, out: Outgoing) -> Words:
        """z_i, in the message to the left neighbour."""
        x, y = args
        buffer = out.to(self._left)
        if to.kind == "planes":
            return self._conjoin(x, y, to, buffer, out)
        r = ring(to.width)
        z = r.view(buffer, (to.size,))
        if instr.op == "mul":
            # Only at 64 bits does the message fill in order: at 128 all low words come first.
            unit = r.nbytes if r.width == 64 else 0
            multiply(r, x, y, self._masks, z, lambda n: out.ready(self._left, n * unit))
        elif instr.op == "dot":
            dot(r, x, y, instr.attrs["axis"], self._masks, z)
        else:
            product(r, self._me, x, y, self._masks, z)
        return r.reshape(z, to.shape)

    def _conjoin(self, x: Pair, y: Pair, to: ValueType, buffer: NDArray[np.uint8], out: Outgoing) -> Words:
        n = to.size
        z = bits.wire_view(buffer, to.width, n)
        if z is not None:
            conjoin(x, y, n, self._masks, z, lambda words: out.ready(self._left, 8 * words))
            return z
        z = np.empty((to.width, bits.word_count(n)), np.uint64)
        conjoin(x, y, n, self._masks, z, lambda words: None)
        bits.to_wire(z, n, buffer)
        return z

    def _enter(self, owner: int, value: Callable[[], Words], to: ValueType, out: Outgoing) -> Share | None:
        """What `owner` knows becomes shared: (x_j from the key of j and j-1, x - x_j sent to j+1, 0).

        Returns the share, or None for party j+1, which has to wait for its component.
        """
        if self._me == (owner + 1) % 3:
            return None
        if self._me != owner:
            return zero(to), self._draw(self._masks.right, to)
        plain = value()
        drawn = self._draw(self._masks.left, to)
        buffer = out.to(self._right)
        if to.kind == "arith":
            r = ring(to.width)
            return drawn, r.sub(plain, drawn, out=r.view(buffer, to.shape))
        own = plain ^ drawn
        bits.to_wire(own, to.size, buffer)
        return drawn, own

    def _draw(self, stream: Stream, of: ValueType) -> Words:
        words = stream.words(of.words)
        if of.kind == "arith":
            return ring(of.width).from_stream(words, of.shape)
        return bits.trim(words.reshape(of.width, bits.word_count(of.size)), of.size)

    def _second_part(self, instr: Instr, x: Pair, of: ValueType, to: ValueType) -> Share:
        """x_2 is known to the two parties that hold it: (0, 0, take(x_2)) costs nothing."""
        mine = (None, 1, 0)[self._me]
        return tuple(take(instr.attrs, x[c], of, to) if c == mine else zero(to) for c in range(2))

    def _show(self, instr: Instr, x: Pair, of: ValueType, out: Outgoing) -> None:
        """A learner i lacks x_{i-1}, the first component of its left neighbour."""
        if self._right not in instr.attrs["to"]:
            return
        buffer = out.to(self._right)
        if of.kind == "planes":
            bits.to_wire(x[0], of.size, buffer)
        else:
            ring(of.width).view(buffer, of.shape)[...] = x[0]

    # -- after it -------------------------------------------------------------------------------------------

    def finish(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
               outs_t: Sequence[ValueType], state: Any, incoming: Incoming) -> tuple[Share, ...]:
        """The results: own and received components; of a reveal the plain value, or None."""
        to = outs_t[0]
        if instr.op in _PRODUCTS:
            return ((state, self._received(incoming, self._right, to)),)
        if instr.op == "reveal":
            return (self._learn(instr, args[0], args_t[0], to, incoming),)
        if instr.op == "permute":
            return (self._passes.receive(instr, to, state, incoming),)
        if instr.op == "open_masked":
            return (self._opened(args[0], args_t[0], incoming),)
        if state is None:
            return ((self._received(incoming, self._left, to), zero(to)),)
        return (state,)

    def _learn(self, instr: Instr, x: Pair, of: ValueType, to: ValueType, incoming: Incoming) -> Words | None:
        if self._me not in instr.attrs["to"]:
            return None
        missing = self._received(incoming, self._left, of)
        whole = _sum((_sum(x, of), missing), of)
        if of.kind == "arith":
            return whole
        r = ring(to.width)
        return (r.from_signed_planes if instr.attrs.get("signed") else r.from_planes)(whole, to.shape)

    def _opened(self, x: Pair, of: ValueType, incoming: Incoming) -> Words:
        """What everybody learns: the piece that this party lacks comes from the left."""
        missing = movable.received(of, incoming.of(self._left), self._left)
        whole = movable.add(of, movable.add(of, x[0], x[1]), missing, out=missing)
        return movable.numbers(of, whole)

    def _received(self, incoming: Incoming, peer: int, of: ValueType) -> Words:
        """A component as it came. Raises PeerError when it is malformed."""
        buffer = incoming.of(peer)
        if of.kind == "arith":
            return ring(of.width).view(buffer, of.shape)
        try:
            return bits.from_wire(buffer, of.width, of.size)
        except ValueError as error:
            raise PeerError(f"computing party {peer} sent {error}") from error


def _sum(x: Pair, of: ValueType) -> Words:
    return x[0] ^ x[1] if of.kind == "planes" else ring(of.width).add(x[0], x[1])
