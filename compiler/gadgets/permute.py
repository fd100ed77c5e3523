"""Moving rows along a secret order.

An order is held in two halves: a secret random order that nobody knows, and, opened, where each row goes that was
moved along the random one. What is opened is as likely to be one order of the rows as any other, whatever the
secret order is.

============  ===================  ==========================================================
gadget        rounds (p passes)    sent for each row
============  ===================  ==========================================================
secret_order  p + 1                p passes of one number, opened
moved         p                    p passes of the row
moved_back    p                    p passes of the row
numbers       p                    p passes of one number
============  ===================  ==========================================================

All that moves along one order shares the random one and its opened half. Sources: K. Hamada, D. Ikarashi, K. Chida,
K. Takahashi, Oblivious radix sort, eprint 2014/121; G. Asharov et al., CCS 2022 (eprint 2022/1595).
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from ..ir.build import Value
from ..ir.nodes import Type
from .kit import Kit

#: Why what an order opens says nothing, as the circuit says it.
FRESH = "the rows were moved along a fresh random order that no party knows"


class Order(NamedTuple):
    """A secret order: row i moves to place m of the `drawn` random one, and from there to place goes[m] (public)."""

    drawn: Value
    goes: Value


def draw(kit: Kit, n: int) -> Value:
    """A random order of n rows that no party knows."""
    return kit.builder.add("draw_order", type=Type("order", (n,), 64))


def shuffled(kit: Kit, drawn: Value, x: Value) -> Value:
    """Rows, or ring shares by their first axis, moved along a random order."""
    for index in range(kit.protocol.passes):
        x = kit.builder.add("permute", drawn, x, index=index, inverse=False)
    return x


def restored(kit: Kit, drawn: Value, x: Value) -> Value:
    """The inverse of `shuffled`."""
    for index in reversed(range(kit.protocol.passes)):
        x = kit.builder.add("permute", drawn, x, index=index, inverse=True)
    return x


def opened(kit: Kit, x: Value) -> Value:
    """What was shuffled, in public."""
    return kit.builder.add("open_masked", x, why=FRESH)


def secret_order(kit: Kit, goes: Value) -> Order:
    """The order in which row i moves to place goes[i]: ring shares of the numbers 0..n-1, each once."""
    drawn = draw(kit, goes.type.shape[0])
    return Order(drawn, opened(kit, shuffled(kit, drawn, goes)))


def moved(kit: Kit, order: Order, x: Value) -> Value:
    """Row i of ring shares or planes at the place that the order says."""
    return _movable(kit, x, lambda rows: kit.builder.add("scatter", shuffled(kit, order.drawn, rows), order.goes))


def moved_back(kit: Kit, order: Order, x: Value) -> Value:
    """At place i the row of ring shares or planes that stands where the order moves row i to."""
    return _movable(kit, x, lambda rows: restored(kit, order.drawn, kit.builder.add("gather", rows, order.goes)))


def moved_in_public(kit: Kit, goes: Value, x: Value, back: bool) -> Value:
    """As `moved` or `moved_back`, along a public order."""
    return _movable(kit, x, lambda rows: kit.builder.add("gather" if back else "scatter", rows, goes))


def numbers(kit: Kit, order: Order, k: int | None) -> Value:
    """Where each row goes, as k planes, or as ring shares of 64 bits."""
    add = kit.builder.add
    if k is None:
        return restored(kit, order.drawn, add("share", order.goes))
    return _movable(kit, add("share_planes", order.goes, k=k), lambda rows: restored(kit, order.drawn, rows))


def _movable(kit: Kit, x: Value, move: Callable[[Value], Value]) -> Value:
    """Moves ring shares as they are and planes as rows, all that stands in a row side by side."""
    if x.type.domain != "planes":
        return move(x)
    add, k, shape = kit.builder.add, x.type.width, x.type.shape
    n, across = shape[0], prod(shape[1:])
    if not k * x.type.size:
        return x
    if len(shape) > 1:
        flat = add("reshape", x, shape=(n, across))
        x = add("fold_planes", add("transpose", flat, axes=(1, 0)))
    made = move(add("to_rows", x))
    planes = add("from_rows", made, lo=0, k=made.type.width)
    if len(shape) == 1:
        return planes
    return add("reshape", add("transpose", add("unfold_planes", planes, k=k), axes=(1, 0)), shape=shape)
