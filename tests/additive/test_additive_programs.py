"""Whole compiled programs: two, three and four parties open what the interpreter says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Options, compile_program, load_program, read_text
from cloister.runtime.ring import ring

from .parties import run

HEAD = {
    2: "party north, south\nsecurity dishonest_majority, semi_honest\n",
    3: "party north, south, west\nsecurity dishonest_majority, semi_honest\n",
    4: "party north, south, west, east\nsecurity dishonest_majority, semi_honest\n",
}

PROGRAMS = {
    "compare": """\
input a: int64[5] from north
input b: int64[5] from south
output less = a < b to all
output same = a == b to all
output most = max(a) to north
output cut = select(a > b, a, b) to south
""",
    "whole numbers": """\
input a: int32[5] from north
input b: int32[5] in 1..2147483647 from south
output product = a * b to all
output quotient = a // b to all
output rest = a % b to all
output dot = sum(a * b) to all
""",
    "fixed point": """\
input a: fixed[16][5] in -100..100 from north
input b: fixed[16][5] in 1..100 from south
output product = a * b to all
output quotient = a / b to all
output root = sqrt(b) to all
output mean = sum(a) / 5 to all if sum(b) > 5
""",
    "a loop, and more beside it": """\
input a: int32[5] in -9..9 from north
input b: int32[5] in 1..99 from south
s: int64 = 1
for i in range(66):
    s = clamp(s * a[i % 5] + b[1], -99, 99)
t: int64 = 1
for i in range(70):
    t = clamp(t * b[i % 5] - a[2], -99, 99)
output end = s to all
output other = t to all
output quotient = a // b to all
""",
}
VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "compare": ([-(1 << 63), -1, 0, 7, (1 << 63) - 1], [(1 << 63) - 1, -1, 1, 7, -(1 << 63)]),
    "whole numbers": ([-(1 << 31), -1, 0, 12345, (1 << 31) - 1], [3, 1, 7, 1000, (1 << 31) - 1]),
    "a loop, and more beside it": ([-9, 7, 0, 2, 9], [1, 99, 45, 3, 2]),
    "fixed point": ([-100.0, -0.5, 0.0, 3.25, 100.0], [1.0, 2.5, 100.0, 7.0, 3.0]),
}


@pytest.mark.parametrize(("name", "parties"), [("compare", 2), ("compare", 3), ("whole numbers", 2),
                                               ("whole numbers", 4), ("fixed point", 2), ("fixed point", 3),
                                               ("a loop, and more beside it", 2), ("a loop, and more beside it", 3)])
def test_program(name, parties):
    loaded = load_program(read_text(HEAD[parties] + PROGRAMS[name]))
    compiled = compile_program(loaded, {}, Options(verify=True))
    assert compiled.program.protocol == "additive"
    given: dict[int, dict[str, Any]] = {i: {} for i in range(parties)}
    keyed = {}
    for spec, values in zip(compiled.program.inputs, VALUES[name], strict=True):
        scaled = np.array([round(v * (1 << spec.frac)) for v in values], object)
        given[spec.party][spec.name] = keyed[spec.name] = scaled.astype(np.int64)
    said = interpret(compiled.checked, keyed)
    outcome = run(compiled.program, given)
    for me, got in enumerate(outcome.results):
        for spec, opened in zip(compiled.program.outputs, got.outputs, strict=True):
            if me not in spec.receivers:
                assert opened.value is None
                continue
            width = 128 if opened.value.ndim > len(spec.shape) else 64
            assert ring(width).to_ints(opened.value).tolist() == said[spec.name].value.tolist(), spec.name
