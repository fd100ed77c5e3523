"""Names get values."""

from __future__ import annotations

from ..diagnostics import Label
from ..frontend import syntax
from ..source import Span
from .builtins import BUILTINS
from .composite import first_shape, held, named_types
from .context import Context
from .items import read_items
from .movement import put
from .tree import Expr
from .values import POISON, Composite, Nothing, Poison, TextValue, Tuple, Unassigned, Value, kind_name, named


def bind(ctx: Context, name: str, value: Value, span: Span) -> None:
    """`name` means `value` from here on; reports E1002 and E1006 for a name that is taken."""
    if not may_bind(ctx, name, span):
        return
    value = named(value)
    if isinstance(value, Nothing):
        ctx.error("E2001", f"`{name}` is `none`: a missing value of which kind?", span, help="`select(c, x, none)`")
        value = POISON
    value = held(ctx, name, value, span)
    if ctx.at_top:
        ctx.types.update({(span, title): type_ for title, type_ in named_types(name, value)})
    ctx.scope.names[name] = value


def may_bind(ctx: Context, name: str, span: Span) -> bool:
    """Whether the name is free to be assigned to."""
    if name in BUILTINS:
        ctx.error(
            "E1006",
            f"`{name}` is a built-in function and cannot be assigned to",
            span,
            help="choose another name",
        )
        return False
    if name in ctx.scope.fixed:
        place = ctx.scope.places.get(name)
        ctx.error(
            "E1002",
            f"`{name}` is declared already",
            span,
            "",
            *(() if place is None else (Label(place, "declared here"),)),
            help="choose another name",
        )
        return False
    return True


def assign(ctx: Context, target: syntax.Expr, value: Value) -> None:
    """Assign to a name, to several names, or to elements of an array."""
    span = ctx.at(target.span)
    if isinstance(target, syntax.Name):
        bind(ctx, target.id, value, span)
    elif isinstance(target, syntax.TupleDisplay):
        _unpack(ctx, target, value, span)
    elif isinstance(target, syntax.Index) and isinstance(target.value, syntax.Name):
        _assign_element(ctx, target, target.value, value, span)
    else:
        ctx.error(
            "E2009", "this cannot be assigned to", span, help="assign to a name or to an element `x[i]`"
        )


def _unpack(ctx: Context, target: syntax.TupleDisplay, value: Value, span: Span) -> None:
    count = len(target.items)
    if isinstance(value, Tuple) and len(value.items) == count:
        for item, part in zip(target.items, value.items, strict=True):
            assign(ctx, item, part)
        return
    if not isinstance(value, Poison):
        have = f"{len(value.items)} values" if isinstance(value, Tuple) else kind_name(value)
        ctx.error("E2001", f"{count} names on the left, and {have} on the right", span)
    for item in target.items:
        assign(ctx, item, POISON)


def _assign_element(ctx: Context, target: syntax.Index, name: syntax.Name, value: Value, span: Span) -> None:
    if not may_bind(ctx, name.id, span):
        return
    base = ctx.evaluate(ctx, name)
    items = read_items(ctx, target.items)
    if items is None or isinstance(base, Poison) or isinstance(value, Poison):
        return
    if not first_shape(base) or not isinstance(value, Expr | Composite | Nothing | TextValue):
        wrong = value if first_shape(base) else base
        ctx.error(
            "E2001",
            f"an element of an array cannot be assigned {kind_name(wrong)}"
            if wrong is value
            else f"{kind_name(base)} has no elements",
            span,
        )
        return
    bind(ctx, name.id, put(ctx, base, items, value, span), span)


def assigned_names(statements: tuple[syntax.Statement, ...]) -> dict[str, Span]:
    """The names that these statements assign to, however deep, in order."""
    names: dict[str, Span] = {}
    for statement in statements:
        if isinstance(statement, syntax.Assign | syntax.AugAssign):
            _targets(statement.target, names)
        elif isinstance(statement, syntax.If):
            names |= assigned_names(statement.then) | assigned_names(statement.otherwise)
        elif isinstance(statement, syntax.Fast):
            names |= assigned_names(statement.body)
        elif isinstance(statement, syntax.For):
            _targets(statement.target, names)
            names |= assigned_names(statement.body)
    return names


def _targets(target: syntax.Expr, names: dict[str, Span]) -> None:
    if isinstance(target, syntax.Name):
        names.setdefault(target.id, target.span)
    elif isinstance(target, syntax.Index):
        _targets(target.value, names)
    elif isinstance(target, syntax.TupleDisplay):
        for item in target.items:
            _targets(item, names)


def forget(ctx: Context, name: str, reason: str, span: Span) -> None:
    """`name` may have no value from here on."""
    ctx.scope.names[name] = Unassigned(reason, span)


def target_names(target: syntax.Expr) -> list[str]:
    """The names that an assignment to `target` changes."""
    names: dict[str, Span] = {}
    _targets(target, names)
    return list(names)
