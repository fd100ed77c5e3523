"""Computes what is known at compile time, exactly, on Python's integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from operator import add, and_, eq, floordiv, lt, mod, mul, neg, or_, sub, xor
from typing import Any

import numpy as np
from cloister.runtime.clear import compute

from .. import intervals
from ..source import Span
from .tree import Const, Expr, Iota
from .types import Bool, Type
from .values import constant

MAX_ELEMENTS = 4096
"""Larger arrays of differing public numbers are left to the run."""

_ELEMENTWISE: dict[str, Callable[..., int]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "neg": neg,
    "floordiv": floordiv,
    "mod": mod,
    "abs": abs,
    "min": min,
    "max": max,
    "lt": lt,
    "eq": eq,
    "and": and_,
    "or": or_,
    "xor": xor,
    "not": lambda a: 1 - a,
    "to_int": lambda a: a,
    "select": lambda condition, then, otherwise: then if condition else otherwise,
}


_PICKING = ("slice", "take", "take_at")
"""Of an empty array these pick nothing; asked for more, in a loop without trips, they give no constant."""


def fold(op: str, args: tuple[Expr, ...], attrs: dict[str, Any], type_: Type, span: Span) -> Const | None:
    """The result as a Const, or None when it is not known at compile time or too large to write down."""
    if not all(isinstance(arg, Const | Iota) for arg in args):
        return None
    if prod(type_.extents) and op in _PICKING and not prod(args[0].type.extents):
        return None
    function = _scalar_function(op, attrs)
    if all(isinstance(arg, Const) and len(arg.values) == 1 for arg in args):
        singles = [arg.values[0] for arg in args if isinstance(arg, Const)]
        if function is not None:
            return constant(type_.elem, (int(function(*singles)),), type_.shape, span)
        uniform = _uniform(op, args, singles)
        if uniform is not None:
            return constant(type_.elem, (uniform,), type_.shape, span)
    if max(prod(arg.type.extents) for arg in args) > MAX_ELEMENTS or prod(type_.extents) > MAX_ELEMENTS:
        return None
    arrays = [array(arg) for arg in args]
    if function is not None:
        result = np.frompyfunc(function, len(arrays), 1)(*arrays)
    else:
        result = _structural(op, arrays, attrs, type_)
    values = tuple(int(v) for v in np.asarray(result, dtype=object).reshape(-1))
    return constant(type_.elem, values, type_.shape, span)


def array(expr: Expr) -> np.ndarray[Any, np.dtype[Any]]:
    """A Const or Iota as an array of Python integers."""
    size = prod(expr.type.extents)
    if isinstance(expr, Iota):
        values: Sequence[int] = [expr.start + expr.step * i for i in range(size)]
    else:
        assert isinstance(expr, Const)
        values = expr.values * size if len(expr.values) == 1 else expr.values
    result = np.empty(size, dtype=object)
    result[:] = values
    return result.reshape(expr.type.extents)


def _scalar_function(op: str, attrs: dict[str, Any]) -> Callable[..., int] | None:
    if op == "scale":
        return lambda a: a << attrs["bits"]
    if op == "round":
        return lambda a: intervals.rounded_shift(a, attrs["bits"])
    if op == "div":
        return lambda a, b: intervals.rounded_div(a << attrs["shift"], b)
    if op == "sqrt":
        return lambda a: intervals.rounded_sqrt(a << attrs["shift"])
    return _ELEMENTWISE.get(op)


def _uniform(op: str, args: tuple[Expr, ...], singles: list[int]) -> int | None:
    """The value of all elements of the result, when an operation on uniform arrays gives a uniform array."""
    if op in ("reshape", "broadcast", "transpose", "slice", "take", "take_at", "reduce_min", "reduce_max"):
        return singles[0]
    if op == "concat" and len(set(singles)) == 1:
        return singles[0]
    if op == "sum" and not singles[0]:
        return 0
    return None


def _structural(op: str, arrays: list[Any], attrs: dict[str, Any], type_: Type) -> Any:
    first = arrays[0]
    axes = attrs.get("axes")
    match op:
        case "sum":
            return np.sum(first, axis=axes, initial=0)
        case "reduce_min":
            return np.min(first, axis=axes)
        case "reduce_max":
            return np.max(first, axis=axes)
        case "any":
            return np.max(first, axis=axes, initial=0)
        case "all":
            return np.min(first, axis=axes, initial=1)
        case "matmul":
            return np.matmul(first, arrays[1])
        case "scan":
            return _scanned(arrays, attrs["axis"], attrs["combine"])
        case "reshape":
            return first.reshape(type_.extents)
        case "broadcast":
            return np.broadcast_to(first, type_.extents)
        case "transpose":
            return np.transpose(first, axes)
        case "slice":
            return _sliced(first, attrs["starts"], attrs["steps"], type_.extents)
        case "concat":
            return np.concatenate(arrays, axis=attrs["axis"])
        case "take":
            return np.take(first, attrs["indices"], axis=attrs["axis"])
        case "rank" | "move" | "unmove" | "nth":
            return compute({"function": op, **attrs}, arrays)
        case "take_at":
            return first[int(arrays[1])]
        case "put_at":
            copy = first.copy()
            copy[int(arrays[1])] = arrays[2]
            return copy
    raise AssertionError(f"no folding for {op}")


def _scanned(arrays: list[Any], axis: int, combine: str) -> Any:
    rows, *starts = (np.moveaxis(array, axis, 0) for array in arrays)
    function = np.frompyfunc(_ELEMENTWISE.get(combine, lambda before, _: before), 2, 1)
    result = rows.copy()
    for i in range(1, len(rows)):
        result[i] = function(result[i - 1], rows[i])
        if starts:
            result[i] = np.where(starts[0][i] != 0, rows[i], result[i])
    return np.moveaxis(result, 0, axis)


def _sliced(value: Any, starts: Sequence[int], steps: Sequence[int], counts: Sequence[int]) -> Any:
    for axis, (start, step, count) in enumerate(zip(starts, steps, counts, strict=True)):
        value = np.take(value, [start + step * i for i in range(count)], axis=axis)
    return value


def is_bool(expr: Expr) -> bool:
    """Whether the elements are truth values."""
    return isinstance(expr.type.elem, Bool)
