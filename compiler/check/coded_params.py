"""Parameters that are dates, addresses or levels; `-D since=2021-01-01` gives them as they stand in data."""

from __future__ import annotations

from collections.abc import Mapping

from cloister.runtime.data.labels import date_text, date_value, ip4_text, ip4_value, level_value

from ..frontend import syntax
from ..source import Span
from .composite import level_literal
from .context import Context
from .facts import ParamFact
from .kinds import KINDS
from .operands import element_name, same_kind
from .tree import Const
from .types import Category, Coded, Date, Ip4, Word
from .values import Poison, TextValue, Value, constant, kind_name
from .written import read_type


def is_coded(ctx: Context, node: syntax.Param) -> bool:
    """Whether the declared type, or the default where none is declared, is none of numbers and truth values."""
    if node.type is not None:
        return node.type.name in KINDS
    with ctx.attempt() as undo:
        value = None if node.default is None else ctx.evaluate(ctx, node.default)
        undo()
    return isinstance(value, Const) and isinstance(value.type.elem, Coded)


def coded_fact(ctx: Context, node: syntax.Param, given: Mapping[str, object]) -> ParamFact | None:
    """The parameter with its value; reports E2012 when it has none or one that does not fit its type."""
    name, span = node.name.id, node.name.span
    default = None if node.default is None else ctx.evaluate(ctx, node.default)
    if isinstance(default, Poison):
        return None
    elem = _elem(ctx, node, default)
    if elem is None:
        return None
    if isinstance(elem, Category) and isinstance(default, TextValue):
        default = level_literal(ctx, default, elem, span)
        if isinstance(default, Poison):
            return None
    if default is not None and not (isinstance(default, Const) and same_kind((elem, default.type.elem))):
        ctx.error("E2012", f"the value of `{name}` does not fit its type", span, f"is {kind_name(default)}")
        return None
    if name in given:
        try:
            return _fact(ctx, name, _number(str(given[name]).strip(), elem), elem, span)
        except ValueError as error:
            ctx.error("E2012", f"`{given[name]}`, given for the parameter `{name}`, {error}", span)
            return None
    if not isinstance(default, Const):
        ctx.error("E2012", f"the parameter `{name}` has no value", span, help=f"`-D {name}=VALUE`")
        return None
    return _fact(ctx, name, default.values[0], elem, span)


def _elem(ctx: Context, node: syntax.Param, default: Value | None) -> Coded | None:
    if node.type is None:
        assert isinstance(default, Const)
        return Date() if isinstance(default.type.elem, Date) else Ip4()
    written = read_type(ctx, node.type)
    if written is None:
        return None
    if isinstance(written.elem, Word) or written.dims or written.optional or not isinstance(written.elem, Coded):
        ctx.error("E2009", "a parameter is one number, truth value, date, address or level", node.type.span)
        return None
    return written.elem


def _number(text: str, elem: Coded) -> int:
    """The number that the text stands for. Raises ValueError with what is wrong."""
    if isinstance(elem, Category):
        return level_value(text, elem.levels)
    return date_value(text) if isinstance(elem, Date) else ip4_value(text)


def _fact(ctx: Context, name: str, number: int, elem: Coded, span: Span) -> ParamFact | None:
    if isinstance(elem, Category):
        shown = elem.levels[number]
    else:
        shown = date_text(number) if isinstance(elem, Date) else ip4_text(number)
    if isinstance(elem, Date) and number not in elem.range:
        ctx.error("E2012", f"the value of `{name}` is outside of its range", span, f"is {element_name(elem)}")
        return None
    return ParamFact(name, constant(elem, (number,), (), span), shown, span)
