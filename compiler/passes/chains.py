"""Linear recurrences that are written out, as short loops are, become one operation, of which the gadget finds the
cheapest circuit: s = a * s + b four times over takes three levels instead of four.

A chain is of products: each has a factor that is the one before it, times known numbers and with terms added, and a
factor that does not depend on it. It ends where something else reads a value on the way.
Leaves alone: chains without terms (products, which `reassociate` balances), chains of fewer than three products,
roundings, what would need a wider ring.

before                              after
    %5 = mul %0 %1                      %5 = concat %0 %2 %4 0, one row each
    %6 = add %5 %2                      %6 = concat %1 %1 %3 %3
    %7 = mul %6 %3                      %7 = recurrence %5 %6, the last row
    %8 = add %7 %4
    %9 = mul %8 %3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node

#: Products of the shortest chain that is looked at.
FEWEST = 3

#: Bits of a result, its sign included, that the narrow ring holds.
MOST_BITS = 63


@dataclass(frozen=True)
class _Step:
    """The product of `factor` and `times` * product `before` + the terms, each a node times a number. The one that
    begins a chain has none before it (-1)."""

    before: int
    times: int
    terms: tuple[tuple[int, int], ...]
    factor: int


def roll_chains(circuit: Circuit) -> Circuit:
    """The circuit with written-out linear recurrences as operations; what they were made of is dead afterwards."""
    chains = _Chains(circuit).found
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        if i in chains:
            new[i] = _rolled(builder, new, chains[i], node)
            continue
        body = roll_chains(node.body) if node.body is not None else None
        new[i] = builder.append(replace(node, args=tuple(new[a].id for a in node.args), body=body))
    return builder.finish(new[r] for r in circuit.results)


# --------------------------------------------------------------------------- finding chains


class _Chains:
    """The chains of a circuit, by the product that each ends with."""

    def __init__(self, circuit: Circuit) -> None:
        self.nodes, self.uses = circuit.nodes, circuit.uses()
        self.level = self._levels()
        steps = {i: step for i in range(len(self.nodes)) if (step := self._step(i)) is not None}
        inner = {step.before for step in steps.values()}
        self.found = {i: chain for i in steps if i not in inner and self._worth(chain := self._chain(steps, i), i)}

    def _levels(self) -> list[int]:
        """How many products in sequence lead to each node: what depends on a product has at least its level."""
        level: list[int] = []
        for i, node in enumerate(self.nodes):
            level.append(max((level[a] for a in node.args), default=0) + self._is_product(i))
        return level

    def _is_product(self, i: int) -> bool:
        node = self.nodes[i]
        return node.op == "mul" and all(self.nodes[a].type.secret for a in node.args)

    def _chain(self, steps: dict[int, _Step], end: int) -> list[_Step]:
        """The steps up to a product, the one that begins the chain first."""
        chain = [steps[end]]
        while chain[-1].before in steps:
            chain.append(steps[chain[-1].before])
        left, right = self.nodes[chain[-1].before].args
        return [_Step(-1, 1, ((left, 1),), right), *reversed(chain)]

    def _worth(self, chain: Sequence[_Step], end: int) -> bool:
        fits = self.nodes[end].type.range.signed_bits <= MOST_BITS
        return len(chain) >= FEWEST and any(step.terms for step in chain[1:]) and fits

    def _step(self, i: int) -> _Step | None:
        """A product as a step behind another one."""
        if not self._is_product(i):
            return None
        for inner, factor in (self.nodes[i].args, self.nodes[i].args[::-1]):
            step = self._behind(inner, factor)
            if step is not None:
                return step
        return None

    def _behind(self, i: int, factor: int) -> _Step | None:
        """Node i as a product times a number, and terms; neither they nor the factor depend on the product."""
        times, terms = 1, list[tuple[int, int]]()
        while not self._is_product(i):
            node = self.nodes[i]
            if self.uses[i] != 1 or node.op not in ("refine", "neg", "scale", "add", "sub"):
                return None
            if node.op in ("add", "sub"):
                k = max(range(2), key=lambda k: self.level[node.args[k]])
                sign = -1 if node.op == "sub" else 1
                terms.append((node.args[1 - k], times * (sign if k == 0 else 1)))
                times *= sign if k == 1 else 1
                i = node.args[k]
            else:
                times *= {"neg": -1, "refine": 1}.get(node.op) or node.attrs["by"]
                i = node.args[0]
        free = all(self.level[j] < self.level[i] for j in (factor, *(term for term, _ in terms)))
        return _Step(i, times, tuple(terms), factor) if free and self.uses[i] == 1 else None


# --------------------------------------------------------------------------- making them


def _rolled(builder: Builder, new: dict[int, Value], chain: Sequence[_Step], end: Node) -> Value:
    """Row j is the factor of the product before times row j - 1, and the terms; the last row is the last product."""
    type = replace(end.type, lo=0, hi=0, secret=False)
    nothing = builder.add("const", type=type, values=(0,))
    addends = [_total(builder, new, step.terms, nothing) for step in chain] + [nothing]
    factors = [_scaled(builder, new[step.factor], after.times) for step, after in pairwise(chain)]
    factors = [factors[0], *factors, new[chain[-1].factor]]
    rows = [_stacked(builder, side) for side in (addends, factors)]
    return builder.add("recurrence", *rows, axis=0, lo=end.type.lo, hi=end.type.hi, last=True)


def _total(builder: Builder, new: dict[int, Value], terms: Sequence[tuple[int, int]], nothing: Value) -> Value:
    total = nothing
    for term, times in terms:
        value = _scaled(builder, new[term], times)
        total = value if total is nothing else builder.add("add", total, value)
    return total


def _scaled(builder: Builder, value: Value, by: int) -> Value:
    return value if by == 1 else builder.add("scale", value, by=by)


def _stacked(builder: Builder, values: Sequence[Value]) -> Value:
    return builder.add("concat", *(builder.add("reshape", v, shape=(1, *v.type.shape)) for v in values), axis=0)
