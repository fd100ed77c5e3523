"""Loops whose trips do not need each other become array operations.

A carried value can leave its loop when it is
- an array whose element number start + step * trip is written in each trip and read nowhere else, or
- a running sum, minimum, maximum, and, or, xor of terms that depend on no carried value (also under a
  condition: `if c: total = total + x`), or
- the last of several values that was chosen by a condition (`if c: where = i`), or the end of another recurrence
  whose trips are maps that combine (see `maps`): s = a * s + b, a value that begins anew, any truth value.
What is left, if anything, stays a loop with the other carried values. Sums of whole numbers are exact, so the
order of adding does not matter; a rounding inside of a term stays where it is.
Running values that are read on the way are freed before (see `recurrences`).
Leaves alone: other recurrences, roundings of what is carried, indices that are not affine, loops that would grow too
large.

before                                          after
    %1 = loop {carried: 1, trips: 9} %c %x          %1 = slice %x, rows 0..8
        %0 = arg 0, %1 = arg 1, %2 = arg 2          %2 = sum %1 {axes: (0,)}
        %3 = take_at %2 %0                          %3 = add %c %2
        %4 = add %1 %3
        yield %4
    %2 = result %1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type
from .batch import Affine, Batch, Item, Unsupported, rows_along
from .dead import drop_dead
from .maps import recurrence
from .recurrences import free_running
from .terms import ASSOCIATIVE, Dependence, Finish, Term, Terms, carried_type, is_carried, stripped

#: Rows of an array into which every n-th row is written; beyond it such a loop stays a loop.
MOST_SCATTERED = 4096


def vectorise_loops(circuit: Circuit) -> Circuit:
    """The circuit with every loop, innermost first, freed of the carried values that need no order."""
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    left: dict[int, dict[int, Value]] = {}
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        args = tuple(new[a] for a in node.args if a in new)  # a loop itself has no value
        if node.op == "loop" and node.body is not None:
            inner = drop_dead(vectorise_loops(node.body))
            left[i] = _freed(builder, replace(node, body=inner), args)
        elif node.op == "result":
            value = left[node.args[0]][node.attrs["index"]]
            new[i] = _refined(builder, value, node.type)
        else:
            new[i] = builder.append(Node(node.op, tuple(a.id for a in args), node.attrs, node.type, node.span))
    return builder.finish(new[r] for r in circuit.results)


def _refined(builder: Builder, value: Value, type: Type) -> Value:
    if type.domain == "num" and (value.type.lo < type.lo or value.type.hi > type.hi):
        return builder.add("refine", value, lo=type.lo, hi=type.hi)
    return value


def _freed(builder: Builder, node: Node, args: Sequence[Value]) -> dict[int, Value]:
    """The values that the loop ends with, by index: running values that are read on the way are freed first."""
    loop = free_running(builder, node, args)
    assert loop.node.body is not None
    rest = _rewrite(builder, replace(loop.node, body=drop_dead(loop.node.body)), loop.args)
    return {**loop.ended, **{k: rest[position] for position, k in enumerate(loop.order)}}


def _rewrite(builder: Builder, node: Node, args: Sequence[Value]) -> dict[int, Value]:
    """The values that the loop ends with, by index."""
    assert node.body is not None
    carried, trips = node.attrs["carried"], node.attrs["trips"]
    init = args[:carried]
    if trips == 0:
        return dict(enumerate(init))
    bound = {k: Item(value, False) for k, value in enumerate(args[carried:], start=carried + 1)}
    dependence = Dependence(node.body, carried)
    ended: dict[int, Value] = {}
    for k in range(carried):
        try:
            finish = _finish(node.body, k, dependence)
            ended[k] = finish(Batch(builder, node.body, trips, bound), init[k])
        except Unsupported:
            continue  # what was begun is dead and will be dropped
    ended.update(_remaining(builder, node, args, [k for k in range(carried) if k not in ended]))
    return ended


def _remaining(builder: Builder, node: Node, args: Sequence[Value], kept: Sequence[int]) -> dict[int, Value]:
    """The loop over the carried values that could not leave it."""
    if not kept:
        return {}
    assert node.body is not None
    carried = node.attrs["carried"]
    order = {0: 0, **{k + 1: j + 1 for j, k in enumerate(kept)}}
    order.update({k: k - carried + len(kept) for k in range(carried + 1, len(args) + 1)})
    body = drop_dead(_narrowed(node.body, kept, order))
    loop = builder.add("loop", *(args[k] for k in kept), *args[carried:], body=body, trips=node.attrs["trips"],
                       carried=len(kept))
    return {k: builder.add("result", loop, type=carried_type(node.body, k), index=j) for j, k in enumerate(kept)}


def _narrowed(body: Circuit, kept: Sequence[int], order: dict[int, int]) -> Circuit:
    """The body that yields the kept values alone, its args renumbered; args that left are unread."""
    nodes = tuple(
        replace(n, attrs={"index": order[n.attrs["index"]]}) if n.op == "arg" and n.attrs["index"] in order else n
        for n in body.nodes)
    gone = {i for i, n in enumerate(body.nodes) if n.op == "arg" and n.attrs["index"] not in order}
    return _without(Circuit(body.stage, nodes, tuple(body.results[k] for k in kept)), gone)


def _without(circuit: Circuit, gone: set[int]) -> Circuit:
    """The circuit without the nodes `gone` and what reads them."""
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    for i, node in enumerate(circuit.nodes):
        if i not in gone and all(a in new for a in node.args):
            new[i] = builder.append(replace(node, args=tuple(new[a].id for a in node.args)))
    return builder.finish(new[r] for r in circuit.results)


# --------------------------------------------------------------------------- which carried values can leave


def _finish(body: Circuit, k: int, dependence: Dependence) -> Finish:
    """How carried value k is made without the loop. Raises Unsupported."""
    end = body.results[k]
    if dependence.free(end) and body.nodes[end].op != "arg":
        return lambda batch, init: _last(batch, end)
    for attempt in (_written, _reduced, _mapped):
        found = attempt(body, k, dependence)
        if found is not None:
            return found
    raise Unsupported("a recurrence")


def _last(batch: Batch, end: int) -> Value:
    """The value of the last trip, where no trip needs the one before."""
    item = batch.item(end)
    if not item.batched:
        return item.value
    return _row(batch.builder, item.value, batch.trips - 1)


def _row(builder: Builder, array: Value, i: int) -> Value:
    shape = array.type.shape
    row = builder.add("slice", array, starts=(i, *(0 for _ in shape[1:])), steps=(1,) * len(shape),
                      counts=(1, *shape[1:]))
    return builder.add("reshape", row, shape=shape[1:])


# --------------------------------------------------------------------------- arrays written along the trips


def _written(body: Circuit, k: int, dependence: Dependence) -> Finish | None:
    seen: set[int] = set()
    end = stripped(body, body.results[k], seen)
    node = body.nodes[end]
    if node.op != "put_at":
        return None
    array, index, value = node.args
    if not is_carried(body, stripped(body, array, seen), k) or not dependence.free(index):
        return None
    own = _own_elements(body, k, index, value, dependence)
    if own is None or dependence.of(k) - seen - own.inside:
        return None  # read elsewhere too

    def finish(batch: Batch, init: Value) -> Value:
        line = batch.index(index)
        if own.reads and line.step == 0:
            raise Unsupported("every trip reads what the one before wrote")
        rows = Item(rows_along(batch.builder, init, line, batch.trips), True)
        batch.known.update(dict.fromkeys(own.reads, lambda _: rows))
        return _placed(batch, init, line, batch.every(value))

    return finish


@dataclass(frozen=True)
class _Own:
    """Nodes of a trip that read the element that the trip writes; `inside` is all that depends on them."""

    reads: frozenset[int]
    inside: frozenset[int]


def _own_elements(body: Circuit, k: int, index: int, value: int, dependence: Dependence) -> _Own | None:
    """How `value` depends on carried array k: through the element at `index` alone, which no other trip writes.

    None when it depends on anything else that is carried.
    """
    reads, inside, todo = set(), set(), [value]
    while todo:
        i = todo.pop()
        if dependence.free(i) or i in inside:
            continue
        inside.add(i)
        node = body.nodes[i]
        seen: set[int] = set()
        if node.op == "take_at" and node.args[1] == index and is_carried(body, stripped(body, node.args[0], seen), k):
            reads.add(i)
            inside |= seen
        elif node.op == "arg":
            return None
        else:
            todo.extend(node.args)
    return _Own(frozenset(reads), frozenset(inside))


def _placed(batch: Batch, init: Value, line: Affine, rows: Value) -> Value:
    """`init` with row start + step * t replaced by rows[t]."""
    builder, extent, trips = batch.builder, init.type.shape[0], batch.trips
    if trips > 1 and line.step not in (1, -1):
        return _scattered(builder, init, line, rows, trips)
    first = line.start if line.step >= 0 else line.start - (trips - 1)
    if trips > 1 and line.step == -1:
        tail = rows.type.shape[1:]
        rows = builder.add("slice", rows, starts=(trips - 1, *(0 for _ in tail)), steps=(-1, *(1 for _ in tail)),
                           counts=(trips, *tail))
    parts = [_span(builder, init, 0, first), rows, _span(builder, init, first + trips, extent)]
    present = [part for part in parts if part is not None]
    return present[0] if len(present) == 1 else builder.add("concat", *present, axis=0)


def _span(builder: Builder, array: Value, start: int, stop: int) -> Value | None:
    if start >= stop:
        return None
    tail = array.type.shape[1:]
    return builder.add("slice", array, starts=(start, *(0 for _ in tail)), steps=(1,) * (1 + len(tail)),
                       counts=(stop - start, *tail))


def _scattered(builder: Builder, init: Value, line: Affine, rows: Value, trips: int) -> Value:
    extent = init.type.shape[0]
    if extent > MOST_SCATTERED or line.step == 0:
        raise Unsupported("rows far apart in a large array")
    source = list(range(extent))
    for t in range(trips):
        source[line.start + line.step * t] = extent + t
    return builder.add("take", builder.add("concat", init, rows, axis=0), axis=0, indices=tuple(source))


# --------------------------------------------------------------------------- reductions

def _reduced(body: Circuit, k: int, dependence: Dependence) -> Finish | None:
    for op in ASSOCIATIVE:
        terms = Terms(body, k, op, dependence)
        found = terms.of(body.results[k])
        if found and not dependence.of(k) - terms.seen:
            return _folded(op, found)
    return None


def _folded(op: str, terms: Sequence[Term]) -> Finish:
    def finish(batch: Batch, init: Value) -> Value:
        result = init
        for term in terms:
            result = batch.builder.add(op, result, _reduce(batch.builder, op, term(batch)))
        return result
    return finish


def _mapped(body: Circuit, k: int, dependence: Dependence) -> Finish | None:
    """The end of a recurrence that nothing on the way reads."""
    found = recurrence(body, k, dependence)
    if found is None or dependence.of(k) - found.seen:
        return None
    return lambda batch, init: found.make(batch, init, True)


def _reduce(builder: Builder, op: str, rows: Value) -> Value:
    whole = {"add": "sum", "min": "reduce_min", "max": "reduce_max", "and": "all", "or": "any"}
    if op in whole:
        return builder.add(whole[op], rows, axes=(0,))
    while rows.type.shape[0] > 1:  # xor, by halves
        n, tail = rows.type.shape[0], rows.type.shape[1:]
        half = n // 2
        front, back = (builder.add("slice", rows, starts=(s, *(0 for _ in tail)), steps=(1,) * (1 + len(tail)),
                                   counts=(half, *tail)) for s in (0, half))
        merged = builder.add(op, front, back)
        rest = _span(builder, rows, 2 * half, n)
        rows = merged if rest is None else builder.add("concat", merged, rest, axis=0)
    return builder.add("reshape", rows, shape=rows.type.shape[1:])
