"""Assumptions: each is one bit that says whether it is broken; all bits so far are opened together, as one, before
anything else is opened."""

from __future__ import annotations

from ..check.tree import Apply, Assume, Block, For, Let
from ..ir.build import Value
from ..ir.nodes import Type
from .expressions import expression
from .scope import Broken, Scope

#: The type of the bit that says whether anything was broken.
BIT = Type("bit", (), 0, 0, 1)


def assume(scope: Scope, node: Assume) -> None:
    """Remembers whether the condition is broken; what is only believed leaves nothing in the circuit."""
    if not node.checked:
        return
    holds = expression(scope, node.condition)
    scope.builder.span = node.span
    if holds.type.shape:
        holds = scope.builder.add("all", holds, axes=tuple(range(len(holds.type.shape))))
    line = node.span.origin.line
    scope.broken.append(Broken(scope.builder.add("not", holds), (f"`{node.text}` (line {line})",)))


def joined(scope: Scope) -> Value:
    """One bit: whether any assumption made so far, and not checked yet, is broken."""
    bits = [broken.bit for broken in scope.broken]
    return bits[0] if len(bits) == 1 else scope.builder.add("or", *bits)


def settle(scope: Scope) -> None:
    """What was assumed so far is checked here; what is opened from now on reads the token of it."""
    if not scope.broken:
        return
    texts = dict.fromkeys(text for broken in scope.broken for text in broken.texts)
    message = f"what the program assumes does not hold: {' or '.join(texts)}"
    scope.token = scope.builder.add("assume", joined(scope), message=message)
    scope.broken.clear()


def assumes(block: Block) -> bool:
    """Whether anything is assumed, and checked, in a block, however deep."""
    return any(_assumes(statement) for statement in block)


def _assumes(statement: object) -> bool:
    match statement:
        case Assume(checked=checked):
            return checked
        case For(body=body):
            return assumes(body)
    return False  # an `if` of the tree, which is decided at run time, has none


def reveals(block: Block) -> bool:
    """Whether anything is revealed in a block, however deep; a revealed value has a name at once."""
    for statement in block:
        match statement:
            case Let(value=Apply(op="reveal")):
                return True
            case For(body=body) if reveals(body):
                return True
    return False

