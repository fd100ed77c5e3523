"""Values of several arrays: texts, values some of which are missing, tables.

In the tree they are ordinary arrays. What moves elements about (slices, lists, branches, loops) works on each part
alike; `alike` first gives values one structure: a literal text becomes words, what cannot be missing gets a
validity that is true everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cloister.runtime.data.declare import presence
from cloister.runtime.data.labels import text_words

from ..source import Span
from .context import Context
from .logic import invert
from .operands import is_bool
from .scope import suggestion
from .shapes import Shape, broadcast, make, reshape
from .tree import Const, Expr, Ref
from .types import Bool, Category, Dim, Type, Word
from .values import (
    POISON,
    Composite,
    Nothing,
    Poison,
    TextValue,
    Value,
    kind_name,
    type_name,
)


@dataclass(frozen=True)
class Texts(Composite):
    """Texts of at most `length` bytes: the words of all, an array for each place."""

    length: int
    words: tuple[Expr, ...]

    def parts(self) -> tuple[Expr, ...]:
        return self.words

    def with_parts(self, parts: Sequence[Expr]) -> Texts:
        return replace(self, words=tuple(parts))

    def kind(self) -> str:
        return type_name(self.words[0].type)


@dataclass(frozen=True)
class Masked(Composite):
    """Values of which some are missing: `valid`, of their shape, says where there are any.

    `rows`, where it is given, says for each place of the first axis whether there is such a row at all: how many
    there are is secret. Where it is false so is `valid`.
    """

    value: Expr | Texts
    valid: Expr
    rows: Expr | None = None

    def parts(self) -> tuple[Expr, ...]:
        rows = () if self.rows is None else (self.rows,)
        return (*inner_parts(self.value), self.valid, *rows)

    def with_parts(self, parts: Sequence[Expr]) -> Masked:
        count = len(inner_parts(self.value))
        value = self.value.with_parts(parts[:count]) if isinstance(self.value, Texts) else parts[0]
        return Masked(value, parts[count], None if self.rows is None else parts[count + 1])

    @property
    def shape(self) -> Shape:
        """The shape of the values."""
        return self.valid.type.shape

    def kind(self) -> str:
        what = "of a hidden number of rows" if self.rows is not None else "with missing values"
        return f"{kind_name(self.value)} {what}"


@dataclass(frozen=True)
class Table(Composite):
    """Named columns of one length. `rows` says which rows there are; None: all, and their number is public.

    A row of a table is a Table of single values; `rows` says whether there is such a row.
    """

    columns: tuple[tuple[str, Value], ...]
    rows: Expr | None = None

    def column(self, name: str) -> Value | None:
        """The column as it stands in the table, regardless of which rows there are."""
        return dict(self.columns).get(name)

    def parts(self) -> tuple[Expr, ...]:
        columns = tuple(part for _, value in self.columns for part in inner_parts(value))
        return columns if self.rows is None else (*columns, self.rows)

    def with_parts(self, parts: Sequence[Expr]) -> Table:
        rest, columns = list(parts), []
        for name, value in self.columns:
            count = len(inner_parts(value))
            own, rest = rest[:count], rest[count:]
            columns.append((name, value.with_parts(own) if isinstance(value, Composite) else own[0]))
        return Table(tuple(columns), None if self.rows is None else rest[0])

    @property
    def shape(self) -> Shape:
        """The shape of the columns: one extent, or none of a single row."""
        return self.parts()[0].type.shape

    def kind(self) -> str:
        names = ", ".join(name for name, _ in self.columns)
        return f"a table of {names}" if self.shape else f"a row of {names}"


def inner_parts(value: Value) -> tuple[Expr, ...]:
    """The arrays of a value; none of what exists at compile time only."""
    if isinstance(value, Composite):
        return value.parts()
    return (value,) if isinstance(value, Expr) else ()


def first_shape(value: Value) -> Shape | None:
    """The shape of a value; None of what has none."""
    if isinstance(value, Masked | Table):
        return value.shape
    parts = inner_parts(value)
    return parts[0].type.shape if parts else None


def named_types(name: str, value: Value) -> list[tuple[str, Type]]:
    """The types of what a name stands for: of `x` that can be missing also of `x?`, where it is there; of a table
    those of its columns, and of `t?`, which rows there are."""
    match value:
        case Expr():
            return [(name, value.type)]
        case Texts():
            return [(name, value.words[0].type)]
        case Masked():
            return [*named_types(name, value.value), (presence(name), value.valid.type)]
        case Table():
            found = [one for title, column in value.columns for one in named_types(f"{name}.{title}", column)]
            return found if value.rows is None else [*found, (presence(name), value.rows.type)]
    return []


def each(value: Composite, change: Callable[[Expr], Value]) -> Value:
    """The value with every part changed."""
    parts: list[Expr] = []
    for part in value.parts():
        changed = change(part)
        if not isinstance(changed, Expr):
            return POISON
        parts.append(changed)
    return value.with_parts(parts)


def together(values: Sequence[Composite], join: Callable[[list[Expr]], Value]) -> Value:
    """Values of one structure as one: `join` gives each part from theirs."""
    parts: list[Expr] = []
    for group in zip(*(value.parts() for value in values), strict=True):
        joined = join(list(group))
        if not isinstance(joined, Expr):
            return POISON
        parts.append(joined)
    return values[0].with_parts(parts)


def held(ctx: Context, name: str, value: Value, span: Span) -> Value:
    """The value under a name, each part a variable."""
    if isinstance(value, Composite):
        return each(value, lambda part: ctx.let(name, part, span))
    return ctx.let(name, value, span) if isinstance(value, Expr) else value


# --------------------------------------------------------------------------- one structure


def alike(ctx: Context, what: str, values: Sequence[Value], span: Span) -> list[Composite] | None:
    """The values in one structure; None, after E2001, where there is none, and where one is wrong already."""
    if any(isinstance(value, Poison) for value in values):
        return None
    tables = [value for value in values if isinstance(value, Table)]
    if tables:
        return _alike_tables(ctx, what, values, tables, span)
    bare = spelt(ctx, [value.value if isinstance(value, Masked) else value for value in values], span)
    if bare is None:
        return None
    known = [value for value in bare if not isinstance(value, Nothing)]
    if not known or not (all(isinstance(v, Expr) for v in known) or all(isinstance(v, Texts) for v in known)):
        names = " and ".join(dict.fromkeys("none" if isinstance(v, Nothing) else kind_name(v) for v in bare))
        ctx.error("E2001", f"{what} takes values of one kind, not {names}", span)
        return None
    hidden = any(isinstance(value, Masked) and value.rows is not None for value in values)
    if all(isinstance(value, Texts) for value in values):
        return [value for value in bare if isinstance(value, Texts)]
    result: list[Composite] = []
    for given, value in zip(values, bare, strict=True):
        here = given if isinstance(given, Masked) else _masked_as(value, known[0], span)
        result.append(replace(here, rows=_all_rows(here, span)) if hidden and here.rows is None else here)
    return result


def _masked_as(value: Value, sample: Value, span: Span) -> Masked:
    """A value that is not missing, or `none` in the place of one like `sample`."""
    if isinstance(value, Nothing):
        return nowhere(sample, span)
    assert isinstance(value, Expr | Texts)
    return Masked(value, true(inner_parts(value)[0].type.shape, span))


def nowhere(sample: Value, span: Span) -> Masked:
    """A single missing value of the kind of `sample`."""
    assert isinstance(sample, Expr | Texts)
    parts = [Const(Type(part.type.elem), span, filler(part).values) for part in inner_parts(sample)]
    value = sample.with_parts(parts) if isinstance(sample, Texts) else parts[0]
    return Masked(value, Const(Type(Bool()), span, (0,)))


def absent(sample: Value, nothing: Nothing) -> Value:
    """A missing value of the kind and shape of `sample`; `nothing` where that has none."""
    inner = sample.value if isinstance(sample, Masked) else sample
    if not isinstance(inner, Expr | Texts):
        return nothing
    parts = [filler(part) for part in inner_parts(inner)]
    value = inner.with_parts(parts) if isinstance(inner, Texts) else parts[0]
    return Masked(value, Const(Type(Bool(), parts[0].type.shape), nothing.span, (0,)))


def filler(part: Expr) -> Const:
    """What stands where a value is missing: the number of its range nearest to 0."""
    elem = part.type.elem
    value = min(max(0, elem.lo), elem.hi)
    return Const(Type(elem, part.type.shape), part.span, (value,))


def _all_rows(value: Masked, span: Span) -> Expr | None:
    return true(value.shape[:1], span) if value.shape else None


def _alike_tables(
    ctx: Context, what: str, values: Sequence[Value], tables: Sequence[Table], span: Span
) -> list[Composite] | None:
    """Tables of the same columns, each column in one structure."""
    names = [name for name, _ in tables[0].columns]
    for value in values:
        if not isinstance(value, Table) or [name for name, _ in value.columns] != names:
            ctx.error("E2001", f"{what} takes tables of the same columns, not {kind_name(value)}", span)
            return None
    columns: list[list[Value]] = []
    for name in names:
        found: list[Value] = [dict(table.columns)[name] for table in tables]
        if not all(isinstance(value, Expr) for value in found):
            same = alike(ctx, f"{what}, in the column `{name}`,", found, span)
            if same is None:
                return None
            found = list(same)
        columns.append(found)
    hidden = any(table.rows is not None for table in tables)
    result: list[Composite] = []
    for k, table in enumerate(tables):
        rows = true(table.shape, span) if hidden and table.rows is None else table.rows
        result.append(Table(tuple((n, column[k]) for n, column in zip(names, columns, strict=True)), rows))
    return result


# --------------------------------------------------------------------------- texts


def spelt(ctx: Context, values: Sequence[Value], span: Span) -> list[Value] | None:
    """The values with literal texts as what they stand for among the others: words, or a level of a category.

    None after an error: E4004 for a text that is too long, E1001 for an unknown level.
    """
    lengths = {value.length for value in values if isinstance(value, Texts)}
    categories = [v.type.elem for v in values if isinstance(v, Expr) and isinstance(v.type.elem, Category)]
    if len(lengths) > 1:
        names = " and ".join(f"text[{length}]" for length in sorted(lengths))
        ctx.error("E2001", f"texts of different lengths, {names}", span, help="declare them with the longer one")
        return None
    result: list[Value] = []
    for value in values:
        if isinstance(value, TextValue) and lengths:
            value = word_literal(ctx, value, max(lengths), span)
        elif isinstance(value, TextValue) and categories:
            value = level_literal(ctx, value, categories[0], span)
        if isinstance(value, Poison):
            return None
        result.append(value)
    return result


def level_literal(ctx: Context, value: TextValue, elem: Category, span: Span) -> Value:
    """The level of that name."""
    if value.text not in elem.levels:
        known = ", ".join(f"`{level}`" for level in elem.levels)
        close = suggestion(value.text, list(elem.levels))
        return ctx.error("E1001", f'"{value.text}" is no level of this category', span, close, help=f"levels: {known}")
    place = elem.levels.index(value.text)
    return Const(Type(replace(elem, lo=place, hi=place)), span, (place,))


def word_literal(ctx: Context, value: TextValue, length: int, span: Span) -> Value:
    """A literal text as the words of a text of this length."""
    try:
        words = text_words(value.text, length)
    except ValueError as error:
        return ctx.error("E4004", f'the text "{value.text}" {error}', span)
    return Texts(length, tuple(Const(Type(Word(length, word, word)), span, (word,)) for word in words))


# --------------------------------------------------------------------------- truth


def true(shape: Shape, span: Span) -> Const:
    """True everywhere."""
    return Const(Type(Bool(), shape), span, (1,))


def is_true(value: Expr) -> bool:
    """Whether a truth value is known to be true everywhere."""
    return isinstance(value, Const) and is_bool(value) and all(value.values)


def is_false(value: Expr) -> bool:
    """Whether a truth value is known to be false everywhere."""
    return isinstance(value, Const) and is_bool(value) and not any(value.values)


def both(ctx: Context, a: Expr, b: Expr, span: Span) -> Expr:
    """Where both hold, of one shape."""
    if is_true(a) or (isinstance(a, Ref) and isinstance(b, Ref) and a.var == b.var):
        return b
    if is_true(b) or is_false(a):
        return a
    if is_false(b):
        return b
    return ctx.let("valid", make("and", (a, b), Bool(), a.type.shape, span), span)


def either(ctx: Context, a: Expr, b: Expr, span: Span) -> Expr:
    """Where one of the two holds, of one shape."""
    return ctx.let("valid", make("or", (a, b), Bool(), a.type.shape, span), span)


def opposite(ctx: Context, value: Expr, span: Span) -> Expr:
    """Where it does not hold."""
    return ctx.let("valid", invert(value, span), span)


def along_rows(rows: Expr, shape: Shape, span: Span) -> Expr:
    """A truth value of each row for every element of an array of this shape."""
    if len(shape) <= len(rows.type.shape):
        return rows
    lead = reshape(rows, (*rows.type.shape, *(Dim.of(1) for _ in shape[len(rows.type.shape):])), span)
    return broadcast(lead, shape)


def masked(value: Value, valid: Expr, rows: Expr | None = None) -> Value:
    """The values where they are valid; themselves where that is everywhere."""
    if isinstance(value, Masked):
        return value
    if not isinstance(value, Expr | Texts) or (is_true(valid) and rows is None):
        return value
    return Masked(value, valid, rows)

