"""What may be meant by a name that nothing has."""

from __future__ import annotations

from .builtins import BUILTINS
from .composite import Table, inner_parts
from .context import Context
from .scope import suggestion
from .types import Category


def meant(ctx: Context, name: str) -> str:
    """A column that is named without its table, a level without quotes, or a name that is nearly the same; or
    nothing."""
    values = [(own, ctx.scope.find(own)) for own in ctx.scope.visible() if not own.startswith(" ")]
    for own, value in values:
        if isinstance(value, Table) and value.column(name) is not None:
            return f"did you mean the column `{own}.{name}`?"
    elems = [part.type.elem for _, value in values if value is not None for part in inner_parts(value)]
    if any(isinstance(elem, Category) and name in elem.levels for elem in elems):
        return f'did you mean the level `"{name}"`?'
    return suggestion(name, [*ctx.scope.visible(), *BUILTINS])
