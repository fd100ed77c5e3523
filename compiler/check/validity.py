"""Missing values and hidden rows: what operations do with them. The rules are those of SQL.

Arithmetic and comparison with a missing value give a missing one; `and` and `or` give a truth value where the other
side decides it; a condition that is missing does not hold; `sum count min max any all` pass over what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..source import Span
from . import logic, reductions
from .composite import (
    Masked,
    Table,
    Texts,
    alike,
    along_rows,
    both,
    either,
    filler,
    first_shape,
    inner_parts,
    masked,
    opposite,
    spelt,
    true,
)
from .context import Context
from .operands import bools, is_bool
from .shapes import Shape, broadcast, broadcast_shapes, make, size_of
from .tree import Const, Expr
from .types import Bool, Dim, Type
from .values import POISON, Nothing, Poison, TextValue, Value, extent, kind_name, shape_name, truth, whole

Rule = Callable[..., Value]


def strict(ctx: Context, what: str, args: Sequence[Value], span: Span, rule: Rule) -> Value:
    """An elementwise operation: missing where any of its operands is. `rule` gives it for values that are there."""
    for arg in args:
        if isinstance(arg, Nothing):
            return ctx.error("E2001", f"{what} with `none` is always missing", span, help="`missing(x)` tests for it")
        if isinstance(arg, Table):
            return ctx.error(
                "E2001", f"{what} takes arrays, not {kind_name(arg)}", span, help="name a column: `t.column`"
            )
    result = rule(*[arg.value if isinstance(arg, Masked) else arg for arg in args])
    if not isinstance(result, Expr):
        return result
    given = [arg for arg in args if isinstance(arg, Masked)]
    valid: Expr = true(result.type.shape, span)
    for arg in given:
        valid = both(ctx, broadcast(arg.valid, result.type.shape), valid, span)
    rows = _rows(ctx, given, result.type.shape, span)
    return POISON if isinstance(rows, Poison) else masked(result, valid, rows)


def _rows(ctx: Context, given: Sequence[Masked], shape: Shape, span: Span) -> Expr | Poison | None:
    """Which rows there are of a result of this shape; reports E2002 when hidden rows would not be its first axis."""
    rows: Expr | None = None
    for arg in given:
        if arg.rows is None:
            continue
        if len(arg.shape) != len(shape) or not arg.shape[0].same(shape[0]):
            return ctx.error(
                "E2002",
                f"values of a hidden number of rows, of shape {shape_name(arg.shape)}, cannot be repeated to "
                f"{shape_name(shape)}",
                span,
            )
        rows = arg.rows if rows is None else both(ctx, arg.rows, rows, span)
    return rows


def holds(ctx: Context, value: Value, span: Span) -> Value:
    """A condition: where it is missing it does not hold. What is no truth value is left to the caller."""
    if isinstance(value, Masked) and isinstance(value.value, Expr) and is_bool(value.value):
        return both(ctx, value.value, value.valid, span)
    return value


def unless_missing(ctx: Context, value: Value, span: Span) -> Value:
    """A condition that is assumed: where it is missing it is not checked, as SQL's `check` does."""
    if isinstance(value, Masked) and isinstance(value.value, Expr) and is_bool(value.value):
        return either(ctx, value.value, opposite(ctx, value.valid, span), span)
    return value


# --------------------------------------------------------------------------- truth values


def boolean(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`and`, `or`, `xor` of truth values: a side that decides the result makes the other one irrelevant."""
    if op in ("^", "xor") or not (isinstance(left, Masked) or isinstance(right, Masked)):
        return strict(ctx, f"`{op}`", (left, right), span, lambda a, b: logic.boolean(ctx, op, a, b, span))
    pair = alike(ctx, f"`{op}`", (left, right), span)
    if pair is None:
        return POISON
    a, b = pair
    assert isinstance(a, Masked)
    assert isinstance(b, Masked)
    values = bools(ctx, f"`{op}`", (a.value, b.value), span)
    if values is None:
        return POISON
    shape = broadcast_shapes(a.shape, b.shape)
    if shape is None:
        return strict(ctx, f"`{op}`", (left, right), span, lambda x, y: logic.boolean(ctx, op, x, y, span))
    rows = _rows(ctx, [m for m in (a, b) if m.rows is not None and m.shape], shape, span)
    if isinstance(rows, Poison):
        return POISON
    x, y = (ctx.let("truth", broadcast(value, shape), span) for value in values)
    known, other = (broadcast(m.valid, shape) for m in (a, b))
    decided = (
        both(ctx, known, x if op in ("or", "|") else opposite(ctx, x, span), span),
        both(ctx, other, y if op in ("or", "|") else opposite(ctx, y, span), span),
    )
    valid = both(ctx, known, other, span)
    for side in decided:
        valid = either(ctx, valid, side, span)
    if rows is not None:
        valid = both(ctx, valid, along_rows(rows, shape, span), span)
    result = either(ctx, *decided, span) if op in ("or", "|") else make("and", (x, y), Bool(), shape, span)
    return masked(result, valid, rows)


def select(ctx: Context, what: str, condition: Value, then: Value, otherwise: Value, span: Span) -> Value:
    """`then` where the condition holds, `otherwise` elsewhere and where it is missing."""
    if isinstance(then, Table) or isinstance(otherwise, Table):
        return ctx.error("E2001", f"{what} picks values, not tables", span, help="pick column by column")
    certain = holds(ctx, condition, span)
    if isinstance(certain, Const) and len(certain.values) == 1:  # the same for all, and known
        chosen, left = (then, otherwise) if certain.values[0] else (otherwise, then)
        if isinstance(left, Nothing):
            return chosen
    if not any(isinstance(v, Masked | Nothing) for v in (then, otherwise)):
        picked = _picked(ctx, what, certain, then, otherwise, span)
        if not isinstance(condition, Masked) or condition.rows is None or not isinstance(picked, Expr | Texts):
            return picked
        shape = first_shape(picked) or ()
        rows = _rows(ctx, [condition], shape, span)
        return rows if isinstance(rows, Poison) else masked(picked, along_rows(condition.rows, shape, span), rows)
    pair = alike(ctx, what, (then, otherwise), span)
    if pair is None:
        return POISON
    a, b = pair
    assert isinstance(a, Masked)
    assert isinstance(b, Masked)
    certain = ctx.let("condition", certain, span) if isinstance(certain, Expr) else certain
    value = _picked(ctx, what, certain, a.value, b.value, span)
    valid = _picked(ctx, what, certain, a.valid, b.valid, span)
    if not isinstance(value, Expr | Texts) or not isinstance(valid, Expr):
        return POISON
    shape = inner_parts(value)[0].type.shape
    hidden = [m for m in (a, b, condition) if isinstance(m, Masked) and m.rows is not None and m.shape]
    rows = _rows(ctx, hidden, shape, span)
    if isinstance(rows, Poison):
        return POISON
    valid = ctx.let("valid", valid, span)
    return masked(value, valid if rows is None else both(ctx, valid, along_rows(rows, shape, span), span), rows)


def _picked(ctx: Context, what: str, condition: Value, then: Value, otherwise: Value, span: Span) -> Value:
    """`select` of values that are there, texts word by word."""
    pair = spelt(ctx, (then, otherwise), span)
    if pair is None:
        return POISON
    a, b = pair
    if isinstance(a, Texts) and isinstance(b, Texts):
        condition = ctx.let("condition", condition, span) if isinstance(condition, Expr) else condition
        words = [logic.select(ctx, what, condition, x, y, span) for x, y in zip(a.words, b.words, strict=True)]
        good = [word for word in words if isinstance(word, Expr)]
        return Texts(a.length, tuple(good)) if len(good) == len(words) else POISON
    return logic.select(ctx, what, condition, a, b, span)


# --------------------------------------------------------------------------- reductions


def total(ctx: Context, value: Masked, axis: Value | None, span: Span) -> Value:
    """`sum` of what there is."""
    there = logic.select(ctx, "`sum`", value.valid, value.value, whole(0, span), span)
    return _reduced(ctx, value, axis, reductions.total(ctx, there, axis, span), span)


def count(ctx: Context, value: Value, axis: Value | None, span: Span) -> Value:
    """How many elements are true; of values other than truth values, how many there are."""
    if isinstance(value, Masked):
        certain = holds(ctx, value, span)
        counted = certain if isinstance(certain, Expr) else value.valid
        return _reduced(ctx, value, axis, reductions.count(ctx, counted, axis, span), span)
    if isinstance(value, Table):
        return length(ctx, value, span)
    if isinstance(value, Expr) and is_bool(value):
        return reductions.count(ctx, value, axis, span)
    shape = first_shape(value)
    if not shape:
        return ctx.error("E2001", f"`count` takes an array, not {kind_name(value)}", span)
    if axis is None:
        return extent(size_of(shape), span)
    everywhere = true(shape, span)
    axes = reductions.reduced_axes(ctx, everywhere, axis, span)
    if axes is None:
        return POISON
    kept = tuple(dim for place, dim in enumerate(shape) if place not in axes)
    return broadcast(whole(shape[axes[0]].value, span), kept)


def extreme(ctx: Context, op: str, value: Masked, axis: Value | None, span: Span) -> Value:
    """`min` or `max` of what there is; missing where there is nothing."""
    inner = value.value
    if not isinstance(inner, Expr):
        return reductions.extreme_of(ctx, op, inner, axis, span)
    elem = inner.type.elem
    last = elem.hi if op == "min" else elem.lo
    neutral = Const(Type(elem, inner.type.shape), span, (last,))
    there = make("select", (value.valid, inner, neutral), elem, inner.type.shape, span)
    result = reductions.extreme_of(ctx, op, there, axis, span)
    some = reductions.quantified(ctx, "any", value.valid, axis, span)
    if not isinstance(result, Expr) or not isinstance(some, Expr):
        return POISON
    kept = _reduced(ctx, value, axis, result, span)
    rows = kept.rows if isinstance(kept, Masked) else None
    return masked(result, ctx.let("valid", some, span), rows)


def quantified(ctx: Context, op: str, value: Masked, axis: Value | None, span: Span) -> Value:
    """`any` or `all` of what there is."""
    if bools(ctx, f"`{op}`", (value.value,), span) is None or not isinstance(value.value, Expr):
        return POISON
    if op == "any":
        there = both(ctx, value.value, value.valid, span)
    else:
        there = either(ctx, value.value, opposite(ctx, value.valid, span), span)
    return _reduced(ctx, value, axis, reductions.quantified(ctx, op, there, axis, span), span)


def _reduced(ctx: Context, value: Masked, axis: Value | None, result: Value, span: Span) -> Value:
    """The result of a reduction, of as many hidden rows as before unless they were reduced too."""
    if value.rows is None or not isinstance(result, Expr) or axis is None:
        return result
    axes = reductions.reduced_axes(ctx, value.valid, axis, span)
    if axes is None or 0 in axes:
        return result
    return masked(result, along_rows(value.rows, result.type.shape, span), value.rows)


def product(ctx: Context, left: Value, right: Value, span: Span) -> Value:
    """`a @ b` of two columns: the sum of the products that are there."""
    shapes = [first_shape(value) for value in (left, right)]
    if any(shape is None or len(shape) != 1 for shape in shapes):
        return ctx.error(
            "E2009",
            "`@` of matrices in which values can be missing",
            span,
            help="`coalesce(m, 0)` puts 0 in their place; `sum(x * y)` passes over them",
        )
    pairs = [value.value if isinstance(value, Masked) else value for value in (left, right)]
    result = reductions.matmul(ctx, pairs[0], pairs[1], span)  # for what is wrong with it
    if not isinstance(result, Expr):
        return POISON
    zeroed = [
        logic.select(ctx, "`@`", value.valid, value.value, whole(0, span), span) if isinstance(value, Masked) else value
        for value in (left, right)
    ]
    return reductions.matmul(ctx, zeroed[0], zeroed[1], span)


# --------------------------------------------------------------------------- what is there


def present(ctx: Context, value: Value, span: Span) -> Value:
    """Where there is a value."""
    if isinstance(value, Masked):
        if value.rows is None:
            return value.valid
        return masked(value.valid, along_rows(value.rows, value.shape, span), value.rows)
    if isinstance(value, Table):
        if value.rows is None:
            return true(value.shape, span)
        return masked(value.rows, value.rows, value.rows) if value.shape else value.rows
    shape = first_shape(value)
    if shape is None:
        return ctx.error("E2001", f"this tells which values are missing, not {kind_name(value)}", span)
    return true(shape, span)


def missing(ctx: Context, value: Value, span: Span) -> Value:
    """Where there is no value."""
    there = present(ctx, value, span)
    if isinstance(there, Poison):
        return POISON
    return strict(ctx, "`missing`", (there,), span, lambda a: logic.inverse(ctx, "not", a, span))


def coalesce(ctx: Context, values: Sequence[Value], span: Span) -> Value:
    """The first of the values that is there, for each element."""
    result = values[-1]
    for value in reversed(values[:-1]):
        if not isinstance(value, Masked):
            result = value
            continue
        result = _either_value(ctx, value, result, span)
    return result


def _either_value(ctx: Context, value: Masked, other: Value, span: Span) -> Value:
    """`value` where it is there, `other` elsewhere, in as many rows as `value` has."""
    if isinstance(other, Masked):
        return select(ctx, "`coalesce`", value.valid, value, other, span)
    result = _picked(ctx, "`coalesce`", value.valid, value.value, other, span)
    if value.rows is None or not isinstance(result, Expr | Texts):
        return result
    shape = inner_parts(result)[0].type.shape
    return masked(result, along_rows(value.rows, shape, span), value.rows)


def length(ctx: Context, value: Value, span: Span) -> Value:
    """`len`: how many rows there are; of a hidden number it is secret."""
    rows = value.rows if isinstance(value, Masked | Table) else None
    if rows is not None and rows.type.shape:
        return reductions.count(ctx, rows, None, span)
    shape = first_shape(value)
    if not shape:
        return ctx.error("E2001", f"`len` takes an array, not {kind_name(value)}", span)
    return extent(shape[0], span)


def cleared(value: Masked, span: Span) -> Masked:
    """The same, with what stands where there is no value replaced, so that nothing else is ever opened."""

    def clear(part: Expr) -> Expr:
        return make("select", (value.valid, part, filler(part)), part.type.elem, part.type.shape, span)

    inner = value.value
    if isinstance(inner, Texts):
        return replace(value, value=inner.with_parts([clear(word) for word in inner.words]))
    return replace(value, value=clear(inner))


def equal(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`==` or `!=` of texts and levels."""
    pair = spelt(ctx, (left, right), span)
    if pair is None:
        return POISON
    a, b = pair
    if isinstance(a, TextValue) and isinstance(b, TextValue):
        return truth((a.text == b.text) is (op == "=="), span)
    if not (isinstance(a, Texts) and isinstance(b, Texts)):
        return logic.compare(ctx, (op,), (a, b), span)
    result: Value = truth(True, span)
    for x, y in zip(a.words, b.words, strict=True):
        step = logic.compare(ctx, ("==",), (x, y), span)
        result = logic.boolean(ctx, "and", result, step, span)
    return logic.inverse(ctx, "not", result, span) if op == "!=" else result


def first_dim(value: Value) -> Dim | None:
    """The extent of the first axis, which a loop runs over."""
    shape = first_shape(value)
    return shape[0] if shape else None
