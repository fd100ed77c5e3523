"""The last value that a condition chose, in all trips of a loop: `if x[i] > limit: where = i`.

Two trips together choose what the later one chose, if it did: (c1, v1) and (c2, v2) make (c1 or c2,
select(c2, v2, v1)), which is associative, so that the last choice of n trips takes the logarithm of n selects.
"""

from __future__ import annotations

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit
from .batch import Batch
from .terms import Dependence, Finish, is_carried, stripped


def latest(body: Circuit, k: int, dependence: Dependence) -> Finish | None:
    """How carried value k is made without the loop, if each trip keeps it or replaces it by what needs no order."""
    seen: set[int] = set()
    end = stripped(body, body.results[k], seen)
    node = body.nodes[end]
    if node.op != "select" or not dependence.free(node.args[0]):
        return None
    condition, then, otherwise = node.args
    for value, kept, when in ((then, otherwise, True), (otherwise, then, False)):
        path = set(seen)
        if dependence.free(value) and is_carried(body, stripped(body, kept, path), k) and not dependence.of(k) - path:
            return _finish(condition, value, when)
    return None


def _finish(condition: int, value: int, when: bool) -> Finish:
    def finish(batch: Batch, init: Value) -> Value:
        builder, values, chosen = batch.builder, batch.every(value), batch.every(condition)
        if not when:
            chosen = builder.add("not", chosen)
        while chosen.type.shape[0] > 1:
            chosen, values = _halved(builder, chosen, values)
        chosen, values = (builder.add("reshape", x, shape=x.type.shape[1:]) for x in (chosen, values))
        return builder.add("select", chosen, values, init)
    return finish


def _halved(builder: Builder, chosen: Value, values: Value) -> tuple[Value, Value]:
    """Neighbours as one; an odd one out stays."""
    n = chosen.type.shape[0]
    half = n // 2
    first, second = (_every_other(builder, chosen, s, half) for s in (0, 1))
    a, b = (_every_other(builder, values, s, half) for s in (0, 1))
    met, picked = builder.add("or", first, second), builder.add("select", second, b, a)
    if n % 2:
        met = builder.add("concat", met, _rows(builder, chosen, n - 1), axis=0)
        picked = builder.add("concat", picked, _rows(builder, values, n - 1), axis=0)
    return met, picked


def _every_other(builder: Builder, x: Value, start: int, count: int) -> Value:
    tail = x.type.shape[1:]
    return builder.add("slice", x, starts=(start, *(0 for _ in tail)), steps=(2, *(1 for _ in tail)),
                       counts=(count, *tail))


def _rows(builder: Builder, x: Value, start: int) -> Value:
    """What comes from row `start` on."""
    tail = x.type.shape[1:]
    return builder.add("slice", x, starts=(start, *(0 for _ in tail)), steps=(1,) * len(x.type.shape),
                       counts=(x.type.shape[0] - start, *tail))
