"""Groups, joins and sets among two and three parties, all but one of them curious."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.check.types import Bool
from cloister.compiler.interpret import interpret, present
from cloister.compiler.pipeline import Options, check_sizes, compile_program, load_program, read_text
from cloister.runtime.data.results import decode

from ..additive.parties import run

PROGRAM = """size rows <= 100
size m <= 100
input t: table(k: uint8 in 0..5, d: text[9], x: int8)[rows] from each
input u: table(k: uint8 in 0..5, y: int8 optional)[m] from north
g = t.group_by(t.k).agg(total = sum(t.x), low = min(t.x), rows = count(), givers = count_distinct(giver(t)))
once = u.distinct(u.k)
j = t.join(once, on = "k", how = "left")
p = t.join(u, t.k == u.k, at_most = 40)
both = t.north.x.intersection(t.south.x)
output k = g.k to all if present(g.k)
output total = g.total to all if present(g.k)
output low = g.low to south if present(g.k)
output givers = g.givers to all if present(g.k)
output joined = j.y to all if present(j.x)
output pairs = p.y to all if present(p.x)
output both to all if present(both)
output names = count_distinct(t.d) to north
"""


@pytest.mark.parametrize(("parties", "n"), [(2, 3), pytest.param(3, 2, marks=pytest.mark.slow),
                                            pytest.param(2, 0, marks=pytest.mark.slow)])
def test_tables_among_few(parties: int, n: int) -> None:
    names = ("north", "south", "west")[:parties]
    loaded = load_program(read_text(f"party {', '.join(names)}\nsecurity dishonest_majority, semi_honest\n{PROGRAM}"))
    sizes = {f"rows.{name}": n for name in names} | {"m": 3}
    compiled = compile_program(loaded, sizes, Options(verify=True))
    assert compiled.program.protocol == "additive"
    checked, rng = check_sizes(loaded, sizes), np.random.default_rng(parties + n)
    keyed: dict[str, Any] = {}
    for one in checked.inputs:
        elem = one.var.type.elem
        values = rng.integers(max(elem.lo, -3), min(elem.hi, 4) + 1, one.var.type.extents)
        keyed[f"{one.name}.{one.party}"] = values.astype(bool) if isinstance(elem, Bool) else values
    given: dict[int, dict[str, Any]] = {i: {} for i in range(parties)}
    for spec in compiled.program.inputs:
        given[spec.party][spec.name] = keyed[spec.name]
    said = interpret(checked, keyed)
    wanted = {output.name: present(output, said[output.name]) for output in checked.outputs}
    for me, got in enumerate(run(compiled.program, given).results):
        for spec, opened in zip(compiled.program.outputs, got.outputs, strict=True):
            if me in spec.receivers:
                assert decode(spec, opened.value, opened.flag) == wanted[spec.name], spec.name
