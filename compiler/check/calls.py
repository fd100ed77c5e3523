"""Calls: a function is checked anew at each call, with the types of its arguments, and inlined there."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics import Label
from ..frontend import syntax
from ..source import Span
from .composite import held
from .conform import conform
from .context import Context
from .netlists import call_netlist
from .scope import Scope, suggestion
from .tree import Expr
from .values import POISON, Function, Poison, Value
from .values import named as as_named

MAX_DEPTH = 40
"""Calls inside of calls; deeper ones are taken for a mistake."""


def call_function(
    ctx: Context, function: Function, positional: Sequence[Value], named: dict[str, Value], span: Span
) -> Value:
    """The value that the function returns for these arguments."""
    name = function.definition.name.id
    ctx.called.add(function.definition.span)
    outer = next((call for called, call in ctx.calls if called.definition is function.definition), None)
    if outer is not None:
        return ctx.error(
            "E2011",
            f"`{name}` calls itself",
            span,
            "",
            Label(outer, "called from here first"),
            help="a `for` loop repeats; every call is written out in the circuit",
        )
    if len(ctx.calls) >= MAX_DEPTH:
        return ctx.error("E2011", f"more than {MAX_DEPTH} calls inside of each other", span)
    given = _assign_arguments(ctx, function.definition, positional, named, span)
    if given is None:
        return POISON
    if function.definition.bristol is not None:
        return call_netlist(ctx, function.definition, given, span)
    saved = ctx.scope, ctx.no_return
    ctx.calls.append((function, span))
    ctx.scope, ctx.no_return = Scope(home=function.home), ""
    try:
        return _body(ctx, function.definition, given, span)
    finally:
        ctx.calls.pop()
        ctx.scope, ctx.no_return = saved


def _body(ctx: Context, definition: syntax.Def, given: dict[str, Value | None], span: Span) -> Value:
    for parameter in definition.parameters:
        value = given[parameter.name]
        if value is None:
            assert parameter.default is not None
            value = ctx.evaluate(ctx, parameter.default)
        if parameter.type is not None:
            place = value.span if isinstance(value, Expr) else span
            value = conform(
                ctx, value, parameter.type, f"the argument `{parameter.name}`", place, binds_sizes=True
            )
        value = as_named(value)
        ctx.scope.names[parameter.name] = (
            held(ctx, parameter.name, value, span)
        )
    before = len(ctx.findings.items)
    result = ctx.run(ctx, definition.body)
    if result is None:
        if not any(item.severity == "error" for item in ctx.findings.items[before:]):
            ctx.error(
                "E2004",
                f"`{definition.name.id}` does not return a value on every path",
                ctx.at(definition.name.span),
                help="end the body with `return …`",
            )
        return POISON
    if definition.returns is not None:
        return conform(
            ctx,
            result,
            definition.returns,
            f"the result of `{definition.name.id}`",
            result.span if isinstance(result, Expr) else span,
        )
    return result


def _assign_arguments(
    ctx: Context, definition: syntax.Def, positional: Sequence[Value], named: dict[str, Value], span: Span
) -> dict[str, Value | None] | None:
    """Which parameter gets which value; None stands for its default. Reports E2003 when they do not fit."""
    names = [parameter.name for parameter in definition.parameters]
    title = f"`{definition.name.id}({', '.join(names)})`"
    place = Label(ctx.at(definition.name.span), "defined here")
    if len(positional) > len(names):
        ctx.error(
            "E2003",
            f"{title} takes {len(names)} argument{'s' if len(names) != 1 else ''}, not {len(positional)}",
            span,
            "",
            place,
        )
        return None
    given: dict[str, Value | None] = dict(zip(names, positional, strict=False))
    for key, value in named.items():
        if key not in names or key in given:
            problem = "is given twice" if key in given else "does not exist"
            ctx.error(
                "E2003", f"the argument `{key}` of {title} {problem}", span, suggestion(key, names), place
            )
            return None
        given[key] = value
    missing = [p.name for p in definition.parameters if p.name not in given and p.default is None]
    if missing:
        ctx.error("E2003", f"{title} is called without `{missing[0]}`", span, "", place)
        return None
    if any(isinstance(value, Poison) for value in given.values()):
        return None
    return {name: given.get(name) for name in names}
