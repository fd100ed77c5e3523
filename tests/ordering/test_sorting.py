"""Sorting, ranks and first rows: on every protocol as in the clear, and as numpy has it."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.ir.verify import verify

from ..language.running import compiled, results

SIZES = (0, 1, 2, 3, 63, 64, 65, 130)


@pytest.mark.parametrize("n", SIZES)
def test_numbers_sort_as_numpy_sorts_them(n):
    rng = np.random.default_rng(n)
    values = {f"x.{p}": rng.integers(-5, 6, n if p == "a" else 0) for p in "abc"}
    values |= {f"y.{p}": rng.integers(0, 1 << 16, n if p == "a" else 0) for p in "abc"}
    x, y = (np.concatenate([values[f"{name}.{p}"] for p in "abc"]) for name in "xy")
    found = results(
        """
size n
input x: int8[n] in -5..5 from each
input y: uint16[n] from each
output up = sort(x) to all
output down = sort(y, descending=true) to all
output place = rank(x) to all
output back = rank(x, descending=true) to all
output sums = sort(x + y) to all
""", values, {"n.a": n, "n.b": 0, "n.c": 0})
    assert found["up"] == sorted(x.tolist())
    assert found["down"] == sorted(y.tolist(), reverse=True)
    order = np.argsort(x, kind="stable")
    assert [found["place"][i] for i in order] == list(range(n))
    order = np.argsort(-x, kind="stable")
    assert [found["back"][i] for i in order] == list(range(n))
    assert found["sums"] == sorted((x + y).tolist())


@pytest.mark.parametrize("n", [10, 2000])
def test_the_circuit_of_a_sort_reads_back(n):
    program = compiled("size n\ninput x: int8[n] from each\noutput up = sort(x) to all\noutput m = median(x) to all\n",
                       {"n.a": n, "n.b": 0, "n.c": 1})
    text = print_circuit(program.expanded())
    assert print_circuit(parse_circuit(text)) == text
    verify(parse_circuit(text), "reading")
    assert "draw_order" in text
    assert "open_masked" in text


def test_one_key_is_sorted_by_once():
    """Equal orders are one, however many columns move along them."""
    program = compiled("""
size n
input x: uint8[n] from each
input y: uint16[n] from each
output a = sort(x)[0] to all
output b = sort(x)[1] to all
output r = rank(x) to all
""", {"n.a": 2000, "n.b": 0, "n.c": 1})
    ranked = [node for node in dict(program.stages)[program.optimised].nodes if node.op == "rank"]
    assert len(ranked) == 1
