"""Statements: what each does to the names and to the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..frontend import syntax
from . import outputs
from .assign import assign
from .assumptions import assume
from .branches import choose
from .conform import conform
from .context import Context
from .expressions import operate
from .inputs import give
from .kept import keep
from .loops import loop
from .tree import Expr
from .types import Bool
from .validity import holds
from .values import POISON, Poison, TextValue, Value, kind_name, known_bool


def run(ctx: Context, statements: Iterable[syntax.Statement]) -> Value | None:
    """Check statements in order; the value that was returned, None when none was."""
    for statement in statements:
        result = _RUNNERS[type(statement)](ctx, statement)
        if result is not None:
            return result
    return None


def _assign(ctx: Context, node: syntax.Assign) -> None:
    value = ctx.evaluate(ctx, node.value)
    if node.type is not None:
        value = conform(ctx, value, node.type, f"`{ctx.text(node.target.span)}`", ctx.at(node.value.span))
    assign(ctx, node.target, value)


def _aug_assign(ctx: Context, node: syntax.AugAssign) -> None:
    old = ctx.evaluate(ctx, node.target)
    assign(ctx, node.target, operate(ctx, node.op, old, ctx.evaluate(ctx, node.value), ctx.at(node.span)))


def _if(ctx: Context, node: syntax.If) -> Value | None:
    condition = holds(ctx, ctx.evaluate(ctx, node.condition), ctx.at(node.condition.span))
    known = known_bool(condition)
    if known is not None:
        return run(ctx, node.then if known else node.otherwise)
    if isinstance(condition, Poison):
        return _unknown_choice(ctx, node)
    if not isinstance(condition, Expr) or condition.type.shape or not isinstance(condition.type.elem, Bool):
        mend = "`select(mask, a, b)` picks for each element" if isinstance(condition, Expr) else ""
        ctx.error(
            "E2001",
            "the condition of `if` is a single truth value",
            ctx.at(node.condition.span),
            f"is {kind_name(condition)}",
            help=mend,
        )
        return _unknown_choice(ctx, node)
    choose(ctx, node, condition)
    return None


def _unknown_choice(ctx: Context, node: syntax.If) -> Value | None:
    """After a wrong condition: both branches are looked at for more errors."""
    first = run(ctx, node.then)
    second = run(ctx, node.otherwise)
    return POISON if first is not None or second is not None else None


def _for(ctx: Context, node: syntax.For) -> Value | None:
    return loop(ctx, node)


def _return(ctx: Context, node: syntax.Return) -> Value | None:
    span = ctx.at(node.span)
    if ctx.no_return:
        return ctx.error(
            "E2009",
            "`return` cannot stand here: whether it is reached is known only at run time",
            span,
            help=ctx.no_return,
        )
    if node.value is None:
        return ctx.error("E2004", "a function returns a value", span, help="`return x`")
    return ctx.evaluate(ctx, node.value)


def _expression(ctx: Context, node: syntax.ExprStatement) -> None:
    value = ctx.evaluate(ctx, node.value)
    if not isinstance(value, Poison | TextValue):
        ctx.error(
            "E2009",
            "the result of this expression is dropped",
            ctx.at(node.span),
            help="give it a name: `x = …`, or an `output`",
        )


def _fast(ctx: Context, node: syntax.Fast) -> Value | None:
    before, ctx.fast = ctx.fast, True
    try:
        return run(ctx, node.body)
    finally:
        ctx.fast = before


def _pass(ctx: Context, node: syntax.Pass) -> None:
    return None


def _nested_function(ctx: Context, node: syntax.Def) -> None:
    ctx.error(
        "E0004",
        "a function cannot stand inside of a block",
        ctx.at(node.span),
        help="move it to the top level, without indentation",
    )
    ctx.scope.names.setdefault(node.name.id, POISON)


_RUNNERS: dict[type[syntax.Statement], Callable[[Context, Any], Value | None]] = {
    syntax.Assign: _assign,
    syntax.AugAssign: _aug_assign,
    syntax.If: _if,
    syntax.For: _for,
    syntax.Return: _return,
    syntax.ExprStatement: _expression,
    syntax.Pass: _pass,
    syntax.Output: outputs.write,
    syntax.Input: give,
    syntax.Def: _nested_function,
    syntax.Keep: keep,
    syntax.Load: give,
    syntax.Assume: assume,
    syntax.Fast: _fast,
}
"""Everything but declarations, which are read before the statements run."""
