"""Selects said more plainly: fewer of them, one after the other no longer than needed, and minimum and maximum by name.

- a negated condition changes the sides; a select inside of one on the same condition is the side that holds;
- `select(c, select(d, a, b), b)` is `select(c and d, a, b)`;
- `select(a < b, b, a)` is `max(a, b)`, so that `if x > best: best = x` is known as what it is;
- what one side does to the other is done in both, to what is neutral or not: `if c: s = s + x` adds x or 0, so that
  nothing waits for s. Roundings are nodes of their own and stay where they are;
- of truth values with a constant side, `and` and `or` are left.

before                              after
    %2 = add %0 %1                      %2 = const {values: (0,)}
    %3 = select %c %2 %0                %3 = select %c %1 %2
                                        %4 = add %0 %3
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..ir.build import Builder, Value, rebuild, same
from ..ir.nodes import Circuit, Node, Type


def simplify_selects(circuit: Circuit) -> Circuit:
    """The circuit with simpler selects."""
    return rebuild(circuit, _rewrite)


def _rewrite(builder: Builder, node: Node, args: tuple[Value, ...]) -> Value:
    if node.body is not None:
        return same(builder, replace(node, body=simplify_selects(node.body)), args)
    if node.op != "select":
        return same(builder, node, args)
    made = _select(builder, *args)
    if node.type.domain == "num" and made.type.range != node.type.range:
        return builder.add("refine", made, lo=node.type.lo, hi=node.type.hi)
    return made


def _select(builder: Builder, c: Value, a: Value, b: Value) -> Value:
    inner = builder.nodes[c.id]
    if inner.op == "not":
        return _select(builder, _arg(builder, inner, 0), b, a)
    a, b = _held(builder, c, a, 1), _held(builder, c, b, 2)
    for rule in (_joined, _extreme, _truth, _moved):
        made = rule(builder, c, a, b)
        if made is not None:
            return made
    return builder.add("select", c, a, b)


def _arg(builder: Builder, node: Node, k: int) -> Value:
    return Value(node.args[k], builder.nodes[node.args[k]].type)


def stripped(builder: Builder, x: Value) -> Value:
    """The value behind refinements of its range."""
    while builder.nodes[x.id].op == "refine":
        x = _arg(builder, builder.nodes[x.id], 0)
    return x


def _held(builder: Builder, c: Value, side: Value, k: int) -> Value:
    """A side without selects on the same condition: argument k of those is what holds."""
    inner = builder.nodes[stripped(builder, side).id]
    while inner.op == "select" and inner.args[0] == c.id:
        side = _arg(builder, inner, k)
        inner = builder.nodes[stripped(builder, side).id]
    return side


def _joined(builder: Builder, c: Value, a: Value, b: Value) -> Value | None:
    """Two conditions under which the same is chosen are one."""
    first, second = (builder.nodes[stripped(builder, side).id] for side in (a, b))
    if first.op == "select" and _same(builder, _arg(builder, first, 2), b):
        return _select(builder, builder.add("and", c, _arg(builder, first, 0)), _arg(builder, first, 1), b)
    if second.op == "select" and _same(builder, _arg(builder, second, 1), a):
        return _select(builder, builder.add("or", c, _arg(builder, second, 0)), a, _arg(builder, second, 2))
    return None


def _same(builder: Builder, x: Value, y: Value) -> bool:
    return stripped(builder, x).id == stripped(builder, y).id


def _extreme(builder: Builder, c: Value, a: Value, b: Value) -> Value | None:
    """The smaller or the larger one of what the condition compares."""
    node = builder.nodes[c.id]
    if node.op != "lt":
        return None
    smaller, larger = _arg(builder, node, 0), _arg(builder, node, 1)
    if _same(builder, a, smaller) and _same(builder, b, larger):
        return builder.add("min", a, b)
    if _same(builder, a, larger) and _same(builder, b, smaller):
        return builder.add("max", a, b)
    return None


def _truth(builder: Builder, c: Value, a: Value, b: Value) -> Value | None:
    """A choice between truth values of which one is known."""
    if a.type.domain != "bit":
        return None
    known_a, known_b = _constant(builder, a), _constant(builder, b)
    if known_b is not None:
        return builder.add("or", builder.add("not", c), a) if known_b else builder.add("and", c, a)
    if known_a is not None:
        return builder.add("or", c, b) if known_a else builder.add("and", builder.add("not", c), b)
    return None


def _constant(builder: Builder, x: Value) -> int | None:
    node = builder.nodes[x.id]
    return node.attrs["values"][0] if node.op == "const" and len(set(node.attrs["values"])) == 1 else None


# --------------------------------------------------------------------------- what one side does to the other

#: What changes nothing when combined with a value of the given type.
_NEUTRAL: dict[str, Callable[[Type], int]] = {
    "add": lambda type: 0, "sub": lambda type: 0, "mul": lambda type: 1,
    "min": lambda type: type.hi, "max": lambda type: type.lo,
}


def _moved(builder: Builder, c: Value, a: Value, b: Value) -> Value | None:
    """select(c, x op y, x) as x op select(c, y, neutral), and with the sides changed."""
    for changed, kept, first in ((a, b, True), (b, a, False)):
        node = builder.nodes[stripped(builder, changed).id]
        if node.op not in _NEUTRAL:
            continue
        for k in (0, 1) if node.op != "sub" else (0,):
            if _same(builder, _arg(builder, node, k), kept):
                other = _arg(builder, node, 1 - k)
                number = _NEUTRAL[node.op](kept.type)
                type = Type("num", other.type.shape, 0, number, number, False)
                neutral = builder.add("const", type=type, values=(number,))
                chosen = builder.add("select", c, *((other, neutral) if first else (neutral, other)))
                return builder.add(node.op, kept, chosen)
    return None
