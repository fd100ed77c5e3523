"""AND and OR over planes and over axes, in trees.

Over k planes: ceil(log2 k) rounds, k - 1 ANDs an element. Over an axis of n elements: ceil(log2 n) rounds. A
prefix AND offers the networks of `prefix.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..ir.build import Value
from .halving import halve
from .kit import Kit
from .prefix import NETWORKS, Network


def and_planes(kit: Kit, x: Value) -> Value:
    """One plane: the AND of all planes."""
    while (k := x.type.width) > 1:
        n = k // 2
        met = kit.and_(kit.pick(x, range(n)), kit.pick(x, range(n, 2 * n)))
        x = kit.join(met, kit.pick(x, [k - 1])) if k % 2 else met
    return x


def reduce_and(kit: Kit, x: Value, axes: Sequence[int]) -> Value:
    """The AND over the given axes, plane by plane; ones where there is nothing to reduce."""
    return halve(kit, x, axes, kit.and_, (1 << x.type.width) - 1)


def reduce_or(kit: Kit, x: Value, axes: Sequence[int]) -> Value:
    """The OR over the given axes, plane by plane; zeros where there is nothing to reduce."""
    return kit.invert(reduce_and(kit, kit.invert(x), axes))


def prefix_and(kit: Kit, x: Value) -> Value:
    """Plane i of the result is the AND of planes 0..i."""
    if x.type.width == 1:
        return x
    candidates: dict[str, Callable[..., Value]] = {
        name: partial(_prefix_and, network) for name, network in NETWORKS.items()}
    return kit.choose("prefix and", candidates, x)


def _prefix_and(network: Network, kit: Kit, x: Value) -> Value:
    k = x.type.width
    for level in network(k):
        met = kit.and_(kit.pick(x, [t for t, _ in level]), kit.pick(x, [s for _, s in level]))
        place = {t: k + i for i, (t, _) in enumerate(level)}
        x = kit.pick(kit.join(x, met), [place.get(i, i) for i in range(k)])
    return x
