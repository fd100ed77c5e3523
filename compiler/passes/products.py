"""Sums of products become dot products: one message element for an output instead of one for a product.

Only the sum of a product of two secret numbers is taken, over one axis (several axes are first made one), and
only where the product is read by nobody else. What is x under a condition and 0 otherwise is the product of x with
the condition. Sums are exact, so nothing is rounded elsewhere than before.

before                          after
    %2 = mul %0 %1 <1000>           %2 = dot %0 %1 {axis: 0} <>
    %3 = sum %2 {axes: (0,)}
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node


def fuse_products(circuit: Circuit) -> Circuit:
    """The circuit with sums of products as dot products; the products themselves are dead afterwards."""
    uses = circuit.uses()
    once = {node.args[0] for node in circuit.nodes if node.op == "sum" and uses[node.args[0]] == 1}
    fused = {i for i in once if _secret_product(circuit, circuit.nodes[i])}

    def rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
        if node.body is not None:
            return same(builder, replace(node, body=fuse_products(node.body)), args)
        if node.op == "sum" and node.args[0] in fused:
            return _dot(builder, node, builder.nodes[args[0].id])
        return same(builder, node, args)

    return rebuild(circuit, rewrite)


def _secret_product(circuit: Circuit, node: Node) -> bool:
    return node.op in ("mul", "select", "refine") and _factors(circuit.nodes, node) is not None


def _factors(nodes: list[Node] | tuple[Node, ...], node: Node) -> tuple[int, int] | None:
    """The two secret factors behind a product, seen through a refined range; one may be a condition."""
    while node.op == "refine":
        node = nodes[node.args[0]]
    if node.op == "select" and node.type.domain == "num" and _is_zero(nodes[node.args[2]]):
        factors = node.args[:2]
    elif node.op == "mul":
        factors = node.args
    else:
        return None
    return (factors[0], factors[1]) if all(nodes[a].type.secret for a in factors) else None


def _is_zero(node: Node) -> bool:
    return node.op == "const" and not any(node.attrs["values"])


def _dot(builder: Builder, node: Node, product: Node) -> Value:
    factors = _factors(builder.nodes, product)
    assert factors is not None
    given = [Value(f, builder.nodes[f].type) for f in factors]
    numbers = [builder.add("to_num", x) if x.type.domain == "bit" else x for x in given]
    a, b = (_one_axis(builder, x, node.attrs["axes"]) for x in numbers)
    dot = builder.add("dot", a, b, axis=len(a.type.shape) - 1)
    if node.type.range != dot.type.range:
        dot = builder.add("refine", dot, lo=node.type.lo, hi=node.type.hi)
    return dot


def _one_axis(builder: Builder, x: Value, axes: tuple[int, ...]) -> Value:
    """x with `axes` moved to the end and made one axis."""
    kept = [a for a in range(len(x.type.shape)) if a not in axes]
    order = (*kept, *axes)
    if order != tuple(range(len(order))):
        x = builder.add("transpose", x, axes=order)
    length = 1
    for k in range(len(kept), len(order)):
        length *= x.type.shape[k]
    shape = (*x.type.shape[:len(kept)], length)
    return x if shape == x.type.shape else builder.add("reshape", x, shape=shape)
