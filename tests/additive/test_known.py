"""Who knows what: the marks of a compiled program, and that it gives what the interpreter says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.ir.nodes import Circuit
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


PROGRAMS = {
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
             "z.a": [-(1 << 15), (1 << 15) - 1, 0, -1, 1, 5, 3]}
    keyed = {name: np.array(values, np.int64) for name, values in edges.items()}
    given = {i: {s.name: keyed[s.name] for s in compiled.program.inputs if s.party == i} for i in range(parties)}
    said = interpret(compiled.checked, keyed)
    outcome = run(compiled.program, given)
    for me, got in enumerate(outcome.results):
        for spec, opened in zip(compiled.program.outputs, got.outputs, strict=True):
            if me in spec.receivers:
                width = 128 if opened.value.ndim > len(spec.shape) else 64
                assert ring(width).to_ints(opened.value).tolist() == said[spec.name].value.tolist(), spec.name
