"""How each operation of the circuit stage is expanded: one rule an operation, looked up in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cloister.runtime.clear import FUNCTIONS

from .. import bristol
from ..gadgets.bits import bit_to_arith, times_bit
from ..gadgets.compare import equal, less, negative
from ..gadgets.count import count_arith, count_planes
from ..gadgets.divide import divround, floordiv, mod
from ..gadgets.extreme import maximum, minimum, reduce_max, reduce_min
from ..gadgets.kit import Num
from ..gadgets.logic import reduce_and, reduce_or
from ..gadgets.near_polynomial import near_polynomial
from ..gadgets.near_recurrence import near_recurrence
from ..gadgets.netlist import last_axis, netlist
from ..gadgets.polynomial import polynomial
from ..gadgets.scan import recurrence, scan
from ..gadgets.select import select
from ..gadgets.sqrt import sqrt
from ..gadgets.total import total_planes
from ..gadgets.truncate import round_shift, shift_floor
from ..ir.build import Value
from ..ir.nodes import Type
from .forms import Forms, Made, resize
from .narrow import ranges
from .ordering import leaders, led, move, nth, rank
from .site import Rule, Site
from .widths import own_width

# --------------------------------------------------------------------------- inputs and constants


def _input(s: Site) -> Made:
    type, name, add = s.node.type, s.node.attrs["name"], s.forms.kit.builder.add
    row = [s.forms.public(a) for a in s.node.args]
    if type.domain == "bit":
        return add("input", *row, type=Type("planes", type.shape, 1), name=name)
    if s.form == "planes":
        return s.num(add("input", *row, type=Type("planes", type.shape, type.range.bits), name=name))
    return s.num(add("input", *row, type=Type("arith", type.shape, s.width), name=name))


def _const(s: Site) -> Made:
    width = s.width if s.node.type.domain == "num" else 64
    mask = (1 << width) - 1
    words = b"".join((v & mask).to_bytes(width // 8, "little") for v in s.node.attrs["values"])
    type = Type("public", s.node.type.shape, width, secret=False)
    value = s.forms.kit.builder.add("const", type=type, words=words)
    return s.num(value) if s.node.type.domain == "num" else value


def _iota(s: Site) -> Made:
    type = Type("public", s.node.type.shape, s.width, secret=False)
    return s.num(s.forms.kit.builder.add("iota", type=type, **s.node.attrs))


# --------------------------------------------------------------------------- arithmetic


def _add(s: Site) -> Made:
    return s.num(s.forms.kit.builder.add("add", s.ring(0).value, s.ring(1).value))


def _sub(s: Site) -> Made:
    return s.num(s.forms.kit.builder.add("sub", s.ring(0).value, s.ring(1).value))


def _neg(s: Site) -> Made:
    return s.num(s.forms.kit.builder.add("neg", s.ring(0).value))


def _scale(s: Site) -> Made:
    kit = s.forms.kit
    return s.num(kit.builder.add("scale", s.ring(0).value, kit.const(s.node.attrs["by"], s.width)))


def _product(s: Site) -> Value:
    """The elementwise product: free when a side is public, one round otherwise; of a truth value see `times_bit`."""
    for k in (0, 1):
        truth = _truth(s, k)
        if truth is not None:
            return times_bit(s.forms.kit, truth, s.ring(1 - k).value)
    a, b, add = s.ring(0).value, s.ring(1).value, s.forms.kit.builder.add
    if b.type.domain == "public":
        return add("scale", a, b)
    if a.type.domain == "public":
        return add("scale", b, a)
    return add("mul", a, b, **_ranges(s))


def _ranges(s: Site) -> dict[str, Any]:
    return ranges(s.ring(0).range, s.ring(1).range, s.forms.kit.protocol)


def _truth(s: Site, k: int) -> Value | None:
    """The plane of operand k, where that is a truth value as a number and the protocol gains by multiplying with it."""
    of = s.circuit.nodes[s.node.args[k]]
    if of.op != "to_num" or not of.type.secret or not s.forms.kit.protocol.one_sided:
        return None
    return s.forms.bit(of.args[0])


def _mul(s: Site) -> Made:
    return s.num(_product(s))


def _dot(s: Site) -> Made:
    add = s.forms.kit.builder.add
    if s.is_public(0) or s.is_public(1) or _truth(s, 0) is not None or _truth(s, 1) is not None:
        return s.num(add("sum", _product(s), axes=(s.node.attrs["axis"],)))
    return s.num(add("dot", s.ring(0).value, s.ring(1).value, axis=s.node.attrs["axis"], **_ranges(s)))


def _matmul(s: Site) -> Made:
    add = s.forms.kit.builder.add
    if s.is_public(0) or s.is_public(1):
        return s.num(add("matmul_public", s.ring(0).value, s.ring(1).value))
    return s.num(add("matmul", s.ring(0).value, s.ring(1).value, **_ranges(s)))


def _sum(s: Site) -> Made:
    if s.form == "planes" and not s.is_public(0):
        return total_planes(s.forms.kit, s.planes(0), s.node.attrs["axes"], s.node.type.range)
    return s.num(s.forms.kit.builder.add("sum", s.ring(0).value, axes=s.node.attrs["axes"]))


def _abs(s: Site) -> Made:
    kit, x = s.forms.kit, s.shares(0)
    add = kit.builder.add
    if x.range.lo >= 0:
        return s.num(x.value)
    twice = add("scale", times_bit(kit, negative(kit, x), x.value), kit.const(2, s.width))
    return s.num(add("sub", x.value, twice))


def _round(s: Site) -> Made:
    wide = max(s.width, own_width(s.arg_type(0)))
    if s.node.attrs.get("fast"):
        return shift_floor(s.forms.kit, s.shares(0, wide), s.node.attrs["bits"], exact=False)
    return round_shift(s.forms.kit, s.shares(0, wide), s.node.attrs["bits"])


def _fraction(s: Site) -> tuple[Num, Num]:
    """Numerator and divisor in one ring; a divisor that is known now stays public."""
    width = max(own_width(s.arg_type(0)), own_width(s.arg_type(1)))
    divisor = s.ring(1, width)
    if divisor.domain == "public" and s.forms.kit.known(divisor.value) is None:
        divisor = s.shares(1, width)
    return s.shares(0, width), divisor


def _floordiv(s: Site) -> Made:
    return floordiv(s.forms.kit, *_fraction(s))


def _mod(s: Site) -> Made:
    return mod(s.forms.kit, *_fraction(s))


def _divround(s: Site) -> Made:
    return divround(s.forms.kit, *_fraction(s), s.node.attrs["shift"])


def _sqrt(s: Site) -> Made:
    return sqrt(s.forms.kit, s.shares(0, own_width(s.arg_type(0))), s.node.attrs["shift"])


def _refine(s: Site) -> Made:
    made = s.forms.num(s.node.args[0])
    if made.value.type.domain == "planes":
        return resize(s.forms.kit, made, s.node.type.range)
    return s.num(s.ring(0).value)


# --------------------------------------------------------------------------- comparison and truth


def _compared(s: Site) -> tuple[Num, Num]:
    if s.form == "planes":
        return s.planes(0), s.planes(1)
    width = max(own_width(s.arg_type(0)), own_width(s.arg_type(1)))
    return s.ring(0, width), s.ring(1, width)


def _lt(s: Site) -> Made:
    return less(s.forms.kit, *_compared(s))


def _eq(s: Site) -> Made:
    return equal(s.forms.kit, *_compared(s))


def _not(s: Site) -> Made:
    return s.forms.kit.builder.add("invert", s.bit(0))


def _xor(s: Site) -> Made:
    result = s.bit(0)
    for k in range(1, len(s.node.args)):
        result = s.forms.kit.builder.add("xor", result, s.bit(k))
    return result


def _and(s: Site) -> Made:
    return _balanced(s, [s.bit(k) for k in range(len(s.node.args))])


def _or(s: Site) -> Made:
    invert = s.forms.kit.builder.add
    return invert("invert", _balanced(s, [invert("invert", s.bit(k)) for k in range(len(s.node.args))]))


def _balanced(s: Site, bits: Sequence[Value]) -> Value:
    """The AND of several bits in as few rounds as can be."""
    while len(bits) > 1:
        pairs = [s.forms.kit.builder.add("and", a, b) for a, b in zip(bits[::2], bits[1::2], strict=False)]
        bits = pairs + list(bits[len(pairs) * 2:])
    return bits[0]


def _netlist(s: Site) -> Made:
    """The wires as planes, the instances as elements."""
    add = s.forms.kit.builder.add
    lead = len(s.node.type.shape) - 1
    wires = [last_axis(s.forms.kit, s.bit(k)) for k in range(len(s.node.args))]
    made = netlist(s.forms.kit, bristol.read(s.node.attrs["text"]), s.forms.kit.join(*wires))
    return add("transpose", add("unfold_planes", made, k=1), axes=(*range(1, lead + 1), 0))


def _any(s: Site) -> Made:
    return reduce_or(s.forms.kit, s.bit(0), s.node.attrs["axes"])


def _all(s: Site) -> Made:
    return reduce_and(s.forms.kit, s.bit(0), s.node.attrs["axes"])


def _to_num(s: Site) -> Made:
    if s.is_public(0):
        return s.num(s.clear(0))
    if s.form == "planes":
        return s.num(s.bit(0))
    return s.num(bit_to_arith(s.forms.kit, s.bit(0), s.width))


def _count(s: Site) -> Made:
    axes = s.node.attrs["axes"]
    if s.form == "planes":
        return s.num(resize(s.forms.kit, count_planes(s.forms.kit, s.bit(0), axes), s.node.type.range).value)
    return s.num(count_arith(s.forms.kit, s.bit(0), tuple(axes), s.width))


def _select(s: Site) -> Made:
    kit = s.forms.kit
    if s.node.type.domain == "bit":
        otherwise = s.bit(2)
        changed = kit.builder.add("and", s.bit(0), kit.builder.add("xor", s.bit(1), otherwise))
        return kit.builder.add("xor", otherwise, changed)
    if s.form == "planes":
        bounds = s.node.type.range
        return select(kit, s.bit(0), s.planes(1, bounds), s.planes(2, bounds))
    return select(kit, s.bit(0), s.ring(1), s.ring(2))


def _extreme(gadget: Callable[..., Num]) -> Rule:
    def rule(s: Site) -> Made:
        if s.form == "planes":
            return gadget(s.forms.kit, s.planes(0), s.planes(1))
        return gadget(s.forms.kit, *_compared(s))
    return rule


def _scan(s: Site) -> Made:
    combine, axis = s.node.attrs["combine"], s.node.attrs["axis"]
    starts = s.bit(1) if len(s.node.args) > 1 else None
    last = bool(s.node.attrs.get("last"))
    if s.node.type.domain == "bit":
        return scan(s.forms.kit, Num(s.bit(0), s.node.type.range), axis, combine, starts, last).value
    x = s.planes(0, s.node.type.range) if s.form == "planes" else s.shares(0)
    return s.num(scan(s.forms.kit, x, axis, combine, starts, last).value)


def _recurrence(s: Site) -> Made:
    """What leaves the ring on the way is right modulo 2^width, and the result lies in it."""
    attrs, addend, factor = s.node.attrs, s.shares(0).value, s.ring(1).value
    axis, last = attrs["axis"], bool(attrs.get("last"))
    if "bits" in attrs:
        rows, times = Num(addend, s.arg_type(0).range), Num(factor, s.arg_type(1).range)
        return near_recurrence(s.forms.kit, rows, times, axis, last, attrs["bits"], s.node.type.range)
    return s.num(recurrence(s.forms.kit, addend, factor, axis, last))


def _polynomial(s: Site) -> Made:
    """As for a recurrence: right modulo 2^width."""
    coefficients, bits = s.node.attrs["coefficients"], s.node.attrs.get("bits", 0)
    if bits:
        x = Num(s.shares(0).value, s.arg_type(0).range)
        return near_polynomial(s.forms.kit, x, coefficients, bits, s.node.type.range, s.width)
    return s.num(polynomial(s.forms.kit, s.shares(0).value, coefficients))


def _tree(gadget: Callable[..., Num]) -> Rule:
    def rule(s: Site) -> Made:
        return gadget(s.forms.kit, s.planes(0), s.node.attrs["axes"])
    return rule


# --------------------------------------------------------------------------- shapes


def _operands(s: Site, indices: Sequence[int]) -> list[Num]:
    """Operands of one array operation in one form: planes for the node's range, or one ring."""
    if all(s.is_public(k) for k in indices):
        return [s.ring(k) for k in indices]
    if s.form == "planes":
        bounds = s.node.type.range if len(indices) > 1 else None
        return [s.planes(k, bounds) for k in indices]
    return [s.shares(k) for k in indices]


def _shape(s: Site) -> Made:
    """reshape, broadcast, transpose, slice, take: on whatever form the operand has."""
    add, node = s.forms.kit.builder.add, s.node
    if node.type.domain == "bit":
        made = s.forms.made[node.args[0]]
        assert isinstance(made, Value)
        return add(node.op, made, **node.attrs)
    (x,) = _operands(s, [0])
    return Num(add(node.op, x.value, **node.attrs), x.range)


def _concat(s: Site) -> Made:
    add, every = s.forms.kit.builder.add, range(len(s.node.args))
    if s.node.type.domain == "bit":
        return add("concat", *(s.bit(k) for k in every), **s.node.attrs)
    return s.num(add("concat", *(x.value for x in _operands(s, every)), **s.node.attrs))


def _take_at(s: Site) -> Made:
    add, index = s.forms.kit.builder.add, s.forms.public(s.node.args[1])
    if s.node.type.domain == "bit":
        return add("take_at", s.bit(0), index)
    return s.num(add("take_at", s.ring(0).value, index))


def _put_at(s: Site) -> Made:
    add, index = s.forms.kit.builder.add, s.forms.public(s.node.args[1])
    if s.node.type.domain == "bit":
        return add("put_at", s.bit(0), index, s.bit(2))
    return s.num(add("put_at", s.shares(0).value, index, s.shares(2).value))


# --------------------------------------------------------------------------- what everybody knows

_SHAPES = frozenset({"reshape", "broadcast", "transpose", "slice", "take", "concat", "take_at", "put_at"})


def in_the_clear(s: Site) -> Made:
    """A function of public values, computed by every party for itself; None for an operation with a rule of its own."""
    node, add = s.node, s.forms.kit.builder.add
    if not node.args or not all(s.is_public(k) for k in range(len(node.args))):
        return None
    width = own_width(node.type) if node.type.domain == "num" else 64
    if node.op in FUNCTIONS:
        type = Type("public", node.type.shape, width, secret=False)
        return _public(s, add("compute", *(s.clear(k) for k in range(len(node.args))), type=type, function=node.op,
                              **node.attrs))
    if node.op in _SHAPES:
        array = [k for k in range(len(node.args)) if node.op not in ("take_at", "put_at") or k != 1]
        values = [s.clear(k, width) if k in array else s.clear(k, 64) for k in range(len(node.args))]
        return _public(s, add(node.op, *values, **node.attrs))
    return None


def _public(s: Site, value: Value) -> Made:
    return s.num(value) if s.node.type.domain == "num" else value


# --------------------------------------------------------------------------- disclosure


def reveal(forms: Forms, i: int, to: Sequence[int], after: Sequence[Value] = ()) -> Value:
    """The public words of node i, opened to the computing positions `to`; what is public already is not opened.

    `after` is the word of the `require` that comes before, if there is one.
    """
    made, add = forms.made[i], forms.kit.builder.add
    value = made.value if isinstance(made, Num) else made
    assert value is not None
    if value.type.domain == "public":
        return value
    signed = isinstance(made, Num) and made.range.lo < 0
    if isinstance(made, Num) and value.type.domain == "planes" and made.range.bits == 64 and not signed:
        # 64 unsigned planes do not fit a two's complement word
        value = add("pick", value, planes=(*range(64), -1))
    return add("reveal", value, *after, to=tuple(sorted(to)), signed=signed)


def _reveal(s: Site) -> Made:
    everybody = range(s.forms.kit.protocol.parties)
    after = [s.forms.num(token).value for token in s.node.args[1:]]
    value = reveal(s.forms, s.node.args[0], everybody, after)
    return s.num(value) if s.node.type.domain == "num" else value


def _assume(s: Site) -> Made:
    """The bit is opened to everybody, and the run ends where it is 1."""
    broken = reveal(s.forms, s.node.args[0], range(s.forms.kit.protocol.parties))
    return s.num(s.forms.kit.builder.add("require", broken, message=s.node.attrs["message"]))


RULES: dict[str, Rule] = {
    "input": _input, "const": _const, "iota": _iota,
    "add": _add, "sub": _sub, "neg": _neg, "scale": _scale, "mul": _mul, "dot": _dot, "matmul": _matmul,
    "sum": _sum, "abs": _abs, "round": _round, "floordiv": _floordiv, "mod": _mod, "divround": _divround,
    "sqrt": _sqrt, "refine": _refine,
    "lt": _lt, "eq": _eq, "not": _not, "xor": _xor, "and": _and, "or": _or, "any": _any, "all": _all,
    "netlist": _netlist, "to_num": _to_num, "count": _count, "select": _select,
    "min": _extreme(minimum), "max": _extreme(maximum),
    "reduce_min": _tree(reduce_min), "reduce_max": _tree(reduce_max), "scan": _scan,
    "recurrence": _recurrence, "polynomial": _polynomial,
    "rank": rank, "move": move, "unmove": move, "leaders": leaders, "led": led, "nth": nth,
    "reshape": _shape, "broadcast": _shape, "transpose": _shape, "slice": _shape, "take": _shape,
    "concat": _concat, "take_at": _take_at, "put_at": _put_at,
    "reveal": _reveal, "assume": _assume,
}
