"""Parameters: their values, from the default or as given."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ..frontend import syntax
from ..intervals import Interval
from ..source import Span
from .coded_params import coded_fact, is_coded
from .context import Context
from .facts import ParamFact
from .operands import element_name
from .types import Bool, Elem, Fixed
from .values import (
    DEFAULT_FRAC,
    Poison,
    constant,
    kind_name,
    known_bool,
    known_number,
    nearest,
    number_elem,
    number_name,
    truth,
)
from .written import read_type

ParamGiven = str | int | float | bool


def param_fact(ctx: Context, node: syntax.Param, given: Mapping[str, ParamGiven]) -> ParamFact | None:
    """The parameter with its value; reports E2012 when it has none or one that does not fit its type."""
    if is_coded(ctx, node):
        return coded_fact(ctx, node, given)
    span, name = node.name.span, node.name.id
    default: Fraction | bool | None = None
    if node.default is not None:
        value = ctx.evaluate(ctx, node.default)
        if isinstance(value, Poison):
            return None
        default = known_bool(value)
        default = known_number(value) if default is None else default
        if default is None:
            ctx.error(
                "E2009",
                "a parameter is one number or truth value",
                node.default.span,
                f"is {kind_name(value)}",
                help="an array can be a named constant: `weights = [0.5, 0.3]`",
            )
            return None
    elem = _elem(ctx, node, default)
    if elem is None:
        return None
    if name in given:
        parsed = _parsed(given[name], elem)
        if parsed is None:
            ctx.error(
                "E2012",
                f"`{given[name]}` is no value for the parameter `{name}`",
                span,
                f"is {'bool' if isinstance(elem[0], Bool) else 'a fixed-point number' if elem[1] else 'int'}",
                help=f"`-D {name}=VALUE`",
            )
            return None
        return _fact(ctx, name, parsed, elem, span)
    if default is None:
        ctx.error("E2012", f"the parameter `{name}` has no value", span, help=f"`-D {name}=VALUE`")
        return None
    return _fact(ctx, name, default, elem, span)


Kind = tuple[Elem | None, bool, int]
"""The element declared (None: any number), whether it is fixed-point, and its fractional bits."""


def _elem(ctx: Context, node: syntax.Param, default: Fraction | bool | None) -> Kind | None:
    if node.type is None:
        if isinstance(default, bool):
            return Bool(), False, 0
        whole = default is not None and default.denominator == 1 and _written_whole(node.default)
        return None, not whole, 0 if whole else DEFAULT_FRAC
    written = read_type(ctx, node.type)
    if written is None:
        return None
    if written.dims:
        ctx.error("E2009", "a parameter is one number or truth value", node.type.span)
        return None
    elem = written.elem
    return elem, isinstance(elem, Fixed), 0 if elem is None else elem.frac


def _written_whole(node: syntax.Expr | None) -> bool:
    """Whether the default is written without a fraction: `2`, not `2.0`."""
    if isinstance(node, syntax.Number):
        return node.is_int
    return not isinstance(node, syntax.Unary) or _written_whole(node.operand)


def _parsed(value: ParamGiven, kind: Kind) -> Fraction | bool | None:
    if isinstance(kind[0], Bool):
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(str(value).strip().lower())
    if isinstance(value, bool):
        return None
    try:
        return Fraction(value.strip().replace("_", "") if isinstance(value, str) else value)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def _fact(ctx: Context, name: str, value: Fraction | bool, kind: Kind, span: Span) -> ParamFact | None:
    elem, fixed, frac = kind
    if isinstance(elem, Bool) != isinstance(value, bool):
        ctx.error("E2012", f"the value of `{name}` does not fit its type", span)
        return None
    if isinstance(value, bool):
        return ParamFact(name, truth(value, span), value, span)
    if not fixed and value.denominator != 1:
        ctx.error("E2012", f"the parameter `{name}` is a whole number, not {float(value):g}", span)
        return None
    number = nearest(value, frac)
    exact = constant(number_elem(fixed, frac, Interval(number, number)), (number,), (), span)
    if elem is not None and number not in elem.range:
        ctx.error("E2012", f"the value {number_name(number, frac)} of `{name}` is outside of its range", span,
                  f"is {element_name(elem)}")
        return None
    return ParamFact(name, exact, number / (1 << frac) if fixed else number, span)
