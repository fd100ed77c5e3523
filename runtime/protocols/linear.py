"""The local half of every protocol whose shares are sums of components: what needs no message.

A share is a tuple of plain arrays, the components that this party holds: ring arrays for arithmetic shares
(see `ring`), trimmed bit planes for Boolean ones (see `bits`). The secret is the sum (the XOR) of the
components of all parties, each counted once, so linear operations act on every component alone. A public
constant goes to one component of the sharing: `LinearBackend.slot` says which of this party's that is. Arrays
are never changed once they belong to a value, and results may be views of their operands.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import bits, bitshapes, rows
from ..errors import AssumptionFailed
from ..program import Instr, ValueType
from ..ring import ring
from ..wiring import xors
from .base import Backend, Share
from .plain import PLAIN
from .shapes import Plain, zero

Words = NDArray[np.uint64]
Components = tuple[Words, ...]


class LinearBackend(Backend):
    """Runs the local instructions on `components` arrays a share."""

    #: Arrays in a share of this party.
    components: int

    @abstractmethod
    def slot(self, attrs: Mapping[str, Any]) -> int | None:
        """The component of this party that takes an instruction's public constant; None where another party's does."""

    def local(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType],
              outs_t: Sequence[ValueType]) -> tuple[Share, ...]:
        """Runs an instruction that sends nothing. Raises AssumptionFailed where a `require` fails."""
        if instr.op == "require":
            _require(instr, args[0])
            return (args[0],)
        if instr.op == "draw_order":
            return (self.draw_order(outs_t[0].shape[0]),)
        if instr.op in ("add", "sub") and outs_t[0].kind == "arith":
            return (self._add(instr, args, args_t, outs_t[0]),)
        if instr.op in ("share", "share_planes"):
            plain = _public_part(instr.op, args[0], args_t[0], outs_t[0])
            return (self.constant(plain, outs_t[0], self.slot(instr.attrs)),)
        if instr.op == "invert":
            return (self._invert(args[0], outs_t[0], self.slot(instr.attrs)),)
        if instr.op == "xors":
            return (xors([_component(args, args_t, c) for c in range(self.components)], instr.attrs["network"]),)
        return (self.lift(PLAIN[instr.op], instr.attrs, args, args_t, outs_t[0]),)

    @abstractmethod
    def draw_order(self, n: int) -> Share:
        """What this party knows of a fresh random order of n rows: a tuple of arrays of places."""

    def fits(self, value: Share, of: ValueType) -> bool:
        """Whether a value is held as its type says; used by the executor's assertion mode."""
        if of.kind == "public":
            return _is_plain(value, of)
        if of.kind == "order":
            return isinstance(value, tuple) and all(_is_order(known, of.shape[0]) for known in value)
        shared = isinstance(value, tuple) and len(value) == self.components
        return shared and all(_is_plain(component, of) for component in value)

    def constant(self, plain: Words, of: ValueType, slot: int | None) -> Components:
        """A public value as a sharing of itself."""
        return tuple(plain if c == slot else zero(of) for c in range(self.components))

    def lift(self, plain: Plain, attrs: dict[str, Any], args: Sequence[Share], args_t: Sequence[ValueType],
             to: ValueType) -> Share:
        """A linear operation: on the operands of a public result, or on every component of a shared one."""
        if to.kind == "public":
            return plain(attrs, args, args_t, to)
        if len(args) == 1 and args_t[0].kind != "public":
            return tuple([plain(attrs, [component], args_t, to) for component in args[0]])
        return tuple([plain(attrs, _component(args, args_t, c), args_t, to) for c in range(self.components)])

    def _add(self, instr: Instr, args: Sequence[Share], args_t: Sequence[ValueType], to: ValueType) -> Components:
        """Sums and differences; a public side counts in one component only."""
        op, slot = instr.op, self.slot(instr.attrs)
        kinds = [t.kind for t in args_t]
        secret = kinds.index("arith")
        alone = PLAIN["neg" if op == "sub" and secret == 1 else "reshape"]
        return tuple(
            PLAIN[op]({}, _component(args, args_t, c), args_t, to) if "public" not in kinds or c == slot
            else alone({}, [args[secret][c]], [args_t[secret]], to)
            for c in range(self.components))

    def _invert(self, value: Components, of: ValueType, slot: int | None) -> Components:
        return tuple(bits.trim(~planes, of.size) if c == slot else planes
                     for c, planes in enumerate(value))


def _component(args: Sequence[Share], args_t: Sequence[ValueType], c: int) -> list[Words]:
    """Component c of every share; public values stand for themselves."""
    return [a if t.kind == "public" else a[c] for a, t in zip(args, args_t, strict=True)]


def _is_order(known: Any, n: int) -> bool:
    return isinstance(known, np.ndarray) and known.dtype == np.intp and known.shape == (n,)


def _is_plain(value: Any, of: ValueType) -> bool:
    if of.kind == "rows":
        return rows.fits(value, of.width, of.size)
    if not isinstance(value, np.ndarray) or value.dtype != np.uint64:
        return False
    if of.kind == "planes":
        return value.shape == (of.width, bits.word_count(of.size)) and bits.is_trimmed(value, of.size)
    return bool(value.shape == ring(of.width).full(of.shape))


def _require(instr: Instr, value: Words) -> None:
    if np.any(value):
        raise AssumptionFailed(instr.attrs["message"])


def _public_part(op: str, value: Words, of: ValueType, to: ValueType) -> Words:
    if op == "share":
        return value
    r = ring(of.width)
    if of.size > 1 and not any(value.strides[r.lead:]):  # one number everywhere, as constants are held
        first = r.slice(value, [slice(1)] * len(of.shape))
        return bitshapes.broadcast(r.signed_planes(first, to.width), (1,), to.shape)
    return r.signed_planes(value, to.width)
