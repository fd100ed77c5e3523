"""What the operations of both stages have in common: what an operation is, parts of type rules, and the rules of
operations on shapes and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..intervals import Interval
from .nodes import Domain, Type

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


def num(args: Types, shape: tuple[int, ...], bounds: Interval) -> Type:
    """A number within bounds, secret where an operand is."""
    return Type("num", shape, 0, bounds.lo, bounds.hi, any(a.secret for a in args))


def bit(args: Types, shape: tuple[int, ...]) -> Type:
    """A truth value, secret where an operand is."""
    return Type("bit", shape, 0, 0, 1, any(a.secret for a in args))


def expect(args: Types, *domains: Domain) -> None:
    """Holds the operands against what they should be."""
    assert len(args) == len(domains), f"{len(domains)} operands expected"
    for arg, domain in zip(args, domains, strict=True):
        assert arg.domain == domain, f"{domain} expected"


def same_shape(args: Types) -> tuple[int, ...]:
    """The shape that all operands have."""
    assert all(a.shape == args[0].shape for a in args), "shapes differ"
    return args[0].shape


def dropped(shape: tuple[int, ...], axes: Sequence[int]) -> tuple[int, ...]:
    """The shape without these axes."""
    assert all(0 <= a < len(shape) for a in axes), "no such axis"
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def count(shape: tuple[int, ...], axes: Sequence[int]) -> int:
    """The elements along these axes, of one position of the others."""
    n = 1
    for a in axes:
        n *= shape[a]
    return n


def like(first: Type, shape: tuple[int, ...]) -> Type:
    """The type in another shape."""
    return Type(first.domain, shape, first.width, first.lo, first.hi, first.secret)


def nothing(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """Of what yields no value."""
    return Type("none")


def as_given(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """The type that the node is given."""
    assert given is not None, "the type must be given"
    return given


def entered(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: name. All of it, or as many rows as the type has, from the public row on that is the operand."""
    assert len(args) <= 1, "at most the first row"
    assert not args or (args[0].shape == () and not args[0].secret), "a public row"
    return as_given(args, attrs, given)


def matmul_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a product of matrices, axes before the last two alike."""
    assert len(a) >= 2, "matrices expected"
    assert len(a) == len(b), "equal leading axes expected"
    assert a[:-2] == b[:-2], "leading axes differ"
    assert a[-1] == b[-2], "inner sizes differ"
    return (*a[:-1], b[-1])


# --------------------------------------------------------------------------- shapes, at both stages


def _to_shape(args: Types, attrs: Attrs, given: Type | None) -> Type:
    return like(args[0], tuple(attrs["shape"]))


def _reshape(args: Types, attrs: Attrs, given: Type | None) -> Type:
    result = _to_shape(args, attrs, given)
    assert result.size == args[0].size, "sizes differ"
    return result


def _broadcast(args: Types, attrs: Attrs, given: Type | None) -> Type:
    shape = tuple(attrs["shape"])
    tail = shape[len(shape) - len(args[0].shape):] if args[0].shape else ()
    assert len(tail) == len(args[0].shape), "rank"
    assert all(n in (1, m) for n, m in zip(args[0].shape, tail, strict=True)), "not broadcastable"
    return like(args[0], shape)


def _transpose(args: Types, attrs: Attrs, given: Type | None) -> Type:
    axes = attrs["axes"]
    assert sorted(axes) == list(range(len(args[0].shape))), "no permutation"
    return like(args[0], tuple(args[0].shape[a] for a in axes))


def _slice(args: Types, attrs: Attrs, given: Type | None) -> Type:
    """attrs: starts, steps, counts, one for each axis: element i of an axis is start + i * step."""
    triples = zip(args[0].shape, attrs["starts"], attrs["steps"], attrs["counts"], strict=True)
    for extent, start, step, count in triples:
        last = start + (count - 1) * step
        assert count == 0 or (0 <= start < extent and 0 <= last < extent), "out of bounds"
    return like(args[0], tuple(attrs["counts"]))


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
    return like(args[0], (*shape[:axis], len(indices), *shape[axis + 1:]))


def _take_at(args: Types, attrs: Attrs, given: Type | None) -> Type:
    assert not args[1].secret
    assert args[1].shape == (), "one index"
    return like(args[0], args[0].shape[1:])


def _put_at(args: Types, attrs: Attrs, given: Type | None) -> Type:
    x, index, value = args
    assert not index.secret
    assert index.shape == ()
    assert value.shape == x.shape[1:], "shapes differ"
    assert value.domain == x.domain
    return Type(x.domain, x.shape, x.width, min(x.lo, value.lo), max(x.hi, value.hi), x.secret or value.secret)


SHAPES = (
    Op("reshape", _reshape),
    Op("broadcast", _broadcast),
    Op("transpose", _transpose),
    Op("slice", _slice),
    Op("concat", _concat),
    Op("take", _take),
    Op("take_at", _take_at),
    Op("put_at", _put_at),
)

LOOPS = (
    Op("arg", as_given, pure=False),
    Op("loop", nothing, pure=False),
    Op("result", as_given),
)
