"""What the values of a loop's body depend on, and what is combined with a carried value by one operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type
from .batch import Batch

#: Operations whose terms may be combined in any grouping.
ASSOCIATIVE = ("add", "min", "max", "and", "or", "xor")

#: Makes, from all trips at once, the value that a loop ends with; is given the value before the loop.
Finish = Callable[[Batch, Value], Value]

#: A term for all trips, with the axis of trips.
Term = Callable[[Batch], Value]


class Dependence:
    """For each node of a body, the carried values that it depends on."""

    def __init__(self, body: Circuit, carried: int) -> None:
        self.on: list[frozenset[int]] = []
        for node in body.nodes:
            if node.op == "arg":
                k = node.attrs["index"] - 1
                self.on.append(frozenset({k}) if 0 <= k < carried else frozenset())
            else:
                self.on.append(frozenset().union(*(self.on[a] for a in node.args)))

    def free(self, i: int) -> bool:
        """Whether node i depends on no carried value."""
        return not self.on[i]

    def of(self, k: int) -> set[int]:
        """The nodes that depend on carried value k."""
        return {i for i, on in enumerate(self.on) if k in on}


def stripped(body: Circuit, i: int, seen: set[int]) -> int:
    """The node behind refinements of range."""
    seen.add(i)
    while body.nodes[i].op == "refine":
        i = body.nodes[i].args[0]
        seen.add(i)
    return i


def is_carried(body: Circuit, i: int, k: int) -> bool:
    """Whether node i is carried value k."""
    return body.nodes[i].op == "arg" and body.nodes[i].attrs["index"] == k + 1


def carried_type(body: Circuit, k: int) -> Type:
    """The type of carried value k, which holds it in every trip."""
    return next(n.type for n in body.nodes if n.op == "arg" and n.attrs["index"] == k + 1)


@dataclass
class Terms:
    """Collects what is combined with the carried value by one associative operation."""

    body: Circuit
    k: int
    op: str
    dependence: Dependence

    def __post_init__(self) -> None:
        self.seen: set[int] = set()

    def of(self, i: int) -> list[Term] | None:
        """The terms behind node i, [] for the carried value itself, None when it is something else."""
        i = stripped(self.body, i, self.seen)
        node = self.body.nodes[i]
        if is_carried(self.body, i, self.k):
            return []
        if node.op == self.op or (self.op == "add" and node.op == "sub"):
            return self._combined(node)
        if node.op == "select" and self.dependence.free(node.args[0]):
            return self._chosen(node)
        return None

    def _combined(self, node: Node) -> list[Term] | None:
        inner = [a for a in node.args if not self.dependence.free(a)]
        if len(inner) != 1 or (node.op == "sub" and inner[0] != node.args[0]):
            return None
        terms = self.of(inner[0])
        if terms is None:
            return None
        others = list(node.args)
        others.remove(inner[0])
        return terms + [self._term(other, node.op == "sub") for other in others]

    def _term(self, i: int, negated: bool) -> Term:
        if negated:
            return lambda batch: batch.builder.add("neg", batch.every(i))
        return lambda batch: batch.every(i)

    def _chosen(self, node: Node) -> list[Term] | None:
        """select(c, a, b): the terms of the side that holds, the neutral element otherwise."""
        condition, then, otherwise = node.args
        sides = [self.of(then), self.of(otherwise)]
        if sides[0] is None or sides[1] is None:
            return None
        guarded = [self._guarded(condition, True, term) for term in sides[0]]
        return guarded + [self._guarded(condition, False, term) for term in sides[1]]

    def _guarded(self, condition: int, when: bool, term: Term) -> Term:
        held = carried_type(self.body, self.k)

        def make(batch: Batch) -> Value:
            value, chosen = term(batch), batch.every(condition)
            nothing = neutral(batch.builder, self.op, value.type, held)
            args = (value, nothing) if when else (nothing, value)
            return batch.builder.add("select", chosen, *args)
        return make


def neutral(builder: Builder, op: str, type: Type, held: Type) -> Value:
    """A value of `type` that changes nothing when combined by `op` with it, or with what is held."""
    if type.domain == "bit":
        return builder.add("const", type=replace(type, secret=False), values=(int(op == "and"),))
    number = {"add": 0, "min": max(type.hi, held.hi), "max": min(type.lo, held.lo)}[op]
    return builder.add("const", type=Type("num", type.shape, 0, number, number, False), values=(number,))
