"""Constant folding: what depends on constants alone is computed now, and neutral operands disappear.

Folds numbers that are one value for all elements (or arrays of at most `LARGEST` elements), elementwise
arithmetic, comparisons and truth, and shape operations on them. Simplifies x + 0, x - 0, x * 1, x * 0, select
on a constant or of 0 and 1, not not x, and/or/xor with a constant, shape operations that change nothing, reading what
was just written and writing twice at one place, and minima and maxima that the ranges decide.
Leaves alone: roundings of secrets, whatever they are applied to.

before                          after
    %1 = const {values: (2,)}       %1 = const {values: (6,)}
    %2 = const {values: (3,)}
    %3 = mul %1 %2
    %4 = add %0 %3                  %2 = add %0 %1
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..intervals import rounded_div, rounded_shift, rounded_sqrt
from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node, Type

#: Arrays of constants beyond this size are left to the run.
LARGEST = 4096

Values = tuple[int, ...]
Array = np.ndarray[Any, np.dtype[Any]]

_BINARY: dict[str, Callable[[int, int], int]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "min": min, "max": max,
    "floordiv": operator.floordiv, "mod": operator.mod,
    "lt": lambda a, b: int(a < b), "eq": lambda a, b: int(a == b),
}
_LOGIC: dict[str, Callable[[Sequence[int]], int]] = {
    "and": lambda bits: int(all(bits)), "or": lambda bits: int(any(bits)), "xor": lambda bits: sum(bits) % 2,
    "not": lambda bits: 1 - bits[0],
}
_SHAPES = frozenset({"reshape", "broadcast", "transpose", "slice", "take"})


def fold_constants(circuit: Circuit) -> Circuit:
    """The circuit with constants computed and neutral operands gone."""
    return rebuild(circuit, _rewrite)


def _rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
    if node.body is not None:
        return same(builder, replace(node, body=fold_constants(node.body)), args)
    constants = [_values(builder, a) for a in args]
    if args and all(c is not None for c in constants):
        known = [c for c in constants if c is not None]
        folded = _fold(node, args, known)
        if folded is not None:
            return builder.add("const", type=_const_type(node.type, folded), values=folded)
    return _simplify(builder, node, args, constants) or same(builder, node, args)


def _values(builder: Builder, value: Value) -> Values | None:
    node = builder.nodes[value.id]
    return node.attrs["values"] if node.op == "const" else None


def _const_type(type: Type, values: Values) -> Type:
    return replace(type, lo=min(values), hi=max(values), secret=False) if type.domain == "num" and values else \
        replace(type, secret=False)


# --------------------------------------------------------------------------- folding


def _fold(node: Node, args: Sequence[Value], known: Sequence[Values]) -> Values | None:
    if node.type.size == 0 or any(a.type.size == 0 for a in args):
        return None
    if node.op in _SHAPES or node.op == "concat":
        return _fold_shape(node, args, known)
    step = _scalar(node)
    if step is None:
        return None
    if all(len(k) == 1 for k in known):
        return (step([k[0] for k in known]),)
    if node.type.size > LARGEST:
        return None
    rows = [k * node.type.size if len(k) == 1 else k for k in known]
    return tuple(step(row) for row in zip(*rows, strict=True))


def _scalar(node: Node) -> Callable[[Sequence[int]], int] | None:
    """The operation on single numbers, for elementwise operations."""
    op, attrs = node.op, node.attrs
    if op in _BINARY:
        binary = _BINARY[op]
        return lambda row: binary(row[0], row[1])
    if op in _LOGIC:
        return _LOGIC[op]
    unary: dict[str, Callable[[Sequence[int]], int]] = {
        "neg": lambda row: -row[0],
        "abs": lambda row: abs(row[0]),
        "to_num": lambda row: row[0],
        "refine": lambda row: row[0],
        "scale": lambda row: row[0] * int(attrs["by"]),
        "round": lambda row: rounded_shift(row[0], int(attrs["bits"])),
        "sqrt": lambda row: rounded_sqrt(row[0] << int(attrs["shift"])),
        "divround": lambda row: rounded_div(row[0] << int(attrs["shift"]), row[1]),
        "select": lambda row: row[1] if row[0] else row[2],
    }
    return unary.get(op)


def _fold_shape(node: Node, args: Sequence[Value], known: Sequence[Values]) -> Values | None:
    if all(len(k) == 1 for k in known) and len({k[0] for k in known}) == 1:
        return known[0]
    if node.type.size > LARGEST or any(a.type.size > LARGEST for a in args):
        return None
    arrays = [_array(a.type, k) for a, k in zip(args, known, strict=True)]
    return tuple(int(v) for v in _shaped(node, arrays).ravel())


def _array(type: Type, values: Values) -> Array:
    array = np.empty(type.size, dtype=object)
    array[:] = values if len(values) == type.size else values * type.size
    return array.reshape(type.shape)


def _shaped(node: Node, arrays: Sequence[Array]) -> Array:
    attrs = node.attrs
    if node.op == "concat":
        return np.concatenate(arrays, axis=attrs["axis"])
    (x,) = arrays
    if node.op == "reshape":
        return x.reshape(node.type.shape)
    if node.op == "broadcast":
        return np.broadcast_to(x, node.type.shape)
    if node.op == "transpose":
        return x.transpose(attrs["axes"])
    if node.op == "take":
        taken: Array = np.take(x, attrs["indices"], axis=attrs["axis"])
        return taken
    index = np.ix_(*(start + step * np.arange(count)
                     for start, step, count in zip(attrs["starts"], attrs["steps"], attrs["counts"], strict=True)))
    picked: Array = x[index]
    return picked


# --------------------------------------------------------------------------- neutral operands


def _simplify(builder: Builder, node: Node, args: Sequence[Value], constants: Sequence[Values | None]) -> Value | None:
    splat = [c[0] if c is not None and len(set(c)) == 1 else None for c in constants]
    if node.op in _SHAPES and len(args) == 1 and args[0].type.shape == node.type.shape and changes_nothing(node):
        return args[0]
    rule = _NEUTRAL.get(node.op)
    return rule(builder, node, args, splat) if rule else None


def changes_nothing(node: Node) -> bool:
    """Whether an operation on shapes whose result has the shape of its operand is the operand."""
    attrs = node.attrs
    if node.op == "transpose":
        return list(attrs["axes"]) == list(range(len(node.type.shape)))
    if node.op == "slice":
        return all(s == 0 for s in attrs["starts"]) and all(s == 1 for s in attrs["steps"])
    if node.op == "take":
        return list(attrs["indices"]) == list(range(node.type.shape[attrs["axis"]]))
    return True


Neutral = Callable[[Builder, Node, Sequence[Value], Sequence[int | None]], Value | None]


def _take_at(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    """What was just written at the same place."""
    inner = builder.nodes[args[0].id]
    if inner.op == "put_at" and inner.args[1] == args[1].id:
        return Value(inner.args[2], builder.nodes[inner.args[2]].type)
    return None


def _put_at(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    """Of two writes to the same place the second counts."""
    inner = builder.nodes[args[0].id]
    if inner.op == "put_at" and inner.args[1] == args[1].id:
        array = Value(inner.args[0], builder.nodes[inner.args[0]].type)
        return builder.add("put_at", array, args[1], args[2])
    return None


def _zero(builder: Builder, type: Type) -> Value:
    return builder.add("const", type=Type(type.domain, type.shape, 0, 0, int(type.domain == "bit"), False), values=(0,))


def _add(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    if splat[1] == 0:
        return args[0]
    return args[1] if splat[0] == 0 and node.op == "add" else None


def _mul(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    for this, other in ((0, 1), (1, 0)):
        known = splat[this]
        if known == 1:
            return args[other]
        if known == 0:
            return _zero(builder, node.type)
        if known is not None:
            return builder.add("scale", args[other], by=known)
    return None


def _scale(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    return args[0] if node.attrs["by"] == 1 else None


def _select(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    if splat[0] is not None:
        return args[1] if splat[0] else args[2]
    if args[1] == args[2]:
        return args[1]
    if sorted(c for c in splat[1:] if c is not None) != [0, 1]:
        return None
    chosen = args[0] if splat[1] else builder.add("not", args[0])
    return chosen if node.type.domain == "bit" else builder.add("to_num", chosen)


def _extreme(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    """The one that is the smaller or larger in any case, by the ranges."""
    for this, other in (args, args[::-1]):
        smaller, larger = (this, other) if node.op == "min" else (other, this)
        if smaller.type.hi <= larger.type.lo:
            return this
    return args[0] if args[0] == args[1] else None


def _not(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    inner = builder.nodes[args[0].id]
    return Value(inner.args[0], args[0].type) if inner.op == "not" else None


def _and_or(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    deciding = 0 if node.op == "and" else 1
    if deciding in splat:
        type = Type("bit", node.type.shape, 0, 0, 1, False)
        return builder.add("const", type=type, values=(deciding,))
    left = list(dict.fromkeys(a for a, s in zip(args, splat, strict=True) if s is None))
    if len(left) == len(args):
        return None
    return left[0] if len(left) == 1 else builder.add(node.op, *left)


def _xor(builder: Builder, node: Node, args: Sequence[Value], splat: Sequence[int | None]) -> Value | None:
    left = [a for a, s in zip(args, splat, strict=True) if s is None]
    if len(left) == len(args) or not left:
        return None
    flips = sum(s for s in splat if s is not None) % 2
    value = left[0] if len(left) == 1 else builder.add("xor", *left)
    return builder.add("not", value) if flips else value


_NEUTRAL: dict[str, Neutral] = {
    "add": _add, "sub": _add, "mul": _mul, "scale": _scale, "select": _select, "not": _not,
    "min": _extreme, "max": _extreme,
    "and": _and_or, "or": _and_or, "xor": _xor, "take_at": _take_at, "put_at": _put_at,
}
