"""Trips of regions made anew: some of them written out, others in a region of their own, of one region or of several
side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..ir.build import Builder, Value, same
from ..ir.nodes import Circuit, Node, Type

#: What is still done with a body that was made.
Finish = Callable[[Circuit], Circuit]

#: The type of a trip's number.
TRIP = Type("public", (), 64, secret=False)


@dataclass
class Course:
    """A region of which `done` trips are made: its node in the old circuit, and its values in the new one. Its first
    trip has the number `base`, a value (None: 0).
    """

    node: Node
    carried: list[Value]
    captured: list[Value]
    done: int = 0
    base: Value | None = None

    @property
    def left(self) -> int:
        """The trips that are still to be made."""
        return int(self.node.attrs["trips"]) - self.done

    @property
    def held(self) -> list[Value]:
        """What all trips read."""
        return self.captured if self.base is None else [*self.captured, self.base]


def course(node: Node, new: Mapping[int, Value]) -> Course:
    """A region before its first trip, its operands in the new circuit."""
    args, count = [new[a] for a in node.args], node.attrs["carried"]
    return Course(node, args[:count], args[count:])


def write_out(builder: Builder, region: Course) -> None:
    """The next trip, node by node."""
    body = region.node.body
    assert body is not None
    args = [_number(builder, region), *region.carried, *region.captured]
    new: dict[int, Value] = {}
    for i, part in enumerate(body.nodes):
        builder.span = part.span
        if part.op == "arg":
            new[i] = args[part.attrs["index"]]
        else:
            new[i] = same(builder, part, tuple(new[a] for a in part.args))
    region.carried = [new[r] for r in body.results]
    region.done += 1


def run(builder: Builder, regions: Sequence[Course], each: Sequence[int], trips: int,
        finish: Finish = lambda body: body) -> None:
    """A region of so many trips, in each of which every one of `regions` makes its next `each` trips: more than one as
    a region within. `finish` makes the last of the body.
    """
    builder.span = regions[0].node.span
    init = [value for region in regions for value in region.carried]
    captures = list(dict.fromkeys(value for region in regions for value in region.held))
    inner = Builder(builder.stage)
    trip = inner.add("arg", type=TRIP, index=0)
    carried = [inner.add("arg", type=v.type, index=1 + k) for k, v in enumerate(init)]
    held = {v: inner.add("arg", type=v.type, index=1 + len(init) + k) for k, v in enumerate(captures)}
    results: list[Value] = []
    for region, many in zip(regions, each, strict=True):
        state = carried[len(results):len(results) + len(region.carried)]
        within = replace(region, carried=state, captured=[held[v] for v in region.captured],
                         base=region.base and held[region.base])
        within = replace(within, base=_number(inner, within, _times(inner, trip, many)), done=0)
        run_next(inner, within, many)
        results += within.carried
    loop = builder.add("loop", *init, *captures, body=finish(inner.finish(results)), trips=trips, carried=len(init))
    ended = iter([builder.add("result", loop, type=v.type, index=k) for k, v in enumerate(init)])
    for region, many in zip(regions, each, strict=True):
        region.carried = [next(ended) for _ in region.carried]
        region.done += many * trips


def run_next(builder: Builder, region: Course, trips: int) -> None:
    """Its next trips: a single one written out, more as a region."""
    if trips == 1:
        write_out(builder, region)
    elif trips:
        run(builder, [region], [1], trips)


def _number(builder: Builder, region: Course, *further: Value) -> Value:
    """The number of the next trip, or so many trips further on."""
    parts = [*further, *([] if region.base is None else [region.base])]
    if region.done or not parts:
        parts.append(_constant(builder, region.done))
    number = parts[0]
    for part in parts[1:]:
        number = builder.add("add", number, part)
    return number


def _times(builder: Builder, trip: Value, each: int) -> Value:
    return trip if each == 1 else builder.add("scale", trip, _constant(builder, each))


def _constant(builder: Builder, value: int) -> Value:
    return builder.add("const", type=TRIP, words=value.to_bytes(8, "little"))
