"""Indices that nobody may know: reading and writing, on every axis, in and outside of loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.check.tree import Checked
from cloister.compiler.diagnostics import ProgramError

from .running import compiled, results

N = 70
GIVEN: dict[str, Any] = {
    "x.a": list(range(100, 100 + N)),
    "m.a": [[256 * (4 * r + c - 5) + r for c in range(4)] for r in range(3)],
    "f.b": [int(j % 3 == 1) for j in range(N)],
    "i.b": 1,
    "k.b": [-(j % 3) - 1 for j in range(N)],
    "g.c": [[0, 1, 2], [2, 2, 0]],
}
INPUTS = """\
size n <= 1000
input x: int32[n] from a
input m: fixed[8][3, 4] in -9..9 from a
input f: bool[n] from b
input i: uint8 in 0..2 from b
input k: int8[n] in -3..-1 from b
input g: uint8[2, 3] in 0..2 from c
"""
READS = """\
rates = [10, 200, 3000]
output one = x[i] to all
output row = m[i] to all
output cell = m[i, i] to all
output column = m[:, i] to all
output flag = f[i] to all
output rated = rates[g] to all
output rows = m[k] to all
output part = m[k, 1:3] to all
output columns = m[:, k] to all
output flags = f[k] to all
output known = m[i, 2] to all
t = 0
for j in range(n):
    t = t + rates[-k[j] - 1]
output total = t to all
"""


@pytest.mark.parametrize("level", [0, 2])
def test_reading(level: int) -> None:
    found = results(INPUTS + READS, GIVEN, {"n": N}, level)
    x, m, f, k, g = (np.array(GIVEN[name]) for name in ("x.a", "m.a", "f.b", "k.b", "g.c"))
    rates = np.array([10, 200, 3000])
    expected = {
        "one": x[1], "row": m[1], "cell": m[1, 1], "column": m[:, 1], "flag": f[1], "rated": rates[g], "rows": m[k],
        "part": m[k, 1:3], "columns": m[:, k], "flags": f[k], "known": m[1, 2], "total": rates[-k - 1].sum(),
    }
    for name, value in expected.items():
        assert np.array_equal(np.array(found[name]), value), name


WRITES = """\
y = x
y[i] = 7
output one = y to all
q = m
q[i, i + 1] = 0.5
q[i, 0] += 1
q[2, i] = -1
output cells = q to all
b = f
b[i + 3] = true
output flags = b to all
h = [0, 0, 0]
for j in range(n):
    h[-k[j] - 1] += 1
output histogram = h to all
"""


@pytest.mark.parametrize("level", [0, 2])
def test_writing(level: int) -> None:
    found = results(INPUTS + WRITES, GIVEN, {"n": N}, level)
    x, m, f = (np.array(GIVEN[name]) for name in ("x.a", "m.a", "f.b"))
    x[1], m[1, 2], f[4] = 7, 128, 1
    m[1, 0] += 256
    m[2, 1] = -256
    counts = np.bincount(-np.array(GIVEN["k.b"]) - 1)
    for name, value in {"one": x, "cells": m, "flags": f, "histogram": counts}.items():
        assert np.array_equal(np.array(found[name]), value), name


@pytest.mark.parametrize("place", [0, 1, 4])
@pytest.mark.parametrize("extent", [5, 64, 65])
def test_at_the_edges(place: int, extent: int) -> None:
    text = f"""\
input x: int64[{extent}] from a
input i: uint8 in 0..{extent - 1} from b
output first = x[i] to all
output last = x[i - {extent}] to all
"""
    values = [2**63 - 1, -(2**63), -1, 0, 1, *range(extent - 5)]
    where = place if place < 4 else extent - 1
    assert results(text, {"x.a": values, "i.b": where}) == {"first": values[where], "last": values[where]}


def test_an_assumption_or_a_clamp_keeps_it_inside() -> None:
    text = """\
input x: int8[3] from a
input i: int8 from b
output held = x[clamp(i, 0, 2)] to all
assume(0 <= i and i < 3)
output sure = x[i] to all
"""
    assert results(text, {"x.a": [5, 6, 7], "i.b": 2}) == {"held": 7, "sure": 7}


@pytest.mark.parametrize(("line", "word"), [
    ("x[i]", "out of bounds"),
    ("x[-1 - i]", "out of bounds"),
    ("x[f]", "mask"),
    ("x[w]", "whole number"),
    ("m[j, j]", "only one"),
])
def test_what_is_refused(line: str, word: str) -> None:
    text = f"""\
input x: int8[3] from a
input m: int8[3, 3] from a
input i: uint8 in 0..3 from b
input j: uint8[3] in 0..2 from b
input f: bool[3] from b
input w: fixed in 0..2 from b
output z = {line} to all
"""
    with pytest.raises(ProgramError) as refused:
        compiled(text)
    assert any(word in d.message for d in refused.value.diagnostics)


def test_the_range_is_that_of_the_array() -> None:
    checked: Checked = compiled("input i: uint8 in 0..2 from a\noutput z = [5, 900, 70][i] to all\n").checked
    assert checked.outputs[0].value.type.elem.range == (5, 900)
