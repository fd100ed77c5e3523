"""Calls of functions whose body is a circuit file: rows of truth values in, a row of truth values out.

Each parameter is declared `bool[n]` and is one input value of the circuit, n its wires. An argument may have more
axes before its last: the circuit is run for each element of them, and they broadcast against each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import bristol
from ..diagnostics import Label
from ..frontend import syntax
from ..frontend.modules import circuit_file
from ..source import Span
from .context import Context
from .operands import bools
from .shapes import broadcast, broadcast_shapes
from .tree import Apply, Expr
from .types import Bool, Dim, Type
from .values import POISON, Poison, Value, kind_name, plain, shape_name
from .written import read_dims, read_type


def call_netlist(ctx: Context, definition: syntax.Def, given: Mapping[str, Value | None], span: Span) -> Value:
    """The circuit's outputs for these arguments. Reports E2001, E2002, E2003, E2013."""
    assert definition.bristol is not None
    source = ctx.sources.get(circuit_file(definition))
    if source is None:
        return POISON  # that it cannot be read is reported already
    try:
        net = bristol.read(source.text)
    except ValueError as problem:
        return ctx.error("E2013", f"`{definition.bristol}` is no circuit: {problem}", ctx.at(definition.span))
    if not _declared(ctx, definition, net):
        return POISON
    args = _arguments(ctx, definition, given, span)
    if args is None:
        return POISON
    shape: tuple[Dim, ...] = ()
    for arg in args:
        joined = broadcast_shapes(shape, arg.type.shape[:-1])
        if joined is None:
            places = [Label(a.span, f"has shape {shape_name(a.type.shape)}") for a in args]
            return ctx.error("E2002", f"the arguments of `{definition.name.id}` have shapes that do not match, "
                                      "apart from their last axis", span, "", *places)
        shape = joined
    spread = tuple(plain(broadcast(arg, (*shape, arg.type.shape[-1]))) for arg in args)
    result = Type(Bool(), (*shape, Dim.of(sum(net.outputs))), True)
    return Apply(result, span, op="netlist", args=spread, attrs={"name": definition.bristol, "text": source.text})


def _declared(ctx: Context, definition: syntax.Def, net: bristol.Netlist) -> bool:
    """Whether the declaration says what the circuit takes and gives."""
    place = ctx.at(definition.span)
    declared = [_width(ctx, parameter.type) for parameter in definition.parameters]
    returned = _width(ctx, definition.returns)
    if None in declared or returned is None or any(p.default is not None for p in definition.parameters):
        ctx.error("E2013", "a function from a circuit file declares each parameter and its result as `bool[n]`", place)
        return False
    if tuple(declared) != net.inputs or returned != sum(net.outputs):
        takes = ", ".join(f"bool[{n}]" for n in net.inputs)
        ctx.error("E2013", f"the circuit `{definition.bristol}` takes ({takes}) and gives bool[{sum(net.outputs)}]",
                  place, "declared otherwise")
        return False
    return True


def _width(ctx: Context, type_: syntax.TypeExpr | None) -> int | None:
    """n of `bool[n]`, None for any other type."""
    written = read_type(ctx, type_) if type_ is not None else None
    if written is None or not isinstance(written.elem, Bool) or len(written.dims) != 1:
        return None
    dims = read_dims(ctx, written)
    return dims[0].value if dims and not dims[0].terms else None


def _arguments(ctx: Context, definition: syntax.Def, given: Mapping[str, Value | None],
               span: Span) -> list[Expr] | None:
    values = [given[parameter.name] for parameter in definition.parameters]
    args = bools(ctx, f"`{definition.name.id}`", [POISON if value is None else value for value in values], span)
    if args is None or any(isinstance(value, Poison) for value in values):
        return None
    for parameter, arg in zip(definition.parameters, args, strict=True):
        assert parameter.type is not None
        width = _width(ctx, parameter.type)
        if not arg.type.shape or not arg.type.shape[-1].same(Dim.of(width or 0)):
            ctx.error("E2002", f"the last axis of `{parameter.name}` has the extent {width}", span, "",
                      Label(arg.span, f"is {kind_name(arg)}"))
            return None
    return args
