"""Results: who gets them, their cells, and the conditions under which they are shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod

from ..diagnostics import Label
from ..frontend import syntax
from ..intervals import Interval
from ..source import Span
from .composite import first_shape
from .context import Context
from .displays import stack
from .indexing import put
from .operands import bools
from .presented import presented
from .results import Cell, Record
from .scope import suggestion
from .shapes import broadcast, reshape, same_shape
from .tree import Const, Expr, Output
from .types import Bool, Dim, Elem, Type
from .validity import holds
from .values import (
    Poison,
    Value,
    constant,
    kind_name,
    known_int,
    plain,
    ranged,
    shape_name,
    truth,
)


def write(ctx: Context, node: syntax.Output) -> None:
    """`output NAME[indices] = value to parties if condition`."""
    span = ctx.at(node.span)
    if not _allowed(ctx, span):
        return
    receivers = _receivers(ctx, node)
    value = ctx.evaluate(ctx, node.name if node.value is None else node.value)
    condition = None if node.condition is None else ctx.evaluate(ctx, node.condition)
    indices = [ctx.evaluate(ctx, index) for index in node.indices]
    if receivers is None or any(isinstance(v, Poison) for v in (value, condition, *indices)):
        _spoil(ctx, node.name.id)
        return
    allowed = None if condition is None else _condition(ctx, condition, value, node)
    if condition is not None and allowed is None:
        _spoil(ctx, node.name.id)
        return
    shown = presented(ctx, node.name.id, value, allowed, span)
    if shown is None:
        _spoil(ctx, node.name.id)
        return
    cell = Cell(*shown, span)
    record = _record(ctx, node, receivers, cell, span)
    if record is None:
        return
    if any(not trip.known for trip in ctx.trips):
        _write_array(ctx, node, record, cell)
    elif not ctx.dead:
        _write_cell(ctx, node, record, cell, indices)


def _spoil(ctx: Context, name: str) -> None:
    """An output with an error is not asked for its missing cells."""
    if not ctx.dead:
        ctx.spoiled_outputs.add(name)


def _allowed(ctx: Context, span: Span) -> bool:
    if ctx.choice is not None:
        ctx.error(
            "E2009",
            "an output cannot stand in an `if` that is decided only at run time",
            span,
            "",
            Label(ctx.choice, "this `if`"),
            help="`output x = … to … if condition` suppresses it",
        )
        return False
    return True


def _receivers(ctx: Context, node: syntax.Output) -> tuple[str, ...] | None:
    if node.parties is None:
        return ctx.parties
    unknown = False
    for name in node.parties:
        if name.id not in ctx.parties:
            unknown = True
            ctx.error(
                "E5001",
                f"no party is called `{name.id}`",
                ctx.at(name.span),
                suggestion(name.id, list(ctx.parties)),
            )
    named = {name.id for name in node.parties}
    return None if unknown else tuple(party for party in ctx.parties if party in named)


def _condition(ctx: Context, condition: Value, value: Value, node: syntax.Output) -> Expr | None:
    assert node.condition is not None
    place = ctx.at(node.condition.span)
    checked = bools(ctx, "the condition of an output", (holds(ctx, condition, place),), place)
    if checked is None:
        return None
    shape, whole = checked[0].type.shape, first_shape(value) or ()
    if not same_shape(shape, whole[: len(shape)]):
        ctx.error(
            "E2002",
            "the condition of an output is a single truth value, or one for each row of the value",
            place,
            f"has shape {shape_name(shape)}",
            Label(ctx.at(node.span), f"the value has shape {shape_name(whole)}"),
        )
        return None
    return plain(checked[0])


def _record(
    ctx: Context, node: syntax.Output, receivers: tuple[str, ...], cell: Cell, span: Span
) -> Record | None:
    """The output's record; reports E2010 when another statement wrote it in another way."""
    text = "" if node.condition is None else ctx.text(node.condition.span)
    axes: list[Dim | None] = [_axis(ctx, index) for index in node.indices]
    sample = (cell.value.type, None if cell.condition is None else cell.condition.type)
    record = ctx.outputs.get(node.name.id)
    if record is None:
        record = Record(node.name.id, span, receivers, text, axes, sample)
        ctx.outputs[node.name.id] = record
        return record
    if len(record.axes) != len(axes) or record.receivers != receivers:
        problem = "receivers" if record.receivers != receivers else "indices"
        ctx.error(
            "E2010",
            f"`{node.name.id}` is written with other {problem} than before",
            span,
            "",
            Label(record.span, "written here first"),
        )
        return None
    record.axes = [
        a if a is not None and b is not None and a.same(b) else None
        for a, b in zip(record.axes, axes, strict=True)
    ]
    if text not in record.condition_text.split("; "):
        record.condition_text = "; ".join(part for part in (record.condition_text, text) if part)
    return record


def _axis(ctx: Context, index: syntax.Expr) -> Dim | None:
    """The extent that a loop gives to an index which is its counter."""
    if isinstance(index, syntax.Name):
        for trip in reversed(ctx.trips):
            if index.id in trip.counters:
                return trip.dim
    return None


def _write_cell(ctx: Context, node: syntax.Output, record: Record, cell: Cell, indices: list[Value]) -> None:
    place: list[int] = []
    for index, written in zip(indices, node.indices, strict=True):
        number = known_int(index)
        if number is None or number < 0:
            ctx.error(
                "E2006",
                "the index of an output is a whole number from 0, known at compile time",
                ctx.at(written.span),
                f"is {kind_name(index)}",
            )
            return
        place.append(number)
    if record.statement is not None:
        _write_array(ctx, node, record, cell)
        return
    before = record.cells.get(tuple(place))
    if before is not None:
        mend = "give it the loop's index: `output …[i] = …`" if ctx.trips and not place else ""
        ctx.error(
            "E2010",
            f"`{node.name.id}` is written twice",
            cell.span,
            "",
            *((Label(before.span, "written here first"),) if before.span != cell.span else ()),
            help=mend,
        )
        _spoil(ctx, node.name.id)
        return
    condition = None if cell.condition is None else ctx.let("shown", cell.condition, cell.span)
    record.cells[tuple(place)] = Cell(ctx.let(node.name.id, cell.value, cell.span), condition, cell.span)


# --------------------------------------------------------------------------- in loops that stay loops


def keys(name: str) -> tuple[str, str]:
    """The names, which no program can write, of the arrays that a loop fills: values and conditions."""
    return f" {name}", f" {name} shown"


def indexed(statements: tuple[syntax.Statement, ...]) -> list[str]:
    """The outputs that these statements write, however deep."""
    names: list[str] = []
    for statement in statements:
        if isinstance(statement, syntax.Output):
            names.append(statement.name.id)
        elif isinstance(statement, syntax.For | syntax.Fast):
            names += indexed(statement.body)
        elif isinstance(statement, syntax.If):
            names += indexed(statement.then) + indexed(statement.otherwise)
    return list(dict.fromkeys(names))


def copied(records: dict[str, Record]) -> dict[str, Record]:
    """The outputs so far, to go back to."""
    return {name: replace(record, axes=list(record.axes), cells=dict(record.cells)) for name, record in records.items()}


def started(ctx: Context, name: str) -> bool:
    """Whether the array of an output exists."""
    return keys(name)[0] in ctx.scope.names


def start(ctx: Context, name: str, span: Span) -> None:
    """Make the arrays of an output whose types a first check of the loop has told."""
    record = ctx.outputs.get(name)
    if record is None or started(ctx, name) or None in record.axes:
        return
    lead = tuple(dim for dim in record.axes if dim is not None)
    for key, type_ in zip(keys(name), record.sample, strict=True):
        if type_ is not None:
            ctx.scope.names[key] = Const(Type(_zero(type_.elem), (*lead, *type_.shape)), span, (0,))


def _zero(elem: Elem) -> Elem:
    """The element type, with 0 alone: an array that is filled is widened by what is put into it."""
    return ranged(elem, Interval(0, 0))


def _write_array(ctx: Context, node: syntax.Output, record: Record, cell: Cell) -> None:
    names = [index.id if isinstance(index, syntax.Name) else "" for index in node.indices]
    if len(names) != len(ctx.trips) or not all(
        name in trip.counters for name, trip in zip(names, ctx.trips, strict=True)
    ):
        ctx.error(
            "E2010",
            f"each cell of `{node.name.id}` is written once: in a loop of more than 64 trips its "
            "indices are the counters of the loops around it, in their order",
            cell.span,
            help="`for i in range(n): output y[i] = …`",
        )
        return
    if record.cells or record.statement not in (None, node):
        ctx.error(
            "E2010",
            f"`{node.name.id}` is written twice",
            cell.span,
            "",
            Label(record.span, "written here first"),
        )
        return
    record.statement = node
    if not started(ctx, node.name.id):
        return
    items = [ctx.evaluate(ctx, index) for index in node.indices]
    places = [item for item in items if isinstance(item, Expr)]
    for key, part in zip(keys(node.name.id), (cell.value, cell.condition), strict=True):
        array = ctx.scope.names.get(key)
        if part is None or not isinstance(array, Expr):
            continue
        filled = put(ctx, array, places, part, cell.span)
        if isinstance(filled, Expr):
            ctx.scope.names[key] = ctx.let(key.strip(), filled, cell.span)


# --------------------------------------------------------------------------- the end


def collect(ctx: Context) -> tuple[Output, ...]:
    """All outputs, each as one value; reports E2010 for cells that were never written."""
    found = [
        _finished(ctx, record) for record in ctx.outputs.values() if record.name not in ctx.spoiled_outputs
    ]
    return tuple(output for output in found if output is not None)


def _finished(ctx: Context, record: Record) -> Output | None:
    if record.statement is not None:
        pair = [ctx.scope.names.get(key) for key in keys(record.name)]
        value, condition = (part if isinstance(part, Expr) else None for part in pair)
    else:
        value, condition = _stacked(ctx, record)
    if value is None:
        return None
    return Output(record.name, record.receivers, value, condition, record.condition_text, record.span)


def _stacked(ctx: Context, record: Record) -> tuple[Expr | None, Expr | None]:
    """The cells as one array, and their conditions."""
    if not record.axes:
        cell = record.cells.get(())
        return (None, None) if cell is None else (cell.value, cell.condition)
    if not record.cells:
        return _empty(record)
    lead = tuple(
        Dim.of(1 + max(place[axis] for place in record.cells)) if dim is None else dim
        for axis, dim in enumerate(record.axes)
    )
    if prod(dim.value for dim in lead) != len(record.cells):
        missing = next(
            place for place in product(*(range(dim.value) for dim in lead)) if place not in record.cells
        )
        ctx.error("E2010", f"`{record.name}[{', '.join(map(str, missing))}]` is never written", record.span)
        return None, None
    cells = [record.cells[place] for place in sorted(record.cells)]
    value = _join(ctx, [cell.value for cell in cells], lead, record)
    if all(cell.condition is None for cell in cells):
        return value, None
    conditions = [truth(True, cell.span) if cell.condition is None else cell.condition for cell in cells]
    longest = max((c.type.shape for c in conditions), key=len)
    conditions = [broadcast(c, longest) if not c.type.shape else c for c in conditions]
    return value, _join(ctx, conditions, lead, record)


def _join(ctx: Context, parts: list[Expr], lead: tuple[Dim, ...], record: Record) -> Expr | None:
    for part in parts[1:]:
        if not same_shape(part.type.shape, parts[0].type.shape):
            ctx.error(
                "E2002",
                f"the cells of `{record.name}` have the shapes {shape_name(parts[0].type.shape)} and "
                f"{shape_name(part.type.shape)}",
                record.span,
            )
            return None
    stacked = stack(ctx, parts, f"the output `{record.name}`", record.span)
    if not isinstance(stacked, Expr):
        return None
    named = ctx.let(record.name, reshape(stacked, (*lead, *parts[0].type.shape), record.span), record.span)
    return plain(named)


def _empty(record: Record) -> tuple[Expr, Expr | None]:
    """An output of a loop without trips."""
    lead = tuple(Dim.of(0) if dim is None else dim for dim in record.axes)
    value, condition = record.sample
    return (
        constant(value.elem, (0,), (*lead, *value.shape), record.span),
        None if condition is None else constant(Bool(), (0,), (*lead, *condition.shape), record.span),
    )
