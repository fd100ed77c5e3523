"""Inputs: what each party gives, and how the parts of all parties make one value."""

from __future__ import annotations

from ..frontend import syntax
from ..source import Span
from .context import Context
from .facts import InputFact
from .shapes import concat, reshape, settle
from .tree import Expr, PartyInput, Ref
from .types import Dim, Type
from .values import POISON


def give(ctx: Context, node: syntax.Input) -> None:
    """`input NAME: type from PARTY`: the name means the value from here on."""
    name, span = node.name.id, node.name.span
    fact = ctx.facts.get(name)
    if fact is None:
        ctx.scope.names[name] = POISON
        return
    value = _part(ctx, fact, fact.party, name, fact.dims, span) if fact.party else _stacked(ctx, fact, span)
    assert isinstance(value, Ref)
    ctx.inputs.names[value.var.id] = name
    ctx.scope.names[name] = value
    ctx.types[span, name] = value.type


def _stacked(ctx: Context, fact: InputFact, span: Span) -> Expr:
    """The parts of all parties, one after another in the order of the parties."""
    parts: dict[str, Expr] = {}
    for party in ctx.parties:
        dims = tuple(
            f"{dim}.{party}" if isinstance(dim, str) and dim in ctx.each_sizes else dim for dim in fact.dims
        )
        parts[party] = _part(ctx, fact, party, f"{fact.name}.{party}", dims, span)
    rows = list(parts.values())
    if not fact.dims:
        rows = [reshape(part, (Dim.of(1),), span) for part in rows]
    value = ctx.let(fact.name, concat(ctx, rows, 0, span), span)
    assert isinstance(value, Ref)
    ctx.inputs.parts[value.var.id] = parts
    for part in parts.values():
        assert isinstance(part, Ref)
        ctx.inputs.names[part.var.id] = fact.name
    return value


def _part(
    ctx: Context, fact: InputFact, party: str, title: str, dims: tuple[int | str, ...], span: Span
) -> Expr:
    shape = tuple(
        Dim.of(dim) if isinstance(dim, int) else settle(ctx, Dim.size(dim, ctx.sizes[dim])) for dim in dims
    )
    var = ctx.fresh(title, Type(fact.elem, shape, True))
    ctx.inputs.given.append(PartyInput(fact.name, party, var, fact.elem, dims, span))
    return Ref(var.type, span, var=var)
