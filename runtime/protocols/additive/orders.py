"""Secret orders of rows: one random one of each party, in sequence; all but one of them together do not know it.

In pass k party k moves the rows along its own. It has beforehand an order q, unlike any other, and the others have
masks a_j and b_j (see `preprocess.translations`). They send x_j - a_j to party k, which moves the sum along q and adds
what it has: then the others' rows are moved along q and shared anew, as b_j and what party k holds. At the same time
party k tells everybody in which order the rows after q are those after its own: q is used once, so that this is as
likely to be one order as any other. One round; a row from each party to party k, a number from it to each.

Source: M. Chase, E. Ghosh, O. Poburinnaya, Secret-shared shuffle, ASIACRYPT 2020 (eprint 2019/1340).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import orders, rows
from ...preprocess.kinds import Need, Translations
from ...preprocess.material import Material
from ...preprocess.translations import group
from ...program import Instr, ValueType
from ...ring import Ring
from .. import movable
from ..base import Incoming, Message, Outgoing, Share

Array = movable.Array
Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]


class _Leading(NamedTuple):
    """Party k between sending and receiving: its own rows moved, the order that it told, and its translation."""

    own: Array
    told: orders.Places
    taken: orders.Places
    sums: Words


class _Following(NamedTuple):
    """Another party: its masks after."""

    masks: Words


def kind(instr: Instr, of: ValueType) -> Translations:
    """What a pass consumes: one such translation."""
    n = of.shape[0]
    if of.kind == "rows":
        return Translations(n, -(-of.width // 64), 0, instr.attrs["index"])
    return Translations(n, of.size // max(n, 1), of.width, instr.attrs["index"])


def need(instr: Instr, of: ValueType) -> Need | None:
    """None where there is nothing to move."""
    return Need(kind(instr, of), 1) if of.size else None


def messages(instr: Instr, of: ValueType, parties: int) -> tuple[Message, ...]:
    """What is sent in a pass."""
    leader, n = instr.attrs["index"], of.shape[0]
    pairs = [(leader, peer) for peer in range(parties) if peer != leader] if of.size else []
    wanted = kind(instr, of)
    nbytes = n * wanted.lanes * (wanted.width or 64) // 8
    return (*(Message(leader, peer, 4 * n) for _, peer in pairs), *(Message(peer, leader, nbytes) for _, peer in pairs))


class Passes:
    """One party's side. `material` is used up as the passes come."""

    def __init__(self, me: int, peers: Sequence[int], material: Material) -> None:
        self._me = me
        self._peers = peers
        self._material = material

    def send(self, instr: Instr, args: Sequence[Share], of: ValueType, out: Outgoing) -> Any:
        """Local work up to sending."""
        (order,), (x,) = args
        if not of.size:
            return _Following(x)
        wanted = kind(instr, of)
        taken, before, after = self._material.translation(wanted)
        r = group(wanted)
        if instr.attrs["index"] != self._me:
            buffer = out.to(instr.attrs["index"])
            r.sub(_elements(r, x, of), before, out=r.view(buffer, (wanted.lanes, wanted.rows)))
            return _Following(after)
        places = orders.inverse(order) if instr.attrs["inverse"] else order
        back = orders.inverse(taken)
        told = back[places]
        for peer in self._peers:
            out.to(peer).view(np.uint32)[...] = told
        return _Leading(orders.gather(x, places, of), told, orders.places(taken, wanted.rows), after)

    def receive(self, instr: Instr, of: ValueType, state: Any, incoming: Incoming) -> Share:
        """This party's share of the moved rows. Raises PeerError for a malformed message."""
        if not of.size:
            return (state.masks,)
        wanted = kind(instr, of)
        r, shape = group(wanted), (wanted.lanes, wanted.rows)
        if isinstance(state, _Following):
            told = incoming.of(instr.attrs["index"]).view(np.uint32).astype(np.uint64)
            return (_array(r, state.masks[..., orders.places(told, wanted.rows)], of),)
        total = r.zeros(shape)
        for peer in self._peers:
            r.add(total, r.view(incoming.of(peer), shape), out=total)
        moved = r.add(total[..., state.taken], state.sums)[..., state.told]
        return (movable.add(of, state.own, _array(r, moved, of)),)


def _elements(r: Ring, x: Array, of: ValueType) -> Words:
    """An array that moves as elements (lanes, rows)."""
    if of.kind == "rows":
        return x.astype(np.uint64).reshape(of.shape[0], -1).T
    return r.transpose(r.reshape(x, (of.shape[0], -1)), (1, 0))


def _array(r: Ring, elements: Words, of: ValueType) -> Array:
    """The inverse; what is past the end of a row of bits is cut off."""
    if of.kind == "arith":
        return r.reshape(r.transpose(elements, (1, 0)), of.shape)
    made = rows.empty(of.width, of.size)
    made[...] = elements.T.astype(made.dtype).reshape(made.shape)
    return rows.trim(made, of.width)
