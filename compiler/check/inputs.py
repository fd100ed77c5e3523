"""Inputs: what each party gives, and how the parts of all parties make one value."""

from __future__ import annotations

from cloister.runtime.data.declare import presence
from cloister.runtime.data.labels import text_layout
from cloister.runtime.data.wanted import ROWS

from ..frontend import syntax
from ..source import Span
from .alignment import given
from .composite import Masked, Table, Texts, along_rows, both, first_shape, masked, named_types, together
from .context import Context, variables
from .facts import Field, Header, InputFact
from .origins import GIVEN
from .reductions import to_int, total
from .shapes import Shape, concat, make, reshape, settle
from .tree import Expr, LoadedPart, PartyInput, Ref
from .types import Bool, Dim, Elem, Type, Word
from .values import POISON, Composite, Value


def give(ctx: Context, node: syntax.Input | syntax.Load) -> None:
    """`input NAME: type from PARTY`, `load NAME: type from "name"`: the name means the value from here on."""
    name, span = node.name.id, node.name.span
    fact = ctx.facts.get(name)
    if fact is None:
        ctx.scope.names[name] = POISON
        return
    if fact.party is not None:
        value = _with_rows(ctx, _given(ctx, fact, fact.party, name, fact.dims, span), fact.dims, span)
    else:
        value = _stacked(ctx, fact, span)
    for identity in variables(value):
        ctx.inputs.names.setdefault(identity, name)
    ctx.scope.names[name] = value
    ctx.types.update({(span, title): type_ for title, type_ in named_types(name, value)})


def count_rows(ctx: Context, header: Header) -> None:
    """The names of hidden sizes mean how many rows there are, in secret; which ones each party says."""
    for size in header.sizes:
        first = next((fact for fact in header.inputs if size.name in fact.dims), None)
        if not size.hidden or first is None:
            continue
        if first.party is not None:
            rows = _party_rows(ctx, size.name, size.name, first.party, size.span)
        else:
            parts = [_party_rows(ctx, size.name, f"{size.name}.{party}", party, size.span) for party in ctx.parties]
            rows = ctx.let(presence(size.name), concat(ctx, parts, 0, size.span), size.span)
        ctx.inputs.rows[size.name] = rows
        counted = total(ctx, to_int(rows, size.span), None, size.span)
        assert isinstance(counted, Expr)
        ctx.scope.names[size.name] = ctx.let(size.name, counted, size.span)


def _party_rows(ctx: Context, size: str, dim: str, party: str, span: Span) -> Expr:
    """Which rows there are of one party, or of what was kept."""
    first = next(fact for fact in ctx.facts.values() if size in fact.dims)
    rows = _array(ctx, first, presence(size), ROWS, party, Bool(), (dim,), dim, span)
    ctx.inputs.rows[dim] = rows
    return rows


# --------------------------------------------------------------------------- one party, all parties


def _stacked(ctx: Context, fact: InputFact, span: Span) -> Value:
    """The parts of all parties, one after another in the order of the parties."""
    parts: dict[str, Value] = {}
    shown: dict[str, Value] = {}
    for party in ctx.parties:
        dims = tuple(
            f"{dim}.{party}" if isinstance(dim, str) and dim in ctx.each_sizes else dim for dim in fact.dims
        )
        parts[party] = _given(ctx, fact, party, f"{fact.name}.{party}", dims, span)
        shown[party] = _with_rows(ctx, parts[party], dims, span)

    def join(rows: list[Expr]) -> Expr:
        if not fact.dims:
            rows = [reshape(part, (Dim.of(1),), span) for part in rows]
        return ctx.let(fact.name, concat(ctx, rows, 0, span), span)

    composites = [part for part in parts.values() if isinstance(part, Composite)]
    plain = [part for part in parts.values() if isinstance(part, Expr)]
    value = _with_rows(ctx, together(composites, join) if composites else join(plain), fact.dims, span)
    ctx.inputs.parts[variables(value)] = shown
    return value


def _with_rows(ctx: Context, value: Value, dims: tuple[int | str, ...], span: Span) -> Value:
    """The value, of which only some rows are there where its first extent is a hidden size."""
    rows = ctx.inputs.rows.get(str(dims[0])) if dims else None
    if rows is None:
        return value
    if isinstance(value, Table):
        return Table(value.columns, rows)
    inner, valid = (value.value, value.valid) if isinstance(value, Masked) else (value, None)
    there = ctx.let("valid", along_rows(rows, first_shape(inner) or (), span), span)
    return masked(inner, there if valid is None else both(ctx, valid, there, span), rows)


def _given(
    ctx: Context, fact: InputFact, party: str, title: str, dims: tuple[int | str, ...], span: Span
) -> Value:
    """What one party gives: an array, or the columns of a table."""
    columns = {field.name: _cells(ctx, fact, field, party, title, dims, span) for field in fact.fields}
    value = Table(tuple(columns.items())) if fact.columns else columns[fact.name]
    for identity in variables(value):
        ctx.inputs.names[identity] = fact.name
    if fact.columns:
        given(ctx, value, GIVEN)
    return value


def _cells(
    ctx: Context,
    fact: InputFact,
    field: Field,
    party: str,
    title: str,
    dims: tuple[int | str, ...],
    span: Span,
) -> Value:
    """One column or array of one party, and where it has values if it is optional."""
    if fact.columns:
        title = f"{title}.{field.name}"
    name = fact.key(field)
    part = name.removeprefix(fact.name)
    array = _array(ctx, fact, name, part, party, field.elem, dims, title, span)
    value = _words(ctx, array, field.elem, title, span) if isinstance(field.elem, Word) else array
    if not field.optional:
        return value
    there = _array(ctx, fact, presence(name), presence(part), party, Bool(), dims, presence(title), span)
    return Masked(value, there)


def _words(ctx: Context, packed: Expr, elem: Word, title: str, span: Span) -> Texts:
    """A text for each row from the words along the last axis."""
    lead, count = packed.type.shape[:-1], packed.type.extents[-1]
    words: list[Expr] = []
    for place in range(count):
        word = make(
            "slice",
            (packed,),
            elem,
            (*lead, Dim.of(1)),
            span,
            starts=(*(0 for _ in lead), place),
            steps=(1,) * (len(lead) + 1),
        )
        words.append(ctx.let(title, reshape(word, lead, span), span))
    return Texts(elem.length, tuple(words))


def _array(
    ctx: Context,
    fact: InputFact,
    name: str,
    part: str,
    party: str,
    elem: Elem,
    dims: tuple[int | str, ...],
    title: str,
    span: Span,
) -> Expr:
    """One array that a party gives, or was kept; texts with their words along one axis more."""
    shape: Shape = tuple(
        Dim.of(dim) if isinstance(dim, int) else settle(ctx, Dim.size(dim, ctx.sizes[dim])) for dim in dims
    )
    if isinstance(elem, Word):
        shape = (*shape, Dim.of(text_layout(elem.length)[0]))
    var = ctx.fresh(title, Type(elem, shape, True))
    if fact.store:
        ctx.inputs.loaded.append(LoadedPart(fact.store, part, var, elem, dims, span))
    else:
        ctx.inputs.given.append(PartyInput(name, party, var, elem, dims, span))
    return Ref(var.type, span, var=var)
