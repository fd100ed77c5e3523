"""Running values that a loop reads on the way become scans, so that no trip waits for the one before.

A carried value that each trip combines with a term by one associative operation (sum, minimum, maximum, and, or,
xor), the terms free of what is carried, is known for all trips at once: its values before each trip are the scan of
the terms. So is one that begins anew under a condition, that is multiplied and added to, and any truth value (`maps`).
The loop then reads them as it reads any array, and `vectorise_loops` sees a loop with one carried value
less. One freed value can free the next: `lt(best, x[i])` is known for all trips as soon as `best` is.
Leaves alone: values that nothing on the way reads (they are reductions), public values, what is rounded on the way.

before                                              after
    %1 = loop {carried: 2, trips: 9} %s %y %x           %1 = scan {axis: 0, combine: 'add'} %x
        ...                                             %2 = the rows s, s + %1[0], .. s + %1[7]
        %5 = add %1 %4       (the running sum)          %3 = loop {carried: 1, trips: 9} %y %x %2
        %6 = put_at %2 %0 %5                                ...
        yield %5 %6                                         yield %6
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type
from .batch import Batch, Item, Unsupported
from .maps import recurrence
from .running import MOST_BITS, scanned
from .terms import ASSOCIATIVE, Dependence, Term, Terms, carried_type

#: Makes, from all trips at once and the value before the loop, the values after each trip. Raises Unsupported.
_After = Callable[[Batch, Value], Value]


@dataclass
class Freed:
    """A loop of which some carried values were freed.

    `ended` are their values after the loop, by their index; `order` the indices of the carried values left.
    """

    node: Node
    args: list[Value]
    ended: dict[int, Value]
    order: list[int]


def free_running(builder: Builder, node: Node, args: Sequence[Value]) -> Freed:
    """The loop without the running values that it reads on the way; its inner loops are array operations already."""
    loop = Freed(node, list(args), {}, list(range(node.attrs["carried"])))
    while loop.node.attrs["trips"] > 1 and _free_one(builder, loop):
        pass
    return loop


def _free_one(builder: Builder, loop: Freed) -> bool:
    """Frees the first carried value that can be."""
    body, carried, trips = loop.node.body, loop.node.attrs["carried"], loop.node.attrs["trips"]
    assert body is not None
    dependence = Dependence(body, carried)
    bound = {k: Item(value, False) for k, value in enumerate(loop.args[carried:], start=carried + 1)}
    for k in range(carried):
        running = _running(body, k, dependence)
        if running is None:
            continue
        try:
            after = running(Batch(builder, body, trips, bound), loop.args[k])
        except Unsupported:
            continue  # what was begun is dead and will be dropped
        after = _within(builder, after, carried_type(body, k))
        loop.ended[loop.order.pop(k)] = _row(builder, after, trips - 1)
        loop.args = [*loop.args[:k], *loop.args[k + 1:], _before(builder, loop.args[k], after), after]
        loop.node = _without(loop.node, k)
        return True
    return False


def _within(builder: Builder, value: Value, type: Type) -> Value:
    if type.domain == "num" and (value.type.lo < type.lo or value.type.hi > type.hi):
        return builder.add("refine", value, lo=type.lo, hi=type.hi)
    return value


def _running(body: Circuit, k: int, dependence: Dependence) -> _After | None:
    """Carried value k as a running value that is read on the way."""
    if not carried_type(body, k).secret:
        return None
    for op in ASSOCIATIVE:
        terms = Terms(body, k, op, dependence)
        found = terms.of(body.results[k])
        if found:
            read = dependence.of(k) - terms.seen | _read_at_the_end(body, k)
            return partial(_scanned, op, tuple(found)) if read else None
    mapped = recurrence(body, k, dependence)
    if mapped is None or not dependence.of(k) - mapped.seen | _read_at_the_end(body, k):
        return None
    return lambda batch, init: mapped.make(batch, init, False)


def _read_at_the_end(body: Circuit, k: int) -> set[int]:
    """What a trip makes of value k beside its next value, when the same node is both."""
    end = body.results[k]
    return {end} if sum(r == end for r in body.results) > 1 else set()


def _scanned(op: str, terms: Sequence[Term], batch: Batch, init: Value) -> Value:
    """The values after each trip."""
    builder = batch.builder
    rows = terms[0](batch)
    for term in terms[1:]:
        rows = builder.add(op, rows, term(batch))
    if _never_wins(op, init.type, rows.type):
        return builder.add("scan", rows, combine=op, axis=0)
    if op != "add":
        return scanned(batch, init, op, rows, None, False)
    first = builder.add("reshape", init, shape=(1, *init.type.shape))
    total = builder.add("scan", rows, combine="add", axis=0)  # local, and its range is its own
    after = builder.add("add", builder.add("broadcast", first, shape=rows.type.shape), total)
    if max(after.type.range.signed_bits, total.type.range.signed_bits) > MOST_BITS:
        raise Unsupported("the scan may not fit a ring")
    return after


def _never_wins(op: str, init: Type, rows: Type) -> bool:
    """Whether the ranges say that the first minimum or maximum is that of the first term."""
    return (op == "max" and init.hi <= rows.lo) or (op == "min" and init.lo >= rows.hi)


def _before(builder: Builder, init: Value, after: Value) -> Value:
    """The values before each trip: the first one, then those after all trips but the last."""
    trips, *tail = after.type.shape
    head = builder.add("slice", after, starts=(0, *(0 for _ in tail)), steps=(1,) * (1 + len(tail)),
                       counts=(trips - 1, *tail))
    return builder.add("concat", builder.add("reshape", init, shape=(1, *init.type.shape)), head, axis=0)


def _row(builder: Builder, array: Value, i: int) -> Value:
    tail = array.type.shape[1:]
    row = builder.add("slice", array, starts=(i, *(0 for _ in tail)), steps=(1,) * (1 + len(tail)),
                      counts=(1, *tail))
    return builder.add("reshape", row, shape=tuple(tail))


def _without(node: Node, k: int) -> Node:
    """The loop without carried value k, which it reads from two captured arrays more: before and after each trip."""
    body = node.body
    assert body is not None
    old = sum(n.op == "arg" for n in body.nodes)
    builder = Builder(body.stage)
    new: dict[int, Value] = {}
    trip = builder.add("arg", type=next(n.type for n in body.nodes if n.op == "arg" and n.attrs["index"] == 0), index=0)
    single = carried_type(body, k)
    kind = replace(single, shape=(node.attrs["trips"], *single.shape))
    before, after = (builder.add("arg", type=kind, index=old - 1 + j) for j in (0, 1))
    for i, inner in enumerate(body.nodes):
        builder.span = inner.span
        index = inner.attrs["index"] if inner.op == "arg" else -1
        if index == 0:
            new[i] = trip
        elif index == k + 1:
            new[i] = builder.add("take_at", before, trip)
        elif index > k + 1:
            new[i] = builder.add("arg", type=inner.type, index=index - 1)
        elif i == body.results[k]:
            new[i] = _within(builder, builder.add("take_at", after, trip), inner.type)
        else:
            new[i] = builder.append(replace(inner, args=tuple(new[a].id for a in inner.args)))
    results = [new[r] for j, r in enumerate(body.results) if j != k]
    return replace(node, body=builder.finish(results), attrs={**node.attrs, "carried": node.attrs["carried"] - 1})
