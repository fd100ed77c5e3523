"""Making circuits: a builder that infers types, keeps places, and makes equal nodes once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..source import NOWHERE, Span
from .nodes import Circuit, Node, Stage, Type
from .ops import OPS, infer


@dataclass(frozen=True)
class Value:
    """A node of a circuit under construction: its position and type."""

    id: int
    type: Type


@dataclass
class Builder:
    """Makes a circuit node by node; equal pure nodes are made once. `span` marks the nodes made from now on."""

    stage: Stage
    span: Span = NOWHERE
    nodes: list[Node] = field(default_factory=list)
    _seen: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def add(self, op: str, *args: Value, type: Type | None = None, body: Circuit | None = None,
            **attrs: Any) -> Value:
        """Appends a node. The type is inferred by the rule of the operation, from `type` where the rule asks for it.

        Raises IllegalOp when the operation is unknown at this stage or its operands do not fit.
        """
        full = infer(self.stage, op, tuple(a.type for a in args), attrs, type)
        return self.append(Node(op, tuple(a.id for a in args), attrs, full, self.span, body))

    def append(self, node: Node) -> Value:
        """Appends a node that is typed already, or finds its equal."""
        if OPS[self.stage][node.op].pure:
            key = node.key()
            known = self._seen.get(key)
            if known is not None:
                return Value(known, node.type)
            self._seen[key] = len(self.nodes)
        self.nodes.append(node)
        return Value(len(self.nodes) - 1, node.type)

    def finish(self, results: Iterable[Value] = ()) -> Circuit:
        """The circuit made so far."""
        return Circuit(self.stage, tuple(self.nodes), tuple(r.id for r in results))


#: What a rewriting does with one node: the builder, the node, its arguments in the new circuit -> its replacement.
Rewrite = Callable[[Builder, Node, tuple[Value, ...]], Value]


def rebuild(circuit: Circuit, rewrite: Rewrite) -> Circuit:
    """The circuit made anew, node by node, each through `rewrite`. Bodies of loops are the rewriter's affair."""
    builder = Builder(circuit.stage)
    new: list[Value] = []
    for node in circuit.nodes:
        builder.span = node.span
        new.append(rewrite(builder, node, tuple(new[a] for a in node.args)))
    return builder.finish(new[r] for r in circuit.results)


def same(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
    """The rewriting that changes nothing."""
    ids = tuple(a.id for a in args)
    moved = node if ids == node.args else Node(node.op, ids, node.attrs, node.type, node.span, node.body)
    return builder.append(moved)
