"""Secret orders of rows: three random ones in sequence, each known to two parties alone.

Order k is drawn by parties k and k+1 from the stream that they share, so that party k+2 cannot tell it from any
other; all three in sequence nobody knows. Pass k moves rows along order k: party k takes x_k + x_{k+1} and party
k+1 takes x_{k+2}, which together are x; both move their rows and share them anew as

    y_k     drawn from the stream of parties k and k+2
    y_{k+2} drawn from the stream of parties k+1 and k+2
    y_{k+1} = (x_k + x_{k+1} moved, less y_k) + (x_{k+2} moved, less y_{k+2})

of which each of the two sends its half to the other. What comes is masked by a piece that the receiver has no key
of; party k+2 gets nothing. One round and two elements a row for each pass.

Sources: S. Laur, J. Willemson, B. Zhang, Round-efficient oblivious database manipulation, ISC 2011 (eprint 2011/429);
G. Asharov et al., Efficient secure three-party sorting with applications to data analysis and heavy hitters, CCS
2022 (eprint 2022/1595).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ... import orders
from ...orders import Places
from ...program import Instr, ValueType
from .. import movable
from ..base import Incoming, Outgoing, Share
from .kernels import Masks

Array = movable.Array


class Order(NamedTuple):
    """What a party knows of a secret order: the random one shared with the right neighbour, and with the left."""

    right: Places
    left: Places


class _Sent(NamedTuple):
    """A pass between sending and receiving: the half that was sent, and the piece drawn."""

    half: Array
    drawn: Array


class Passes:
    """One party's side. `masks` are its streams with both neighbours."""

    def __init__(self, me: int, masks: Masks) -> None:
        self._me = me
        self._right = (me + 1) % 3
        self._left = (me + 2) % 3
        self._masks = masks

    def draw(self, n: int) -> Order:
        """A fresh secret order of n rows."""
        return Order(orders.draw(self._masks.right, n), orders.draw(self._masks.left, n))

    def send(self, instr: Instr, args: Sequence[Share], of: ValueType, out: Outgoing) -> Any:
        """Local work up to sending: the share for the party that gets nothing, `_Sent` for the two others."""
        order, x = args
        right, left = self._masks.right, self._masks.left
        if instr.attrs["index"] == self._left:
            return self._offer(_moved(instr, order.left, x[1], of), movable.draw(of, right), of, self._left, out)
        if instr.attrs["index"] == self._me:
            both = _moved(instr, order.right, movable.add(of, x[0], x[1]), of)
            return self._offer(both, movable.draw(of, left), of, self._right, out)
        return movable.draw(of, left), movable.draw(of, right)

    def _offer(self, moved: Array, drawn: Array, of: ValueType, peer: int, out: Outgoing) -> _Sent:
        half = movable.place(of, out.to(peer))
        return _Sent(movable.sub(of, moved, drawn, out=half), drawn)

    def receive(self, instr: Instr, of: ValueType, state: Any, incoming: Incoming) -> Share:
        """This party's share of the moved rows. Raises PeerError for a malformed message."""
        if not isinstance(state, _Sent):
            return state
        first = instr.attrs["index"] == self._me
        peer = self._right if first else self._left
        other = movable.received(of, incoming.of(peer), peer)
        both = movable.add(of, state.half, other, out=other)
        return (state.drawn, both) if first else (both, state.drawn)


def links(index: int) -> list[tuple[int, int]]:
    """Who sends to whom in a pass."""
    other = (index + 1) % 3
    return [(index, other), (other, index)]


def _moved(instr: Instr, order: Places, array: Array, of: ValueType) -> Array:
    """Along a random order, or back."""
    move = orders.scatter if instr.attrs["inverse"] else orders.gather
    return move(array, order, of)
