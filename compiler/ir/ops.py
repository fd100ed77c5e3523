"""Every operation of the two stages, one row each: the type of its result, and whether it may be shared or dropped.

The circuit stage works on integers with ranges (`num`) and truth values (`bit`). The protocol stage has the
operations of `cloister.runtime.instructions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloister.runtime.instructions import INSTRUCTIONS

from .. import bristol, intervals
from ..intervals import Interval
from .nodes import Domain, Stage, Type


class IllegalOp(Exception):
    """An operation that its stage does not know, or operands that do not fit it: a mistake in the compiler."""


Types = Sequence[Type]
Attrs = Mapping[str, Any]
Rule = Callable[[Types, Attrs, Type | None], Type]


@dataclass(frozen=True)
class Op:
    """`pure`: equal nodes may be merged and unused ones dropped. `exchanges`: it may send something."""

    name: str
    rule: Rule
    pure: bool = True
    exchanges: bool = False


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


# --------------------------------------------------------------------------- helpers of rules


def _num(args: Types, shape: tuple[int, ...], bounds: Interval) -> Type:
    return Type("num", shape, 0, bounds.lo, bounds.hi, any(a.secret for a in args))


def _bit(args: Types, shape: tuple[int, ...]) -> Type:
    return Type("bit", shape, 0, 0, 1, any(a.secret for a in args))


def _expect(args: Types, *domains: Domain) -> None:
    assert len(args) == len(domains), f"{len(domains)} operands expected"
    for arg, domain in zip(args, domains, strict=True):
        assert arg.domain == domain, f"{domain} expected"


def _same_shape(args: Types) -> tuple[int, ...]:
    assert all(a.shape == args[0].shape for a in args), "shapes differ"
    return args[0].shape


def _dropped(shape: tuple[int, ...], axes: Sequence[int]) -> tuple[int, ...]:
    assert all(0 <= a < len(shape) for a in axes), "no such axis"
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _count(shape: tuple[int, ...], axes: Sequence[int]) -> int:
    n = 1
    for a in axes:
        n *= shape[a]
    return n


def _like(first: Type, shape: tuple[int, ...]) -> Type:
    return Type(first.domain, shape, first.width, first.lo, first.hi, first.secret)


# --------------------------------------------------------------------------- the circuit stage


def _given(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert given is not None, "the type must be given"
    return given


def _input(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: name. All of it, or as many rows as the type has, from the public row on that is the operand."""
    assert len(args) <= 1, "at most the first row"
    assert not args or (args[0].shape == () and not args[0].secret), "a public row"
    return _given(args, attrs, given)


def _elementwise(rule: Callable[[Interval, Interval], Interval]) -> Rule:
    def apply(args: Types, attrs: Attrs, given: Type | None) -> Type:
        _expect(args, "num", "num")
        return _num(args, _same_shape(args), rule(args[0].range, args[1].range))
    return apply


def _unary(rule: Callable[[Interval, Attrs], Interval]) -> Rule:
    def apply(args: Types, attrs: Attrs, given: Type | None) -> Type:
        _expect(args, "num")
        return _num(args, args[0].shape, rule(args[0].range, attrs))
    return apply


def _compare(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "num", "num")
    return _bit(args, _same_shape(args))


def _logic(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert args, "operands expected"
    assert all(a.domain == "bit" for a in args), "bit expected"
    return _bit(args, _same_shape(args))


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
    _expect(args, "num", "num")
    return _num(args, _same_shape(args), intervals.div(args[0].range, args[1].range, attrs["shift"]))


def _select(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert len(args) == 3
    assert args[0].domain == "bit"
    assert args[1].domain == args[2].domain
    shape = _same_shape(args)
    if args[1].domain == "bit":
        return _bit(args, shape)
    return _num(args, shape, intervals.join(args[1].range, args[2].range))


def _sum(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "num")
    axes = attrs["axes"]
    bounds = intervals.total(args[0].range, _count(args[0].shape, axes))
    return _num(args, _dropped(args[0].shape, axes), bounds)


def _count_bits(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "bit")
    axes = attrs["axes"]
    return _num(args, _dropped(args[0].shape, axes), Interval(0, _count(args[0].shape, axes)))


def _scan(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: axis, combine (add, min, max, and, or, xor, first): element i is all up to i along the axis, combined.

    A second operand of truth values, `starts`: all since the last start instead. `first` is the element there.
    `last`: the last element alone, without the axis.
    """
    x, *starts = args
    combine = attrs["combine"]
    assert all(s.domain == "bit" for s in starts[:1]), "bit expected"
    assert len(starts) <= 1, "at most two operands expected"
    assert 0 <= attrs["axis"] < len(_same_shape(args)), "no such axis"
    assert combine != "first" or starts, "first of what?"
    shape = _running(x.shape, attrs)
    if x.domain == "bit":
        assert combine in ("and", "or", "xor", "first"), "an operation on numbers"
        return _bit(args, shape)
    assert combine in ("add", "min", "max", "first"), "an operation on truth values"
    if combine != "add":
        return _num(args, shape, x.range)
    return _num(args, shape, intervals.join(x.range, intervals.total(x.range, x.shape[attrs["axis"]])))


def _running(shape: tuple[int, ...], attrs: Attrs) -> tuple[int, ...]:
    """All elements along the axis, or the last one."""
    if not attrs.get("last"):
        return shape
    assert shape[attrs["axis"]] > 0, "there is no last element"
    return _dropped(shape, (attrs["axis"],))


def _recurrence(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """Of addends and factors; attrs: axis, lo, hi, last. Element i is factor i times element i - 1 plus addend i, the
    first is its addend; all are known to lie in lo..hi, where the rest that it takes may not."""
    _expect(args, "num", "num")
    assert 0 <= attrs["axis"] < len(_same_shape(args)), "no such axis"
    return _num(args, _running(args[0].shape, attrs), Interval(attrs["lo"], attrs["hi"]))


def _rank(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: descending, bytewise: a truth value each key. Where each row goes in the stable order by the keys; of a
    bytewise one the lowest byte counts most."""
    (n,) = _same_shape(args)
    assert len(attrs["descending"]) == len(attrs["bytewise"]) == len(args), "one for each key"
    return _num(args, (n,), Interval(0, max(n - 1, 0)))


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
    return _num(args, places.shape, x.range)


def _move(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """Row i goes to place order[i] (unmove: place i holds row order[i]); the order has every number of a row once."""
    x, order = args
    assert order.domain == "num", "num expected"
    assert order.shape == x.shape[:1] != (), "an order of the rows"
    return Type(x.domain, x.shape, x.width, x.lo, x.hi, x.secret or order.secret)


def _polynomial(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: coefficients, the lowest first; lo, hi: where the result is known to lie, what it takes may not."""
    _expect(args, "num")
    assert len(attrs["coefficients"]) > 1, "a constant"
    return _num(args, args[0].shape, Interval(attrs["lo"], attrs["hi"]))


def _reduce(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "num")
    assert _count(args[0].shape, attrs["axes"]) > 0, "nothing to reduce"
    return _num(args, _dropped(args[0].shape, attrs["axes"]), args[0].range)


def _any_all(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "bit")
    return _bit(args, _dropped(args[0].shape, attrs["axes"]))


def _dot(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "num", "num")
    axes = (attrs["axis"],)
    shape = _same_shape(args)
    bounds = intervals.total(intervals.mul(args[0].range, args[1].range), _count(shape, axes))
    return _num(args, _dropped(shape, axes), bounds)


def _matmul_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    assert len(a) >= 2, "matrices expected"
    assert len(a) == len(b), "equal leading axes expected"
    assert a[:-2] == b[:-2], "leading axes differ"
    assert a[-1] == b[-2], "inner sizes differ"
    return (*a[:-1], b[-1])


def _matmul(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "num", "num")
    shape = _matmul_shape(args[0].shape, args[1].shape)
    return _num(args, shape, intervals.total(intervals.mul(args[0].range, args[1].range), args[0].shape[-1]))


def _assume(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: message. The token is 0 and says that the assumption was checked: what opens something reads it."""
    _expect(args, "bit")
    assert args[0].shape == (), "one bit"
    return Type("num", (), 0, 0, 0, False)


def _reveal(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """The value, and the token of an `assume` that must hold before it is opened."""
    x, *tokens = args
    assert len(tokens) <= 1, "a value, and a token"
    return Type(x.domain, x.shape, 0, x.lo, x.hi, False)


def _refine(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "num")
    return Type("num", args[0].shape, 0, attrs["lo"], attrs["hi"], args[0].secret)


def _nothing(args: Types, attrs: Attrs, given: Type | None) -> Type:
    return Type("none")


# --------------------------------------------------------------------------- shapes, at both stages


def _to_shape(args: Types, attrs: Attrs, given: Type | None) -> Type:
    return _like(args[0], tuple(attrs["shape"]))


def _reshape(args: Types, attrs: Attrs, given: Type | None) -> Type:
    result = _to_shape(args, attrs, given)
    assert result.size == args[0].size, "sizes differ"
    return result


def _broadcast(args: Types, attrs: Attrs, given: Type | None) -> Type:
    shape = tuple(attrs["shape"])
    tail = shape[len(shape) - len(args[0].shape):] if args[0].shape else ()
    assert len(tail) == len(args[0].shape), "rank"
    assert all(n in (1, m) for n, m in zip(args[0].shape, tail, strict=True)), "not broadcastable"
    return _like(args[0], shape)


def _transpose(args: Types, attrs: Attrs, given: Type | None) -> Type:
    axes = attrs["axes"]
    assert sorted(axes) == list(range(len(args[0].shape))), "no permutation"
    return _like(args[0], tuple(args[0].shape[a] for a in axes))


def _slice(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: starts, steps, counts, one for each axis: element i of an axis is start + i * step."""
    triples = zip(args[0].shape, attrs["starts"], attrs["steps"], attrs["counts"], strict=True)
    for extent, start, step, count in triples:
        last = start + (count - 1) * step
        assert count == 0 or (0 <= start < extent and 0 <= last < extent), "out of bounds"
    return _like(args[0], tuple(attrs["counts"]))


def _concat(args: Types, attrs: Attrs, given: Type | None) -> Type:
    axis = attrs["axis"]
    first = args[0]
    assert all(a.domain == first.domain and a.width == first.width for a in args), "kinds differ"
    rest = {a.shape[:axis] + a.shape[axis + 1:] for a in args}
    assert len(rest) == 1, "shapes differ"
    shape = (*first.shape[:axis], sum(a.shape[axis] for a in args), *first.shape[axis + 1:])
    lo, hi = min(a.lo for a in args), max(a.hi for a in args)
    return Type(first.domain, shape, first.width, lo, hi, any(a.secret for a in args))


def _take(args: Types, attrs: Attrs, given: Type | None) -> Type:
    shape, axis, indices = args[0].shape, attrs["axis"], attrs["indices"]
    assert all(0 <= i < shape[axis] for i in indices), "out of bounds"
    return _like(args[0], (*shape[:axis], len(indices), *shape[axis + 1:]))


def _take_at(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert not args[1].secret
    assert args[1].shape == (), "one index"
    return _like(args[0], args[0].shape[1:])


def _put_at(args: Types, attrs: Attrs, given: Type | None) -> Type:
    x, index, value = args
    assert not index.secret
    assert index.shape == ()
    assert value.shape == x.shape[1:], "shapes differ"
    assert value.domain == x.domain
    return Type(x.domain, x.shape, x.width, min(x.lo, value.lo), max(x.hi, value.hi), x.secret or value.secret)


_SHAPES = (
    Op("reshape", _reshape),
    Op("broadcast", _broadcast),
    Op("transpose", _transpose),
    Op("slice", _slice),
    Op("concat", _concat),
    Op("take", _take),
    Op("take_at", _take_at),
    Op("put_at", _put_at),
)

_LOOPS = (
    Op("arg", _given, pure=False),
    Op("loop", _nothing, pure=False),
    Op("result", _given),
)

_CIRCUIT = (
    Op("input", _input),
    Op("const", _given),
    Op("iota", _given),
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
    Op("to_num", lambda args, _, __: _num(args, args[0].shape, Interval(0, 1))),
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
    Op("output", _nothing, pure=False),
    Op("load", _given, pure=False),
    Op("keep", _nothing, pure=False),
    *_SHAPES,
    *_LOOPS,
)


# --------------------------------------------------------------------------- the protocol stage


def _linear(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """add, sub, scale: arith with arith or public, public with public; a public side of one element goes with all."""
    widest = next((a for a in args if a.domain == "arith"), args[0])
    shape = max((a.shape for a in args), key=lambda s: _count(s, range(len(s))) if s else 0)
    for a in args:
        assert a.domain in ("arith", "public"), "arith or public expected"
        assert a.width == widest.width, "widths differ"
        assert a.shape == shape or (a.domain == "public" and a.size == 1), "shapes differ"
    return Type(widest.domain, shape, widest.width, secret=widest.domain == "arith")


def _planes2(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "planes", "planes")
    width = max(a.width for a in args)
    assert all(a.width in (1, width) for a in args), "widths differ"
    return Type("planes", _same_shape(args), width)


def _pick(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "planes")
    assert all(-1 <= p < args[0].width for p in attrs["planes"]), "no such plane"
    return Type("planes", args[0].shape, len(attrs["planes"]))


def _join(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert all(a.domain == "planes" for a in args)
    return Type("planes", _same_shape(args), sum(a.width for a in args))


def _xors(args: Types, attrs: Attrs, given: Type | None) -> Type:
    joined = _join(args, attrs, given)
    gates = len(attrs["left"])
    assert len(attrs["right"]) == gates == sum(attrs["layers"]), "numbers of gates differ"
    wires = joined.width + gates
    assert all(0 <= w < wires for w in (*attrs["left"], *attrs["right"], *attrs["outs"])), "no such wire"
    return Type("planes", joined.shape, len(attrs["outs"]))


def _fold(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "planes")
    return Type("planes", args[0].shape[1:], args[0].shape[0] * args[0].width)


def _unfold(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "planes")
    k = attrs["k"]
    assert args[0].width % k == 0, "planes do not divide"
    return Type("planes", (args[0].width // k, *args[0].shape), k)


def _arith2(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "arith", "arith")
    assert args[0].width == args[1].width, "widths differ"
    return _like(args[0], _same_shape(args))


def _dot_shares(args: Types, attrs: Attrs, given: Type | None) -> Type:
    full = _arith2(args, attrs, given)
    return _like(full, _dropped(full.shape, (attrs["axis"],)))


def _matmul_shares(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert args[0].width == args[1].width, "widths differ"
    secret = any(a.domain == "arith" for a in args)
    shape = _matmul_shape(args[0].shape, args[1].shape)
    return Type("arith" if secret else "public", shape, args[0].width, secret=secret)


def _drop_axes(args: Types, attrs: Attrs, given: Type | None) -> Type:
    return _like(args[0], _dropped(args[0].shape, attrs["axes"]))


def _pad(args: Types, attrs: Attrs, given: Type | None) -> Type:
    axis, shape = attrs["axis"], args[0].shape
    return _like(args[0], (*shape[:axis], attrs["before"] + shape[axis] + attrs["after"], *shape[axis + 1:]))


def _part(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: index, take, and by `take`: lo, hi, neg | f, width | d, width | width (see runtime.instructions.TAKES)."""
    (x,) = args
    take = attrs["take"]
    assert (x.domain == "planes") == (take in ("planes", "each")), "take does not fit the kind"
    if take == "bits":
        assert 0 <= attrs["lo"] < attrs["hi"] <= x.width, "no such bits"
        return Type("planes", x.shape, attrs["hi"] - attrs["lo"])
    shape = (x.width, *x.shape) if take == "each" else x.shape
    return Type("arith", shape, attrs["width"])


def _along(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """gather, scatter: any kind along a public order."""
    x, order = args
    assert x.domain in ("arith", "public", "rows"), "planes move as rows"
    assert order.domain == "public", "a public order expected"
    assert order.shape == x.shape[:1] != (), "an order of the rows"
    return x


def _permute(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: index, inverse."""
    order, x = args
    assert order.domain == "order", "an order expected"
    assert x.domain in ("arith", "rows"), "planes move as rows"
    assert order.shape == x.shape[:1], "an order of the rows"
    assert attrs["index"] >= 0, "no such pass"
    return x


def _to_rows(args: Types, attrs: Attrs, given: Type | None) -> Type:
    _expect(args, "planes")
    assert len(args[0].shape) == 1, "one axis expected"
    return Type("rows", args[0].shape, args[0].width)


def _bits_of_rows(domain: Domain) -> Rule:
    """from_rows, cut_rows: bits lo..lo+k-1."""
    def apply(args: Types, attrs: Attrs, given: Type | None) -> Type:
        _expect(args, "rows")
        assert 0 <= attrs["lo"] <= args[0].width - attrs["k"], "no such bits"
        return Type(domain, args[0].shape, attrs["k"])
    return apply


def _open_masked(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: why it says nothing."""
    (x,) = args
    assert x.domain == "arith" or (x.domain == "rows" and x.width <= 64), "arith, or rows of one word"
    assert attrs["why"], "a reason"
    return Type("public", x.shape, x.width if x.domain == "arith" else 64, secret=False)


def _reveal_shares(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """The shares, and the word of a `require` that comes before; an instruction has the shares alone."""
    x = args[0]
    width = x.width if x.domain == "arith" else (64 if x.width <= 64 else 128)
    return Type("public", x.shape, width, secret=False)


_PROTOCOL_RULES: dict[str, Rule] = {
    "const": _given,
    "iota": _given,
    "share": lambda args, _, __: Type("arith", args[0].shape, args[0].width),
    "share_planes": lambda args, attrs, __: Type("planes", args[0].shape, attrs["k"]),
    "add": _linear,
    "sub": _linear,
    "scale": _linear,
    "neg": lambda args, _, __: args[0],
    "sum": _drop_axes,
    "cumsum": lambda args, _, __: args[0],
    "matmul_public": _matmul_shares,
    "compute": _given,
    "require": lambda args, _, __: args[0],
    "extend": lambda args, _, __: Type("public", args[0].shape, 128, secret=False),
    "narrow": lambda args, _, __: Type(args[0].domain, args[0].shape, 64, secret=args[0].secret),
    "xor": _planes2,
    "invert": lambda args, _, __: args[0],
    "pick": _pick,
    "join": _join,
    "xors": _xors,
    "fold_planes": _fold,
    "unfold_planes": _unfold,
    "pad": _pad,
    "draw_order": _given,
    "to_rows": _to_rows,
    "from_rows": _bits_of_rows("planes"),
    "cut_rows": _bits_of_rows("rows"),
    "gather": _along,
    "scatter": _along,
    "permute": _permute,
    "open_masked": _open_masked,
    "input": _input,
    "mul": _arith2,
    "dot": _dot_shares,
    "matmul": _matmul_shares,
    "and": _planes2,
    "part": _part,
    "reveal": _reveal_shares,
}

_IMPURE = frozenset({"reveal", "require", "draw_order"})

_PROTOCOL = (
    *(Op(name, rule, name not in _IMPURE, INSTRUCTIONS[name].exchanges) for name, rule in _PROTOCOL_RULES.items()),
    *_SHAPES,
    *_LOOPS,
)

OPS: dict[Stage, dict[str, Op]] = {
    "circuit": {row.name: row for row in _CIRCUIT},
    "protocol": {row.name: row for row in _PROTOCOL},
}
