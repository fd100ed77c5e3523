"""Programs that once went wrong, or were refused without need: everywhere the same numbers, at every level."""

from __future__ import annotations

from typing import Any

import pytest
from cloister.compiler.pipeline import check_sizes, load_program, read_text

from .generate import Program, keyed
from .test_protocols import COMBINATIONS, compare

HEAD = "party north, south, west\nsecurity honest_majority, semi_honest\n"
LOW = [i % 10 for i in range(70)]
MIXED = [(i * 7) % 19 - 9 for i in range(70)]

#: What went wrong: the program behind its head, what north gives, sizes.
PROGRAMS: dict[str, tuple[str, dict[str, Any], dict[str, int]]] = {
    "a public number carried through a loop is an index": ("""\
input x: int16[70] in 0..9 from north
s = 0
j = 0
for i in range(70):
    s = s + x[j]
    j = clamp(j + 60, 0, 69)
output s = s to all
""", {"x": LOW}, {}),
    "planes of a clamp are those of its range": ("""\
input x: bool[3] from north
v = clamp((((int(x) * 0.5) ** 2) ** 2), -100, 99)
output v = v to all
""", {"x": [1, 0, 1]}, {}),
    "computing with what was revealed": ("""\
input x: int16[5] in -9..9 from north
m = reveal(max(x))
t = select(x < m // 2, x, m % 3)
if m > 3:
    u = sum(t)
else:
    u = m
output t = t to all
output u = u + sqrt(abs(m)) to south
""", {"x": [3, -9, 7, 0, 2]}, {}),
    "rows written by columns": ("""\
input x: int16[70, 3] in -9..9 from north
y = x * 0
for i in range(70):
    for k in range(3):
        y[i, k] = x[69 - i, k] * x[i, 2 - k]
output y = y to all
""", {"x": [[(i * 7 + k) % 19 - 9 for k in range(3)] for i in range(70)]}, {}),
    "a guarded minimum leaves what is held outside of its terms": ("""\
input x: uint8[70] in 0..50 from north
input y: uint8[70] in 0..40 from north
input c: bool[70] from north
input s: uint8 in 90..100 from north
best = s
for i in range(70):
    if c[i]:
        best = min(min(best, x[i]), y[i])
output best to all
""", {"x": LOW, "y": LOW, "c": [0] * 70, "s": 95}, {}),
    "the sum of nothing in a wide ring": ("""\
size rows
input a: int32[rows] from north
output t = sum(a * a * a) to all
""", {"a": []}, {"rows": 0}),
    "a wide product that is assumed to be small": ("""\
input a: int32 from north
input b: int32 from north
p = a * b * a
assume(p < 1000)
assume(p > -1000)
output o = p to all
""", {"a": -9, "b": 12}, {}),
    "counting the smaller ones": ("""\
input x: int16[70] in -9..9 from north
c = zeros(70)
for i in range(70):
    n = 0
    for k in range(70):
        if x[k] < x[i]:
            n = n + 1
    c[i] = n
output c = c to all
""", {"x": MIXED}, {}),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_everywhere_the_same(name: str) -> None:
    body, given, sizes = PROGRAMS[name]
    program = Program(HEAD + body, {}, sizes, {"north": given, "south": {}, "west": {}})
    loaded = load_program(read_text(program.source))
    inputs = keyed(program, check_sizes(loaded, sizes))
    for level, network in COMBINATIONS:
        if level or "counting" not in name:  # at -O0 its 4,900 comparisons are made one after the other
            compare(program, loaded, inputs, level, network)
