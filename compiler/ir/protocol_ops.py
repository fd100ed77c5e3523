"""The operations of the protocol stage, those of `cloister.runtime.instructions`, one row each."""

from __future__ import annotations

from cloister.runtime.instructions import INSTRUCTIONS

from .nodes import Domain, Type
from .rules import (
    LOOPS,
    SHAPES,
    Attrs,
    Op,
    Rule,
    Types,
    as_given,
    count,
    dropped,
    entered,
    expect,
    like,
    matmul_shape,
    same_shape,
)


def _linear(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """add, sub, scale: arith with arith or public, public with public; a public side of one element goes with all."""
    widest = next((a for a in args if a.domain == "arith"), args[0])
    shape = max((a.shape for a in args), key=lambda s: count(s, range(len(s))) if s else 0)
    for a in args:
        assert a.domain in ("arith", "public"), "arith or public expected"
        assert a.width == widest.width, "widths differ"
        assert a.shape == shape or (a.domain == "public" and a.size == 1), "shapes differ"
    return Type(widest.domain, shape, widest.width, secret=widest.domain == "arith")


def _planes2(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "planes", "planes")
    width = max(a.width for a in args)
    assert all(a.width in (1, width) for a in args), "widths differ"
    return Type("planes", same_shape(args), width)


def _pick(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "planes")
    assert all(-1 <= p < args[0].width for p in attrs["planes"]), "no such plane"
    return Type("planes", args[0].shape, len(attrs["planes"]))


def _join(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert all(a.domain == "planes" for a in args)
    return Type("planes", same_shape(args), sum(a.width for a in args))


def _xors(args: Types, attrs: Attrs, given: Type | None) -> Type:
    joined = _join(args, attrs, given)
    gates = len(attrs["left"])
    assert len(attrs["right"]) == gates == sum(attrs["layers"]), "numbers of gates differ"
    wires = joined.width + gates
    assert all(0 <= w < wires for w in (*attrs["left"], *attrs["right"], *attrs["outs"])), "no such wire"
    return Type("planes", joined.shape, len(attrs["outs"]))


def _fold(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "planes")
    return Type("planes", args[0].shape[1:], args[0].shape[0] * args[0].width)


def _unfold(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "planes")
    k = attrs["k"]
    assert args[0].width % k == 0, "planes do not divide"
    return Type("planes", (args[0].width // k, *args[0].shape), k)


def _arith2(args: Types, attrs: Attrs, given: Type | None) -> Type:
    expect(args, "arith", "arith")
    assert args[0].width == args[1].width, "widths differ"
    return like(args[0], same_shape(args))


def _dot_shares(args: Types, attrs: Attrs, given: Type | None) -> Type:
    full = _arith2(args, attrs, given)
    return like(full, dropped(full.shape, (attrs["axis"],)))


def _matmul_shares(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert args[0].width == args[1].width, "widths differ"
    secret = any(a.domain == "arith" for a in args)
    shape = matmul_shape(args[0].shape, args[1].shape)
    return Type("arith" if secret else "public", shape, args[0].width, secret=secret)


def _drop_axes(args: Types, attrs: Attrs, given: Type | None) -> Type:
    return like(args[0], dropped(args[0].shape, attrs["axes"]))


def _pad(args: Types, attrs: Attrs, given: Type | None) -> Type:
    axis, shape = attrs["axis"], args[0].shape
    return like(args[0], (*shape[:axis], attrs["before"] + shape[axis] + attrs["after"], *shape[axis + 1:]))


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
    expect(args, "planes")
    assert len(args[0].shape) == 1, "one axis expected"
    return Type("rows", args[0].shape, args[0].width)


def _bits_of_rows(domain: Domain) -> Rule:
    """from_rows, cut_rows: bits lo..lo+k-1."""
    def apply(args: Types, attrs: Attrs, given: Type | None) -> Type:
        expect(args, "rows")
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
    "const": as_given,
    "iota": as_given,
    "share": lambda args, _, __: Type("arith", args[0].shape, args[0].width),
    "share_planes": lambda args, attrs, __: Type("planes", args[0].shape, attrs["k"]),
    "add": _linear,
    "sub": _linear,
    "scale": _linear,
    "neg": lambda args, _, __: args[0],
    "sum": _drop_axes,
    "cumsum": lambda args, _, __: args[0],
    "matmul_public": _matmul_shares,
    "compute": as_given,
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
    "draw_order": as_given,
    "to_rows": _to_rows,
    "from_rows": _bits_of_rows("planes"),
    "cut_rows": _bits_of_rows("rows"),
    "gather": _along,
    "scatter": _along,
    "permute": _permute,
    "open_masked": _open_masked,
    "input": entered,
    "mul": _arith2,
    "dot": _dot_shares,
    "matmul": _matmul_shares,
    "and": _planes2,
    "part": _part,
    "reveal": _reveal_shares,
}

_IMPURE = frozenset({"reveal", "require", "draw_order"})

PROTOCOL = (
    *(Op(name, rule, name not in _IMPURE, INSTRUCTIONS[name].exchanges) for name, rule in _PROTOCOL_RULES.items()),
    *SHAPES,
    *LOOPS,
)
