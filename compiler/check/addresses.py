"""IPv4 addresses and blocks of them: `ip4("10.1.2.3")`, `x in ip4("10.0.0.0/8")`."""

from __future__ import annotations

from dataclasses import dataclass

from cloister.runtime.data.labels import ip4_text, ip4_value

from ..source import Span
from .context import Context
from .logic import invert
from .shapes import Shape, broadcast, make
from .tree import Const, Expr
from .types import Bool, Ip4, Type
from .values import TextValue, Thing, Value, kind_name, truth

BITS = 32
FORM = '`ip4("10.1.2.3")` or, to look for addresses in it, `ip4("10.0.0.0/8")`'


@dataclass(frozen=True)
class Block(Thing):
    """The addresses whose first `prefix` bits are those of `first`."""

    first: int
    prefix: int
    constant = True

    def __str__(self) -> str:
        return f"{ip4_text(self.first)}/{self.prefix}"


def literal(ctx: Context, value: Value, span: Span) -> Value:
    """`ip4("…")`: an address, or a block of them."""
    if not isinstance(value, TextValue):
        return ctx.error("E2001", f"`ip4` takes a text, not {kind_name(value)}", span, help=FORM)
    text, slash, prefix = value.text.partition("/")
    try:
        number = ip4_value(text)
    except ValueError as error:
        return ctx.error("E0003", f'"{text}" {error}', span, help=FORM)
    if not slash:
        return Const(Type(Ip4(number, number)), span, (number,))
    if not (prefix.isascii() and prefix.isdigit() and int(prefix) <= BITS):
        return ctx.error("E0003", f'"{value.text}" is no block of addresses: after `/` stands 0 to 32', span, help=FORM)
    first = number >> (BITS - int(prefix)) << (BITS - int(prefix))
    if first != number:
        return ctx.error(
            "E0003",
            f'"{value.text}" has bits behind its prefix',
            span,
            help=f'`ip4("{ip4_text(first)}/{prefix}")`',
        )
    return Block(first, int(prefix))


def member(ctx: Context, op: str, item: Value, block: Block, span: Span) -> Value:
    """`x in ip4("10.0.0.0/8")`: between the first address of the block and its last."""
    if not isinstance(item, Expr) or not isinstance(item.type.elem, Ip4):
        return ctx.error("E2001", f"`{op}` looks for addresses in {block}, not for {kind_name(item)}", span)
    shape = item.type.shape
    outside: Expr = broadcast(truth(False, span), shape)
    behind = block.first + (1 << (BITS - block.prefix))
    if block.prefix == BITS:
        outside = invert(make("eq", (item, _address(block.first, shape, span)), Bool(), shape, span), span)
    elif block.prefix:
        if block.first:
            outside = make("lt", (item, _address(block.first, shape, span)), Bool(), shape, span)
        if behind < 1 << BITS:
            above = make("lt", (_address(behind - 1, shape, span), item), Bool(), shape, span)
            outside = make("or", (outside, above), Bool(), shape, span)
    return invert(outside, span) if op == "in" else outside


def _address(number: int, shape: Shape, span: Span) -> Expr:
    return Const(Type(Ip4(number, number), shape), span, (number,))
