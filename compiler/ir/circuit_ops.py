"""The operations of the circuit stage, on integers with ranges (`num`) and truth values (`bit`), one row each."""

from __future__ import annotations

from collections.abc import Callable

from .. import bristol, intervals
from ..intervals import Interval
from .nodes import Type
from .rules import (
    LOOPS,
    SHAPES,
    Attrs,
    Op,
    Rule,
    Types,
    as_given,
    bit,
    count,
    dropped,
    entered,
    expect,
    matmul_shape,
    nothing,
    num,
    same_shape,
)


def _elementwise(rule: Callable[[Interval, Interval], Interval]) -> Rule:
    def apply(args: Types, attrs: Attrs, given: Type | None) -> Type:
        expect(args, "num", "num")
        return num(args, same_shape(args), rule(args[0].range, args[1].range))
    return apply


def _unary(rule: Callable[[Interval, Attrs], Interval]) -> Rule:
    def apply(args: Types, attrs: Attrs, given: Type | None) -> Type:
        expect(args, "num")
        return num(args, args[0].shape, rule(args[0].range, attrs))
    return apply


def _compare(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num", "num")
    return bit(args, same_shape(args))


def _logic(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert args, "operands expected"
    assert all(a.domain == "bit" for a in args), "bit expected"
    return bit(args, same_shape(args))


def _netlist(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: name, text: a circuit in Bristol Fashion. The last axis of each operand is one input value."""
    net = bristol.read(attrs["text"])
    assert args, "operands expected"
    assert all(a.domain == "bit" and a.shape for a in args), "bits along an axis expected"
    assert tuple(a.shape[-1] for a in args) == net.inputs, "wires do not fit"
    assert len({a.shape[:-1] for a in args}) == 1, "shapes differ"
    return Type("bit", (*args[0].shape[:-1], sum(net.outputs)), 0, 0, 1)


def _rounded(a: Interval, attrs: Attrs) -> Interval:
    """attrs: bits; fast: to either neighbour, whichever comes."""
    shift = intervals.cut_shift if attrs.get("fast") else intervals.round_shift
    return shift(a, attrs["bits"])


def _divround(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num", "num")
    return num(args, same_shape(args), intervals.div(args[0].range, args[1].range, attrs["shift"]))


def _select(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert len(args) == 3
    assert args[0].domain == "bit"
    assert args[1].domain == args[2].domain
    shape = same_shape(args)
    if args[1].domain == "bit":
        return bit(args, shape)
    return num(args, shape, intervals.join(args[1].range, args[2].range))


def _sum(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num")
    axes = attrs["axes"]
    bounds = intervals.total(args[0].range, count(args[0].shape, axes))
    return num(args, dropped(args[0].shape, axes), bounds)


def _count_bits(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "bit")
    axes = attrs["axes"]
    return num(args, dropped(args[0].shape, axes), Interval(0, count(args[0].shape, axes)))


def _scan(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: axis, combine (add, min, max, and, or, xor, first): element i is all up to i along the axis, combined.

    A second operand of truth values, `starts`: all since the last start instead. `first` is the element there.
    `last`: the last element alone, without the axis.
    """
    x, *starts = args
    combine = attrs["combine"]
    assert all(s.domain == "bit" for s in starts[:1]), "bit expected"
    assert len(starts) <= 1, "at most two operands expected"
    assert 0 <= attrs["axis"] < len(same_shape(args)), "no such axis"
    assert combine != "first" or starts, "first of what?"
    shape = _running(x.shape, attrs)
    if x.domain == "bit":
        assert combine in ("and", "or", "xor", "first"), "an operation on numbers"
        return bit(args, shape)
    assert combine in ("add", "min", "max", "first"), "an operation on truth values"
    if combine != "add":
        return num(args, shape, x.range)
    return num(args, shape, intervals.join(x.range, intervals.total(x.range, x.shape[attrs["axis"]])))


def _running(shape: tuple[int, ...], attrs: Attrs) -> tuple[int, ...]:
    """All elements along the axis, or the last one."""
    if not attrs.get("last"):
        return shape
    assert shape[attrs["axis"]] > 0, "there is no last element"
    return dropped(shape, (attrs["axis"],))


def _recurrence(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """Of addends and factors; attrs: axis, lo, hi, last. Element i is factor i times element i - 1 plus addend i, the
    first is its addend; all are known to lie in lo..hi, where the rest that it takes may not. bits: all of this is
    divided by 2^bits in each step, and the results are whole numbers less than one away."""
    expect(args, "num", "num")
    assert 0 <= attrs["axis"] < len(same_shape(args)), "no such axis"
    return num(args, _running(args[0].shape, attrs), Interval(attrs["lo"], attrs["hi"]))


def _rank(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: descending, bytewise: a truth value each key. Where each row goes in the stable order by the keys; of a
    bytewise one the lowest byte counts most."""
    (n,) = same_shape(args)
    assert len(attrs["descending"]) == len(attrs["bytewise"]) == len(args), "one for each key"
    return num(args, (n,), Interval(0, max(n - 1, 0)))


def _leaders(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs as of `rank`, and count, above 0 and below the number of rows: which rows come first, in their order."""
    ranked = _rank(args, attrs, given)
    assert 0 < attrs["count"] < ranked.shape[0], "some of the rows"
    return Type("num", (attrs["count"],), 0, ranked.lo, ranked.hi, ranked.secret)


def _led(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """The rows of the first operand that `leaders` of as many rows names."""
    x, first = args
    assert first.domain == "num", "num expected"
    assert len(first.shape) == 1, "rows expected"
    assert first.shape[0] < x.shape[0] == first.hi + 1, "some of the rows"
    return Type(x.domain, (*first.shape, *x.shape[1:]), x.width, x.lo, x.hi, x.secret or first.secret)


def _nth(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """What stands at places (m,) of the sorted values (n,), of those alone that the third operand says."""
    x, places, *among = args
    assert x.domain == places.domain == "num", "numbers expected"
    assert len(x.shape) == len(places.shape) == 1, "one axis each"
    assert x.shape[0] > 0, "of nothing"
    assert len(among) <= 1, "at most three operands"
    assert all(a.domain == "bit" and a.shape == x.shape for a in among), "a truth value for each"
    return num(args, places.shape, x.range)


def _move(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """Row i goes to place order[i] (unmove: place i holds row order[i]); the order has every number of a row once."""
    x, order = args
    assert order.domain == "num", "num expected"
    assert order.shape == x.shape[:1] != (), "an order of the rows"
    return Type(x.domain, x.shape, x.width, x.lo, x.hi, x.secret or order.secret)


def _polynomial(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: coefficients, the lowest first; lo, hi: where the result is known to lie, what it takes may not; bits: the
    sum is divided by 2^bits, and the result is a whole number less than one away."""
    expect(args, "num")
    assert len(attrs["coefficients"]) > 1, "a constant"
    return num(args, args[0].shape, Interval(attrs["lo"], attrs["hi"]))


def _reduce(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num")
    assert count(args[0].shape, attrs["axes"]) > 0, "nothing to reduce"
    return num(args, dropped(args[0].shape, attrs["axes"]), args[0].range)


def _any_all(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "bit")
    return bit(args, dropped(args[0].shape, attrs["axes"]))


def _dot(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num", "num")
    axes = (attrs["axis"],)
    shape = same_shape(args)
    bounds = intervals.total(intervals.mul(args[0].range, args[1].range), count(shape, axes))
    return num(args, dropped(shape, axes), bounds)


def _matmul(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num", "num")
    shape = matmul_shape(args[0].shape, args[1].shape)
    return num(args, shape, intervals.total(intervals.mul(args[0].range, args[1].range), args[0].shape[-1]))


def _assume(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: message. The token is 0 and says that the assumption was checked: what opens something reads it."""
    expect(args, "bit")
    assert args[0].shape == (), "one bit"
    return Type("num", (), 0, 0, 0, False)


def _reveal(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """The value, and the token of an `assume` that must hold before it is opened."""
    x, *tokens = args
    assert len(tokens) <= 1, "a value, and a token"
    return Type(x.domain, x.shape, 0, x.lo, x.hi, False)


def _refine(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "num")
    return Type("num", args[0].shape, 0, attrs["lo"], attrs["hi"], args[0].secret)


CIRCUIT = (
    Op("input", entered),
    Op("const", as_given),
    Op("iota", as_given),
    Op("add", _elementwise(intervals.add)),
    Op("sub", _elementwise(intervals.sub)),
    Op("mul", _elementwise(intervals.mul)),
    Op("neg", _unary(lambda a, _: intervals.neg(a))),
    Op("abs", _unary(lambda a, _: intervals.absolute(a))),
    Op("scale", _unary(lambda a, t: intervals.scale(a, t["by"]))),
    Op("round", _unary(_rounded)),
    Op("sqrt", _unary(lambda a, t: intervals.sqrt(a, t["shift"]))),
    Op("floordiv", _elementwise(intervals.floordiv)),
    Op("mod", _elementwise(intervals.mod)),
    Op("divround", _divround),
    Op("min", _elementwise(intervals.minimum)),
    Op("max", _elementwise(intervals.maximum)),
    Op("lt", _compare),
    Op("eq", _compare),
    Op("and", _logic),
    Op("or", _logic),
    Op("xor", _logic),
    Op("not", _logic),
    Op("netlist", _netlist),
    Op("select", _select),
    Op("to_num", lambda args, _, __: num(args, args[0].shape, Interval(0, 1))),
    Op("sum", _sum),
    Op("reduce_min", _reduce),
    Op("reduce_max", _reduce),
    Op("count", _count_bits),
    Op("scan", _scan),
    Op("recurrence", _recurrence),
    Op("polynomial", _polynomial),
    Op("rank", _rank),
    Op("move", _move),
    Op("unmove", _move),
    Op("leaders", _leaders),
    Op("led", _led),
    Op("nth", _nth),
    Op("any", _any_all),
    Op("all", _any_all),
    Op("dot", _dot),
    Op("matmul", _matmul),
    Op("refine", _refine),
    Op("assume", _assume, pure=False),
    Op("reveal", _reveal, pure=False),
    Op("output", nothing, pure=False),
    Op("load", as_given, pure=False),
    Op("keep", nothing, pure=False),
    *SHAPES,
    *LOOPS,
)
