"""A carried value in all trips at once: the scan of what each trip makes of it, or a linear recurrence.

The value before the first trip is a row before those of the trips, so that all meet in one scan; a linear recurrence
does without it where it is 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..gadgets.near_recurrence import steadiness
from ..ir.build import Builder, Value
from ..ir.nodes import Type
from .batch import Affine, Batch, Unsupported, rows_along

#: Bits of the widest number that a ring holds.
MOST_BITS = 127


def scanned(batch: Batch, init: Value, combine: str, rows: Value, starts: Value | None, last: bool) -> Value:
    """What is carried after each trip (`last`: after the last one), where trip t begins anew with row t if it starts,
    and otherwise combines what was carried with it."""
    builder = batch.builder
    args = [_with_first(builder, init, rows)]
    if starts is not None:
        nothing = builder.add("const", type=replace(init.type, domain="bit", lo=0, hi=1, secret=False), values=(0,))
        args.append(_with_first(builder, nothing, starts))
    made = builder.add("scan", *args, axis=0, combine=combine, **_only(last))
    return made if last else rows_along(builder, made, Affine(1, 1), batch.trips)


def linear(batch: Batch, init: Value, held: Type, addend: Value, factor: Value, last: bool, bits: int = 0) -> Value:
    """What is carried after each trip (`last`: after the last one), where trip t multiplies it by factor t, adds
    addend t and divides by 2^bits; it is known to lie in the range of `held`. Raises Unsupported."""
    builder, zero = batch.builder, _is_zero(batch.builder, init)
    if max(addend.type.range.signed_bits, factor.type.range.signed_bits) > MOST_BITS:
        raise Unsupported("an operand may not fit a ring")
    if not zero:
        nothing = builder.add("const", type=replace(init.type, lo=0, hi=0, secret=False), values=(0,))
        addend = _with_first(builder, builder.add("scale", init, by=1 << bits) if bits else init, addend)
        factor = _with_first(builder, nothing if bits else init, factor)
    if bits and steadiness(addend.type.range, factor.type.range, bits, addend.type.shape[0]) is None:
        raise Unsupported("fractions that no ring has the room for")
    attrs: dict[str, Any] = {**_only(last), **({"bits": bits} if bits else {})}
    made = builder.add("recurrence", addend, factor, axis=0, lo=held.lo, hi=held.hi, **attrs)
    return made if last or zero else rows_along(builder, made, Affine(1, 1), batch.trips)


def _only(last: bool) -> dict[str, Any]:
    return {"last": True} if last else {}


def _with_first(builder: Builder, first: Value, rows: Value) -> Value:
    """A row before the others."""
    return builder.add("concat", builder.add("reshape", first, shape=(1, *first.type.shape)), rows, axis=0)


def _is_zero(builder: Builder, value: Value) -> bool:
    node = builder.nodes[value.id]
    return node.op == "const" and not any(node.attrs["values"])
