"""Values of several arrays that a loop carries: each part under a name of its own, which no program can write."""

from __future__ import annotations

from ..source import NOWHERE
from .composite import Masked, alike, true
from .context import Context
from .tree import Expr
from .values import Composite, Unassigned, Value


def part_keys(name: str, value: Composite) -> list[str]:
    """The names of the parts; without the spaces in front they are all called alike."""
    return [" " * (2 + place) + name for place in range(len(value.parts()))]


def unpack(ctx: Context, name: str, value: Composite) -> list[str]:
    """Give each part its name, and tell the names."""
    keys = part_keys(name, value)
    ctx.scope.names.update(zip(keys, value.parts(), strict=True))
    return keys


def repack(ctx: Context, name: str, template: Composite) -> Composite | None:
    """The value of the parts as they are now; None when one of them has none."""
    parts = [ctx.scope.names.get(key) for key in part_keys(name, template)]
    good = [part for part in parts if isinstance(part, Expr)]
    return template.with_parts(good) if len(good) == len(parts) else None


def unpack_end(ctx: Context, name: str, template: Composite) -> None:
    """At the end of a trip: the parts of what the name has become, where it has the structure of `template`."""
    end = ctx.scope.names.get(name)
    if end is None or isinstance(end, Unassigned):
        return
    with ctx.attempt() as undo:
        pair = alike(ctx, f"`{name}`", (template, end), NOWHERE)
        undo()
    if pair is not None and len(pair[1].parts()) == len(template.parts()):
        unpack(ctx, name, pair[1])


def widened(init: Expr, end: Value) -> Composite | None:
    """The value before a loop in which some become missing, when that is what `end` says."""
    if isinstance(end, Masked) and isinstance(end.value, Expr) and end.rows is None:
        return Masked(init, true(init.type.shape, init.span))
    return None
