"""A model of the circuit stage: evaluates a circuit in the clear, node by node, on Python's integers.

Passes are tested with it: what a circuit opens before a pass is what it opens after. Bits are 0 and 1. Every
value is held against the range of its node.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from math import floor, isqrt
from typing import Any

import numpy as np
from cloister.compiler.ir.nodes import Circuit, Node

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Opened:
    """What a run opens: of each output value and flag (None: unconditional); what was revealed, in order."""

    outputs: dict[str, tuple[Array, Array | None]] = field(default_factory=dict)
    revealed: list[Array] = field(default_factory=list)


def evaluate(circuit: Circuit, inputs: Mapping[str, Any]) -> Opened:
    """Runs a circuit of the circuit stage on scaled integers by key."""
    opened = Opened()
    _run(circuit, inputs, (), opened)
    return opened


def _run(circuit: Circuit, inputs: Mapping[str, Any], args: Sequence[Array],
         opened: Opened) -> list[Array]:
    values: list[Any] = []
    for node in circuit.nodes:
        given = [values[a] for a in node.args]
        match node.op:
            case "input":
                value: Any = _integers(inputs[node.attrs["name"]])
            case "arg":
                value = args[node.attrs["index"]]
            case "loop":
                value = _loop(node, given, inputs, opened)
            case "result":
                value = given[0][node.attrs["index"]]
            case "output":
                opened.outputs[node.attrs["name"]] = (given[0], given[1] if node.attrs["flagged"] else None)
                value = None
            case "assume":
                assert not given[0].item(), node.attrs["message"]
                value = _integers(0)
            case "reveal":
                opened.revealed.append(given[0])
                value = given[0]
            case _:
                value = _integers(_operation(node, given))
        values.append(_checked(node, value) if node.type.domain != "none" else value)
    return [values[r] for r in circuit.results]


def _loop(node: Node, args: list[Array], inputs: Mapping[str, Any], opened: Opened) -> list[Array]:
    carried = node.attrs["carried"]
    state, captured = args[:carried], args[carried:]
    assert node.body is not None
    for trip in range(node.attrs["trips"]):
        state = _run(node.body, inputs, [_integers(trip), *state, *captured], opened)
    return state


def _integers(value: Any) -> Array:
    """Python's integers in an array, whatever numpy made of them."""
    flat = [int(v) for v in np.asarray(value, dtype=object).reshape(-1)]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(np.shape(np.asarray(value, dtype=object)))


def _checked(node: Node, value: Array) -> Array:
    assert value.shape == node.type.shape, (node.op, value.shape, node.type)
    for element in value.reshape(-1):
        assert node.type.lo <= element <= node.type.hi, (node.op, element, node.type)
    return value


def _divround(a: int, b: int, shift: int) -> int:
    quotient, rest = divmod(a << shift, b)
    return quotient + (2 * rest >= b if b > 0 else 2 * rest <= b)


def _root(a: int) -> int:
    root = isqrt(max(a, 0))
    return root + (max(a, 0) - root * root > root)


def _shifted(a: int, bits: int) -> int:
    quotient, rest = divmod(a, 1 << bits)
    return quotient + (2 * rest >= 1 << bits)


_BINARY = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "floordiv": operator.floordiv,
    "mod": operator.mod, "min": min, "max": max, "lt": operator.lt, "eq": operator.eq,
    "and": operator.and_, "or": operator.or_, "xor": operator.xor,
}
_UNARY = {"neg": operator.neg, "abs": abs, "not": lambda x: 1 - x, "to_num": int, "refine": int}


def _elementwise(function: Any, *args: Array) -> Any:
    return np.frompyfunc(function, len(args), 1)(*args)


def _operation(node: Node, args: list[Array]) -> Any:
    if node.op in _BINARY:  # those on truth values take any number of operands
        return reduce(partial(_elementwise, _BINARY[node.op]), args)
    if node.op in _UNARY:
        return _elementwise(_UNARY[node.op], *args)
    shaped = _shape_operation(node, args)
    return _arithmetic(node, args) if shaped is None else shaped


def _arithmetic(node: Node, args: list[Array]) -> Any:
    attrs, shape = node.attrs, node.type.shape
    match node.op:
        case "const":
            values = _integers(attrs["values"])
            return np.broadcast_to(values[0], shape) if len(values) == 1 else values.reshape(shape)
        case "iota":
            steps = range(node.type.size)
            return _integers([attrs["start"] + attrs["step"] * i for i in steps]).reshape(shape)
        case "scale":
            return args[0] * attrs["by"]
        case "round":
            return _elementwise(lambda x: _shifted(x, attrs["bits"]), *args)
        case "sqrt":
            return _elementwise(lambda x: _root(x << attrs["shift"]), *args)
        case "divround":
            return _elementwise(lambda a, b: _divround(a, b, attrs["shift"]), *args)
        case "select":
            return _elementwise(lambda c, a, b: a if c else b, *args)
        case "sum":
            return args[0].sum(axis=attrs["axes"])
        case "dot":
            return (args[0] * args[1]).sum(axis=attrs["axis"])
        case "scan":
            return _running(attrs, _scan(attrs, *args))
        case "polynomial":
            total, bits = sum(c * args[0] ** i for i, c in enumerate(attrs["coefficients"])), attrs.get("bits", 0)
            return (total + (1 << bits >> 1)) >> bits
        case "recurrence":
            return _running(attrs, _recurrence(attrs, *args))
        case "count":
            return args[0].sum(axis=attrs["axes"])
        case "matmul":
            return args[0] @ args[1]
        case "reduce_min" | "all":
            return args[0].min(axis=attrs["axes"], initial=1 if node.op == "all" else None)
        case "reduce_max" | "any":
            return args[0].max(axis=attrs["axes"], initial=0 if node.op == "any" else None)
    raise AssertionError(f"the model does not know {node.op}")


def _scan(attrs: Mapping[str, Any], x: Array, starts: Array | None = None) -> Any:
    combine = {**_BINARY, "first": lambda before, _: before}[attrs["combine"]]
    rows = np.moveaxis(x, attrs["axis"], 0)
    anew = np.zeros(rows.shape, int) if starts is None else np.moveaxis(starts, attrs["axis"], 0)
    found: list[Any] = []
    for row, start in zip(rows, anew, strict=True):
        found.append(_elementwise(lambda b, x, s: x if s else combine(b, x), found[-1], row, start) if found else row)
    return np.moveaxis(np.array(found, dtype=object).reshape(rows.shape), 0, attrs["axis"])


def _recurrence(attrs: Mapping[str, Any], addends: Array, factors: Array) -> Any:
    rows, by = np.moveaxis(addends, attrs["axis"], 0).copy(), Fraction(1, 1 << attrs.get("bits", 0))
    for i, factor in enumerate(np.moveaxis(factors, attrs["axis"], 0)):
        rows[i] = by * (rows[i] + factor * rows[i - 1] if i else rows[i])
    nearest = np.frompyfunc(lambda row: floor(row + Fraction(1, 2)), 1, 1)
    return np.moveaxis(np.asarray(nearest(rows), object), 0, attrs["axis"])


def _running(attrs: Mapping[str, Any], every: Array) -> Any:
    return np.moveaxis(every, attrs["axis"], 0)[-1] if attrs.get("last") else every


def _shape_operation(node: Node, args: list[Array]) -> Any:
    attrs, shape = node.attrs, node.type.shape
    match node.op:
        case "reshape":
            return args[0].reshape(shape)
        case "broadcast":
            return np.broadcast_to(args[0], shape)
        case "transpose":
            return args[0].transpose(attrs["axes"])
        case "slice":
            axes = zip(attrs["starts"], attrs["steps"], attrs["counts"], strict=True)
            return args[0][np.ix_(*[[start + step * i for i in range(n)] for start, step, n in axes])]
        case "concat":
            return np.concatenate(args, axis=attrs["axis"])
        case "take":
            return np.take(args[0], np.array(attrs["indices"], dtype=int), axis=attrs["axis"])
        case "take_at":
            assert 0 <= args[1].item() < len(args[0])
            return args[0][args[1].item()]
        case "put_at":
            assert 0 <= args[1].item() < len(args[0])
            copy = args[0].copy()
            copy[args[1].item()] = args[2]
            return copy
    return None
