"""An instruction for each kind of work, of about as many units as asked for: what `speeds` runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isqrt
from typing import Any, Literal

from ..instructions import INSTRUCTIONS
from ..program import Instr, ValueType
from .effort import PLANES, Effort, efforts


@dataclass(frozen=True)
class Sample:
    """An operation with the types of its operands and of its result; `spread`: operands are one number everywhere."""

    op: str
    args: tuple[ValueType, ...]
    to: ValueType
    attrs: dict[str, Any] = field(default_factory=dict)
    spread: bool = False

    def effort(self, kind: str) -> Effort:
        """Its work of this kind. Raises StopIteration where it has none."""
        instr = Instr(self.op, (0,), (), self.attrs)
        return next(one for one in efforts(instr, self.args, (self.to,), self.spread) if one.kind == kind)

    @property
    def exchanges(self) -> bool:
        """Whether it may send anything."""
        return INSTRUCTIONS[self.op].exchanges


#: Makes a sample of about so many units.
Make = Callable[[int], Sample]

#: Planes of the samples of what goes plane by plane.
_HEIGHT = 4
#: Words of a plane from which on every second bit is taken word by word.
_THINNED = 64


def samples(passes: int) -> dict[str, Make]:
    """Every kind of work under a protocol that moves rows in so many passes; none for orders where it has none."""
    found: dict[str, Make] = {"fixed": _fixed, "compute": _compute("max"), "compute.each": _compute("floordiv")}
    for width in (64, 128):
        found |= _ring(width)
    return found | _conversions() | _bits() | (_orders() if passes else {})


def _arith(width: int, *shape: int) -> ValueType:
    return ValueType("arith", width, shape)


def _public(width: int, *shape: int) -> ValueType:
    return ValueType("public", width, shape)


def _fixed(units: int) -> Sample:
    return Sample("reshape", (_arith(64, 2),), _arith(64, 1, 2))


def _compute(function: str) -> Make:
    return lambda n: Sample("compute", (_public(64, n), _public(64, n)), _public(64, n), {"function": function})


def _ring(w: int) -> dict[str, Make]:
    """Local work on ring elements, products, and what is sent of ring elements."""
    def like(op: str, operands: int, **attrs: Any) -> Make:
        return lambda n: Sample(op, (_arith(w, n),) * operands, _arith(w, n), attrs)

    made: dict[str, Make] = {op: like(op, 2) for op in ("add", "sub", "mul")}
    made |= {
        "neg": like("neg", 1),
        "cumsum": like("cumsum", 1, axis=0),
        "scale": lambda n: Sample("scale", (_arith(w, n), _public(w, n)), _arith(w, n)),
        "public": lambda n: Sample("add", (_public(w, n), _public(w, n)), _public(w, n)),
        "iota": lambda n: Sample("iota", (), _public(w, n), {"start": "1", "step": "1"}),
        "const": lambda n: Sample("const", (), _public(w, n + 1), {"words": bytes((n + 1) * w // 8)}),
        "sum": lambda n: Sample("sum", (_arith(w, n),), _arith(w), {"axes": [0]}),
        "dot": lambda n: Sample("dot", (_arith(w, n), _arith(w, n)), _arith(w), {"axis": 0}),
        "concat": lambda n: Sample("concat", (_arith(w, n - n // 2), _arith(w, n // 2)), _arith(w, n), {"axis": 0}),
        "take": lambda n: Sample("take", (_arith(w, n),), _arith(w, n),
                                 {"indices": list(range(n - 1, -1, -1)), "axis": 0}),
        "input": lambda n: Sample("input", (), _arith(w, n), {"name": "entered"}),
        "reveal": lambda n: Sample("reveal", (_arith(w, n),), _public(w, n), {"to": [0, 1, 2], "signed": True}),
    }
    if w == 128:
        made["extend"] = lambda n: Sample("extend", (_public(64, n),), _public(128, n))
    return {**{f"{name}.{w}": make for name, make in made.items()}, **_matrices(w)}


def _matrices(w: int) -> dict[str, Make]:
    def product(op: str, thin: bool) -> Make:
        def make(units: int) -> Sample:
            n = isqrt(units) if thin else round(units ** (1 / 3))
            columns = 1 if thin else n
            right = _public(w, n, columns) if op == "matmul_public" else _arith(w, n, columns)
            return Sample(op, (_arith(w, n, n), right), _arith(w, n, columns))
        return make

    return {f"{op}.{w}{end}": product(op, bool(end)) for op in ("matmul", "matmul_public") for end in ("", ".thin")}


#: What is taken of a number, with attributes.
_TAKES: dict[str, dict[str, Any]] = {
    "shift": {"f": 16}, "bit": {"f": 16}, "low": {"f": 16}, "quotient": {"d": "1000"}, "remainder": {"d": "1000"}}


def _conversions() -> dict[str, Make]:
    """Between ring elements and planes, in both kinds of parts."""
    found: dict[str, Make] = {}
    for which, index in (("part", 0), ("other", 1)):
        for w in (64, 128):
            for k in PLANES:
                found[f"{which}.planes.{w}.{k}"] = _numbers_of(index, w, k)
                if k <= w:
                    found[f"{which}.bits.{w}.{k}"] = _bits_of(index, w, k)
            found[f"{which}.each.{w}"] = _each(index, w)
            for take, attrs in _TAKES.items():
                found[f"{which}.{take}.{w}"] = _taken(index, take, w, attrs)
    return found


def _taken(index: int, take: str, w: int, attrs: dict[str, Any]) -> Make:
    return lambda n: Sample("part", (_arith(w, n),), _arith(w, n), {"index": index, "take": take, **attrs})


def _numbers_of(index: int, w: int, k: int) -> Make:
    return lambda n: Sample("part", (_planes(k, n),), _arith(w, n), {"index": index, "take": "planes"})


def _bits_of(index: int, w: int, k: int) -> Make:
    attrs = {"index": index, "take": "bits", "lo": 0, "hi": k}
    return lambda n: Sample("part", (_arith(w, n),), _planes(k, n), attrs)


def _each(index: int, w: int) -> Make:
    def make(n: int) -> Sample:
        rest = max(1, n // _HEIGHT)
        return Sample("part", (_planes(_HEIGHT, rest),), _arith(w, _HEIGHT, rest), {"index": index, "take": "each"})
    return make


def _planes(k: int, n: int) -> ValueType:
    return ValueType("planes", k, (n,))


def _bits() -> dict[str, Make]:
    """Work on planes; `words` of them, of so many bits that rows are whole words unless it says otherwise."""
    def high(words: int) -> ValueType:
        return _planes(_HEIGHT, 64 * max(1, words // _HEIGHT))

    def odd(words: int) -> ValueType:
        return ValueType("planes", _HEIGHT, (max(2, 64 * words // _HEIGHT // 10), 10))

    found: dict[str, Make] = {
        "xor": lambda n: Sample("xor", (high(n), high(n)), high(n)),
        "and": lambda n: Sample("and", (high(n), high(n)), high(n)),
        "pick": lambda n: Sample("pick", (high(n),), high(n), {"planes": [2, 0, -1, 1]}),
        "join": lambda n: Sample("join", (high(n // 2), high(n // 2)), _planes(2 * _HEIGHT, high(n // 2).size)),
        "xors": _xors,
        "shift": _shift,
        "thin": _thin,
        "share_planes.one": _one,
        "move": lambda n: Sample("transpose", (_cube(n),), _turned(_cube(n)), {"axes": [1, 0, 2]}),
        "move.bits": lambda n: Sample("transpose", (odd(n),), _turned(odd(n)), {"axes": [1, 0]}),
    }
    for k in PLANES[:-1]:
        found |= _plain_planes(k)
    return found


def _plain_planes(k: int) -> dict[str, Make]:
    """Planes that come from numbers in the clear, or go there."""
    to = {"to": [0, 1, 2], "signed": True}
    return {
        f"share_planes.{k}": lambda n: Sample("share_planes", (_public(64, n + 1),), _planes(k, n + 1)),
        f"reveal.planes.{k}": lambda n: Sample("reveal", (_planes(k, n),), _public(64, n), to),
        f"input.planes.{k}": lambda n: Sample("input", (), _planes(k, n), {"name": "entered"}),
    }


def _cube(words: int) -> ValueType:
    return ValueType("planes", _HEIGHT, (2, max(1, words // _HEIGHT // 2), 64))


def _turned(of: ValueType) -> ValueType:
    return ValueType(of.kind, of.width, (of.shape[1], of.shape[0], *of.shape[2:]))


def _xors(units: int) -> Sample:
    gates = min(units, 64)
    of = _planes(2, 64 * max(1, units // gates))
    attrs = {"left": [0] * gates, "right": [1] * gates, "layers": [gates], "outs": list(range(2, 2 + gates))}
    return Sample("xors", (of,), _planes(gates, of.size), attrs)


def _shift(words: int) -> Sample:
    of = _planes(_HEIGHT, 64 * max(1, words // _HEIGHT))
    return Sample("slice", (of,), _planes(_HEIGHT, of.size - 1), {"starts": [1], "steps": [1]})


def _thin(words: int) -> Sample:
    of = _planes(_HEIGHT, 64 * max(_THINNED, words // _HEIGHT))
    return Sample("slice", (of,), _planes(_HEIGHT, of.size // 2), {"starts": [1], "steps": [2]})


def _one(words: int) -> Sample:
    n = 64 * max(1, words // _HEIGHT) - 1
    return Sample("share_planes", (_public(64, n),), _planes(_HEIGHT, n), spread=True)


def _orders() -> dict[str, Make]:
    """Orders, and rows that are moved along them."""
    found: dict[str, Make] = {"draw_order": lambda n: Sample("draw_order", (), _order(n)), **_moved("rows", 64)}
    for w in (64, 128):
        found |= _moved("arith", w)
    for k in PLANES:
        found |= _rows_of(k)
    return found


def _moved(kind: Literal["rows", "arith"], w: int) -> dict[str, Make]:
    """What is moved along an order, or opened in a secret one."""
    def of(n: int) -> ValueType:
        return ValueType(kind, w, (n,))

    end, back = ("rows" if kind == "rows" else w), {"index": 0, "inverse": False}
    return {
        f"gather.{end}": lambda n: Sample("gather", (of(n), _public(64, n)), of(n)),
        f"permute.{end}": lambda n: Sample("permute", (_order(n), of(n)), of(n), back),
        f"open_masked.{end}": lambda n: Sample("open_masked", (of(n),), _public(w, n), {"why": "measured"}),
    }


def _rows_of(k: int) -> dict[str, Make]:
    """Between planes and rows."""
    return {
        f"to_rows.{k}": lambda n: Sample("to_rows", (_planes(k, n),), _rows(k, n)),
        f"from_rows.{k}": lambda n: Sample("from_rows", (_rows(k, n),), _planes(k, n), {"lo": 0}),
        f"cut_rows.{k}": lambda n: Sample("cut_rows", (_rows(k, n),), _rows(max(1, k // 2), n), {"lo": 0}),
    }


def _order(n: int) -> ValueType:
    return ValueType("order", 64, (n,))


def _rows(k: int, n: int) -> ValueType:
    return ValueType("rows", k, (n,))
