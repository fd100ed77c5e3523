"""Joins of two tables: `a.join(b, a.id == b.id)`, `how = "inner" | "left" | "outer" | "semi" | "anti"`.

The rows of both sides are sorted together by their keys, the right ones first among equals. So the first row of a
group is from the right if any is, and copying it along the group gives every left row its partner. Missing keys match
nothing.

A key stands once on the right, which is checked in secret; then every left row has at most one partner, and the result
has the rows of the left side, in their places. With `at_most = n` a key can stand several times on both sides (see
`pairings`). Nothing but the sizes of the tables and `n` is public.

Sources: S. Badrinarayanan et al., Secret-shared joins with multiplicity from aggregation trees, CCS 2022 (eprint
2022/1600); S. Laur, R. Talviste, J. Willemson, ACNS 2013 (eprint 2013/203).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..frontend import syntax
from ..source import Span
from . import movement
from .assumptions import require
from .composite import Masked, Table, both, each, nowhere, opposite, true
from .context import Context
from .grouping import BOUND, bare, bound
from .join_keys import Pair, joined_on
from .merged import Merged, merged, partners, repeated, right_matched, with_columns
from .pairings import paired
from .shapes import broadcast
from .types import Dim
from .values import POISON, Poison, TextValue, Value, kind_name

KINDS = ("inner", "left", "outer", "semi", "anti")

FORM = '`a.join(b, a.id == b.id)`, `a.join(b, on = "id", how = "left")`'


def join(ctx: Context, left: Table, args: Sequence[syntax.Argument], span: Span) -> Value:
    """`a.join(b, a.id == b.id, how = "left", at_most = 1000)`."""
    given = bound(ctx, args, span)
    if given is None:
        return POISON
    limit, args = given
    named = {arg.name: arg for arg in args if arg.name is not None}
    plain = [arg for arg in args if arg.name is None]
    if not plain or not left.shape or set(named) - {"on", "how"} or len(plain) + ("on" in named) != 2:
        return ctx.error("E2003", "`join` takes a table and the columns that are equal", span, help=FORM)
    right = ctx.evaluate(ctx, plain[0].value)
    if isinstance(right, Poison):
        return POISON
    if not isinstance(right, Table) or not right.shape:
        return ctx.error("E2001", f"`join` takes a table, not {kind_name(right)}", ctx.at(plain[0].span), help=FORM)
    kind = _kind(ctx, named.get("how"))
    pairs = joined_on(ctx, left, right, plain[1] if len(plain) > 1 else named["on"], span)
    if kind is None or pairs is None:
        return POISON
    if limit is not None and kind in ("semi", "anti"):
        return ctx.error("E2003", f'`{BOUND}` is for joins of both tables\' columns, and "{kind}" keeps the rows of '
                         "the left one", span, help=f"leave `{BOUND}` out")
    return _joined(ctx, left, right, pairs, kind, limit, span)


def _kind(ctx: Context, arg: syntax.Argument | None) -> str | None:
    if arg is None:
        return "inner"
    value = ctx.evaluate(ctx, arg.value)
    if isinstance(value, TextValue) and value.text in KINDS:
        return value.text
    ctx.error("E2003", "`how` is one of " + ", ".join(f'"{kind}"' for kind in KINDS), ctx.at(arg.span))
    return None


def _joined(
    ctx: Context, left: Table, right: Table, pairs: Sequence[Pair], kind: str, limit: Dim | None, span: Span
) -> Value:
    rows = merged(ctx, left, right, pairs, span)
    if rows is None:
        return POISON
    if kind in ("semi", "anti"):
        return _filtered(ctx, left, rows, kind, span)
    added = _right_columns(ctx, left, right, pairs, span)
    if added is None:
        return POISON
    if limit is not None:
        made = paired(ctx, left, added, rows, limit, kind != "inner", span)
        if made is None:
            return POISON
    else:
        once = opposite(ctx, repeated(ctx, rows, span), span)
        if not require(ctx, once, f"no key twice on the right: {ctx.text(span)}", span):
            return POISON
        match, found = partners(ctx, rows, added, span)
        own = true(left.shape, span) if left.rows is None else left.rows
        made = with_columns(ctx, left, found, match, match if kind == "inner" else own, kind != "inner", span)
    return made if kind != "outer" else _outer(ctx, made, left, right, pairs, rows, span)


def _filtered(ctx: Context, left: Table, rows: Merged, kind: str, span: Span) -> Table:
    """The left rows with a partner, or those without."""
    match, _ = partners(ctx, rows, Table(()), span)
    if kind == "semi":
        return Table(left.columns, match)
    alone = opposite(ctx, match, span)
    return Table(left.columns, alone if left.rows is None else both(ctx, left.rows, alone, span))


def _right_columns(
    ctx: Context, left: Table, right: Table, pairs: Sequence[Pair], span: Span
) -> Table | None:
    """The columns of the right table but for keys that the left one has under the same name; reports E2003."""
    same = {pair.name for pair in pairs if pair.name is not None}
    columns = [(name, bare(value)) for name, value in right.columns if name not in same]
    for name, _ in columns:
        if left.column(name) is not None:
            ctx.error("E2003", f"both tables have a column `{name}`", span,
                      help=f"give it another name before: `b.select(id, other_{name} = b.{name})`")
            return None
    return Table(tuple(columns), None)


def _outer(
    ctx: Context, made: Table, left: Table, right: Table, pairs: Sequence[Pair], rows: Merged, span: Span
) -> Value:
    """What was joined, and after it the right rows without a partner."""
    keys = {pair.name: pair.right for pair in pairs if pair.name is not None}
    columns: list[tuple[str, Value]] = []
    for name, value in made.columns:
        own = keys.get(name) if left.column(name) is not None else right.column(name)
        columns.append((name, bare(own) if own is not None else _missing(value, right, span)))
    alone = opposite(ctx, right_matched(ctx, rows, span), span)
    there = alone if right.rows is None else both(ctx, right.rows, alone, span)
    return movement.concatenated(ctx, [made, Table(tuple(columns), there)], span)


def _missing(value: Value, right: Table, span: Span) -> Value:
    """A column without values, of the kind of another one."""
    single = nowhere(value.value if isinstance(value, Masked) else value, span)
    return each(single, lambda part: broadcast(part, right.shape))
