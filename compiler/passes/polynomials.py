"""Polynomials of one secret number with public whole coefficients, however they are written, become one operation,
of which the gadget finds the cheapest circuit: few products, in as many levels as the logarithm of the degree.

By powers, by Horner's rule or by products of smaller ones: what counts is the polynomial. One is taken where that
saves levels, or products without adding levels, from degree 3 on.
Under `fast` what a product is cut by is a division: a fixed-point polynomial is one of fractions, which is
rounded in the end alone, to less than one unit. It is taken where the levels that it saves take longer than that.
Leaves alone: polynomials of several secrets, secret coefficients, exact roundings (a rounded product is no polynomial).

before                              after
    %1 = scale {by: 2} %0               %1 = polynomial {coefficients: (5, 3, 0, 2)} %0
    %2 = mul %1 %0
    %3 = add %2 3
    %4 = mul %3 %0
    %5 = add %4 5
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..gadgets.near_polynomial import precision
from ..gadgets.polynomial import Arithmetic, evaluate, steps
from ..ir.build import Builder, Value
from ..ir.nodes import Circuit, Node

#: Polynomials of smaller degrees are what they are; beyond the highest, and of wider coefficients, none is looked for.
LEAST_DEGREE, MOST_DEGREE, MOST_BITS = 3, 64, 127

#: So many levels of products that are cut take longer than rounding the end to nearest, and make up for the wider ring.
ROUNDING = 5


@dataclass(frozen=True)
class _Polynomial:
    """Of the number that node `atom` yields, divided by 2^bits; the lowest coefficient first.

    With bits it is a fraction, from which the node differs by what was lost on the way.
    """

    atom: int
    coefficients: tuple[int, ...]
    bits: int = 0

    @property
    def degree(self) -> int:
        return len(self.coefficients) - 1

    @property
    def attrs(self) -> dict[str, Any]:
        """Those of the operation."""
        return {"coefficients": self.coefficients, **({"bits": self.bits} if self.bits else {})}


def find_polynomials(circuit: Circuit) -> Circuit:
    """The circuit with polynomials as single operations; what they were made of is dead afterwards."""
    forms = _Forms(circuit.nodes).found
    roots = _roots(circuit, forms)
    builder = Builder(circuit.stage)
    new: dict[int, Value] = {}
    for i, node in enumerate(circuit.nodes):
        builder.span = node.span
        if node.body is not None:
            node = replace(node, body=find_polynomials(node.body))
        form = forms[i]
        if i in roots and form is not None:
            new[i] = builder.add("polynomial", new[form.atom], **form.attrs, lo=node.type.lo, hi=node.type.hi)
        else:
            new[i] = builder.append(replace(node, args=tuple(new[a].id for a in node.args)))
    return builder.finish(new[r] for r in circuit.results)


# --------------------------------------------------------------------------- what each node is


@dataclass
class _Forms:
    """For every secret number the polynomial that it is, of itself if nothing else; None for all else."""

    nodes: Sequence[Node]
    found: list[_Polynomial | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        for i, node in enumerate(self.nodes):
            self.found.append(self._of(i, node))

    def _of(self, i: int, node: Node) -> _Polynomial | None:
        if node.type.domain != "num" or not node.type.secret:
            return None
        made = self._made(node)
        wide = made is not None and not made.bits and any(abs(c).bit_length() > MOST_BITS for c in made.coefficients)
        if made is None or made.degree > MOST_DEGREE or wide:
            return _Polynomial(i, (0, 1))
        return made

    def _made(self, node: Node) -> _Polynomial | None:
        x = self.found[node.args[0]] if node.args else None
        if node.op == "refine":
            # what is known of a number that was cut need not hold for the fraction
            return x if x is None or not x.bits or self._widens(node) else None
        if node.op in ("neg", "scale"):
            by = node.attrs.get("by", -1)
            return x and _trimmed(x.atom, [by * c for c in x.coefficients], x.bits)
        if node.op == "round" and node.attrs.get("fast"):
            return x and replace(x, bits=x.bits + node.attrs["bits"])
        if node.op not in ("add", "sub", "mul"):
            return None
        return self._combined(node.op, *node.args)

    def _widens(self, node: Node) -> bool:
        within = self.nodes[node.args[0]].type
        return node.type.lo <= within.lo and within.hi <= node.type.hi

    def _combined(self, op: str, left: int, right: int) -> _Polynomial | None:
        a, b = (self.found[i] or self._known(i) for i in (left, right))
        if a is None or b is None or len({p.atom for p in (a, b) if p.degree}) != 1:
            return None
        atom = a.atom if a.degree else b.atom
        if op == "mul":
            return _trimmed(atom, _product(a.coefficients, b.coefficients), a.bits + b.bits)
        sign = -1 if op == "sub" else 1
        length, bits = max(len(a.coefficients), len(b.coefficients)), max(a.bits, b.bits)
        first, second = ([c << (bits - p.bits) for c in (*p.coefficients, *[0] * (length - len(p.coefficients)))]
                         for p in (a, b))
        return _trimmed(atom, [x + sign * y for x, y in zip(first, second, strict=True)], bits)

    def _known(self, i: int) -> _Polynomial | None:
        """A constant, the same for all elements."""
        node = self.nodes[i]
        if node.op != "const" or len(set(node.attrs["values"])) != 1:
            return None
        return _Polynomial(i, (node.attrs["values"][0],))


def _product(a: Sequence[int], b: Sequence[int]) -> list[int]:
    made = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            made[i + j] += x * y
    return made


def _trimmed(atom: int, coefficients: list[int], bits: int) -> _Polynomial | None:
    """None where nothing of x is left: that is a constant, whatever it was made of."""
    while len(coefficients) > 1 and not coefficients[-1]:
        coefficients.pop()
    return _Polynomial(atom, tuple(coefficients), bits) if len(coefficients) > 1 else None


# --------------------------------------------------------------------------- which are worth it


def _roots(circuit: Circuit, forms: Sequence[_Polynomial | None]) -> set[int]:
    """Polynomials that somebody reads who is no polynomial of the same number, and that are cheaper as a whole."""
    users: list[list[int]] = [[] for _ in circuit.nodes]
    for i, node in enumerate(circuit.nodes):
        for a in node.args:
            users[a].append(i)
    found = set()
    for i, form in enumerate(forms):
        if form is None or form.degree < LEAST_DEGREE or form.atom == i:
            continue
        inner = [u for u in users[i] if (other := forms[u]) is not None and other.atom == form.atom and u != other.atom]
        read = len(inner) < len(users[i]) or i in circuit.results
        if read and _fits(circuit, form) and _cheaper(circuit.nodes, forms, users, i, form):
            found.add(i)
    return found


def _fits(circuit: Circuit, form: _Polynomial) -> bool:
    """Whether a ring has the room that fractions take."""
    known = circuit.nodes[form.atom].type.range
    return not form.bits or precision(known, form.coefficients, form.bits) is not None


def _cheaper(nodes: Sequence[Node], forms: Sequence[_Polynomial | None], users: Sequence[Sequence[int]], root: int,
             form: _Polynomial) -> bool:
    """Fewer levels than as written, or as many and fewer products. What others read too stays to be made."""
    cone = _cone(nodes, root, form.atom)
    depth = {form.atom: 0}
    products = 0
    for i in sorted(cone):
        multiplies = nodes[i].op == "mul" and all(nodes[a].type.secret for a in nodes[i].args)
        depth[i] = max((depth.get(a, 0) for a in nodes[i].args), default=0) + multiplies
        products += multiplies and (i == root or all(u in cone for u in users[i]))
    levels, count = min(_price(form, k) for k in steps(form.degree))
    return (levels + (ROUNDING if form.bits else 0), count) < (depth[root], products)


def _cone(nodes: Sequence[Node], root: int, atom: int) -> set[int]:
    """The nodes that make the polynomial of the atom."""
    cone, todo = set(), [root]
    while todo:
        i = todo.pop()
        if i not in cone and i != atom:
            cone.add(i)
            todo.extend(nodes[i].args)
    return cone


def _price(form: _Polynomial, k: int) -> tuple[int, int]:
    """Levels and products by k baby steps."""
    count = 0

    def mul(a: int, b: int) -> int:
        nonlocal count
        count += 1
        return max(a, b) + 1

    levels = evaluate(Arithmetic(mul, max, lambda a, _: a, lambda a, _: a), 0, form.coefficients, k)
    return levels, count
