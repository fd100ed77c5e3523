"""Products with a factor that one party knows and that has few bits: whether its range makes them cheaper.

A factor known to lie in low..low + 2^bits - 1 can be masked with `bits` bits (`runtime.protocols.additive.narrow`), so
that the product takes a transfer for each of these and one more, in place of one for every bit of the ring. In
return the shares of what every pair of factors makes are held until the run. Which way is taken is decided by the bytes
that the protocol declares, before the run and in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cloister.runtime.preprocess.kinds import SHARED
from cloister.runtime.protocols.base import Protocol

from ..intervals import Interval
from ..ir.nodes import Node, Type
from ..price.transfers import item_bytes
from ..schedule.convert import instruction, value_type

#: The most bits of a factor, and the farthest from zero that its range may begin.
_BITS, _FARTHEST = 62, 1 << 62

#: The most ring elements that a product of matrices may hold more for it, all its trips together: 128 MiB at 64 bits.
_HELD = 1 << 24


def narrowed(node: Node, types: Sequence[Type], marks: Mapping[str, Any], protocol: Protocol,
             times: int) -> dict[str, Any]:
    """`marks` of a product whose operands are of `types`, with `narrow` where that sends fewer bytes.

    The product is made `times` times.
    """
    candidates = [dict(marks)]
    for place, (lo, hi) in enumerate(node.attrs.get("ranges", ())):
        bits = max(1, (hi - lo).bit_length())
        fits = bits <= _BITS and abs(lo) <= _FARTHEST
        if marks["known"][place] != SHARED and fits and times * _more(node, types, place) <= _HELD:
            candidates.append({**marks, "narrow": (place, bits, lo)})
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda attrs: _bytes(replace(node, attrs={**node.attrs, **attrs}), types, protocol))


def ranges(left: Interval, right: Interval, protocol: Protocol) -> dict[str, Any]:
    """What a rule tells of the factors of a product, where the protocol gains by it."""
    return {"ranges": (tuple(left), tuple(right))} if protocol.one_sided else {}


def _more(node: Node, types: Sequence[Type], place: int) -> int:
    """Ring elements that a product of matrices holds in addition; elementwise it is one for each product."""
    if node.op != "matmul":
        return 0
    return types[place].size * (types[1].shape[-1] if place == 0 else types[0].shape[-2])


def _bytes(node: Node, types: Sequence[Type], protocol: Protocol) -> float:
    """What all parties send for a product, and for what it consumes."""
    instr, args, outs = instruction(node, (), ()), [value_type(type) for type in types], [value_type(node.type)]
    online = sum(message.nbytes for message in protocol.messages(instr, args, outs, {}))
    made = sum(need.count * item_bytes(need.kind, protocol.parties) for need in protocol.needs(instr, args, outs))
    return online + protocol.parties * made
