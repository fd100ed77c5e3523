"""What every gadget works with: a builder, the protocol and network it builds for, and the choice by
price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cloister.runtime.protocols.base import Protocol

from ..intervals import Interval
from ..ir.build import Builder, Value
from ..ir.nodes import Type
from ..price.circuit import Price, price
from ..price.network import Network
from ..source import Span

#: What a candidate of a choice yields: a Value, a Num, or a tuple of such.
Made = TypeVar("Made")


@dataclass(frozen=True)
class Num:
    """A number and the range it is known to lie in.

    Held as `arith` of 64 or 128 bits (then `range.signed_bits` is at most 63 or 127), as `planes` (exactly
    `range.bits` of them: two's complement if `range.lo` < 0, else unsigned), or `public`.
    """

    value: Value
    range: Interval

    @property
    def domain(self) -> str:
        return self.value.type.domain

    @property
    def width(self) -> int:
        return self.value.type.width

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.type.shape


@dataclass(frozen=True)
class Choice:
    """A decision: at `span`, `chosen` was taken for `what`; the prices of all candidates."""

    what: str
    span: Span
    chosen: str
    prices: Mapping[str, Price]


@dataclass
class Kit:
    """Builds gadgets at the protocol stage. `choices` records every decision made, in order.

    `fixed` names a candidate by kind of choice: where it is one of those, it is taken whatever the price.
    """

    builder: Builder
    protocol: Protocol
    network: Network
    choices: list[Choice] = field(default_factory=list)
    fixed: Mapping[str, str] = field(default_factory=dict)
    _decided: dict[Any, tuple[str, dict[str, Price]]] = field(default_factory=dict)

    # ----------------------------------------------------------------- constants

    def const(self, value: int, width: int, shape: tuple[int, ...] = ()) -> Value:
        """The public constant `value` mod 2^width in every element."""
        words = (value % (1 << width)).to_bytes(width // 8, "little")
        return self.builder.add("const", type=Type("public", shape, width, secret=False), words=words)

    def weights(self, values: Sequence[int], width: int, shape: tuple[int, ...]) -> Value:
        """The public constants `values` along a new first axis, the same for all of `shape`."""
        words = b"".join((v % (1 << width)).to_bytes(width // 8, "little") for v in values)
        column = (len(values), *(1 for _ in shape))
        flat = self.builder.add("const", type=Type("public", column, width, secret=False), words=words)
        return flat if column == (len(values), *shape) else self.builder.add(
            "broadcast", flat, shape=(len(values), *shape))

    def known(self, value: Value) -> int | None:
        """The signed constant that every element of a public value is; None if it is not known to be one."""
        node = self.builder.nodes[value.id]
        while node.op in ("broadcast", "reshape"):
            node = self.builder.nodes[node.args[0]]
        if node.op != "const" or len(node.attrs["words"]) != value.type.width // 8:
            return None
        return int.from_bytes(node.attrs["words"], "little", signed=True)

    def shared(self, value: int, width: int, shape: tuple[int, ...]) -> Value:
        """A constant as arithmetic shares."""
        return self.builder.add("share", self.const(value, width, shape))

    def plane_const(self, value: int, k: int, shape: tuple[int, ...]) -> Value:
        """The low k <= 128 bits of a constant as planes."""
        assert k <= 128, "a constant has at most 128 planes"
        public = self.const(value % (1 << k), 64 if k <= 64 else 128, shape)
        return self.builder.add("share_planes", public, k=k)

    # ----------------------------------------------------------------- arithmetic

    def add(self, a: Value, b: Value | int) -> Value:
        if isinstance(b, int):
            return a if b == 0 else self.builder.add("add", a, self.const(b, a.type.width))
        return self.builder.add("add", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        return self.builder.add("sub", a, b)

    def neg(self, a: Value) -> Value:
        return self.builder.add("neg", a)

    def scale(self, a: Value, by: int) -> Value:
        """a * by mod 2^width."""
        return a if by == 1 else self.builder.add("scale", a, self.const(by, a.type.width))

    def mul(self, a: Value, b: Value) -> Value:
        return self.builder.add("mul", a, b)

    def part(self, x: Value, index: int, take: str, **attrs: Any) -> Value:
        """What `take` says of one part of a secret (see `cloister.runtime.instructions`)."""
        return self.builder.add("part", x, index=index, take=take, **attrs)

    def bits(self, x: Value, index: int, lo: int, hi: int, neg: bool = False) -> Value:
        """Bits lo..hi-1 of one part of an arithmetic value, or of the part negated, as planes."""
        return self.part(x, index, "bits", lo=lo, hi=hi, neg=neg)

    # ----------------------------------------------------------------- planes

    def xor(self, *planes: Value) -> Value:
        total = planes[0]
        for value in planes[1:]:
            total = self.builder.add("xor", total, value)
        return total

    def and_(self, a: Value, b: Value) -> Value:
        return self.builder.add("and", a, b)

    def or_(self, a: Value, b: Value) -> Value:
        """One AND a bit."""
        return self.xor(a, b, self.and_(a, b))

    def invert(self, a: Value) -> Value:
        return self.builder.add("invert", a)

    def pick(self, a: Value, planes: Sequence[int]) -> Value:
        """The given planes; -1 is a plane of zeros."""
        if list(planes) == list(range(a.type.width)):
            return a
        return self.builder.add("pick", a, planes=tuple(planes))

    def join(self, *planes: Value) -> Value:
        """The planes of all, the first ones lowest."""
        return planes[0] if len(planes) == 1 else self.builder.add("join", *planes)

    def extend(self, x: Num, k: int) -> Value:
        """The planes of a number, brought to k >= its own by its sign or by zeros."""
        top = x.width - 1 if x.range.lo < 0 else -1
        return self.pick(x.value, [*range(x.width), *[top] * (k - x.width)])

    # ----------------------------------------------------------------- choice

    def choose(self, what: str, candidates: Mapping[str, Callable[..., Made]], *args: Any) -> Made:
        """Builds the candidate that takes the fewest seconds on the network; the first of equals.

        Each is tried over operands of the same types (constants stay constants), `candidate(kit, *args)`.
        """
        return candidates[self.best(what, candidates, *args)](self, *args)

    def best(self, what: str, candidates: Mapping[str, Callable[..., Any]], *args: Any) -> str:
        """The name of the candidate that `choose` takes. The decision is recorded, and made once for equal operands."""
        key = (what, tuple(candidates), tuple(self._key(arg) for arg in args))
        if key not in self._decided:
            prices = {name: self._try(make, args) for name, make in candidates.items()}
            best = self.fixed.get(what, "")
            if best not in candidates:
                best = min(prices, key=lambda name: self.cost(prices[name]))
            self._decided[key] = best, prices
        name, prices = self._decided[key]
        self.choices.append(Choice(what, self.builder.span, name, prices))
        return name

    def cost(self, price: Price) -> float:
        """What is to be small: the seconds on the network."""
        return price.seconds(self.network)

    def _try(self, make: Callable[..., Any], args: Sequence[Any]) -> Price:
        scratch = type(self)(Builder("protocol"), self.protocol, self.network, fixed=self.fixed, _decided=self._decided)
        made = make(scratch, *(self._copy(scratch, i, arg) for i, arg in enumerate(args)))
        return price(scratch.builder.finish(_values(made)), self.protocol)

    def _key(self, arg: Any) -> Any:
        if isinstance(arg, Num):
            return self._key(arg.value), arg.range
        if isinstance(arg, Value):
            return arg.type, self.known(arg)
        return arg

    def _copy(self, scratch: Kit, index: int, arg: Any) -> Any:
        """An operand in the scratch builder."""
        if isinstance(arg, Num):
            return Num(self._copy(scratch, index, arg.value), arg.range)
        if isinstance(arg, Value):
            constant = self.known(arg)
            if constant is not None:
                return scratch.const(constant, arg.type.width, arg.type.shape)
            return scratch.builder.add("arg", type=arg.type, index=index)
        return arg


def _values(made: Any) -> list[Value]:
    if isinstance(made, Num):
        return [made.value]
    if isinstance(made, Value):
        return [made]
    return [value for item in made for value in _values(item)]


def ring_for(bounds: Interval) -> int:
    """The ring that holds a range: 64 or 128. Raises ValueError beyond 127 signed bits."""
    if bounds.signed_bits > 127:
        raise ValueError(f"{bounds.lo}..{bounds.hi} does not fit a ring of 128 bits")
    return 64 if bounds.signed_bits <= 63 else 128
