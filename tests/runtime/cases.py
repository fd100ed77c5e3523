"""For every instruction: operands, attributes, result type, and what integers and numpy say the result is.

Shares and public values are arrays of integers; planes are arrays of unsigned k-bit integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, isqrt
from typing import Any

import numpy as np
from cloister.runtime.program import ValueType

from .build import A, B, P

Ints = np.ndarray
Shape = tuple[int, ...]


@dataclass
class Case:
    args: list[tuple[ValueType, Ints]]
    out: ValueType
    expected: Ints
    attrs: dict[str, Any] = field(default_factory=dict)


def numbers(bits: int, shape: Shape, rng: np.random.Generator) -> Ints:
    """Unsigned integers, the ends of the range and its middle among them."""
    n = int(np.prod(shape))
    edges = [0, 1, (1 << bits) - 1, 1 << (bits - 1), max(0, (1 << (bits - 1)) - 1)]
    raw = rng.bytes(16 * n)
    drawn = [int.from_bytes(raw[16 * i:16 * i + 16], "little") % (1 << bits) for i in range(n)]
    at_an_edge = (rng.random(n) < 0.3).tolist()
    out = np.empty(shape, object)
    out.reshape(-1)[:] = [edges[i % 5] if at_an_edge[i] else value for i, value in enumerate(drawn)]
    return out


def made(of: ValueType, rng: np.random.Generator) -> tuple[ValueType, Ints]:
    return of, numbers(of.width, of.shape, rng)


def shaped(values: Any, shape: Shape) -> Ints:
    return np.asarray(values, object).reshape(shape)


def kinds(width: int, shape: Shape) -> list[ValueType]:
    return [A(width, *shape), P(width, *shape), B(3, *shape)]


Make = Callable[[int, Shape, np.random.Generator], list[Case]]


def _binary(f: Callable[[Ints, Ints], Any]) -> Make:
    def make(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
        a, p, one = A(width, *shape), P(width, *shape), P(width, *(1,) * (len(shape) % 2))
        pairs = [(a, a, a), (a, p, a), (p, a, a), (p, p, p), (a, one, a), (one, a, a), (p, one, p)]
        out = []
        for left, right, to in pairs:
            (_, x), (_, y) = made(left, rng), made(right, rng)
            wide = [v.reshape(()) if v.size == 1 else v for v in (x, y)]
            out.append(Case([(left, x), (right, y)], to, shaped(f(*wide), shape)))
        return out
    return make


def _scale(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    rows = _binary(lambda x, y: x * y)(width, shape, rng)
    return [row for row in rows if row.args[1][0].kind == "public" and row.args[0][0].shape == shape]


def _const(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    to = P(width, *shape)
    cases = []
    for values in (numbers(width, shape, rng), numbers(width, (), rng)):
        words = b"".join(int(v).to_bytes(width // 8, "little") for v in values.reshape(-1))
        cases.append(Case([], to, shaped(np.broadcast_to(values, shape), shape), {"words": words}))
    return cases


def _iota(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    n = int(np.prod(shape))
    start, step = -5, (1 << (width - 2)) + 3
    return [Case([], P(width, *shape), shaped([start + step * i for i in range(n)], shape),
                 {"start": str(start), "step": str(step)})]


def _share(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, values = made(P(width, *shape), rng)
    return [Case([(of, values)], A(width, *shape), values)]


def _share_planes(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, values = made(P(width, *shape), rng)
    return [Case([(of, values)], B(k, *shape), shaped(values % (1 << k), shape)) for k in (1, 7, 64)]


def _neg(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    return [Case([(of, v)], of, shaped(-v, shape))
            for of, v in (made(t, rng) for t in kinds(width, shape)[:2])]


def _sum(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for of in kinds(width, (2, *shape, 3))[:2]:
        _, v = made(of, rng)
        for axes in ([0], [len(shape) + 1], list(range(len(shape) + 2))):
            result = np.asarray(v.sum(axis=tuple(axes)), object)
            cases.append(Case([(of, v)], ValueType(of.kind, width, result.shape), result, {"axes": axes}))
    return cases


def _cumsum(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for of in kinds(width, (*shape, 3))[:2]:
        _, v = made(of, rng)
        cases += [Case([(of, v)], of, np.asarray(np.cumsum(v, axis=axis), object), {"axis": axis})
                  for axis in range(len(of.shape))]
    return cases


def _matrices(width: int, shape: Shape, rng: np.random.Generator, pairs: Sequence[str]) -> list[Case]:
    n = int(np.prod(shape))
    lead = (2,) if len(shape) == 2 else ()
    cases = []
    for rows, inner, columns in ((1, n, 2), (9, min(n, 70), 8)):
        for kind in pairs:
            left, right = ((A if c == "A" else P)(width, *lead, *dims)
                           for c, dims in zip(kind, ((rows, inner), (inner, columns)), strict=True))
            (_, x), (_, y) = made(left, rng), made(right, rng)
            result = np.empty((*lead, rows, columns), object)
            for at in np.ndindex(*lead):
                result[at] = x[at].dot(y[at]) if inner else 0
            to = (A if "A" in kind else P)(width, *lead, rows, columns)
            cases.append(Case([(left, x), (right, y)], to, result))
    return cases


def _matmul_public(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    return _matrices(width, shape, rng, ("AP", "PA", "PP"))


def _matmul(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    return _matrices(width, shape, rng, ("AA",))


def _narrow(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    return [Case([(of, v)], ValueType(of.kind, 64, shape), v)
            for of, v in (made(t, rng) for t in kinds(128, shape)[:2])]


def _extend(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, v = made(P(64, *shape), rng)
    return [Case([(of, v)], P(128, *shape), shaped([x - (x >> 63 << 64) for x in v.reshape(-1)], shape))]


def _whole(values: Ints, width: int) -> Ints:
    """Unsigned ring words as signed integers."""
    half = 1 << (width - 1)
    return shaped([(int(v) + half) % (2 * half) - half for v in values.reshape(-1)], values.shape)


#: Functions of public values, written element by element; the ring keeps the results modulo 2^width.
_CLEAR: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {
    "abs": ({}, abs),
    "min": ({}, min),
    "max": ({}, max),
    "lt": ({}, lambda x, y: int(x < y)),
    "eq": ({}, lambda x, y: int(x == y)),
    "and": ({}, lambda x, y, z: int(bool(x and y and z))),
    "or": ({}, lambda x, y: int(bool(x or y))),
    "xor": ({}, lambda x, y, z: (bool(x) + bool(y) + bool(z)) % 2),
    "not": ({}, lambda x: int(not x)),
    "select": ({}, lambda c, x, y: x if c else y),
    "floordiv": ({}, lambda x, y: floor(Fraction(x, y))),
    "mod": ({}, lambda x, y: x - y * floor(Fraction(x, y))),
    "divround": ({"shift": 3}, lambda x, y: floor(Fraction(8 * x, y) + Fraction(1, 2))),
    "round": ({"bits": 5}, lambda x: floor(Fraction(x, 32) + Fraction(1, 2))),
    "sqrt": ({"shift": 2}, lambda x: floor(Fraction(isqrt(16 * max(x, 0)) + 1, 2))),
}


def _compute(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for function, (attrs, f) in _CLEAR.items():
        operands = [made(P(width, *shape), rng) for _ in range(f.__code__.co_argcount if hasattr(f, "__code__") else
                                                               1 if f is abs else 2)]
        signed = [_whole(v, width) for _, v in operands]
        if function in ("floordiv", "mod", "divround"):
            signed[1] = shaped([v or 3 for v in signed[1].reshape(-1)], shape)
            operands[1] = operands[1][0], signed[1] % (1 << width)
        result = shaped([f(*row) for row in zip(*(v.reshape(-1) for v in signed), strict=True)], shape)
        cases.append(Case(operands, P(width, *shape), result % (1 << width), {"function": function, **attrs}))
    return [*cases, *_clear_reductions(width, shape, rng)]


def _clear_reductions(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, v = made(P(width, 3, *shape), rng)
    signed, lit = _whole(v, width), shaped([int(x != 0) for x in v.reshape(-1)], v.shape)
    results = {"reduce_min": signed.min(axis=0), "reduce_max": signed.max(axis=0), "any": lit.max(axis=0),
               "all": lit.min(axis=0)}
    return [Case([(of, v)], P(width, *shape), shaped(result, shape) % (1 << width), {"function": name, "axes": [0]})
            for name, result in results.items()]


def _bitwise(f: Callable[[Ints, Ints], Any]) -> Make:
    def make(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
        cases = []
        for k, m in ((5, 5), (1, 1), (64, 1), (1, 9)):
            (_, x), (_, y) = made(B(k, *shape), rng), made(B(m, *shape), rng)
            top = max(k, m)
            spread = [v * ((1 << top) - 1) if planes < top else v for planes, v in ((k, x), (m, y))]
            operands = [(B(k, *shape), x), (B(m, *shape), y)]
            cases.append(Case(operands, B(top, *shape), shaped(f(*spread), shape)))
        return cases
    return make


def _invert(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    return [Case([(of, v)], of, shaped(((1 << of.width) - 1) - v, shape))
            for of, v in (made(B(k, *shape), rng) for k in (1, 13))]


def _bits(v: Ints, at: int) -> Ints:
    return np.asarray(v >> at, object) & 1 if at >= 0 else np.asarray(v * 0, object)


def _pick(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, v = made(B(9, *shape), rng)
    cases = []
    for planes in ([0, 1, 2], [8], [3, -1, 3, 0, -1], [7, 6, 5, 4, 3, 2], []):
        picked = sum((_bits(v, p) << i for i, p in enumerate(planes)), v * 0)
        cases.append(Case([(of, v)], B(len(planes), *shape), shaped(picked, shape), {"planes": planes}))
    return cases


def _join(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    rows = [made(B(k, *shape), rng) for k in (3, 1, 17)]
    return [Case(rows, B(21, *shape), shaped(rows[0][1] + (rows[1][1] << 3) + (rows[2][1] << 4), shape))]


def _xors(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    """Two layers over seven wires of three arguments, a wire given through, one wanted twice; and no gates at all."""
    rows = [made(B(k, *shape), rng) for k in (3, 1, 3)]
    wires = [_bits(v, i) for of, v in rows for i in range(of.width)]
    left, right, outs = (0, 6, 7), (3, 5, 8), (9, 0, 7, 7)
    for i, j in zip(left, right, strict=True):
        wires.append(wires[i] ^ wires[j])
    result = sum((wires[w] << i for i, w in enumerate(outs)), wires[0] * 0)
    attrs = {"left": list(left), "right": list(right), "layers": [2, 1], "outs": list(outs)}
    nothing = {"left": [], "right": [], "layers": [], "outs": [2]}
    return [Case(rows, B(4, *shape), shaped(result, shape), attrs),
            Case(rows[:1], B(1, *shape), shaped(_bits(rows[0][1], 2), shape), nothing)]


def _fold(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, v = made(B(5, 4, *shape), rng)
    return [Case([(of, v)], B(20, *shape), shaped(sum(v[i] << (5 * i) for i in range(4)), shape))]


def _unfold(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of, v = made(B(20, *shape), rng)
    rows = [np.asarray(v >> (5 * i), object) & 31 for i in range(4)]
    return [Case([(of, v)], B(5, 4, *shape), shaped(np.stack(rows), (4, *shape)), {"k": 5})]


def _reshape(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    to = (1, int(np.prod(shape)), 1)
    return [Case([(of, v)], ValueType(of.kind, of.width, to), v.reshape(to))
            for of, v in (made(t, rng) for t in kinds(width, shape))]


def _broadcast(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for start in (shape, (), (1,) * len(shape), shape[:-1] + (1,) * bool(shape)):
        for of, v in (made(t, rng) for t in kinds(width, start)):
            to = (3, *shape)
            cases.append(Case([(of, v)], ValueType(of.kind, of.width, to), np.broadcast_to(v, to)))
    return cases


def _transpose(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for full, axes in (((2, *shape, 3), [*range(len(shape) + 1, -1, -1)]), ((2, 3, 64), [1, 0, 2])):
        for of, v in (made(t, rng) for t in kinds(width, full)):
            result = v.transpose(axes)
            cases.append(Case([(of, v)], ValueType(of.kind, of.width, result.shape), result, {"axes": axes}))
    return cases


def _slice(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cuts = [tuple(slice(None, None, -1) for _ in shape), tuple(slice(1, None, 2) for _ in shape),
            tuple(slice(0, max(0, e // 2)) for e in shape), tuple(slice(min(e, 3), e) for e in shape),
            (*(slice(None) for _ in shape[:-1]), *(slice(1, max(1, e - 1)) for e in shape[-1:]))]
    cases = []
    for cut in cuts:
        rows = [range(e)[c] for e, c in zip(shape, cut, strict=True)]
        attrs = {"starts": [r.start for r in rows], "steps": [r.step for r in rows]}
        for of, v in (made(t, rng) for t in kinds(width, shape)):
            to = tuple(len(r) for r in rows)
            cases.append(Case([(of, v)], ValueType(of.kind, of.width, to), shaped(v[cut], to), attrs))
    return cases


def _concat(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for axis, grow in ((0, 3), (len(shape) - 1, 5)):
        if not shape:
            continue
        other = (*shape[:axis], grow, *shape[axis + 1:])
        for k in range(3):
            rows = [made(kinds(width, s)[k], rng) for s in (shape, other, shape)]
            result = np.concatenate([v for _, v in rows], axis=axis)
            of = rows[0][0]
            cases.append(Case(rows, ValueType(of.kind, of.width, result.shape), result, {"axis": axis}))
    return cases


def _take(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for axis in range(len(shape)):
        where = [i % shape[axis] for i in (0, 2, 2, 7, shape[axis] - 1)] if shape[axis] else []
        for of, v in (made(t, rng) for t in kinds(width, shape)):
            result = np.take(v, np.asarray(where, int), axis=axis)
            cases.append(Case([(of, v)], ValueType(of.kind, of.width, result.shape), result,
                              {"indices": where, "axis": axis}))
    return cases


def _pad(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for axis in range(len(shape)):
        for before, after in ((0, 1), (3, 0), (64, 2)):
            edges = [np.full((*shape[:axis], n, *shape[axis + 1:]), 0, object) for n in (before, after)]
            for of, v in (made(t, rng) for t in kinds(width, shape)):
                result = np.concatenate([edges[0], v, edges[1]], axis=axis)
                cases.append(Case([(of, v)], ValueType(of.kind, of.width, result.shape), result,
                                  {"axis": axis, "before": before, "after": after}))
    return cases


def _take_at(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    return [Case([(of, v), (P(64), shaped(index, ()))], ValueType(of.kind, of.width, shape),
                 shaped(v[index], shape))
            for of, v in (made(t, rng) for t in kinds(width, (3, *shape))) for index in range(3)]


def _put_at(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for whole, piece in zip(kinds(width, (3, *shape)), kinds(width, shape), strict=True):
        for index in range(3):
            (_, v), (_, w) = made(whole, rng), made(piece, rng)
            result = v.copy()
            result[index] = w
            cases.append(Case([(whole, v), (P(64), shaped(index, ())), (piece, w)], whole, result))
    return cases


def _input(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    """The suite enters operands as inputs: here it leaves them as they are."""
    return [Case([(of, v)], of, v)
            for of, v in (made(t, rng) for t in (A(width, *shape), B(64, *shape), B(1, *shape)))]


def _mul(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    of = A(width, *shape)
    (_, x), (_, y) = made(of, rng), made(of, rng)
    return [Case([(of, x), (of, y)], of, shaped(x * y, shape))]


def _dot(width: int, shape: Shape, rng: np.random.Generator) -> list[Case]:
    cases = []
    for axis in range(len(shape)):
        (of, x), (_, y) = made(A(width, *shape), rng), made(A(width, *shape), rng)
        result = np.asarray((x * y).sum(axis=axis), object)
        cases.append(Case([(of, x), (of, y)], A(width, *result.shape), result, {"axis": axis}))
    return cases


CASES: dict[str, Make] = {
    "const": _const,
    "iota": _iota,
    "share": _share,
    "share_planes": _share_planes,
    "add": _binary(lambda x, y: x + y),
    "sub": _binary(lambda x, y: x - y),
    "neg": _neg,
    "scale": _scale,
    "sum": _sum,
    "cumsum": _cumsum,
    "matmul_public": _matmul_public,
    "compute": _compute,
    "extend": _extend,
    "narrow": _narrow,
    "xor": _bitwise(lambda x, y: x ^ y),
    "invert": _invert,
    "pick": _pick,
    "join": _join,
    "xors": _xors,
    "fold_planes": _fold,
    "unfold_planes": _unfold,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "slice": _slice,
    "concat": _concat,
    "take": _take,
    "pad": _pad,
    "take_at": _take_at,
    "put_at": _put_at,
    "input": _input,
    "mul": _mul,
    "dot": _dot,
    "matmul": _matmul,
    "and": _bitwise(lambda x, y: x & y),
}

#: Instructions that do not fit the table: they have tests of their own.
APART = {"require", "part", "reveal", "draw_order", "to_rows", "from_rows", "cut_rows", "gather", "scatter", "permute",
         "open_masked"}
