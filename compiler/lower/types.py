"""Types of the circuit for types of the checked tree."""

from __future__ import annotations

from ..check import types as checked
from ..ir.build import Builder, Value
from ..ir.nodes import Domain, Type


def node_type(type: checked.Type) -> Type:
    """The circuit's type for a checked type: `bit` for truth values, `num` with the range for numbers."""
    domain: Domain = "bit" if isinstance(type.elem, checked.Bool) else "num"
    return Type(domain, type.extents, 0, type.elem.lo, type.elem.hi, type.secret)


def narrowed(builder: Builder, value: Value, type: checked.Type) -> Value:
    """The value, refined where the checker knows a narrower range than the rules of the operations infer."""
    if value.type.domain != "num":
        return value
    lo, hi = max(value.type.lo, type.elem.lo), min(value.type.hi, type.elem.hi)
    return value if (lo, hi) == value.type.range else builder.add("refine", value, lo=lo, hi=hi)
