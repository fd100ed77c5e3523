"""Prefix networks along the first axis of whole arrays: every run of rows from the first one on, combined.

A run of neighbouring rows is a tuple of arrays (a value, and what else it takes to combine it with what comes
before). `prefix.py` has networks over the planes of single numbers.

==============  ==================  ==========================================
network         levels              steps for n rows
==============  ==================  ==========================================
sklansky        ceil(log2 n)        n/2 log2 n
h halvings      ceil(log2 n) + h    2 n (1 - 2^-h) + n 2^-h / 2 log2(n 2^-h)
odd-even        about 2 log2 n      2 n
one by one      n - 1               n - 1, as a region of n - 1 trips
tree            ceil(log2 n)        n - 1, for the last row alone
==============  ==================  ==========================================

Sources: J. Sklansky, IRE Trans. EC-9 (1960); R. Ladner and M. Fischer, Parallel prefix computation, JACM 27 (1980).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Type
from .kit import Kit

Run = tuple[Value, ...]


@dataclass(frozen=True)
class Steps:
    """How runs combine. `join` makes one run of two neighbours, `close` the value of both of them, of which the
    first begins at row 0 and is given by its value alone."""

    join: Callable[[Run, Run], Run]
    close: Callable[[Value, Run], Value]


#: The steps in the builder of a kit.
Making = Callable[[Kit], Steps]

#: Makes the value of rows 0..i for every i, or for the last one without the axis.
Network = Callable[[Kit, Run, Making], Value]

#: How often neighbours are combined before the network is Sklansky's.
_HALVINGS = (2, 4)


def prefixes(n: int) -> dict[str, Network]:
    """The networks for n > 1 rows that yield all rows."""
    levels = (n - 1).bit_length()
    halved: dict[str, Network] = {f"{h} halvings": partial(_halved, halvings=h) for h in _HALVINGS if h < levels - 1}
    return {"sklansky": _halved, **halved, "odd-even": partial(_halved, halvings=levels), "one by one": _one_by_one}


def folds() -> dict[str, Network]:
    """The networks that yield the last row."""
    return {"tree": _tree, "one by one": partial(_one_by_one, last=True)}


def _halved(kit: Kit, rows: Run, making: Making, halvings: int = 0) -> Value:
    return odd_even(kit, rows, making(kit), halvings)


def _tree(kit: Kit, rows: Run, making: Making) -> Value:
    """Neighbours combined until two are left."""
    steps = making(kit)
    while (n := rows[0].type.shape[0]) > 2:
        pairs = steps.join(every(kit, rows, 0, n // 2, 2), every(kit, rows, 1, n // 2, 2))
        if n % 2:
            odd = every(kit, rows, n - 1, 1, 1)
            pairs = tuple(kit.builder.add("concat", *both, axis=0) for both in zip(pairs, odd, strict=True))
        rows = pairs
    value = steps.close(cut(kit, rows[0], 0, 1), every(kit, rows, 1, 1, 1)) if n == 2 else rows[0]
    return kit.builder.add("reshape", value, shape=value.type.shape[1:])


def _one_by_one(kit: Kit, rows: Run, making: Making, last: bool = False) -> Value:
    """A region that carries the running value, and the array of them if more than the last one is wanted."""
    add, (n, *tail) = kit.builder.add, rows[0].type.shape
    first = cut(kit, rows[0], 0, 1)
    rest = every(kit, rows, 1, n - 1, 1)
    running = add("reshape", first, shape=tuple(tail))
    carried = (running,) if last else (running, rest[0])
    body = _trip(kit, carried, rest, making)
    loop = add("loop", *carried, *rest, body=body, trips=n - 1, carried=len(carried))
    made = add("result", loop, type=carried[-1].type, index=len(carried) - 1)
    return made if last else add("concat", first, made, axis=0)


def _trip(kit: Kit, carried: Sequence[Value], rest: Run, making: Making) -> Circuit:
    """The next running value, also put into the array."""
    inner = replace(kit, builder=Builder("protocol", kit.builder.span))
    add = inner.builder.add
    trip = add("arg", type=Type("public", (), 64, secret=False), index=0)
    running, *arrays = (add("arg", type=value.type, index=i) for i, value in enumerate(carried, start=1))
    captured = [add("arg", type=value.type, index=i) for i, value in enumerate(rest, start=len(carried) + 1)]
    after = making(inner).close(running, tuple(add("take_at", value, trip) for value in captured))
    return inner.builder.finish([after, *(add("put_at", array, trip, after) for array in arrays)])


def sklansky(kit: Kit, rows: Run, steps: Steps) -> Value:
    """The value of rows 0..i for every i, in ceil(log2 n) levels: at each the second half of every block of rows takes
    in the last row of the first half."""
    n = rows[0].type.shape[0]
    half = 1
    while 2 * half < n:
        before, after = _met(kit, rows, half)
        rows = _put_back(kit, rows, steps.join(before, after), half)
        half *= 2
    if n == 1:
        return rows[0]
    before, after = _met(kit, rows, half)
    return _put_back(kit, rows[:1], (steps.close(before[0], after),), half)[0]


def odd_even(kit: Kit, rows: Run, steps: Steps, halvings: int) -> Value:
    """As `sklansky`, with fewer steps and more levels: of neighbours combined, every other row of the result is known;
    one step more gives the rest. This happens `halvings` times."""
    n = rows[0].type.shape[0]
    if n < 2 or halvings == 0:
        return sklansky(kit, rows, steps)
    half, rest = n // 2, (n - 1) // 2
    pairs = steps.join(every(kit, rows, 0, half, 2), every(kit, rows, 1, half, 2))
    odd = odd_even(kit, pairs, steps, halvings - 1)
    pieces = [cut(kit, rows[0], 0, 1)]
    if rest:
        before = cut(kit, odd, 0, rest)
        pieces.append(_interleaved(kit, before, steps.close(before, every(kit, rows, 2, rest, 2))))
    if half > rest:
        pieces.append(cut(kit, odd, rest, 1))
    return kit.builder.add("concat", *pieces, axis=0)


def cut(kit: Kit, x: Value, start: int, count: int, step: int = 1) -> Value:
    """Rows start, start + step, ... of the first axis."""
    tail = x.type.shape[1:]
    return kit.builder.add("slice", x, starts=(start, *(0 for _ in tail)), steps=(step, *(1 for _ in tail)),
                           counts=(count, *tail))


def every(kit: Kit, rows: Run, start: int, count: int, step: int) -> Run:
    """As `cut`, of each array of a run."""
    return tuple(cut(kit, x, start, count, step) for x in rows)


def _interleaved(kit: Kit, a: Value, b: Value) -> Value:
    """Row 0 of a, row 0 of b, row 1 of a, and so on."""
    n, *tail = a.type.shape
    both = (kit.builder.add("reshape", x, shape=(n, 1, *tail)) for x in (a, b))
    return kit.builder.add("reshape", kit.builder.add("concat", *both, axis=1), shape=(2 * n, *tail))


# --------------------------------------------------------------------------- blocks of 2 * half rows


def _met(kit: Kit, rows: Run, half: int) -> tuple[Run, Run]:
    """For every row in the second half of its block: the last row of the first half, and the row itself."""
    return tuple(_lasts(kit, x, half) for x in rows), tuple(_seconds(kit, x, half) for x in rows)


def _whole(x: Value, half: int) -> tuple[int, int]:
    """How many blocks are whole, and how many rows of the last one's second half there are beside."""
    blocks, rest = divmod(x.type.shape[0], 2 * half)
    return blocks, max(rest - half, 0)


def _lasts(kit: Kit, x: Value, half: int) -> Value:
    add, (_, *tail), (blocks, more) = kit.builder.add, x.type.shape, _whole(x, half)
    ends = cut(kit, x, half - 1, blocks + (more > 0), 2 * half)
    found = []
    if blocks:
        each = add("reshape", cut(kit, ends, 0, blocks), shape=(blocks, 1, *tail))
        spread = add("broadcast", each, shape=(blocks, half, *tail))
        found.append(add("reshape", spread, shape=(blocks * half, *tail)))
    if more:
        found.append(add("broadcast", cut(kit, ends, blocks, 1), shape=(more, *tail)))
    return found[0] if len(found) == 1 else add("concat", *found, axis=0)


def _seconds(kit: Kit, x: Value, half: int) -> Value:
    add, (_, *tail), (blocks, more) = kit.builder.add, x.type.shape, _whole(x, half)
    found = []
    if blocks:
        found.append(add("reshape", _halves(kit, x, blocks, half, 1), shape=(blocks * half, *tail)))
    if more:
        found.append(cut(kit, x, 2 * half * blocks + half, more))
    return found[0] if len(found) == 1 else add("concat", *found, axis=0)


def _halves(kit: Kit, x: Value, blocks: int, half: int, which: int) -> Value:
    """The first or the second half of every whole block."""
    tail = x.type.shape[1:]
    shaped = kit.builder.add("reshape", cut(kit, x, 0, 2 * half * blocks), shape=(blocks, 2 * half, *tail))
    return kit.builder.add("slice", shaped, starts=(0, which * half, *(0 for _ in tail)),
                           steps=(1,) * len(shaped.type.shape), counts=(blocks, half, *tail))


def _put_back(kit: Kit, rows: Run, seconds: Run, half: int) -> Run:
    """The rows with those of all second halves replaced."""
    return tuple(_replaced(kit, x, second, half) for x, second in zip(rows, seconds, strict=True))


def _replaced(kit: Kit, x: Value, seconds: Value, half: int) -> Value:
    add, (n, *tail), (blocks, more) = kit.builder.add, x.type.shape, _whole(x, half)
    pieces = []
    if blocks:
        second = add("reshape", cut(kit, seconds, 0, blocks * half), shape=(blocks, half, *tail))
        both = add("concat", _halves(kit, x, blocks, half, 0), second, axis=1)
        pieces.append(add("reshape", both, shape=(2 * half * blocks, *tail)))
    left = n - 2 * half * blocks - more
    if left:
        pieces.append(cut(kit, x, 2 * half * blocks, left))
    if more:
        pieces.append(cut(kit, seconds, blocks * half, more))
    return pieces[0] if len(pieces) == 1 else add("concat", *pieces, axis=0)
