"""Every operation of the two stages: the type of its result, and whether it may be shared or dropped.

`circuit_ops` has the rows of the circuit stage, `protocol_ops` those of the protocol stage.
"""

from __future__ import annotations

from .circuit_ops import CIRCUIT
from .nodes import Stage, Type
from .protocol_ops import PROTOCOL
from .rules import Attrs, Op, Types


class IllegalOp(Exception):
    """An operation that its stage does not know, or operands that do not fit it: a mistake in the compiler."""


OPS: dict[Stage, dict[str, Op]] = {
    "circuit": {row.name: row for row in CIRCUIT},
    "protocol": {row.name: row for row in PROTOCOL},
}


def infer(stage: Stage, op: str, args: Types, attrs: Attrs, given: Type | None) -> Type:
    """The type of the result. Raises IllegalOp."""
    row = OPS[stage].get(op)
    if row is None:
        raise IllegalOp(f"{op} is no operation of the {stage} stage")
    try:
        return row.rule(args, attrs, given)
    except (IndexError, KeyError, ValueError, AssertionError) as error:
        raise IllegalOp(f"{op} {dict(attrs)} on {[show(a) for a in args]}: {error!r}") from error


def show(type: Type) -> str:
    """A type as the text form writes it."""
    shape = "x".join(map(str, type.shape))
    public = "" if type.secret else "public "
    if type.domain == "num":
        return f"{public}num[{type.lo}..{type.hi}]<{shape}>"
    width = str(type.width) if type.width else ""
    return f"{public}{type.domain}{width}<{shape}>"
