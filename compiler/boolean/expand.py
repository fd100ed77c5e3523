"""A circuit of numbers as a circuit of bit planes alone, for systems that know nothing but gates.

Every number becomes planes for its range, every operation a circuit with few ANDs; loops are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloister.runtime.protocols.replicated import Replicated

from .. import bristol
from ..diagnostics import Diagnostic, Label, ProgramError
from ..gadgets.compare import equal, less
from ..gadgets.count import added_up
from ..gadgets.extreme import maximum, minimum, reduce_max, reduce_min
from ..gadgets.halving import kept_last
from ..gadgets.kit import Kit, Num
from ..gadgets.logic import reduce_and, reduce_or
from ..gadgets.near_polynomial import precision, scaled_coefficients
from ..gadgets.near_recurrence import steadiness
from ..gadgets.netlist import last_axis, netlist
from ..gadgets.select import select
from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type
from ..passes.dead import drop_dead
from ..passes.fold import fold_constants
from ..passes.unroll import write_out_loops
from ..price.circuit import Price
from ..price.network import LAN
from . import numbers


class FewestAnds(Kit):
    """Chooses by the number of ANDs, whatever rounds they take."""

    def cost(self, price: Price) -> float:
        return price.ands


@dataclass(frozen=True)
class Site:
    """A node of the circuit and its operands, as planes."""

    kit: Kit
    circuit: Circuit
    node: Node
    args: tuple[Num, ...]

    @property
    def bits(self) -> tuple[Value, ...]:
        """The operands, truth values."""
        return tuple(arg.value for arg in self.args)


Rule = Callable[[Site], Num | Value]


def expand(circuit: Circuit) -> Circuit:
    """The protocol-stage circuit over planes, without loops or products of the ring; its results are the outputs.

    A flagged output is two results, the value and the flag. Raises ProgramError (E2009) for what has no gates.
    """
    flat = fold_constants(write_out_loops(circuit))
    kit = FewestAnds(Builder("protocol"), Replicated(3), LAN)
    made: dict[int, Num] = {}
    outputs: list[Value] = []
    for i, node in enumerate(flat.nodes):
        kit.builder.span = node.span
        args = tuple(made[a] for a in node.args)
        if node.op == "output":
            outputs += [arg.value for arg in args[:1 + node.attrs["flagged"]]]
        else:
            made[i] = _node(Site(kit, flat, node, args))
    return drop_dead(kit.builder.finish(outputs))


def _node(site: Site) -> Num:
    rule = _RULES.get(site.node.op)
    if rule is None:
        raise _refused(site.node, f"a circuit of gates knows no `{site.node.op}`")
    value = rule(site)
    num = value if isinstance(value, Num) else Num(value, site.node.type.range)
    return numbers.within(site.kit, num, site.node.type.range)


def _refused(node: Node, message: str) -> ProgramError:
    return ProgramError([Diagnostic("E2009", message, (Label(node.span),))])


# --------------------------------------------------------------------------- rules


def _input(s: Site) -> Value:
    return s.kit.builder.add("input", type=Type("planes", s.node.type.shape, s.node.type.range.bits),
                             name=s.node.attrs["name"])


def _const(s: Site) -> Value:
    """Each number on its own: a plane of a constant costs no gate."""
    k, shape, values = s.node.type.range.bits, s.node.type.shape, s.node.attrs["values"]
    width = 64 if k <= 64 else 128
    words = b"".join((v % (1 << width)).to_bytes(width // 8, "little") for v in values)
    public = s.kit.builder.add("const", type=Type("public", shape, width, secret=False), words=words)
    return s.kit.builder.add("share_planes", public, k=k)


def _iota(s: Site) -> Value:
    public = s.kit.builder.add("iota", type=Type("public", s.node.type.shape, 64, secret=False), **s.node.attrs)
    return s.kit.builder.add("share_planes", public, k=s.node.type.range.bits)


def _sum(s: Site) -> Num:
    return _total(s, s.args[0], s.node.attrs["axes"])


def _total(s: Site, x: Num, axes: Sequence[int]) -> Num:
    """The rows of the reduced axes, added up."""
    rows = kept_last(s.kit, x.value, axes)
    n, rest = rows.type.shape
    if n == 0:
        return numbers.constant(s.kit, 0, s.node.type.shape)
    cut = [s.kit.builder.add("slice", rows, starts=(i, 0), steps=(1, 1), counts=(1, rest)) for i in range(n)]
    added = numbers.total(s.kit, [Num(row, x.range) for row in cut], s.node.type.range)
    return Num(s.kit.builder.add("reshape", added.value, shape=s.node.type.shape), added.range)


def _scan(s: Site) -> Num | Value:
    """One element after the other: as few gates as there are."""
    x, axis = s.args[0], s.node.attrs["axis"]
    bounds = s.node.type.range
    rows: list[Num] = []
    for i in range(x.shape[axis]):
        row = numbers.within(s.kit, Num(_layer(s, x.value, axis, i), x.range), bounds)
        if rows:
            met = numbers.within(s.kit, _both(s.kit, s.node.attrs["combine"], rows[-1], row), bounds)
            row = select(s.kit, _layer(s, s.args[1].value, axis, i), row, met) if len(s.args) > 1 else met
        rows.append(row)
    return _running(s, rows) if rows else x


def _recurrence(s: Site) -> Num | Value:
    """One product after the other, modulo 2^k for a result of k bits."""
    bounds = s.node.type.range
    if "bits" in s.node.attrs:
        rows = _near_rows(s)
    else:
        rows = _rows(s, lambda addend: addend, lambda row: numbers.within(s.kit, row, bounds), lambda product: product)
    made = [numbers.within(s.kit, row, bounds) for row in rows]
    return _running(s, made) if made else numbers.constant(s.kit, 0, s.node.type.shape)


def _near_rows(s: Site) -> list[Num]:
    """Of fractions, with as many bits behind the point as `steadiness` says."""
    bits, (addend, factor) = s.node.attrs["bits"], (s.circuit.nodes[a].type for a in s.node.args)
    how = steadiness(addend.range, factor.range, bits, addend.shape[s.node.attrs["axis"]])
    assert how is not None, "no room for a recurrence"
    point = how.addend
    rows = _rows(s, lambda addend: numbers.shifted(s.kit, addend, point - bits), lambda row: row,
                 lambda product: numbers.round_shift(s.kit, product, bits))
    return [numbers.round_shift(s.kit, row, point) for row in rows]


def _rows(s: Site, begin: Callable[[Num], Num], end: Callable[[Num], Num], cut: Callable[[Num], Num]) -> list[Num]:
    """Each addend as `begin` makes it, plus the row before times its factor as `cut` does, all as `end` makes it."""
    (addend, factor), axis = s.args, s.node.attrs["axis"]
    rows: list[Num] = []
    for i in range(addend.shape[axis]):
        row = begin(Num(_layer(s, addend.value, axis, i), addend.range))
        if rows:
            times = Num(_layer(s, factor.value, axis, i), factor.range)
            row = numbers.add(s.kit, row, cut(numbers.mul(s.kit, rows[-1], times)))
        rows.append(end(row))
    return rows


def _polynomial(s: Site) -> Num:
    """By Horner's rule, modulo 2^k for a result of k bits."""
    if "bits" in s.node.attrs:
        return _near_polynomial(s)
    (x,), bounds = s.args, s.node.type.range
    *rest, first = s.node.attrs["coefficients"]
    made = numbers.scale(s.kit, x, first)
    for i, c in enumerate(reversed(rest)):
        if i:
            made = numbers.mul(s.kit, numbers.within(s.kit, made, bounds), x)
        made = numbers.add(s.kit, made, numbers.constant(s.kit, c, x.shape))
    return numbers.within(s.kit, made, bounds)


def _near_polynomial(s: Site) -> Num:
    """Of fractions, by Horner's rule with as many bits behind the point as `precision` says."""
    (x,), coefficients, bits = s.args, s.node.attrs["coefficients"], s.node.attrs["bits"]
    how = precision(s.circuit.nodes[s.node.args[0]].type.range, coefficients, bits)
    assert how is not None, "no room for a polynomial"
    *rest, first = scaled_coefficients(how, coefficients, bits, how.power)
    made = numbers.constant(s.kit, first, x.shape)
    for c in reversed(rest):
        product = numbers.round_shift(s.kit, numbers.mul(s.kit, made, x), how.scale)
        made = numbers.add(s.kit, product, numbers.constant(s.kit, c, x.shape))
    return numbers.within(s.kit, numbers.round_shift(s.kit, made, how.power), s.node.type.range)


def _running(s: Site, rows: Sequence[Num]) -> Value:
    """All running values along the axis, or the last one without it."""
    if s.node.attrs.get("last"):
        return s.kit.builder.add("reshape", rows[-1].value, shape=s.node.type.shape)
    return s.kit.builder.add("concat", *(row.value for row in rows), axis=s.node.attrs["axis"])


def _layer(s: Site, x: Value, axis: int, i: int) -> Value:
    """Element i along an axis, which stays."""
    shape = x.type.shape
    starts = tuple(i if a == axis else 0 for a in range(len(shape)))
    counts = tuple(1 if a == axis else n for a, n in enumerate(shape))
    return s.kit.builder.add("slice", x, starts=starts, steps=(1,) * len(shape), counts=counts)


def _both(kit: Kit, combine: str, a: Num, b: Num) -> Num:
    gates: dict[str, Callable[[Value, Value], Value]] = {"and": kit.and_, "or": kit.or_, "xor": kit.xor}
    arithmetic: dict[str, Callable[[Kit, Num, Num], Num]] = {"add": numbers.add, "min": minimum, "max": maximum}
    if combine == "first":
        return a
    return Num(gates[combine](a.value, b.value), a.range) if combine in gates else arithmetic[combine](kit, a, b)


def _dot(s: Site) -> Num:
    return _total(s, numbers.mul(s.kit, *s.args), (s.node.attrs["axis"],))


def _matmul(s: Site) -> Num:
    """Every product of a row and a column, then the sums."""
    add = s.kit.builder.add
    a, b = s.args
    *lead, n, k = a.shape
    m, rank = b.shape[-1], len(a.shape)
    full = (*lead, n, m, k)
    rows = add("broadcast", add("reshape", a.value, shape=(*lead, n, 1, k)), shape=full)
    turned = add("transpose", b.value, axes=(*range(rank - 2), rank - 1, rank - 2))
    columns = add("broadcast", add("reshape", turned, shape=(*lead, 1, m, k)), shape=full)
    return _total(s, numbers.mul(s.kit, Num(rows, a.range), Num(columns, b.range)), (rank,))


def _all_of(s: Site) -> Value:
    result = s.bits[0]
    for bit in s.bits[1:]:
        result = s.kit.and_(result, bit)
    return result


def _any_of(s: Site) -> Value:
    result = s.bits[0]
    for bit in s.bits[1:]:
        result = s.kit.or_(result, bit)
    return result


def _shape(s: Site) -> Value:
    return s.kit.builder.add(s.node.op, s.args[0].value, **s.node.attrs)


def _concat(s: Site) -> Value:
    k = s.node.type.range.bits
    return s.kit.builder.add("concat", *(numbers.planes(s.kit, arg, k) for arg in s.args), **s.node.attrs)


def _position(s: Site) -> int:
    """An index: known, now that loops are written out. Raises ProgramError for what is computed in the run."""
    index = s.circuit.nodes[s.node.args[1]]
    if index.op != "const":
        raise _refused(s.node, "in a circuit of gates an index must be known")
    return int(index.attrs["values"][0])


def _take_at(s: Site) -> Value:
    return _row(s, _position(s), s.args[0])


def _row(s: Site, at: int, x: Num) -> Value:
    tail = x.shape[1:]
    row = s.kit.builder.add("slice", x.value, starts=(at, *(0 for _ in tail)), steps=(1,) * len(x.shape),
                            counts=(1, *tail))
    return s.kit.builder.add("reshape", row, shape=tail)


def _put_at(s: Site) -> Value:
    add, at, k = s.kit.builder.add, _position(s), s.node.type.range.bits
    array, value = (numbers.planes(s.kit, arg, k) for arg in (s.args[0], s.args[2]))
    n, tail = s.node.type.shape[0], s.node.type.shape[1:]
    both = add("concat", array, add("reshape", value, shape=(1, *tail)), axis=0)
    return add("take", both, axis=0, indices=tuple(n if i == at else i for i in range(n)))


def _netlist(s: Site) -> Value:
    add, lead = s.kit.builder.add, len(s.node.type.shape) - 1
    wires = [last_axis(s.kit, bit) for bit in s.bits]
    made = netlist(s.kit, bristol.read(s.node.attrs["text"]), s.kit.join(*wires))
    return add("transpose", add("unfold_planes", made, k=1), axes=(*range(1, lead + 1), 0))


_RULES: dict[str, Rule] = {
    "input": _input, "const": _const, "iota": _iota,
    "add": lambda s: numbers.add(s.kit, *s.args), "sub": lambda s: numbers.sub(s.kit, *s.args),
    "neg": lambda s: numbers.neg(s.kit, *s.args), "mul": lambda s: numbers.mul(s.kit, *s.args),
    "scale": lambda s: numbers.scale(s.kit, s.args[0], s.node.attrs["by"]),
    "abs": lambda s: numbers.absolute(s.kit, *s.args),
    "round": lambda s: numbers.round_shift(s.kit, s.args[0], s.node.attrs["bits"]),
    "floordiv": lambda s: numbers.floordiv(s.kit, *s.args), "mod": lambda s: numbers.mod(s.kit, *s.args),
    "divround": lambda s: numbers.divround(s.kit, s.args[0], s.args[1], s.node.attrs["shift"]),
    "sqrt": lambda s: numbers.sqrt(s.kit, s.args[0], s.node.attrs["shift"]),
    "sum": _sum, "scan": _scan, "recurrence": _recurrence, "polynomial": _polynomial, "dot": _dot, "matmul": _matmul,
    "lt": lambda s: less(s.kit, *s.args), "eq": lambda s: equal(s.kit, *s.args),
    "and": _all_of, "or": _any_of, "xor": lambda s: s.kit.xor(*s.bits), "not": lambda s: s.kit.invert(*s.bits),
    "select": lambda s: select(s.kit, s.bits[0], *s.args[1:]),
    "min": lambda s: minimum(s.kit, *s.args), "max": lambda s: maximum(s.kit, *s.args),
    "reduce_min": lambda s: reduce_min(s.kit, s.args[0], s.node.attrs["axes"]),
    "reduce_max": lambda s: reduce_max(s.kit, s.args[0], s.node.attrs["axes"]),
    "any": lambda s: reduce_or(s.kit, s.bits[0], s.node.attrs["axes"]),
    "all": lambda s: reduce_and(s.kit, s.bits[0], s.node.attrs["axes"]),
    "count": lambda s: added_up(s.kit, s.bits[0], s.node.attrs["axes"]),
    "to_num": lambda s: s.args[0], "refine": lambda s: s.args[0], "netlist": _netlist,
    "reshape": _shape, "broadcast": _shape, "transpose": _shape, "slice": _shape, "take": _shape,
    "concat": _concat, "take_at": _take_at, "put_at": _put_at,
}
