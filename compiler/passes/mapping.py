"""Maps of a carried value: reading them off the nodes of a body, and the terms and conditions that they are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..ir.build import Value
from ..ir.nodes import Circuit, Node, Type
from .batch import Batch
from .terms import Dependence, Term, carried_type, is_carried, stripped

#: A truth value in all trips, or the same known one in each.
Flag = bool | Term

Map = TypeVar("Map")


@dataclass(frozen=True)
class Recurrence:
    """A carried value of which every trip is a map. `seen`: the nodes of the body that the map consists of.

    `make(batch, init, last)` gives its values after each trip, or the last of them. It raises Unsupported.
    """

    make: Callable[[Batch, Value, bool], Value]
    seen: frozenset[int]


class Maps(ABC, Generic[Map]):
    """Reads maps of carried value k off the nodes of a body. `seen` collects the nodes that they consist of."""

    ops: frozenset[str] = frozenset()

    def __init__(self, body: Circuit, k: int, dependence: Dependence) -> None:
        self.body, self.k, self.dependence = body, k, dependence
        self.held = carried_type(body, k)
        self.seen: set[int] = set()
        self._found: dict[int, Map | None] = {}

    def recurrence(self) -> Recurrence | None:
        found = self.of(self.body.results[self.k])
        if found is None or found == self.identity():
            return None
        return Recurrence(lambda batch, init, last: self.scanned(found, batch, init, last), frozenset(self.seen))

    def of(self, i: int) -> Map | None:
        """Node i as a map of the carried value; None when it is none of this kind."""
        i = stripped(self.body, i, self.seen)
        if i not in self._found:
            self._found[i] = self._read(i)
        return self._found[i]

    def _read(self, i: int) -> Map | None:
        node = self.body.nodes[i]
        if is_carried(self.body, i, self.k):
            return self.identity()
        if self.dependence.free(i):
            return self.constant(every(i))
        if node.op == "select" and self.dependence.free(node.args[0]):
            a, b = self.of(node.args[1]), self.of(node.args[2])
            return None if a is None or b is None else self.chosen(every(node.args[0]), a, b)
        if node.op not in self.ops:
            return None
        args = [self.of(arg) for arg in node.args]
        known = [arg for arg in args if arg is not None]
        return self.combined(node, known) if len(known) == len(args) else None

    @abstractmethod
    def identity(self) -> Map:
        """The map that changes nothing."""

    @abstractmethod
    def constant(self, term: Term) -> Map:
        """The map to a value that does not depend on the carried one."""

    @abstractmethod
    def chosen(self, condition: Term, a: Map, b: Map) -> Map | None:
        """The one map where the condition holds, and else the other; None where that is no map of this kind."""

    @abstractmethod
    def combined(self, node: Node, args: list[Map]) -> Map | None:
        """What a node of `ops` makes of these maps; None where that is no map of this kind."""

    @abstractmethod
    def scanned(self, found: Map, batch: Batch, init: Value, last: bool) -> Value:
        """The values after each trip, or the last of them. Raises Unsupported."""

    def flag(self, batch: Batch, flag: Flag) -> Value:
        """A truth value for every trip."""
        if not isinstance(flag, bool):
            return flag(batch)
        type = Type("bit", (batch.trips, *self.held.shape), 0, 0, 1, False)
        return batch.builder.add("const", type=type, values=(int(flag),))

    def number(self, value: int) -> Term:
        """The same number for every trip."""
        def make(batch: Batch) -> Value:
            type = Type("num", (batch.trips, *self.held.shape), 0, value, value, False)
            return batch.builder.add("const", type=type, values=(value,))
        return make


# --------------------------------------------------------------------------- terms and flags


def every(i: int) -> Term:
    return lambda batch: batch.every(i)


def made(op: str, *terms: Term) -> Term:
    """An operation on terms, made once for a batch however many ask for it."""
    known: list[tuple[Batch, Value]] = []

    def make(batch: Batch) -> Value:
        if not known or known[0][0] is not batch:
            known[:] = [(batch, batch.builder.add(op, *(term(batch) for term in terms)))]
        return known[0][1]
    return make


def scaled(term: Term, by: int) -> Term:
    return lambda batch: batch.builder.add("scale", term(batch), by=by)


def inverted(a: Flag) -> Flag:
    return not a if isinstance(a, bool) else made("not", a)


def both(a: Flag, b: Flag) -> Flag:
    if isinstance(a, bool):
        return b if a else False
    if isinstance(b, bool):
        return a if b else False
    return made("and", a, b)


def either(a: Flag, b: Flag) -> Flag:
    if isinstance(a, bool):
        return True if a else b
    if isinstance(b, bool):
        return True if b else a
    return made("or", a, b)


def differ(a: Flag, b: Flag) -> Flag:
    if isinstance(a, bool):
        return inverted(b) if a else b
    return differ(b, a) if isinstance(b, bool) else made("xor", a, b)


def where(condition: Term, a: Flag, b: Flag) -> Flag:
    """a where the condition holds, else b."""
    if isinstance(a, bool) and isinstance(b, bool):
        return a if a == b else condition if a else inverted(condition)
    if isinstance(a, bool):
        return either(condition, b) if a else both(inverted(condition), b)
    if isinstance(b, bool):
        return either(inverted(condition), a) if b else both(condition, a)
    return made("select", condition, a, b)
