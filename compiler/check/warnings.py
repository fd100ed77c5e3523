"""What is allowed and worth a second look."""

from __future__ import annotations

from collections.abc import Sequence

from ..frontend import syntax
from .context import Context
from .tree import Apply, Const, Expr, Output, Ref

_READABLE = (
    "slice",
    "take",
    "take_at",
    "reshape",
    "broadcast",
    "transpose",
    "concat",
    "refine",
    "scale",
    "neg",
    "add",
    "sub",
    "not",
)
"""Operations that can be undone by who knows the public operands."""


def warn(ctx: Context, main: syntax.Module, outputs: Sequence[Output]) -> None:
    """Report W6001 to W6004."""
    for fact in ctx.facts.values():
        if fact.name not in ctx.inputs.used:
            ctx.findings.report(
                "W6001",
                f"{'what is loaded as' if fact.store else 'the input'} `{fact.name}` is never used",
                fact.span,
                help="remove it" if fact.store else "remove it, so that nobody has to give it",
            )
    for output in outputs:
        secret = output.value.type.secret or (output.condition is not None and output.condition.type.secret)
        if not secret and not ctx.reveals:
            ctx.findings.report("W6002", f"the output `{output.name}` depends on no secret", output.span)
        _handed_over(ctx, output)
    _thresholds(ctx, main.statements)


def _handed_over(ctx: Context, output: Output) -> None:
    given = {item.var.id: item for item in ctx.inputs.given}
    sources = _sources(ctx, output.value, {})
    for identity in sorted(sources or ()):
        item = given.get(identity)
        if item is None:
            continue
        others = [party for party in output.receivers if party != item.party]
        if others:
            ctx.findings.report(
                "W6003",
                f"the output `{output.name}` hands `{item.name}` of {item.party} to "
                f"{', '.join(others)} as it is",
                output.span,
                help="if that is meant, nothing needs to be computed in secret",
            )


def _sources(ctx: Context, value: Expr, known: dict[int, set[int] | None]) -> set[int] | None:
    """The inputs that the value consists of; None when something is computed of them that hides them.

    `known` holds the variables looked at: a chain of choices reads the same ones over and over.
    """
    if isinstance(value, Ref):
        definitions = ctx.definitions.get(value.var.id)
        if definitions is None:
            return {value.var.id}
        if value.var.id not in known:
            known[value.var.id] = _union([_sources(ctx, part, known) for part in definitions])
        return known[value.var.id]
    if isinstance(value, Apply) and value.op in _READABLE:
        secret = [arg for arg in value.args if arg.type.secret]
        if len(secret) > 1 and value.op != "concat":
            return None
        return _union([_sources(ctx, arg, known) for arg in secret])
    return set() if isinstance(value, Const) else None


def _union(parts: Sequence[set[int] | None]) -> set[int] | None:
    found = [part for part in parts if part is not None]
    return set().union(*found) if found and len(found) == len(parts) else None


def _thresholds(ctx: Context, statements: Sequence[syntax.Statement]) -> None:
    for node in statements:
        if isinstance(node, syntax.For | syntax.Fast):
            _thresholds(ctx, node.body)
        elif isinstance(node, syntax.If):
            _thresholds(ctx, (*node.then, *node.otherwise))
        elif isinstance(node, syntax.Output) and node.condition is not None and _of_one(node.condition):
            ctx.findings.report(
                "W6004",
                f"the output `{node.name.id}` is shown for a single row: a threshold of one protects nobody",
                node.condition.span,
                help="`count(mask) >= 10`",
            )


def _of_one(condition: syntax.Expr) -> bool:
    """`count(m) >= 1`, `count(m) > 0`, `count(m) != 0`, `any(m)`."""
    if isinstance(condition, syntax.Call):
        return isinstance(condition.function, syntax.Name) and condition.function.id == "any"
    if not isinstance(condition, syntax.Compare) or len(condition.ops) != 1:
        return False
    left, right = condition.operands
    if not (
        isinstance(left, syntax.Call)
        and isinstance(left.function, syntax.Name)
        and left.function.id == "count"
        and isinstance(right, syntax.Number)
    ):
        return False
    return right.value == {">=": 1, ">": 0, "!=": 0}.get(condition.ops[0])
