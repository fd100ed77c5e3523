"""Every operation of the circuit stage expanded into what a protocol can do.

The form (ring or planes) and the ring width of each number were chosen before (`assign`, `widths`); here each
operation is replaced by its gadget over operands in the forms that it wants. `rules.py` holds one rule an
operation; this file walks the circuit, its loops and its outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloister.runtime.program import OutputSpec

from ..gadgets.kit import Kit, Num
from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node, Type
from .assign import assign, form_choices
from .forms import Forms, Made
from .rules import RULES, in_the_clear, reveal
from .site import Site
from .units import Units
from .widths import own_width, widths


@dataclass(frozen=True)
class Legal:
    """A circuit of the protocol stage; `outputs` and `keeps` tell which of its results are what.

    `keeps` are the places of what is kept, by name; `loads` the names of its arguments, in their order.
    """

    circuit: Circuit
    outputs: tuple[OutputSpec, ...]
    keeps: tuple[tuple[str, int], ...] = ()
    loads: tuple[str, ...] = ()


@dataclass
class _Sink:
    """Collects what goes in and out while the circuit is walked."""

    positions: Mapping[str, int]
    parties: Mapping[str, int]
    results: list[Value] = field(default_factory=list)
    outputs: list[OutputSpec] = field(default_factory=list)
    keeps: list[tuple[str, int]] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)


def legalise(circuit: Circuit, kit: Kit, parties: Sequence[str], computing: Sequence[str]) -> Legal:
    """The protocol-stage circuit of a whole program. `computing` names the computing parties in order."""
    sink = _Sink({name: i for i, name in enumerate(computing)}, {name: i for i, name in enumerate(parties)})
    forms = _walk(circuit, kit, {}, sink, Units(kit))
    return Legal(forms.kit.builder.finish(sink.results), tuple(sink.outputs), tuple(sink.keeps), tuple(sink.loads))


def _walk(circuit: Circuit, kit: Kit, bound: Mapping[int, Made], sink: _Sink, units: Units) -> Forms:
    width = widths(circuit)
    form = assign(circuit, width, units)
    kit.choices += form_choices(circuit, width, units, form)
    forms = Forms(kit, circuit)
    for i, node in enumerate(circuit.nodes):
        kit.builder.span = node.span
        if node.op == "arg":
            forms.made[i] = bound[node.attrs["index"]]
        elif node.op == "loop":
            _loop(circuit, i, node, forms, sink, units)
        elif node.op == "result":
            pass  # bound by its loop
        elif node.op == "output":
            _output(node, forms, circuit, sink)
        elif node.op == "load":
            forms.made[i] = _load(node, kit, sink)
        elif node.op == "keep":
            _keep(node, forms, circuit, sink)
        else:
            site = Site(forms, circuit, i, node, width[i], form[i])
            forms.made[i] = in_the_clear(site) or RULES[node.op](site)
    return forms


# --------------------------------------------------------------------------- outputs


def _output(node: Node, forms: Forms, circuit: Circuit, sink: _Sink) -> None:
    """Opens the value, and its flag, to the receivers in fixed size."""
    receivers = node.attrs["receivers"]
    after = [forms.num(node.args[-1]).value] if node.attrs.get("settled") else []
    value = _opened(node.args[0], forms, receivers, sink, after)
    flag = -1
    if node.attrs["flagged"]:
        flag = _opened(node.args[1], forms, receivers, sink, after)
    sink.outputs.append(OutputSpec(
        node.attrs["name"], tuple(sink.parties[r] for r in receivers), node.attrs["element"], node.attrs["frac"],
        circuit.nodes[node.args[0]].type.shape, value, flag,
    ))


def _opened(i: int, forms: Forms, receivers: Sequence[str], sink: _Sink, after: Sequence[Value]) -> int:
    sink.results.append(reveal(forms, i, [sink.positions[r] for r in receivers], after))
    return len(sink.results) - 1


# --------------------------------------------------------------------------- kept from run to run


def _load(node: Node, kit: Kit, sink: _Sink) -> Made:
    """Shares that the parties hold already, in the form in which `_keep` left them."""
    sink.loads.append(node.attrs["name"])
    shape, index = node.type.shape, len(sink.loads) - 1
    if node.type.domain == "bit":
        return kit.builder.add("arg", type=Type("planes", shape, 1), index=index)
    value = kit.builder.add("arg", type=Type("arith", shape, own_width(node.type)), index=index)
    return Num(value, node.type.range)


def _keep(node: Node, forms: Forms, circuit: Circuit, sink: _Sink) -> None:
    """One form for each type, so that what one program keeps another can load: ring shares, or one plane.

    The type is the one that the program says, whatever a pass found out about the value.
    """
    (i,) = node.args
    type = replace(circuit.nodes[i].type, lo=node.attrs["lo"], hi=node.attrs["hi"])
    value = forms.bit(i) if type.domain == "bit" else forms.shares(i, own_width(type)).value
    sink.keeps.append((node.attrs["name"], len(sink.results)))
    sink.results.append(value)


# --------------------------------------------------------------------------- loops


def _loop(circuit: Circuit, i: int, node: Node, forms: Forms, sink: _Sink, units: Units) -> None:
    """The body in a builder of its own; carried values are shares, captured ones stay as they were made."""
    assert node.body is not None
    kit, carried = forms.kit, node.attrs["carried"]
    body_args = {n.attrs["index"]: n for n in node.body.nodes if n.op == "arg"}
    inner = replace(kit, builder=Builder("protocol", node.span))
    bound: dict[int, Made] = {0: _arg(inner, 0, Type("public", (), 64, secret=False), body_args.get(0))}
    init: list[Value] = []
    for k, a in enumerate(node.args[:carried]):
        init.append(_carried(forms, a, body_args[k + 1].type))
        bound[k + 1] = _arg(inner, k + 1, init[-1].type, body_args[k + 1])
    captures: list[Value] = []
    for k, a in enumerate(node.args[carried:], start=carried + 1):
        made = forms.made[a]
        assert made is not None
        captures.append(made.value if isinstance(made, Num) else made)
        bound[k] = _arg(inner, k, captures[-1].type, body_args.get(k))
    body = _walk(node.body, inner, bound, sink, units)
    results = [_carried(body, r, body_args[k + 1].type) for k, r in enumerate(node.body.results)]
    region = kit.builder.add("loop", *init, *captures, body=inner.builder.finish(results),
                             trips=node.attrs["trips"], carried=carried)
    for j, after in enumerate(circuit.nodes):
        if after.op == "result" and after.args == (i,):
            k = after.attrs["index"]
            value = kit.builder.add("result", region, type=init[k].type, index=k)
            forms.made[j] = Num(value, after.type.range) if after.type.domain == "num" else value


def _arg(inner: Kit, index: int, type: Type, node: Node | None) -> Made:
    value = inner.builder.add("arg", type=type, index=index)
    return Num(value, node.type.range) if node is not None and node.type.domain == "num" else value


def _carried(forms: Forms, i: int, type: Type) -> Value:
    """A carried value in the form that it has in every trip: public words, ring shares for its range, or one plane."""
    if type.domain == "bit":
        return forms.bit(i) if type.secret else forms.public(i)
    return (forms.shares if type.secret else forms.arith)(i, own_width(type)).value
