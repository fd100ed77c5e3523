"""Who knows what: the marks of a compiled program, and that it gives what the interpreter says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.ir.nodes import Circuit
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.preprocess.kinds import Injections, Products
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.ring import ring

from .parties import run

HEAD = {2: "party a, b\nsecurity dishonest_majority, semi_honest\n",
        3: "party a, b, c\nsecurity dishonest_majority, semi_honest\n"}
INPUTS = "input x: int32[7] from a\ninput y: int32[7] from b\ninput z: int16[7] from a\n"


def _compiled(text: str, parties: int = 2, **options: Any) -> Compiled:
    loaded = load_program(read_text(HEAD[parties] + INPUTS + text))
    return compile_program(loaded, {}, Options(verify=True, **options))


def _marks(circuit: Circuit) -> list[tuple[str, tuple[int, int] | None, int | None]]:
    """Of every product, loops included."""
    found = []
    for node in circuit.nodes:
        if node.body is not None:
            found += _marks(node.body)
        elif node.op in ("mul", "dot", "matmul", "and"):
            found.append((node.op, node.attrs.get("known"), node.attrs.get("bit")))
    return found


@pytest.mark.parametrize(("text", "marks"), [
    ("output r = sum(x * y) to all\n", [("dot", (0, 1), None)]),
    ("output r = sum(x * z) to all\n", [("dot", (0, 0), None)]),
    ("output r = (3 * y - 7) * x to all\n", [("mul", (1, 0), None)]),
    ("output r = (x + y) * z to all\n", [("mul", (-1, 0), None)]),
    ("output r = (x + y) * (z - y) to all\n", [("mul", None, None)]),
], ids=repr)
def test_products(text, marks):
    assert _marks(_compiled(text).stages[-1][1]) == marks


def test_the_first_level_of_a_comparison():
    marks = _marks(_compiled("output r = x < y to all\n").stages[-1][1])
    assert [known for _, known, _ in marks] == [(1, 0), *[None] * (len(marks) - 1)]


def test_what_a_party_compares_alone_sends_nothing():
    compiled = _compiled("output r = x * z > z + 5 to b\n")
    assert needs(compiled.program, compiled.protocol) == ()
    assert sum(bool(step.exchange and step.exchange[0].op == "reveal") for step in compiled.program.body.steps) == 1


def test_bits_become_numbers_by_one_transfer():
    compiled = _compiled("output r = count(x > y) to all\n", network=NETWORKS["lan"])
    kinds = {type(need.kind) for need in needs(compiled.program, compiled.protocol)}
    assert Injections in kinds
    assert Products not in kinds


SMALL = """\
input m: int32[4, 3] in -5..1000 from a
input n: int32[3, 6] in 1_000_000..1_000_255 from b
input k: int64[7] in 0..1_000_000 from b
input l: int64[7] in -(2 ** 61)..2 ** 61 from a
"""


def _narrow(text: str, **options: Any) -> list[tuple[str, tuple[int, int, int] | None]]:
    nodes = _compiled(SMALL + text, **options).stages[-1][1].nodes
    assert not any("ranges" in node.attrs for node in nodes)
    return [(node.op, node.attrs.get("narrow")) for node in nodes if node.op in ("mul", "dot", "matmul")]


@pytest.mark.parametrize(("text", "marks"), [
    ("output r = k * x to all\n", [("mul", (0, 20, 0))]),
    ("output r = x * (k - 7) to all\n", [("mul", (1, 20, -7))]),
    ("output r = sum(z * k) to all\n", [("dot", (0, 16, -(1 << 15)))]),
    ("output r = l * y to all\n", [("mul", (1, 32, -(1 << 31)))]),
    ("output r = (x + y) * z to all\n", [("mul", (1, 16, -(1 << 15)))]),
    ("output r = (x + y) * (z - y) to all\n", [("mul", None)]),
    ("output r = z * x to all\n", [("mul", None)]),
    ("output r = m @ n to all\n", [("matmul", (1, 8, 1_000_000))]),
], ids=repr)
def test_factors_of_few_bits(text, marks):
    """The narrower one is masked by as many bits as its range has; a factor that one party alone has both of is not."""
    assert _narrow(text) == marks


def test_what_the_pairs_of_large_matrices_make_is_not_held():
    """Beyond 2^24 elements, over all trips, the whole factor is masked, and nothing but the products is held."""
    text = "input u: int8[{0}, {0}] from a\ninput v: int8[{0}, {0}] from b\noutput r = u @ v to all\n"
    for size, held in ((256, True), (257, False)):
        (node,) = [n for n in _compiled(text.format(size)).stages[-1][1].nodes if n.op == "matmul"]
        assert ("narrow" in node.attrs) == held


def test_without_passes_the_ranges_stay_with_the_compiler():
    compiled = _compiled(SMALL + "output r = sum(k * x) to all\n", level=0)
    assert not any("ranges" in instr.attrs for step in compiled.program.body.steps for instr in step.exchange)
    text = print_circuit(compiled.stages[-1][1])
    assert "ranges: ((" in text
    assert print_circuit(parse_circuit(text)) == text


PROGRAMS = {
    "narrow": SMALL + "output r = m @ n to all\noutput s = sum(k * x) to all\noutput t = (k - 999_999) * (x + y) to a\n"
              "output u = l * k to all\noutput v = n.T @ m.T to b\n",
    "mixed": "output r = x * y + z * x to all\noutput s = select(x < z, y, z) to a\noutput t = abs(y - 3) to b\n",
    "constants": "output r = (5 - y) * (x + 1) to all\noutput s = max(y, 17) to all\n"
                 "output t = x == 3 or y == 4 to all\n",
    "loop": """\
p: int64 = 1
q: int64 = 0
u: int64 = 0
for i in range(3):
    p = (p * 2 + z[i]) % 101
    q = (q + u * 3 + y[i]) % 97
    u = (u + x[i] * y[i]) % 89
output r = p to all
output s = q to all
output t = u to all
""",
    "conversions": "output r = sum(select(x > y, x, z)) to all\noutput s = (x + y) // 7 to all\n"
                   "output t = count(x % 5 == z % 5) to b\n",
}


@pytest.mark.parametrize(("level", "parties"), [(0, 2), (1, 2), (2, 2), (2, 3)])
@pytest.mark.parametrize("name", PROGRAMS)
def test_results(name, level, parties):
    compiled = _compiled(PROGRAMS[name], parties, level=level)
    edges = {"x.a": [-(1 << 31), (1 << 31) - 1, 0, -1, 3, 5, 7], "y.b": [(1 << 31) - 1, -(1 << 31), 0, 4, -1, 5, 100],
             "z.a": [-(1 << 15), (1 << 15) - 1, 0, -1, 1, 5, 3],
             "m.a": [[-5, 1000, 0], [1000, 1000, 1000], [-5, -5, -5], [1, 512, 3]],
             "n.b": [[1_000_000 + (i * j * 51) % 256 for j in range(6)] for i in range(3)],
             "k.b": [0, 1_000_000, 1, 999_999, 524_288, 7, 1_000_000],
             "l.a": [-(1 << 61), 1 << 61, 0, -1, 1, (1 << 61) - 1, -(1 << 60)]}
    keyed = {name: np.array(values, np.int64) for name, values in edges.items()}
    given = {i: {s.name: keyed[s.name] for s in compiled.program.inputs if s.party == i} for i in range(parties)}
    said = interpret(compiled.checked, keyed)
    outcome = run(compiled.program, given)
    for me, got in enumerate(outcome.results):
        for spec, opened in zip(compiled.program.outputs, got.outputs, strict=True):
            if me in spec.receivers:
                width = 128 if opened.value.ndim > len(spec.shape) else 64
                assert ring(width).to_ints(opened.value).tolist() == said[spec.name].value.tolist(), spec.name
