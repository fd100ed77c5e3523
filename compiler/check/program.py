"""Checks a whole program: `header` what it declares, `check` at some sizes, `check_bounds` at the bounds."""

from __future__ import annotations

from collections.abc import Mapping

from ..diagnostics import Findings
from ..frontend import syntax
from ..frontend.modules import Modules
from . import outputs
from .context import Context
from .expressions import evaluate
from .facts import Header
from .header import header
from .inputs import count_rows
from .names import enter
from .scope import Scope
from .sizes import at_bounds, bind_sizes, total, within_bounds
from .statements import run
from .tree import Binding, Checked
from .types import Dim
from .uncalled import check_uncalled
from .values import POISON, extent
from .warnings import warn

DECLARATIONS = (syntax.Party, syntax.Security, syntax.Param, syntax.Size, syntax.Import, syntax.Def)

__all__ = ["Header", "bind_sizes", "check", "check_bounds", "header"]


def check_bounds(modules: Modules, header: Header) -> Checked:
    """The program at the bounds of its sizes, where it is decided whether it is accepted.

    Raises ProgramError with everything that is wrong, the header's problems included.
    """
    return check(modules, header, at_bounds(header))


def check(modules: Modules, header: Header, sizes: Mapping[str, int]) -> Checked:
    """The program at these sizes (as from `bind_sizes`).

    Raises ProgramError with everything that is wrong, the header's problems included.
    """
    findings = Findings(list(header.problems))
    within_bounds(header, sizes, findings)
    ctx = Context(
        findings,
        modules.sources,
        header.parties,
        dict(sizes),
        header.each_sizes,
        facts={fact.name: fact for fact in header.inputs},
        evaluate=evaluate,
        run=run,
    )
    scopes: dict[str, Scope] = {}
    for name, module in modules.modules.items():
        ctx.scope = scopes[name] = Scope()
        enter(ctx, module, scopes)
        run(ctx, [s for s in module.statements if not isinstance(s, DECLARATIONS)])
    ctx.scope, ctx.types = Scope(), {}
    _declare(ctx, modules.main, header, sizes)
    count_rows(ctx, header)
    ctx.statements = modules.main.statements
    enter(ctx, modules.main, scopes)
    run(ctx, [s for s in modules.main.statements if not isinstance(s, DECLARATIONS)])
    for scope in (*scopes.values(), ctx.scope):
        check_uncalled(ctx, scope)
    found = outputs.collect(ctx)
    findings.raise_if_failed()
    assert not ctx.spoiled_outputs, "an output has an error that was not reported"
    warn(ctx, modules.main, found)
    return Checked(
        name=header.name,
        title=header.title,
        parties=header.parties,
        security=header.security,
        binding=Binding({fact.name: fact.given for fact in header.params}, dict(sizes)),
        sizes=header.sizes,
        params=tuple(fact.name for fact in header.params),
        inputs=tuple(ctx.inputs.given),
        body=tuple(ctx.blocks[0]),
        outputs=found,
        reveals=tuple(ctx.reveals),
        types=tuple((span, name, type_) for (span, name), type_ in ctx.types.items()),
        warnings=tuple(findings.items),
        assumptions=tuple(ctx.assumptions),
        loads=tuple(ctx.inputs.loaded),
        keeps=tuple(ctx.kept),
    )


def _declare(ctx: Context, main: syntax.Module, header: Header, sizes: Mapping[str, int]) -> None:
    """Parameters and sizes are names from the start; those with an error stand for nothing more."""
    scope = ctx.scope
    read = {p.name for p in header.params} | {s.name for s in header.sizes} | {i.name for i in header.inputs}
    for node in main.statements:
        if isinstance(node, syntax.Param | syntax.Size | syntax.Input | syntax.Load) and node.name.id not in read:
            scope.names[node.name.id] = POISON
            scope.places[node.name.id] = node.name.span
    for fact in header.params:
        scope.names[fact.name] = fact.value
        scope.places[fact.name] = fact.span
    for size in header.sizes:
        scope.names[size.name] = extent(Dim.size(size.name, total(header, size, sizes)), size.span)
        scope.places[size.name] = size.span
    for given in header.inputs:
        scope.places[given.name] = given.span
    scope.fixed |= set(scope.places)
