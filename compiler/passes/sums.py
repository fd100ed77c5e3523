"""Sums written out term by term become sums along an axis: products among them one dot product with one message,
truth values among them one count.

Terms are what a chain of `add` and `sub` puts together and nobody else reads; those of one kind and shape are
stacked along a new last axis. Whole numbers add up to the same in any order, and a rounded product is no term of
this kind: its rounding stands around it.

before                                  after
    %2 = mul %0 %1                          %2 = concat %0 %3, one row each
    %3 = mul %4 %5                          %3 = concat %1 %5
    %6 = add %2 %3                          %4 = dot %2 %3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node

#: Terms of the shortest sum that is stacked.
FEWEST_PRODUCTS, FEWEST_BITS = 2, 3


@dataclass(frozen=True)
class _Term:
    """Node `value`, added or taken away; `core` is the node behind refinements of its range."""

    value: int
    core: int
    negative: bool


def gather_sums(circuit: Circuit) -> Circuit:
    """The circuit with the terms of written-out sums stacked."""
    builder = Builder(circuit.stage)
    uses = circuit.uses()
    new: dict[int, Value] = {}
    absorbed: set[int] = set()
    sums: dict[int, list[_Term]] = {}
    for i in reversed(range(len(circuit.nodes))):
        if circuit.nodes[i].op in ("add", "sub") and circuit.nodes[i].type.secret and i not in absorbed:
            sums[i] = list(_terms(circuit.nodes, uses, i, False, absorbed))
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        if node.body is not None:
            node = replace(node, body=gather_sums(node.body))
        made = _gathered(builder, circuit.nodes, uses, sums[i], node, new) if i in sums else None
        new[i] = made or builder.append(replace(node, args=tuple(new[a].id for a in node.args)))
    return builder.finish(new[r] for r in circuit.results)


def _terms(nodes: Sequence[Node], uses: Sequence[int], i: int, negative: bool, absorbed: set[int]) -> list[_Term]:
    """What the sum at node i puts together."""
    found: list[_Term] = []
    todo = [(i, negative)]
    while todo:
        j, minus = todo.pop()
        absorbed.add(j)
        for k, arg in enumerate(nodes[j].args):
            sign = minus != (nodes[j].op == "sub" and k == 1)
            core, alone = arg, uses[arg] == 1
            while nodes[core].op == "refine" and alone:
                core = nodes[core].args[0]
                alone = uses[core] == 1
            if nodes[core].op in ("add", "sub") and alone:
                todo.append((core, sign))
            else:
                found.append(_Term(arg, core if alone else arg, sign))
    return found


def _gathered(builder: Builder, nodes: Sequence[Node], uses: Sequence[int], terms: Sequence[_Term], node: Node,
              new: dict[int, Value]) -> Value | None:
    """The sum anew; None where there is nothing to gather, or the stacked sum would need a wider ring."""
    products = [t for t in terms if _is_product(nodes, uses, t.core)]
    bits = [t for t in terms if nodes[t.core].op == "to_num" and uses[t.core] == 1 and nodes[t.core].type.secret]
    groups = [group for group, least in ((products, FEWEST_PRODUCTS), (bits, FEWEST_BITS)) if len(group) >= least]
    parts: list[tuple[Value, bool]] = []
    for group in groups:
        if group is products:
            parts.append((_dot(builder, nodes, group, new), False))
        else:
            parts += [(_count(builder, nodes, side, new), side[0].negative)
                      for sign in (False, True) if (side := [t for t in group if t.negative == sign])]
    gathered = {t.value for group in groups for t in group}
    if not groups:
        return None
    rest = [(new[t.value], t.negative) for t in terms if t.value not in gathered]
    return _added(builder, [*rest, *parts], node)


def _is_product(nodes: Sequence[Node], uses: Sequence[int], i: int) -> bool:
    """A product of secrets, or a dot product along its last axis, that nobody else reads."""
    node = nodes[i]
    if node.op not in ("mul", "dot") or uses[i] != 1 or not all(nodes[a].type.secret for a in node.args):
        return False
    return node.op == "mul" or node.attrs["axis"] == len(nodes[node.args[0]].type.shape) - 1


def _dot(builder: Builder, nodes: Sequence[Node], terms: Sequence[_Term], new: dict[int, Value]) -> Value:
    """All products as one dot product along the last axis."""
    left, right = [], []
    for term in terms:
        node = nodes[term.core]
        a, b = (new[arg] for arg in node.args)
        if node.op == "mul":
            a, b = (builder.add("reshape", x, shape=(*x.type.shape, 1)) for x in (a, b))
        left.append(builder.add("neg", a) if term.negative else a)
        right.append(b)
    axis = len(left[0].type.shape) - 1
    return builder.add("dot", *(builder.add("concat", *side, axis=axis) for side in (left, right)), axis=axis)


def _count(builder: Builder, nodes: Sequence[Node], terms: Sequence[_Term], new: dict[int, Value]) -> Value:
    """The truth values as one array, as numbers, added up."""
    bits = [new[nodes[t.core].args[0]] for t in terms]
    rows = [builder.add("reshape", bit, shape=(1, *bit.type.shape)) for bit in bits]
    stacked = rows[0] if len(rows) == 1 else builder.add("concat", *rows, axis=0)
    return builder.add("sum", builder.add("to_num", stacked), axes=(0,))


def _added(builder: Builder, parts: Sequence[tuple[Value, bool]], node: Node) -> Value | None:
    """The parts put together, within the range of the node; None where that takes a wider ring than before."""
    first = next((k for k, (_, negative) in enumerate(parts) if not negative), None)
    total = builder.add("neg", parts[0][0]) if first is None else parts[first][0]
    for k, (part, negative) in enumerate(parts):
        if k != (0 if first is None else first):
            total = builder.add("sub" if negative else "add", total, part)
    widest = max(total.type.range.signed_bits, *(part.type.range.signed_bits for part, _ in parts))
    if widest > max(63, node.type.range.signed_bits):
        return None
    if total.type.range == node.type.range:
        return total
    return builder.add("refine", total, lo=node.type.lo, hi=node.type.hi)
