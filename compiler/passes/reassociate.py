"""Chains of one associative operation become trees: their depth is the logarithm of their length.

Products of whole numbers, minima, maxima, `and`, `or`, `xor`. Where only the end of a chain is read, what is ready
first is combined first (as in Huffman's code, which is best for that); where values on the way are read as well, all
of them come from one prefix network (Sklansky's). Rounded products are no chain: their roundings stand between.
Leaves alone: chains whose values on the way would need a wider ring than before.

before                              after
    %4 = mul %0 %1                      %4 = mul %0 %1
    %5 = mul %4 %2                      %5 = mul %2 %3
    %6 = mul %5 %3                      %6 = mul %4 %5
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node

_CHAINED = frozenset({"mul", "min", "max", "and", "or", "xor"})

#: Roughly the rounds of an operation: only the order in which a chain is combined hangs on it.
_ROUNDS = {
    "mul": 1, "dot": 1, "matmul": 1, "polynomial": 3, "and": 1, "or": 1, "select": 2, "to_num": 2, "lt": 7, "eq": 6,
    "min": 8, "max": 8, "abs": 8, "round": 8, "any": 8, "all": 8, "reduce_min": 40, "reduce_max": 40,
    "floordiv": 60, "mod": 60, "divround": 60, "sqrt": 60, "netlist": 60, "loop": 600,
}


def reassociate(circuit: Circuit) -> Circuit:
    """The circuit with chains as trees; what is no longer needed of them is dead."""
    return _Trees(circuit).run()


@dataclass(frozen=True)
class _Chain:
    """Nodes each of which combines the one before with one term more: node j combines terms 0 .. j + 1."""

    op: str
    nodes: tuple[int, ...]
    terms: tuple[int, ...]
    inside_is_read: bool


@dataclass
class _Trees:
    circuit: Circuit
    new: dict[int, Value] = field(default_factory=dict)
    rounds: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.builder = Builder(self.circuit.stage)
        self.uses = self.circuit.uses()
        self.chains = self._chains()

    def run(self) -> Circuit:
        for i, node in enumerate(self.circuit.nodes):
            self.builder.span = node.span
            body = reassociate(node.body) if node.body is not None else None
            made = self._combined(i, node)
            if made is None:
                made = self.builder.append(replace(node, args=tuple(self.new[a].id for a in node.args), body=body))
            self.new[i] = made
        return self.builder.finish(self.new[r] for r in self.circuit.results)

    # ----------------------------------------------------------------- finding chains

    def _chains(self) -> dict[int, tuple[_Chain, int]]:
        """For each node of a chain, the chain and its position in it."""
        found: dict[int, tuple[_Chain, int]] = {}
        for i in reversed(range(len(self.circuit.nodes))):
            node = self.circuit.nodes[i]
            if node.op in _CHAINED and node.type.secret and i not in found:
                chain = self._chain(i)
                if chain is not None:
                    found.update({n: (chain, j) for j, n in enumerate(chain.nodes)})
        return found

    def _chain(self, end: int) -> _Chain | None:
        """The chain that ends at a node, followed back as long as one argument continues it."""
        op, spine, terms, read = self.circuit.nodes[end].op, [end], [], False
        while True:
            left, *others = self.circuit.nodes[spine[-1]].args
            squared = left in others  # nothing makes a power in fewer levels than squares do
            before = None if squared else self._same_op(left, op)
            if before is None and not squared and len(others) == 1:
                other = self._same_op(others[0], op)
                if other is not None:
                    left, others, before = others[0], [left], other
            if len(others) != 1:
                return None
            terms.append(others[0])
            if before is None:
                terms.append(left)
                break
            read = read or self._uses_on_the_way(left, before) > 1
            spine.append(before)
        nodes, ordered = tuple(reversed(spine)), tuple(reversed(terms))
        return _Chain(op, nodes, ordered, read) if len(nodes) > 1 else None

    def _same_op(self, i: int, op: str) -> int | None:
        """The node of that operation behind refinements of range, if it is one of two operands."""
        while self.circuit.nodes[i].op == "refine":
            i = self.circuit.nodes[i].args[0]
        node = self.circuit.nodes[i]
        return i if node.op == op and len(node.args) == 2 else None

    def _uses_on_the_way(self, i: int, end: int) -> int:
        most = self.uses[i]
        while i != end:
            i = self.circuit.nodes[i].args[0]
            most = max(most, self.uses[i])
        return most

    # ----------------------------------------------------------------- making trees

    def _combined(self, i: int, node: Node) -> Value | None:
        """The node anew, as a part of its chain; None to leave it as it is."""
        if i not in self.chains:
            return None
        chain, position = self.chains[i]
        last = position == len(chain.nodes) - 1
        if not chain.inside_is_read and not last:
            return None
        terms = [self.new[t] for t in chain.terms[:position + 2]]
        limit = max(node.type.range.signed_bits, 63)
        made = self._prefix(chain.op, terms, limit) if chain.inside_is_read else self._tree(chain.op, terms, limit)
        if made is None or made.type.domain == "bit" or made.type.range == node.type.range:
            return made
        return self.builder.add("refine", made, lo=node.type.lo, hi=node.type.hi)

    def _tree(self, op: str, terms: Sequence[Value], limit: int) -> Value | None:
        """All terms combined, what is ready first before the rest; None where a value would need more bits."""
        ready = [(self._depth(term), k, term) for k, term in enumerate(terms)]
        heapq.heapify(ready)
        count = len(ready)
        while len(ready) > 1:
            (_, _, a), (_, _, b) = heapq.heappop(ready), heapq.heappop(ready)
            made = self._two(op, a, b, limit)
            if made is None:
                return None
            count += 1
            heapq.heappush(ready, (self._depth(made), count, made))
        return ready[0][2]

    def _prefix(self, op: str, terms: Sequence[Value], limit: int) -> Value | None:
        """The last output of Sklansky's network over the terms; the builder knows what was made for the others."""
        @cache
        def group(i: int, step: int) -> Value | None:
            """Terms of the block of `step` that holds i, up to i."""
            if step == 1:
                return terms[i]
            half = step // 2
            upper = group(i, half)
            if not i & half:
                return upper
            lower = group(i // half * half - 1, half)
            return None if lower is None or upper is None else self._two(op, lower, upper, limit)

        return group(len(terms) - 1, 1 << (len(terms) - 1).bit_length())

    def _two(self, op: str, a: Value, b: Value, limit: int) -> Value | None:
        made = self.builder.add(op, a, b)
        return made if made.type.domain == "bit" or made.type.range.signed_bits <= limit else None

    def _depth(self, x: Value) -> int:
        """Roughly the round in which a value of the new circuit is there."""
        for node in self.builder.nodes[len(self.rounds):]:
            before = max((self.rounds[a] for a in node.args), default=0)
            self.rounds.append(before + (_ROUNDS.get(node.op, 0) if node.type.secret else 0))
        return self.rounds[x.id]
