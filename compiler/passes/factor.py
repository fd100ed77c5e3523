"""What terms of a sum are multiplied by alike is multiplied once: a * b + a * c is a * (b + c), of truth values too.

Sums and differences of products of whole numbers, `xor` of `and`: of these any terms that share a factor are put
together. An `or` of `and` and an `and` of `or` only where all terms share it: there adding takes a level too, and
nothing may get later. Gates are saved, and levels are as before.
Leaves alone: products that others read too, rounded products, sums whose inner sum would need a wider ring than before.

before                              after
    %3 = mul %0 %1                      %3 = sub %1 %2
    %4 = mul %0 %2                      %4 = mul %0 %3
    %5 = sub %3 %4
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node


@dataclass(frozen=True)
class _Kind:
    """Sums by the operations `outer` of products by `inner`; `free`: adding takes no level."""

    outer: frozenset[str]
    inner: str
    free: bool


_KINDS = {op: kind for kind in (
    _Kind(frozenset({"add", "sub"}), "mul", True), _Kind(frozenset({"xor"}), "and", True),
    _Kind(frozenset({"or"}), "and", False), _Kind(frozenset({"and"}), "or", False),
) for op in kind.outer}


@dataclass(frozen=True)
class _Term:
    """Node `value`, added or taken away; its two factors where it is a product that nobody else reads."""

    value: int
    negative: bool
    factors: tuple[int, ...]

    def beside(self, factor: int) -> int:
        """The other factor."""
        return self.factors[1] if self.factors[0] == factor else self.factors[0]


def factor_sums(circuit: Circuit) -> Circuit:
    """The circuit with shared factors multiplied once; the products that they were in are dead afterwards."""
    return _Factoring(circuit).run()


@dataclass
class _Factoring:
    circuit: Circuit
    new: dict[int, Value] = field(default_factory=dict)
    widest: int = 0

    def __post_init__(self) -> None:
        self.builder = Builder(self.circuit.stage)
        self.nodes = self.circuit.nodes
        self.uses = self.circuit.uses()
        self.sums: dict[int, list[_Term]] = {}
        inside: set[int] = set()
        for i in reversed(range(len(self.nodes))):
            if self.nodes[i].op in _KINDS and self.nodes[i].type.secret and i not in inside:
                self.sums[i] = self._terms(i, inside)

    def run(self) -> Circuit:
        for i, node in enumerate(self.nodes):
            self.builder.span = node.span
            body = factor_sums(node.body) if node.body is not None else None
            made = self._factored(node, self.sums[i]) if i in self.sums else None
            self.new[i] = made or self.builder.append(
                replace(node, args=tuple(self.new[a].id for a in node.args), body=body))
        return self.builder.finish(self.new[r] for r in self.circuit.results)

    # ----------------------------------------------------------------- terms

    def _terms(self, end: int, inside: set[int]) -> list[_Term]:
        """What the sum at a node puts together, in order."""
        kind = _KINDS[self.nodes[end].op]
        found: list[_Term] = []
        todo = [(end, end, False)]
        while todo:
            i, core, negative = todo.pop()
            node = self.nodes[core] if core >= 0 else None
            if node is not None and node.op in kind.outer:
                inside.add(core)
                signs = [negative != (node.op == "sub" and k == 1) for k in range(len(node.args))]
                todo += reversed([(a, self._core(a), sign) for a, sign in zip(node.args, signs, strict=True)])
            else:
                product = node is not None and self._is_product(node, kind)
                found.append(_Term(i, negative, node.args if node is not None and product else ()))
        return found

    def _core(self, i: int) -> int:
        """The node behind refinements of range, if nobody else reads any of them; else -1."""
        while self.uses[i] == 1 and self.nodes[i].op == "refine":
            i = self.nodes[i].args[0]
        return i if self.uses[i] == 1 else -1

    def _is_product(self, node: Node, kind: _Kind) -> bool:
        return node.op == kind.inner and len(node.args) == 2 and all(self.nodes[a].type.secret for a in node.args)

    # ----------------------------------------------------------------- sums anew

    def _factored(self, node: Node, terms: Sequence[_Term]) -> Value | None:
        """The sum with what shares a factor put together; None where nothing does, or a wider ring were needed."""
        kind, self.widest = _KINDS[node.op], 0
        left, parts = list(terms), list[tuple[Value, bool]]()
        while True:
            shared = Counter(factor for term in left for factor in set(term.factors)).most_common(1)
            if not shared or shared[0][1] < (2 if kind.free else len(terms)) or len(left) < 2:
                break
            factor = shared[0][0]
            group = [term for term in left if factor in term.factors]
            left = [term for term in left if factor not in term.factors]
            parts.append(self._multiplied(kind, factor, group))
        if not parts:
            return None
        made = self._sum(kind, parts + [(self.new[term.value], term.negative) for term in left])
        if made.type.domain == "bit":
            return made
        if self.widest > max(63, node.type.range.signed_bits):
            return None
        same = made.type.range == node.type.range
        return made if same else self.builder.add("refine", made, lo=node.type.lo, hi=node.type.hi)

    def _multiplied(self, kind: _Kind, factor: int, group: Sequence[_Term]) -> tuple[Value, bool]:
        """The factor times the sum of what it was multiplied by, and whether that is taken away."""
        negative = all(term.negative for term in group)
        cofactors = [(self.new[term.beside(factor)], term.negative != negative) for term in group]
        made = self.builder.add(kind.inner, self.new[factor], self._sum(kind, cofactors))
        self.widest = max(self.widest, made.type.range.signed_bits)
        return made, negative

    def _sum(self, kind: _Kind, parts: Sequence[tuple[Value, bool]]) -> Value:
        """The parts put together, one that is added first."""
        ordered = sorted(parts, key=lambda part: part[1])
        total, negative = ordered[0]
        if negative:
            total = self.builder.add("neg", total)
        for value, minus in ordered[1:]:
            op = "sub" if minus else "add" if kind.inner == "mul" else next(iter(kind.outer))
            total = self.builder.add(op, total, value)
            self.widest = max(self.widest, total.type.range.signed_bits)
        return total
