"""Statements: a choice evaluates both branches and selects; a loop becomes a region with carried values."""

from __future__ import annotations

from dataclasses import replace

from ..check.tree import Apply, Assume, Block, For, If, Let, Merge
from ..intervals import join
from ..ir.build import Builder, Value
from ..ir.nodes import Type
from .assumptions import BIT, assume, assumes, joined, reveals, settle
from .expressions import expression
from .scope import Broken, Scope
from .types import narrowed, node_type


def block(scope: Scope, statements: Block) -> None:
    """Statements in order; their variables are bound in the scope."""
    for statement in statements:
        match statement:
            case Let():
                if isinstance(statement.value, Apply) and statement.value.op == "reveal" and scope.outer is None:
                    settle(scope)
                value = expression(scope, statement.value)
                scope.bind(statement.var, narrowed(scope.builder, value, statement.var.type))
            case If():
                _choice(scope, statement)
            case For():
                _loop(scope, statement)
            case Assume():
                assume(scope, statement)


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
    """A `loop` node: its args are the values before the loop, then what the body reads from outside.

    Where the body assumes anything, whether it was broken in any trip is carried besides.
    """
    if scope.outer is None and reveals(node.body):
        settle(scope)
    init, watched = [expression(scope, carry.init) for carry in node.carried], assumes(node.body)
    if watched:
        init.append(scope.builder.add("const", type=replace(BIT, secret=False), values=(0,)))
    body = Scope(Builder(scope.builder.stage, node.span), scope, own=1 + len(init))
    _arguments(body, node)
    if watched:
        body.broken.append(Broken(body.builder.add("arg", type=BIT, index=len(init)), ()))
    block(body, node.body)
    following = [expression(body, carry.next) for carry in node.carried]
    if watched:
        following.append(joined(body))
    circuit = body.builder.finish(following)
    scope.builder.span = node.span
    loop = scope.builder.add("loop", *init, *body.captured, body=circuit, trips=node.trips, carried=len(init))
    for i, carry in enumerate(node.carried):
        scope.bind(carry.out, scope.builder.add("result", loop, type=node_type(carry.out.type), index=i))
    if watched:
        bit = scope.builder.add("result", loop, type=BIT, index=len(node.carried))
        scope.broken.append(Broken(bit, tuple(text for broken in body.broken for text in broken.texts)))


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
