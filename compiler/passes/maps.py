"""What a trip does to a carried value, as a map of it: of one of four kinds, each closed under doing one after the
other, so that the maps of all trips may be combined in any grouping.

- `Choice`: x -> x, or a minimum or maximum of x and a term, where a condition keeps x; elsewhere a term;
- `Flips`, of truth values: x -> (keep and x) xor term. Every function of one truth value is such a map;
- `Linear`: x -> factor * x + term, of whole numbers and, where products are cut under `fast`, of fractions. An exact
  rounding is no part of one;
- `Clamp` (see `clamps`): x -> min(max(x + term, lo), hi).

Conditions, factors and terms depend on nothing that is carried. They are read off the body here and made for all
trips at once later. Source: G. Blelloch, Prefix sums and their applications (CMU-CS-90-190), section 1.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..ir.build import Value
from ..ir.nodes import Circuit, Node
from ..ir.verify import fits
from .batch import Batch, Unsupported
from .clamps import Clamps
from .mapping import Flag, Maps, Recurrence, both, differ, either, inverted, made, scaled, where
from .running import linear, scanned
from .terms import Dependence, Term, carried_type, neutral


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
    """x -> (factor * x + term) / 2^bits where `keep`, else term / 2^bits. Without a factor it is 1, without a term that
    is 0. With bits it is a fraction, from which the value differs by what was cut under `fast`."""

    keep: Flag
    factor: Term | None
    term: Term | None
    bits: int = 0


def recurrence(body: Circuit, k: int, dependence: Dependence) -> Recurrence | None:
    """Carried value k of a loop as a recurrence; None where a trip is no map of it, or leaves it alone."""
    held = carried_type(body, k)
    if held.domain == "bit":
        return Flippings(body, k, dependence).recurrence()
    for op in (None, "min", "max"):
        found = Choices(body, k, dependence, op).recurrence()
        if found is not None:
            return found
    if not held.secret:
        return None
    return Linears(body, k, dependence).recurrence() or Clamps(body, k, dependence).recurrence()


class Choices(Maps[Choice]):
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
        return Choice(where(condition, a.keep, b.keep), self._term(condition, a.term, b.term))

    def _term(self, condition: Term, a: Term | None, b: Term | None) -> Term | None:
        if a is not None and b is not None:
            return made("select", condition, a, b)
        present = a or b
        if present is None or self.op is None:
            return present
        nothing = self._nothing(present)
        return made("select", condition, a or nothing, b or nothing)

    def _nothing(self, beside: Term) -> Term:
        op = self.op
        assert op is not None
        return lambda batch: neutral(batch.builder, op, beside(batch).type, self.held)

    def combined(self, node: Node, args: list[Choice]) -> Choice:
        a, b = args
        present = [term for term in (a.term, b.term) if term is not None]
        return Choice(either(a.keep, b.keep), made(node.op, *present) if len(present) > 1 else present[0])

    def scanned(self, found: Choice, batch: Batch, init: Value, last: bool) -> Value:
        assert found.term is not None
        starts = None if found.keep is True else self.flag(batch, inverted(found.keep))
        return scanned(batch, init, self.op or "first", found.term(batch), starts, last)


class Flippings(Maps[Flips]):
    """Functions of a truth value."""

    ops = frozenset({"and", "or", "xor", "not", "select"})

    def identity(self) -> Flips:
        return Flips(True, False)

    def constant(self, term: Term) -> Flips:
        return Flips(False, term)

    def chosen(self, condition: Term, a: Flips, b: Flips) -> Flips:
        return Flips(where(condition, a.keep, b.keep), where(condition, a.term, b.term))

    def combined(self, node: Node, args: list[Flips]) -> Flips:
        match node.op:
            case "not":
                return _flipped(args[0])
            case "select":
                condition, then, otherwise = args
                return _added(otherwise, _product(condition, _added(then, otherwise)))
            case "or":
                args = [_flipped(arg) for arg in args]
        whole = args[0]
        for arg in args[1:]:
            whole = _added(whole, arg) if node.op == "xor" else _product(whole, arg)
        return _flipped(whole) if node.op == "or" else whole

    def scanned(self, found: Flips, batch: Batch, init: Value, last: bool) -> Value:
        starts = None if found.keep is True else self.flag(batch, inverted(found.keep))
        return scanned(batch, init, "xor", self.flag(batch, found.term), starts, last)


def _flipped(a: Flips) -> Flips:
    return Flips(a.keep, inverted(a.term))


def _added(a: Flips, b: Flips) -> Flips:
    return Flips(differ(a.keep, b.keep), differ(a.term, b.term))


def _product(a: Flips, b: Flips) -> Flips:
    """(a x + c)(b x + d) = (a b + a d + c b) x + c d, of truth values."""
    mixed = differ(both(a.keep, b.term), both(a.term, b.keep))
    return Flips(differ(both(a.keep, b.keep), mixed), both(a.term, b.term))


class Linears(Maps[Linear]):
    """Linear functions of whole numbers, or of fractions."""

    ops = frozenset({"add", "sub", "neg", "scale", "mul", "round"})

    def identity(self) -> Linear:
        return Linear(True, None, None)

    def constant(self, term: Term) -> Linear:
        return Linear(False, None, term)

    def chosen(self, condition: Term, a: Linear, b: Linear) -> Linear:
        a, b = self._alike(a, b)
        zero = self.number(0)
        term = None if a.term is None and b.term is None else made("select", condition, a.term or zero, b.term or zero)
        if a.factor is None and b.factor is None:
            return Linear(where(condition, a.keep, b.keep), None, term, a.bits)
        return Linear(True, made("select", condition, self.factor(a), self.factor(b)), term, a.bits)

    def _alike(self, a: Linear, b: Linear) -> tuple[Linear, Linear]:
        """The same maps, divided by the same."""
        bits = max(a.bits, b.bits)
        return self._raised(a, bits), self._raised(b, bits)

    def _raised(self, a: Linear, bits: int) -> Linear:
        if a.bits == bits:
            return a
        return replace(self._times(a, lambda term: scaled(term, 1 << bits - a.bits)), bits=bits)

    def combined(self, node: Node, args: list[Linear]) -> Linear | None:
        match node.op:
            case "neg":
                return self._times(args[0], lambda term: made("neg", term))
            case "scale":
                return self._times(args[0], lambda term: scaled(term, node.attrs["by"]))
            case "round":
                return replace(args[0], bits=args[0].bits + node.attrs["bits"]) if node.attrs.get("fast") else None
            case "mul":
                for a, b in (args, args[::-1]):
                    if b.keep is False and b.term is not None:
                        return self._product(a, b.term)
                return None
        return self._total(node.op, *args)

    def _total(self, op: str, a: Linear, b: Linear) -> Linear:
        a, b = self._alike(a, b)
        if b.keep is False and b.term is not None:
            return Linear(a.keep, a.factor, self._sum(op, a.term, b.term), a.bits)
        if op == "add" and a.keep is False:
            return self._total(op, b, a)
        return Linear(True, made(op, self.factor(a), self.factor(b)), self._sum(op, a.term, b.term), a.bits)

    def _sum(self, op: str, a: Term | None, b: Term | None) -> Term | None:
        if b is None:
            return a
        if a is None:
            return b if op == "add" else made("neg", b)
        return made(op, a, b)

    def _times(self, a: Linear, change: Callable[[Term], Term]) -> Linear:
        term = a.term and change(a.term)
        if a.keep is False:
            return Linear(False, None, term, a.bits)
        return Linear(True, change(self.factor(a)), term, a.bits)

    def _product(self, a: Linear, by: Term) -> Linear:
        factor = by if a.keep is True and a.factor is None else made("mul", self.factor(a), by)
        return Linear(True, factor, a.term and made("mul", a.term, by), a.bits)

    def scanned(self, found: Linear, batch: Batch, init: Value, last: bool) -> Value:
        if found.keep is True and found.factor is None and not found.bits:
            raise Unsupported("a sum, whose range may be wider than what is known of it")
        if found.bits and any(_narrows(self.body, i) for i in self.seen):
            raise Unsupported("what is known of a number that was cut need not hold for the fraction")
        term, factor = (found.term or self.number(0))(batch), self.factor(found)(batch)
        return linear(batch, init, self.held, term, factor, last, found.bits)

    def factor(self, a: Linear) -> Term:
        """What the carried value is multiplied by, as a number."""
        if a.factor is not None:
            return a.factor
        return self.number(int(a.keep)) if isinstance(a.keep, bool) else made("to_num", a.keep)


def _narrows(body: Circuit, i: int) -> bool:
    """Whether a node says more of a number than its operation does."""
    node = body.nodes[i]
    return node.op == "refine" and not fits(body.nodes[node.args[0]].type, node.type)
