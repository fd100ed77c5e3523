"""Whether a circuit is legal: checked after lowering and after every pass.

What is checked: operations that the stage knows; arguments that come earlier and yield a value; types that
agree with the rules of the operations (a value may have a wider range than its rule infers, or be secret
where it need not be, never the reverse; a narrower range takes a `refine`); attributes of plain numbers and
strings; constants, inputs and outputs that make sense; bodies of loops that agree with what goes in and out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..diagnostics import InternalError
from .nodes import Circuit, Node, Type
from .ops import OPS, IllegalOp, infer, show

_PLAIN = (int, str, bytes, bool)

#: Operations that belong to a whole program, not to the body of a loop.
_OUTSIDE = frozenset({"output", "load", "keep", "assume"})


def verify(circuit: Circuit, after: str) -> None:
    """Raises InternalError that names the pass (`after`) and the node when the circuit is not legal."""
    try:
        _circuit(circuit, None)
        _unique_names(circuit)
    except (_Illegal, IllegalOp) as error:
        raise InternalError(f"after {after}: {error}") from error


class _Illegal(Exception):
    """What is wrong, and at which node."""


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise _Illegal(message)


def _circuit(circuit: Circuit, loop: Node | None) -> None:
    """A whole program, or the body of `loop`."""
    for i, node in enumerate(circuit.nodes):
        try:
            _node(circuit, i, node, loop)
        except (_Illegal, IllegalOp) as error:
            line = node.span.origin.line
            raise _Illegal(f"%{i} = {node.op} (line {line}): {error}") from error
    for r in circuit.results:
        _require(0 <= r < len(circuit.nodes), f"no result %{r}")
        _require(circuit.nodes[r].type.domain != "none", f"result %{r} is no value")


def _node(circuit: Circuit, i: int, node: Node, loop: Node | None) -> None:
    _require(node.op in OPS[circuit.stage], f"no operation of the {circuit.stage} stage")
    _require(all(0 <= a < i for a in node.args), "an argument does not come earlier")
    args = [circuit.nodes[a] for a in node.args]
    _require(node.op == "result" or all(a.type.domain != "none" for a in args), "an argument yields no value")
    _require(all(_plain(value) for value in node.attrs.values()), f"an attribute is not plain: {node.attrs}")
    _require((node.body is not None) == (node.op == "loop"), "a loop, and only a loop, has a body")
    _require(loop is None or node.op not in _OUTSIDE, "not inside of a loop")
    _require(loop is None or node.op != "input" or bool(node.args), "a whole input, which is not inside of a loop")
    _require(loop is not None or node.op != "arg" or circuit.stage == "protocol", "only inside of a loop")
    _well_formed(circuit, node.type)
    inferred = infer(circuit.stage, node.op, tuple(a.type for a in args), node.attrs, node.type)
    _require(fits(inferred, node.type), f"the type is {show(node.type)}, the rule says {show(inferred)}")
    check = _CHECKS.get(node.op)
    if check is not None:
        check(circuit, node, args)


def _plain(value: Any) -> bool:
    return type(value) in _PLAIN or (type(value) is tuple and all(_plain(v) for v in value))


def _well_formed(circuit: Circuit, type: Type) -> None:
    held = ("public", "arith", "planes", "rows", "order", "none")
    domains = ("num", "bit", "none") if circuit.stage == "circuit" else held
    _require(type.domain in domains, f"no {type.domain} at the {circuit.stage} stage")
    _require(all(n >= 0 for n in type.shape), "a negative extent")
    if circuit.stage == "circuit":
        _require(type.width == 0, "a width at the circuit stage")
        _require(type.lo <= type.hi, "an empty range")
        _require(type.domain != "bit" or (type.lo, type.hi) == (0, 1), "a bit is 0 or 1")
    elif type.domain in ("public", "arith"):
        _require(type.width in (64, 128), f"no ring of {type.width} bits")
    if type.domain == "public":
        _require(not type.secret, "public and secret")


def fits(value: Type, place: Type) -> bool:
    """Whether a value can stand at `place`: of that kind and shape, no more secret, its range inside."""
    same = (value.domain, value.shape, value.width) == (place.domain, place.shape, place.width)
    return same and value.secret <= place.secret and place.lo <= value.lo and value.hi <= place.hi


# --------------------------------------------------------------------------- rules of single operations


def _const(circuit: Circuit, node: Node, args: list[Node]) -> None:
    if circuit.stage == "protocol":
        words = len(node.attrs["words"]) * 8
        _require(words in (node.type.width, node.type.width * node.type.size), "one element, or one each")
        return
    values = node.attrs["values"]
    _require(len(values) in (1, node.type.size), "one value, or one each")
    _require(all(node.type.lo <= v <= node.type.hi for v in values), "a value outside of its range")


def _iota(circuit: Circuit, node: Node, args: list[Node]) -> None:
    if circuit.stage == "circuit" and node.type.size:
        ends = (node.attrs["start"], node.attrs["start"] + node.attrs["step"] * (node.type.size - 1))
        _require(node.type.lo <= min(ends) and max(ends) <= node.type.hi, "a value outside of its range")


def _output(circuit: Circuit, node: Node, args: list[Node]) -> None:
    attrs = node.attrs
    names = attrs["receivers"]
    _require(len(names) > 0, "nobody receives it")
    _require(len(set(names)) == len(names), "a receiver twice")
    _require(attrs["element"] in ("int", "fixed", "bool"), f"no element {attrs['element']!r}")
    _require(attrs["element"] == "fixed" or attrs["frac"] == 0, "fractional bits without fixed point")
    expected = 1 + attrs["flagged"] + attrs.get("settled", False)
    _require(len(args) == expected, "a value, a flag if it is flagged, a token if it is settled")
    value = args[0].type
    _require(value.domain == ("bit" if attrs["element"] == "bool" else "num"), "the value is of another kind")
    for flag in args[1:1 + attrs["flagged"]]:
        shape = flag.type.shape
        _require(flag.type.domain == "bit", "a flag is a bit")
        _require(value.shape[:len(shape)] == shape, "the flag's shape does not lead the value's")


def _loop(circuit: Circuit, node: Node, args: list[Node]) -> None:
    body, carried = node.body, node.attrs["carried"]
    assert body is not None
    _require(node.attrs["trips"] >= 0 and 0 <= carried <= len(args), "trips or carried values do not fit")
    _require(body.stage == circuit.stage, "the body is at another stage")
    declared = {inner.attrs["index"]: inner.type for inner in body.nodes if inner.op == "arg"}
    count = sum(inner.op == "arg" for inner in body.nodes)
    _require(count == len(declared) and sorted(declared) == list(range(1 + len(args))),
             "the body has not one argument each for the trip number and the loop's arguments")
    trip = declared[0]
    _require(trip.domain in ("num", "public") and trip.shape == () and not trip.secret,
             "argument 0 is not the trip number")
    for i, arg in enumerate(args):
        _require(fits(arg.type, declared[i + 1]),
                 f"argument {i + 1} of the body is {show(declared[i + 1])}, given {show(arg.type)}")
    _circuit(body, node)
    _require(len(body.results) == carried, "the body does not yield the carried values")
    for i, result in enumerate(body.results):
        following = body.nodes[result].type
        _require(fits(following, declared[i + 1]),
                 f"carried value {i} is {show(declared[i + 1])}, the body yields {show(following)}")


def _result(circuit: Circuit, node: Node, args: list[Node]) -> None:
    _require(len(args) == 1 and args[0].op == "loop", "a result is read from a loop")
    loop, index = args[0], node.attrs["index"]
    body = loop.body
    assert body is not None
    _require(0 <= index < loop.attrs["carried"], "no such carried value")
    last = body.nodes[body.results[index]] if loop.attrs["trips"] else circuit.nodes[loop.args[index]]
    _require(fits(last.type, node.type),
             f"the type is {show(node.type)}, the loop ends with {show(last.type)}")


_CHECKS: dict[str, Callable[[Circuit, Node, list[Node]], None]] = {
    "const": _const,
    "iota": _iota,
    "output": _output,
    "loop": _loop,
    "result": _result,
}


def _is_part(node: Node) -> bool:
    """An input of which some rows are entered, others elsewhere; as shares it may be entered in more than one form."""
    return node.op == "input" and (bool(node.args) or node.type.domain in ("arith", "planes"))


def _unique_names(circuit: Circuit) -> None:
    for op in ("input", "output", "load", "keep"):
        names = [node.attrs["name"] for node in circuit.nodes if node.op == op and not _is_part(node)]
        _require(len(set(names)) == len(names), f"two nodes {op} of one name")
