"""The second opinion: runs a checked program in the clear, on exact integers, straight from the checked tree.

It shares no code with lowering, with the circuit or with the arithmetic on ranges: every operation of the
table in `check/tree.py` is written here once more, from its meaning. Whatever a protocol computes is compared
with this, bit for bit. `simulate` is this too. It is not secure: it holds everybody's data.

An array holds 64-bit integers where the ranges of its type, and of everything in between, fit 62 bits, and
Python's integers otherwise; truth values are numpy's. Every value is held against the range of its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isqrt, prod
from typing import Any

import numpy as np
from cloister.runtime.data.labels import labels, texts
from cloister.runtime.errors import AssumptionFailed

from .check.tree import Apply, Assume, Block, Checked, Const, Expr, For, If, Iota, Let, Output, Ref, Var
from .check.types import Bool, Category, Coded, Elem, Fixed, Type, Word, element_of
from .diagnostics import InternalError
from .interpret_netlist import evaluate
from .interpret_order import move, nth, rank, unmove
from .source import Span

Array = np.ndarray[Any, np.dtype[Any]]

_SAFE = 1 << 62

_MOST_ROWS = 10
"""Broken rows that are named."""


class RangeViolation(InternalError):
    """A value left the range or the shape of its type, or an index its array: the checker is wrong.

    `span` is the place in the program.
    """

    def __init__(self, message: str, span: Span) -> None:
        self.span = span
        super().__init__(f"{span}: {message}")


@dataclass(frozen=True)
class Shown:
    """An output: scaled integers or truth values, and which of them are shown.

    `shown` has the shape of the condition, a leading part of the value's; None shows all. What is not shown
    is 0.
    """

    value: Array
    shown: Array | None


@dataclass(frozen=True)
class Revealed:
    """What a `reveal` opened, in the order of evaluation; once for each trip of a loop."""

    type: Type
    value: Array
    span: Span


class Interpretation(dict[str, Shown]):
    """All that a run opens: the outputs by name, in the order of the program, and what was revealed.

    `kept`, by key (`"stays"`, `"stays".age`), is what nobody sees.
    """

    def __init__(self, outputs: Mapping[str, Shown], revealed: Iterable[Revealed], kept: Mapping[str, Array]) -> None:
        super().__init__(outputs)
        self.revealed = tuple(revealed)
        self.kept = dict(kept)


def interpret(checked: Checked, inputs: Mapping[str, Array]) -> Interpretation:
    """Runs the program. `inputs` are scaled integers by key (`age.north`; of what was kept `"stays"`, `"stays".age`).

    Raises ValueError when an input is missing or not whole, RangeViolation when any value, given or computed,
    is outside of the range of its type, and AssumptionFailed where an assumption does not hold, with the rows.
    """
    run = _Run()
    for given in checked.inputs:
        run.bind(given.var, _given(f"{given.name}.{given.party}", given.elem, inputs), given.span)
    for loaded in checked.loads:
        run.bind(loaded.var, _given(loaded.key, loaded.elem, inputs), loaded.span)
    run.block(checked.body)
    outputs = {output.name: run.output(output) for output in checked.outputs}
    return Interpretation(outputs, run.revealed, {kept.key: run.value(kept.value) for kept in checked.keeps})


def present(output: Output, shown: Shown) -> Any:
    """An output as nested Python lists: bool, int, n / 2^frac as float, or text; None where it is suppressed."""
    elem = output.value.type.elem
    visible = np.ones((), bool) if shown.shown is None else shown.shown
    values = np.asarray(shown.value)
    if isinstance(elem, Word):
        values = texts(values, elem.length)
    elif isinstance(elem, Coded):
        values = labels(values, element_of(elem), elem.levels if isinstance(elem, Category) else ())

    def one(value: Any, seen: Any) -> Any:
        if not seen:
            return None
        if isinstance(elem, Coded):
            return value
        if isinstance(elem, Bool):
            return bool(value)
        return int(value) / (1 << elem.frac) if isinstance(elem, Fixed) else int(value)

    def nested(value: Any, seen: Any) -> Any:
        if np.ndim(value) == 0:
            return one(value[()] if isinstance(value, np.ndarray) else value, seen)
        return [nested(v, s) for v, s in zip(value, seen, strict=True)]

    return nested(values, _leading(visible, values.shape))


def _given(key: str, elem: Elem, inputs: Mapping[str, Array]) -> Array:
    if key not in inputs:
        raise ValueError(f"no data for {key}")
    value = _array(inputs[key])
    if value.dtype.kind not in "biuO":
        raise ValueError(f"{key}: whole numbers are expected, scaled by 2^{elem.frac}")
    return value


# --------------------------------------------------------------------------- how values are held


def _magnitude(type: Type) -> int:
    """The largest absolute value of the type."""
    return max(abs(type.elem.lo), abs(type.elem.hi))


def _held(type: Type) -> Any:
    """The dtype that holds values of the type."""
    if isinstance(type.elem, Bool):
        return np.bool_
    return np.int64 if _magnitude(type) < _SAFE else object


def _room(bound: int, *arrays: Array) -> list[Array]:
    """The operands in a dtype in which everything up to the absolute value `bound` can be computed."""
    return [_cast(array, np.int64 if bound < _SAFE else object) for array in arrays]


def _array(value: Any) -> Array:
    """An array of what an operation gave; numpy gives bare elements instead of arrays of the shape ()."""
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic) else np.array(value, dtype=object)


def _cast(array: Array, dtype: Any) -> Array:
    """An array of the dtype; object arrays hold Python's integers."""
    return array.astype(dtype, copy=False)


def _leading(flag: Array, shape: tuple[int, ...]) -> Array:
    """The flag, whose shape is a leading part of `shape`, for every element of it."""
    return np.broadcast_to(flag.reshape(flag.shape + (1,) * (len(shape) - flag.ndim)), shape)


def _conform(type: Type, value: Array, span: Span, what: str) -> Array:
    """The value as its type holds it. Raises RangeViolation when it does not fit the type."""
    if value.shape != type.extents:
        raise RangeViolation(f"{what} has the shape {value.shape}, its type is {type}", span)
    if value.size and not (type.elem.lo <= int(value.min()) and int(value.max()) <= type.elem.hi):
        raise RangeViolation(f"{what} leaves the range of its type, {type}", span)
    return _cast(value, _held(type))


# --------------------------------------------------------------------------- running


@dataclass
class _Run:
    """The variables bound so far, by id, and what was revealed."""

    values: dict[int, Array] = field(default_factory=dict)
    revealed: list[Revealed] = field(default_factory=list)
    trips: list[int] = field(default_factory=list)

    def bind(self, var: Var, value: Array, span: Span) -> None:
        self.values[var.id] = _conform(var.type, value, span, var.name)

    def block(self, block: Block) -> None:
        for statement in block:
            match statement:
                case Let(var, value, span):
                    self.bind(var, self.value(value), span)
                case If():
                    self.choice(statement)
                case For():
                    self.loop(statement)
                case Assume():
                    self.assume(statement)

    def assume(self, node: Assume) -> None:
        """Raises AssumptionFailed, which names the rows, where the condition does not hold."""
        holds = np.asarray(self.value(node.condition), bool)
        if not holds.all():
            word = "assumes" if node.checked else "assumes unchecked"
            trips = "".join(f", trip {trip}" for trip in self.trips)
            raise AssumptionFailed(
                f"what the program {word} does not hold: `{node.text}` (line {node.span.origin.line}{trips})"
                f"{_rows(~holds)}")

    def choice(self, node: If) -> None:
        """Both branches, then a selection, as the parties do it."""
        condition = self.value(node.condition)
        self.block(node.then)
        self.block(node.otherwise)
        for merge in node.merges:
            chosen = np.where(condition, self.value(merge.then), self.value(merge.otherwise))
            self.bind(merge.var, chosen, node.span)

    def loop(self, node: For) -> None:
        state = [self.value(carry.init) for carry in node.carried]
        for trip in range(node.trips):
            index = node.start + node.step * trip
            self.trips.append(trip)
            self.bind(node.index, np.array(index, dtype=object), node.span)
            for carry, value in zip(node.carried, state, strict=True):
                self.bind(carry.inside, value, node.span)
            self.block(node.body)
            state = [self.value(carry.next) for carry in node.carried]
            self.trips.pop()
        for carry, value in zip(node.carried, state, strict=True):
            self.bind(carry.out, value, node.span)

    def output(self, output: Output) -> Shown:
        value = self.value(output.value)
        if output.condition is None:
            return Shown(value, None)
        flag = self.value(output.condition)
        hidden = np.zeros((), value.dtype)
        return Shown(np.where(_leading(flag, value.shape), value, hidden), flag)

    def value(self, expr: Expr) -> Array:
        match expr:
            case Ref():
                return self.values[expr.var.id]
            case Const():
                what, value = "a constant", _constant(expr)
            case Iota():
                steps = np.arange(expr.type.extents[0]).astype(object)
                what, value = "a sequence", expr.start + expr.step * steps
            case Apply():
                what, value = expr.op, self.apply(expr)
            case _:
                raise TypeError(f"no expression: {expr!r}")
        return _conform(expr.type, value, expr.span, what)

    def apply(self, expr: Apply) -> Array:
        args = [self.value(arg) for arg in expr.args]
        if expr.op == "reveal":
            self.revealed.append(Revealed(expr.type, args[0], expr.span))
            return args[0]
        result: Any = _OPERATIONS[expr.op](expr, *args)
        return _array(result)


def _rows(broken: Array) -> str:
    """Where an assumption is broken, in words; nothing of a single value."""
    if not broken.ndim:
        return ""
    places = [tuple(map(int, place)) for place in np.argwhere(broken)]
    named = [str(place[0]) if len(place) == 1 else str(place) for place in places[:_MOST_ROWS]]
    more = ", …" if len(places) > len(named) else ""
    return f" in {len(places)} of {broken.size}, counted from 0: {', '.join(named)}{more}"


def _constant(expr: Const) -> Array:
    values = np.array(expr.values, dtype=object)
    shape = expr.type.extents
    return np.broadcast_to(values[0], shape) if values.size == 1 else values.reshape(shape)


# --------------------------------------------------------------------------- operations


def _bounds(expr: Apply) -> list[int]:
    return [_magnitude(arg.type) for arg in expr.args]


def _linear(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Of operations whose result is at most the sum of the operands' absolute values."""
    return lambda expr, *args: compute(*_room(sum(_bounds(expr)), *args))


def _mul(expr: Apply, a: Array, b: Array) -> Any:
    bound, factor = _bounds(expr)
    a, b = _room(max(bound, factor, bound * factor), a, b)
    return a * b


def _scale(expr: Apply, x: Array) -> Any:
    factor = 2 ** expr.attrs["bits"]
    (x,) = _room(max(_bounds(expr)[0], 1) * factor, x)
    return x * factor


def _round(expr: Apply, x: Array) -> Any:
    """floor(x / 2^bits + 1/2)."""
    unit = 2 ** expr.attrs["bits"]
    (x,) = _room(2 * _bounds(expr)[0] + 2 * unit, x)
    return (2 * x + unit) // (2 * unit)


def _nonzero(expr: Apply, divisor: Array) -> None:
    if not np.all(divisor != 0):
        raise RangeViolation(f"{expr.op} by zero", expr.span)


def _floordiv(expr: Apply, a: Array, b: Array) -> Any:
    _nonzero(expr, b)
    a, b = _room(sum(_bounds(expr)), a, b)
    return a // b


def _mod(expr: Apply, a: Array, b: Array) -> Any:
    _nonzero(expr, b)
    a, b = _room(sum(_bounds(expr)), a, b)
    return a % b


def _div(expr: Apply, a: Array, b: Array) -> Any:
    """floor(a * 2^shift / b + 1/2)."""
    _nonzero(expr, b)
    bound, divisor = _bounds(expr)
    double = 2 ** (expr.attrs["shift"] + 1)
    a, b = _room(max(bound, 1) * double + 2 * divisor, a, b)
    return (double * a + b) // (2 * b)


def _nearest_root(x: int) -> int:
    """floor(sqrt(x) + 1/2)."""
    return (isqrt(4 * x) + 1) // 2


_roots = np.frompyfunc(_nearest_root, 1, 1)


def _sqrt(expr: Apply, x: Array) -> Any:
    if not np.all(x >= 0):
        raise RangeViolation("the square root of a negative number", expr.span)
    return _roots(_cast(x, object) * 2 ** expr.attrs["shift"])


def _sum(expr: Apply, x: Array) -> Any:
    axes = tuple(expr.attrs["axes"])
    count = prod(x.shape[a] for a in axes)
    (x,) = _room(_bounds(expr)[0] * max(count, 1), x)
    return np.sum(x, axis=axes)


def _matmul(expr: Apply, a: Array, b: Array) -> Any:
    bound, factor = _bounds(expr)
    a, b = _room(max(bound, factor, bound * factor) * max(a.shape[-1], 1), a, b)
    return a @ b


def _over_axes(reduce: Callable[..., Any]) -> Callable[..., Any]:
    return lambda expr, x: reduce(x, axis=tuple(expr.attrs["axes"]))


def _scan(expr: Apply, x: Array, *starts: Array) -> Any:
    """Each running value is made of the one before it and the next element, one after the other."""
    axis = expr.attrs["axis"]
    (x,) = _room(_magnitude(expr.type), x) if not isinstance(expr.type.elem, Bool) else (x,)
    rows = np.moveaxis(x, axis, 0)
    fresh = np.moveaxis(starts[0], axis, 0) if starts else np.zeros(rows.shape, bool)
    combine = _COMBINES[expr.attrs["combine"]]
    result = rows.copy()
    for i in range(1, len(rows)):
        result[i] = np.where(fresh[i], rows[i], combine(result[i - 1], rows[i]))
    return np.moveaxis(result, 0, axis)


_COMBINES: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda before, x: before + x, "min": np.minimum, "max": np.maximum, "first": lambda before, x: before,
    "and": lambda before, x: before & x, "or": lambda before, x: before | x, "xor": lambda before, x: before ^ x,
}


def _inside(expr: Apply, positions: Array, extent: int) -> Array:
    if positions.size and not (positions.min() >= 0 and positions.max() < extent):
        raise RangeViolation(f"{expr.op} reaches outside of its array", expr.span)
    return positions


def _slice(expr: Apply, x: Array) -> Any:
    axes = zip(x.shape, expr.attrs["starts"], expr.attrs["steps"], expr.type.extents, strict=True)
    return x[np.ix_(*[_inside(expr, start + step * np.arange(n), extent) for extent, start, step, n in axes])]


def _take(expr: Apply, x: Array) -> Any:
    axis = expr.attrs["axis"]
    return np.take(x, _inside(expr, np.array(expr.attrs["indices"], dtype=np.int64), x.shape[axis]), axis)


def _take_at(expr: Apply, x: Array, index: Array) -> Any:
    return x[int(_inside(expr, index, x.shape[0]))]


def _put_at(expr: Apply, x: Array, index: Array, value: Array) -> Any:
    dtype = object if object in (x.dtype, value.dtype) else x.dtype
    copy = _cast(x, dtype).copy()
    copy[int(_inside(expr, index, x.shape[0]))] = value
    return copy


#: Each takes the expression and its operands as their types hold them.
_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": _linear(lambda a, b: a + b),
    "sub": _linear(lambda a, b: a - b),
    "neg": _linear(lambda x: -x),
    "abs": _linear(np.abs),
    "min": _linear(np.minimum),
    "max": _linear(np.maximum),
    "lt": _linear(lambda a, b: a < b),
    "eq": _linear(lambda a, b: a == b),
    "mul": _mul,
    "scale": _scale,
    "round": _round,
    "floordiv": _floordiv,
    "mod": _mod,
    "div": _div,
    "sqrt": _sqrt,
    "and": lambda _, a, b: a & b,
    "or": lambda _, a, b: a | b,
    "xor": lambda _, a, b: a ^ b,
    "not": lambda _, x: ~x,
    "select": lambda _, condition, then, otherwise: np.where(condition, then, otherwise),
    "to_int": lambda _, x: x.astype(np.int64),
    "sum": _sum,
    "reduce_min": _over_axes(np.min),
    "reduce_max": _over_axes(np.max),
    "scan": _scan,
    "any": _over_axes(np.any),
    "all": _over_axes(np.all),
    "matmul": _matmul,
    "reshape": lambda expr, x: x.reshape(expr.type.extents),
    "broadcast": lambda expr, x: np.broadcast_to(x, expr.type.extents),
    "transpose": lambda expr, x: x.transpose(expr.attrs["axes"]),
    "slice": _slice,
    "concat": lambda expr, *parts: np.concatenate(parts, axis=expr.attrs["axis"]),
    "take": _take,
    "take_at": _take_at,
    "put_at": _put_at,
    "refine": lambda _, x: x,
    "rank": lambda expr, *keys: rank(keys, expr.attrs["descending"], expr.attrs["bytewise"]),
    "move": lambda _, x, order: move(x, order),
    "nth": lambda _, x, places, *among: nth(x, places, *among),
    "unmove": lambda _, x, order: unmove(x, order),
    "netlist": lambda expr, *bits: evaluate(expr.attrs["text"], bits),
}
