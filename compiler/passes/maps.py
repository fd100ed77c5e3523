"""What a trip does to a carried value, as a map of it: of one of three kinds, each closed under doing one after the
other, so that the maps of all trips may be combined in any grouping.

- `Choice`: x -> x, or a minimum or maximum of x and a term, where a condition keeps x; elsewhere a term;
- `Flips`, of truth values: x -> (keep and x) xor term. Every function of one truth value is such a map;
- `Linear`, of whole numbers: x -> factor * x + term. A rounding is no part of one.

Conditions, factors and terms depend on nothing that is carried. They are read off the body here and made for all
trips at once later. Source: G. Blelloch, Prefix sums and their applications (CMU-CS-90-190), section 1.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..ir.build import Value
from ..ir.nodes import Circuit, Node, Type
from .batch import Batch, Unsupported
from .running import linear, scanned
from .terms import Dependence, Term, carried_type, is_carried, neutral, stripped

#: A truth value in all trips, or the same known one in each.
Flag = bool | Term

_Map = TypeVar("_Map")


@dataclass(frozen=True)
class Choice:
    """x -> op(x, term) where `keep`, else term; without a term x itself, without an op x itself where `keep`."""

    keep: Flag
    term: Term | None


@dataclass(frozen=True)
class Flips:
    """x -> (keep and x) xor term."""

    keep: Flag
    term: Flag


@dataclass(frozen=True)
class Linear:
    """x -> factor * x + term where `keep`, else term. Without a factor it is 1, without a term that is 0."""

    keep: Flag
    factor: Term | None
    term: Term | None


@dataclass(frozen=True)
class Recurrence:
    """A carried value of which every trip is a map. `seen`: the nodes of the body that the map consists of.

    `make(batch, init, last)` gives its values after each trip, or the last of them. It raises Unsupported.
    """

    make: Callable[[Batch, Value, bool], Value]
    seen: frozenset[int]


def recurrence(body: Circuit, k: int, dependence: Dependence) -> Recurrence | None:
    """Carried value k of a loop as a recurrence; None where a trip is no map of it, or leaves it alone."""
    held = carried_type(body, k)
    if held.domain == "bit":
        return Flippings(body, k, dependence).recurrence()
    for op in (None, "min", "max"):
        found = Choices(body, k, dependence, op).recurrence()
        if found is not None:
            return found
    return Linears(body, k, dependence).recurrence() if held.secret else None


class _Maps(Generic[_Map]):
    """Reads maps of carried value k off the nodes of a body. `seen` collects the nodes that they consist of."""

    ops: frozenset[str] = frozenset()

    def __init__(self, body: Circuit, k: int, dependence: Dependence) -> None:
        self.body, self.k, self.dependence = body, k, dependence
        self.held = carried_type(body, k)
        self.seen: set[int] = set()
        self._found: dict[int, _Map | None] = {}

    def recurrence(self) -> Recurrence | None:
        found = self.of(self.body.results[self.k])
        if found is None or found == self.identity():
            return None
        return Recurrence(lambda batch, init, last: self.scanned(found, batch, init, last), frozenset(self.seen))

    def of(self, i: int) -> _Map | None:
        """Node i as a map of the carried value; None when it is none of this kind."""
        i = stripped(self.body, i, self.seen)
        if i not in self._found:
            self._found[i] = self._read(i)
        return self._found[i]

    def _read(self, i: int) -> _Map | None:
        node = self.body.nodes[i]
        if is_carried(self.body, i, self.k):
            return self.identity()
        if self.dependence.free(i):
            return self.constant(_every(i))
        if node.op == "select" and self.dependence.free(node.args[0]):
            a, b = self.of(node.args[1]), self.of(node.args[2])
            return None if a is None or b is None else self.chosen(_every(node.args[0]), a, b)
        if node.op not in self.ops:
            return None
        args = [self.of(arg) for arg in node.args]
        known = [arg for arg in args if arg is not None]
        return self.combined(node, known) if len(known) == len(args) else None

    def identity(self) -> _Map:
        raise NotImplementedError

    def constant(self, term: Term) -> _Map:
        raise NotImplementedError

    def chosen(self, condition: Term, a: _Map, b: _Map) -> _Map | None:
        raise NotImplementedError

    def combined(self, node: Node, args: list[_Map]) -> _Map | None:
        raise NotImplementedError

    def scanned(self, found: _Map, batch: Batch, init: Value, last: bool) -> Value:
        raise NotImplementedError

    def flag(self, batch: Batch, flag: Flag) -> Value:
        """A truth value for every trip."""
        if not isinstance(flag, bool):
            return flag(batch)
        type = Type("bit", (batch.trips, *self.held.shape), 0, 0, 1, False)
        return batch.builder.add("const", type=type, values=(int(flag),))


class Choices(_Maps[Choice]):
    """Choices of what is kept, of minima or of maxima (`op`)."""

    def __init__(self, body: Circuit, k: int, dependence: Dependence, op: str | None) -> None:
        super().__init__(body, k, dependence)
        self.op = op
        self.ops = frozenset() if op is None else frozenset({op})

    def identity(self) -> Choice:
        return Choice(True, None)

    def constant(self, term: Term) -> Choice:
        return Choice(False, term)

    def chosen(self, condition: Term, a: Choice, b: Choice) -> Choice:
        return Choice(_where(condition, a.keep, b.keep), self._term(condition, a.term, b.term))

    def _term(self, condition: Term, a: Term | None, b: Term | None) -> Term | None:
        if a is not None and b is not None:
            return _made("select", condition, a, b)
        present = a or b
        if present is None or self.op is None:
            return present
        nothing = self._nothing(present)
        return _made("select", condition, a or nothing, b or nothing)

    def _nothing(self, beside: Term) -> Term:
        op = self.op
        assert op is not None
        return lambda batch: neutral(batch.builder, op, beside(batch).type, self.held)

    def combined(self, node: Node, args: list[Choice]) -> Choice:
        a, b = args
        present = [term for term in (a.term, b.term) if term is not None]
        return Choice(_either(a.keep, b.keep), _made(node.op, *present) if len(present) > 1 else present[0])

    def scanned(self, found: Choice, batch: Batch, init: Value, last: bool) -> Value:
        assert found.term is not None
        starts = None if found.keep is True else self.flag(batch, _inverted(found.keep))
        return scanned(batch, init, self.op or "first", found.term(batch), starts, last)


class Flippings(_Maps[Flips]):
    """Functions of a truth value."""

    ops = frozenset({"and", "or", "xor", "not", "select"})

    def identity(self) -> Flips:
        return Flips(True, False)

    def constant(self, term: Term) -> Flips:
        return Flips(False, term)

    def chosen(self, condition: Term, a: Flips, b: Flips) -> Flips:
        return Flips(_where(condition, a.keep, b.keep), _where(condition, a.term, b.term))

    def combined(self, node: Node, args: list[Flips]) -> Flips:
        match node.op:
            case "not":
                return _flipped(args[0])
            case "select":
                condition, then, otherwise = args
                return _added(otherwise, _product(condition, _added(then, otherwise)))
            case "or":
                args = [_flipped(arg) for arg in args]
        made = args[0]
        for arg in args[1:]:
            made = _added(made, arg) if node.op == "xor" else _product(made, arg)
        return _flipped(made) if node.op == "or" else made

    def scanned(self, found: Flips, batch: Batch, init: Value, last: bool) -> Value:
        starts = None if found.keep is True else self.flag(batch, _inverted(found.keep))
        return scanned(batch, init, "xor", self.flag(batch, found.term), starts, last)


def _flipped(a: Flips) -> Flips:
    return Flips(a.keep, _inverted(a.term))


def _added(a: Flips, b: Flips) -> Flips:
    return Flips(_differ(a.keep, b.keep), _differ(a.term, b.term))


def _product(a: Flips, b: Flips) -> Flips:
    """(a x + c)(b x + d) = (a b + a d + c b) x + c d, of truth values."""
    mixed = _differ(_both(a.keep, b.term), _both(a.term, b.keep))
    return Flips(_differ(_both(a.keep, b.keep), mixed), _both(a.term, b.term))


class Linears(_Maps[Linear]):
    """Linear functions of whole numbers."""

    ops = frozenset({"add", "sub", "neg", "scale", "mul"})

    def identity(self) -> Linear:
        return Linear(True, None, None)

    def constant(self, term: Term) -> Linear:
        return Linear(False, None, term)

    def chosen(self, condition: Term, a: Linear, b: Linear) -> Linear:
        zero = self._number(0)
        term = None if a.term is None and b.term is None else _made("select", condition, a.term or zero, b.term or zero)
        if a.factor is None and b.factor is None:
            return Linear(_where(condition, a.keep, b.keep), None, term)
        return Linear(True, _made("select", condition, self.factor(a), self.factor(b)), term)

    def combined(self, node: Node, args: list[Linear]) -> Linear | None:
        match node.op:
            case "neg":
                return self._times(args[0], lambda term: _made("neg", term))
            case "scale":
                return self._times(args[0], lambda term: _scaled(term, node.attrs["by"]))
            case "mul":
                for a, b in (args, args[::-1]):
                    if b.keep is False and b.term is not None:
                        return self._product(a, b.term)
                return None
        return self._total(node.op, *args)

    def _total(self, op: str, a: Linear, b: Linear) -> Linear:
        if b.keep is False and b.term is not None:
            return Linear(a.keep, a.factor, self._sum(op, a.term, b.term))
        if op == "add" and a.keep is False:
            return self._total(op, b, a)
        return Linear(True, _made(op, self.factor(a), self.factor(b)), self._sum(op, a.term, b.term))

    def _sum(self, op: str, a: Term | None, b: Term | None) -> Term | None:
        if b is None:
            return a
        if a is None:
            return b if op == "add" else _made("neg", b)
        return _made(op, a, b)

    def _times(self, a: Linear, change: Callable[[Term], Term]) -> Linear:
        term = a.term and change(a.term)
        return Linear(False, None, term) if a.keep is False else Linear(True, change(self.factor(a)), term)

    def _product(self, a: Linear, by: Term) -> Linear:
        factor = by if a.keep is True and a.factor is None else _made("mul", self.factor(a), by)
        return Linear(True, factor, a.term and _made("mul", a.term, by))

    def scanned(self, found: Linear, batch: Batch, init: Value, last: bool) -> Value:
        if found.keep is True and found.factor is None:
            raise Unsupported("a sum, whose range may be wider than what is known of it")
        return linear(batch, init, self.held, (found.term or self._number(0))(batch), self.factor(found)(batch), last)

    def factor(self, a: Linear) -> Term:
        """What the carried value is multiplied by, as a number."""
        if a.factor is not None:
            return a.factor
        return self._number(int(a.keep)) if isinstance(a.keep, bool) else _made("to_num", a.keep)

    def _number(self, value: int) -> Term:
        def make(batch: Batch) -> Value:
            type = Type("num", (batch.trips, *self.held.shape), 0, value, value, False)
            return batch.builder.add("const", type=type, values=(value,))
        return make


# --------------------------------------------------------------------------- terms and flags


def _every(i: int) -> Term:
    return lambda batch: batch.every(i)


def _made(op: str, *terms: Term) -> Term:
    """An operation on terms, made once for a batch however many ask for it."""
    made: list[tuple[Batch, Value]] = []

    def make(batch: Batch) -> Value:
        if not made or made[0][0] is not batch:
            made[:] = [(batch, batch.builder.add(op, *(term(batch) for term in terms)))]
        return made[0][1]
    return make


def _scaled(term: Term, by: int) -> Term:
    return lambda batch: batch.builder.add("scale", term(batch), by=by)


def _inverted(a: Flag) -> Flag:
    return not a if isinstance(a, bool) else _made("not", a)


def _both(a: Flag, b: Flag) -> Flag:
    if isinstance(a, bool):
        return b if a else False
    if isinstance(b, bool):
        return a if b else False
    return _made("and", a, b)


def _either(a: Flag, b: Flag) -> Flag:
    if isinstance(a, bool):
        return True if a else b
    if isinstance(b, bool):
        return True if b else a
    return _made("or", a, b)


def _differ(a: Flag, b: Flag) -> Flag:
    if isinstance(a, bool):
        return _inverted(b) if a else b
    return _differ(b, a) if isinstance(b, bool) else _made("xor", a, b)


def _where(condition: Term, a: Flag, b: Flag) -> Flag:
    """a where the condition holds, else b."""
    if isinstance(a, bool) and isinstance(b, bool):
        return a if a == b else condition if a else _inverted(condition)
    if isinstance(a, bool):
        return _either(condition, b) if a else _both(_inverted(condition), b)
    if isinstance(b, bool):
        return _either(_inverted(condition), a) if b else _both(condition, a)
    return _made("select", condition, a, b)
