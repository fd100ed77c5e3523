"""Statements: a choice evaluates both branches and selects; a loop becomes a region with carried values."""

from __future__ import annotations

from dataclasses import replace

from ..check.tree import Block, For, If, Let, Merge
from ..intervals import join
from ..ir.build import Builder, Value
from ..ir.nodes import Type
from .expressions import expression
from .scope import Scope
from .types import narrowed, node_type


def block(scope: Scope, statements: Block) -> None:
    """Statements in order; their variables are bound in the scope."""
    for statement in statements:
        match statement:
            case Let():
                value = expression(scope, statement.value)
                scope.bind(statement.var, narrowed(scope.builder, value, statement.var.type))
            case If():
                _choice(scope, statement)
            case For():
                _loop(scope, statement)


def _choice(scope: Scope, node: If) -> None:
    condition = expression(scope, node.condition)
    block(scope, node.then)
    block(scope, node.otherwise)
    for merge in node.merges:
        scope.bind(merge.var, _merged(scope, node, merge, condition))


def _merged(scope: Scope, node: If, merge: Merge, condition: Value) -> Value:
    then, otherwise = expression(scope, merge.then), expression(scope, merge.otherwise)
    builder = scope.builder
    builder.span = node.span
    shape = merge.var.type.extents
    if condition.type.shape != shape:
        condition = builder.add("broadcast", condition, shape=shape)
    return narrowed(builder, builder.add("select", condition, then, otherwise), merge.var.type)


def _loop(scope: Scope, node: For) -> None:
    """A `loop` node: its args are the values before the loop, then what the body reads from outside."""
    init = [expression(scope, carry.init) for carry in node.carried]
    body = Scope(Builder(scope.builder.stage, node.span), scope, own=1 + len(node.carried))
    _arguments(body, node)
    block(body, node.body)
    following = [expression(body, carry.next) for carry in node.carried]
    circuit = body.builder.finish(following)
    scope.builder.span = node.span
    loop = scope.builder.add("loop", *init, *body.captured, body=circuit, trips=node.trips, carried=len(init))
    for i, carry in enumerate(node.carried):
        scope.bind(carry.out, scope.builder.add("result", loop, type=node_type(carry.out.type), index=i))


def _arguments(body: Scope, node: For) -> None:
    """The trip number and the carried values; the index is start + step * trip.

    A carried value may end the last trip beyond the range in which it starts each one: what holds it has room
    for both.
    """
    builder = body.builder
    trip = builder.add("arg", type=Type("num", (), 0, 0, max(node.trips - 1, 0), False), index=0)
    for i, carry in enumerate(node.carried):
        type = node_type(carry.inside.type)
        room = join(type.range, node_type(carry.next.type).range)
        held = builder.add("arg", type=replace(type, lo=room.lo, hi=room.hi), index=i + 1)
        body.bind(carry.inside, narrowed(builder, held, carry.inside.type))
    start = builder.add("const", type=Type("num", (), 0, node.start, node.start, False), values=(node.start,))
    body.bind(node.index, builder.add("add", builder.add("scale", trip, by=node.step), start))
