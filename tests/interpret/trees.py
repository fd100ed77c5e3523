"""Checked trees by hand, for tests: short ways to write types, expressions and whole programs."""

from __future__ import annotations

from itertools import count
from typing import Any

from cloister.compiler.check.tree import (
    Apply,
    Binding,
    Block,
    Checked,
    Const,
    Expr,
    Iota,
    Output,
    PartyInput,
    Ref,
    Var,
)
from cloister.compiler.check.types import Bool, Dim, Elem, Fixed, Int, Type
from cloister.compiler.source import Span

HERE = Span("test.mpc", 1, 1, 1, 2)
_ids = count()


def at(line: int) -> Span:
    return Span("test.mpc", line, 1, line, 2)


def kind(elem: Elem, *shape: int, secret: bool = True) -> Type:
    return Type(elem, tuple(Dim.of(n) for n in shape), secret)


def ints(lo: int, hi: int, *shape: int, secret: bool = True) -> Type:
    return kind(Int(lo, hi), *shape, secret=secret)


def bools(*shape: int, secret: bool = True) -> Type:
    return kind(Bool(), *shape, secret=secret)


def fixeds(frac: int, lo: int, hi: int, *shape: int) -> Type:
    return kind(Fixed(frac, lo, hi), *shape)


def var(name: str, type: Type) -> Var:
    return Var(name, next(_ids), type)


def ref(variable: Var) -> Ref:
    return Ref(variable.type, HERE, var=variable)


def const(type: Type, *values: int) -> Const:
    return Const(type, HERE, values)


def number(value: int, *shape: int) -> Const:
    return const(ints(value, value, *shape, secret=False), value)


def iota(n: int, start: int, step: int) -> Iota:
    ends = (start, start + step * max(n - 1, 0))
    return Iota(ints(min(ends), max(ends), n, secret=False), HERE, start, step)


def apply(op: str, type: Type, *args: Expr, **attrs: Any) -> Apply:
    return Apply(type, HERE, op=op, args=args, attrs=attrs)


def output(name: str, value: Expr, condition: Expr | None = None) -> Output:
    return Output(name, ("north",), value, condition, "" if condition is None else "c", HERE)


def program(inputs: list[Var], outputs: list[Output], body: Block = ()) -> Checked:
    """A program of the one party `north`."""
    given = tuple(
        PartyInput(v.name, "north", v, v.type.elem, v.type.extents, HERE) for v in inputs
    )
    return Checked(
        name="test", title="", parties=("north",), security=("honest_majority", "semi_honest"),
        binding=Binding({}, {}), sizes=(), params=(), inputs=given, body=body, outputs=tuple(outputs),
        reveals=(), types=(), warnings=(),
    )
