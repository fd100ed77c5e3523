"""What kind of work an instruction is, and how much of it: what is measured of a machine, and what is estimated by it.

A kind names code that runs at one speed: the operation, the ring or the number of planes, and which way through the
code the shapes decide (`pick` is a view or a copy, planes move by words or by bits). Units are elements for rings,
64-bit words for planes, scalar products for products of matrices. The time of one kind is a function of its
units alone, which `samples` has an instruction for, `speeds` measures and the estimate of a program reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from ..bitshapes import Runs, runs, thins
from ..clear import SLOW
from ..instructions import INSTRUCTIONS
from ..program import Instr, ValueType
from ..wiring import Picked


class Effort(NamedTuple):
    """So many units of one kind of work."""

    kind: str
    units: int


#: What takes the same time at any size: a view, or nothing.
FIXED = Effort("fixed", 0)

#: Numbers of planes between which the work of a transposition grows.
PLANES = (1, 8, 32, 64, 128)

_VIEWS = frozenset({"reshape", "broadcast", "transpose", "slice", "narrow", "take_at", "share", "require"})
_ELEMENTWISE = frozenset({"add", "sub", "neg", "scale", "sum", "cumsum"})
_COPIES = {"concat": "concat", "pad": "concat", "put_at": "concat", "take": "take"}
_MATRICES = frozenset({"matmul", "matmul_public"})
_ORDERS = frozenset({"draw_order", "to_rows", "from_rows", "cut_rows", "gather", "scatter"})


def efforts(instr: Instr, args: Sequence[ValueType], outs: Sequence[ValueType], spread: bool) -> tuple[Effort, ...]:
    """The work of one instruction; where there are several kinds, the longest counts.

    `spread` says whether the first operand is one number in every element, as constants are held (`spreads`).
    """
    to = outs[0]
    if instr.op in _MATRICES:
        return _matrices(instr.op, args, to)
    if INSTRUCTIONS[instr.op].exchanges:
        return (_exchange(instr, args, to),)
    if instr.op in _ORDERS:
        return (_orders(instr.op, args, to),)
    if to.kind == "planes":
        return (_planes(instr, args, to, spread),)
    return (_numbers(instr, args, to),)


def spreads(instr: Instr, to: ValueType, spread: bool) -> bool:
    """Whether the result is one number in every element, if the first operand is `spread`."""
    if instr.op == "const":
        return len(instr.attrs["words"]) * 8 == to.width
    return instr.op in ("broadcast", "reshape", "slice", "transpose") and spread


def bucket(planes: int) -> int:
    """The next of PLANES."""
    return next((k for k in PLANES if planes <= k), PLANES[-1])


def _numbers(instr: Instr, args: Sequence[ValueType], to: ValueType) -> Effort:
    """Local work whose result is in a ring, shared or public."""
    size = max(of.size for of in (*args, to))
    if instr.op == "compute":
        return Effort("compute.each" if instr.attrs["function"] in SLOW else "compute", size)
    if instr.op == "const":
        return FIXED if spreads(instr, to, False) else Effort(f"const.{to.width}", size)
    if instr.op in _VIEWS:
        return FIXED
    if instr.op in _ELEMENTWISE and to.kind == "public":
        return Effort(f"public.{to.width}", size)
    return Effort(f"{_COPIES.get(instr.op, instr.op)}.{to.width}", size)


def _planes(instr: Instr, args: Sequence[ValueType], to: ValueType, spread: bool) -> Effort:
    """Local work whose result is planes."""
    if instr.op == "share_planes":
        one = spread or to.size == 1
        return Effort("share_planes.one", to.words) if one else Effort(f"share_planes.{bucket(to.width)}", to.size)
    if instr.op == "reshape" or (instr.op == "pick" and _is_view(instr.attrs["planes"])):
        return FIXED
    if instr.op == "xors":
        return Effort("xors", len(instr.attrs["left"]) * -(-to.size // 64))
    words = max(of.words for of in (*args, to) if of.kind == "planes")
    if instr.op in ("fold_planes", "unfold_planes"):
        rest = to.size if instr.op == "fold_planes" else args[0].size
        return Effort("move" if rest % 64 == 0 else "move.bits", words)
    if instr.op in _MOVES:
        kind = _MOVES[instr.op](instr, args, to)
        return FIXED if kind == FIXED.kind else Effort(kind, words)
    return Effort("xor" if instr.op == "invert" else instr.op, words)


def _is_view(planes: Sequence[int]) -> bool:
    return isinstance(Picked.of(planes).planes, slice)


def _exchange(instr: Instr, args: Sequence[ValueType], to: ValueType) -> Effort:
    if instr.op == "and":
        return Effort("and", to.words)
    if instr.op == "part":
        return _part(instr, args[0], to)
    of = to if instr.op in ("input", "permute") else args[0]
    if of.kind == "rows":
        return Effort(f"{instr.op}.rows", max(of.size, of.words))
    if of.kind == "planes":
        return Effort(f"{instr.op}.planes.{bucket(of.width)}", of.size)
    return Effort(f"{instr.op}.{of.width}", of.size)


def _orders(op: str, args: Sequence[ValueType], to: ValueType) -> Effort:
    """Orders, rows, and what moves along orders."""
    if op == "draw_order":
        return Effort(op, to.size)
    if op in ("gather", "scatter"):
        return Effort(f"gather.{'rows' if to.kind == 'rows' else to.width}", max(to.size, to.words))
    return Effort(f"{op}.{bucket(max(args[0].width, to.width))}", to.size)


def _part(instr: Instr, of: ValueType, to: ValueType) -> Effort:
    """A part is known to one party alone, who shares it, or costs nothing but the taking: the first, and any other."""
    take, which = instr.attrs["take"], "part" if instr.attrs["index"] == 0 else "other"
    if take == "bits":
        return Effort(f"{which}.bits.{of.width}.{bucket(to.width)}", of.size)
    if take == "planes":
        return Effort(f"{which}.planes.{to.width}.{bucket(of.width)}", to.size)
    return Effort(f"{which}.{take}.{to.width if take == 'each' else of.width}", max(of.size, to.size))


def _matrices(op: str, args: Sequence[ValueType], to: ValueType) -> tuple[Effort, ...]:
    """A product of matrices splits its operands into limbs, then multiplies these."""
    inner = args[0].shape[-1]
    return (Effort(f"{op}.{to.width}", to.size * inner),
            Effort(f"{op}.{to.width}.thin", max(of.size for of in (*args, to))))


# -- moves of planes: by words, by bits, or as a range of bits that is shifted -------------------------------


def _blocks(whole: Sequence[int]) -> str:
    """How bits move of which the trailing axes `whole` stay together."""
    return "move" if prod(whole) % 64 == 0 else "move.bits"


def _broadcast(instr: Instr, args: Sequence[ValueType], to: ValueType) -> str:
    shape = args[0].shape
    if prod(shape) in (1, to.size):
        return "shift"
    tail = 0
    while tail < len(shape) and shape[-1 - tail] == to.shape[-1 - tail]:
        tail += 1
    return _blocks(shape[len(shape) - tail:])


def _transpose(instr: Instr, args: Sequence[ValueType], to: ValueType) -> str:
    axes = instr.attrs["axes"]
    moving = max((i + 1 for i, axis in enumerate(axes) if i != axis), default=0)
    return _blocks(to.shape[moving:]) if moving else "shift"


def _slice(instr: Instr, args: Sequence[ValueType], to: ValueType) -> str:
    ranges = [range(start, start + step * count, step) for start, step, count in zip(
        instr.attrs["starts"], instr.attrs["steps"], to.shape, strict=True)]
    found = runs(args[0].shape, ranges) if to.size else Runs(0, 0, 1, 1)
    if found is not None and found.times == 1:
        return FIXED.kind if found.start % 64 == found.length % 64 == 0 else "shift"
    if thins(found, args[0].words):
        return "thin"
    outer = len(to.shape)
    while outer and to.shape[outer - 1] == args[0].shape[outer - 1] and instr.attrs["steps"][outer - 1] == 1:
        outer -= 1
    return _blocks(to.shape[outer:])


def _along_axis(instr: Instr, args: Sequence[ValueType], to: ValueType) -> str:
    axis = instr.attrs["axis"]
    if instr.op != "take" and prod(to.shape[:axis]) == 1:
        return "shift"
    return _blocks(to.shape[axis + 1:])


def _shift(instr: Instr, args: Sequence[ValueType], to: ValueType) -> str:
    return "shift"


_MOVES = {"broadcast": _broadcast, "transpose": _transpose, "slice": _slice, "concat": _along_axis, "pad": _along_axis,
          "take": _along_axis, "take_at": _shift, "put_at": _shift}
