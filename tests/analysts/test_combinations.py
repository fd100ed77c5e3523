"""Every kind of value in every place: refused with an error, or right; the checker itself never fails."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from cloister.compiler.check.builtins import BUILTINS
from cloister.compiler.check.tree import PartyInput
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret, present
from cloister.compiler.ir.verify import verify
from cloister.compiler.lower.program import lower
from cloister.compiler.pipeline import check_sizes
from cloister.runtime.errors import AssumptionFailed

from .runs import load

DECLARATIONS = """size rows <= 5
size hid up to 3
input x: int8[rows] from each
input xo: int8[rows] optional from each
input xh: int8[hid] from each
input m: fixed[rows, 2] in 0..3 optional from each
input bo: bool[rows] optional from each
input bh: bool[hid] optional from each
input d: date[rows] in date("2020-01-01")..date("2021-01-01") optional from each
input ip: ip4[rows] from each
input g: category("a", "b")[rows] from each
input n: text[9][rows] from each
input no: text[9][rows] optional from each
input t: table(a: int8, c: text[9] optional)[rows] from each
input th: table(a: int8, c: text[9] optional)[hid] from each
"""
VALUES = (
    "x", "xo", "xh", "m", "bo", "bh", "d", "d[0]", "ip", "g", "n", "no", "n[0]", "no[1]", "t", "th", "t[0]", "th[1]",
    "none", '"a"', 'ip4("10.0.0.0/8")', '["a", "b"]', "[x[0], none]", "min(xo)", "(3)", "true", "t.where(t.a > 0)",
    "hid", "(1, 2)", "xo[0]", "xh[0]", "bo[0]", "levels(g)",
)
ALONE = (
    *(f"z = {name}({{0}})" for name in sorted(BUILTINS)),
    "z = -{0}", "z = not {0}", "z = {0}.T", "z = {0}[0]", "z = {0}[0:1]", "z = {0}[:, 0]", "z = {0}.year",
    "z = {0}.north", "z = x[{0}]", "z = range(3)[{0}]", "z = select({0}, {0}, {0})", "for v in {0}:\n    w = v",
    "for i, v in enumerate({0}):\n    w = v", "z = [v for v in {0}]", "if {0}:\n    pass", "output o = {0} to all",
    "output o = x to all if {0}", "z = {0}\nz[0] = none", "z = {0}\nif bo[0]:\n    z = {0}", "z: int8[rows] = {0}",
    "z: text[9] = {0}", "z: date[rows] optional = {0}", "assume({0})", "z = t.where({0})", "z = t.with(q = {0})",
    "y = x\ny[1:] = {0}", "for i in range(3):\n    output o[i] = {0} to all",
    "for i in range(70):\n    output o[i] = {0} to all", "y = 0\nfor i in range(70):\n    y = {0}",
    "z = t.group_by(k = {0}).agg(n = count())", "z = th.group_by(th.a, at_most = 99).agg(n = {0})",
    *(f"z = t.group_by(t.c).agg(n = {name}({{0}}))"
      for name in ("sum", "min", "any", "first", "count_distinct", "len")),
    "z = t.distinct({0})", "z = t.compact(at_most = {0})", "z = {0}.union({0})", "z = {0}.intersection(x)",
    'z = t.join({0}, on = "a", how = "semi")', 'z = {0}.join(t.distinct(t.a).select(a), on = "a", how = "outer")',
    "z = t.join(th.select(q = th.a), {0} == th.a, at_most = 40)", "z = {0}.compact()",
)
PAIRS = (
    "z = {0} + {1}", "z = {0} == {1}", "z = {0} in {1}", "z = {0} and {1}", "z = {0} @ {1}",
    "z = select(bo[0], {0}, {1})", "z = concat({0}, {1})", "z = [{0}, {1}]", "z = coalesce({0}, {1})",
    "z = {0}\nif bo[0]:\n    z = {1}", "z = {0}\nz[0] = {1}", "z = {0}\nfor i in range(70):\n    z = {1}",
)


def data(given: PartyInput, rng: random.Random) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """Values at the edges of the range of an input, and inside."""
    size, elem = int(np.prod(given.var.type.extents, dtype=int)), given.elem
    if given.name == "hid?":
        return (np.arange(size) < rng.randint(0, size)).astype(object)
    values = [rng.choice([elem.lo, elem.hi, rng.randint(elem.lo, elem.hi)]) for _ in range(size)]
    return np.array(values, dtype=object).reshape(given.var.type.extents)


def attempt(line: str, rng: random.Random) -> bool:
    """Whether the program is accepted; then it runs, and all its values are in their ranges."""
    loaded = load(f"{DECLARATIONS}{line}\noutput q = sum(x) to all\n")
    try:
        checked = check_sizes(loaded, {"rows.north": 2, "rows.south": 1, "rows.west": 2})
    except ProgramError:
        return False
    verify(lower(checked), "lower")
    inputs = {f"{given.name}.{given.party}": data(given, rng) for given in checked.inputs}
    try:
        said = interpret(checked, inputs)
    except AssumptionFailed:
        return True
    for output in checked.outputs:
        present(output, said[output.name])
    return True


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES)
def test_one_value_in_every_place(value: str) -> None:
    rng = random.Random(value)
    assert sum(attempt(form.format(value), rng) for form in ALONE)


@pytest.mark.slow
@pytest.mark.parametrize("form", PAIRS)
def test_two_values_of_all_kinds(form: str) -> None:
    rng = random.Random(form)
    assert sum(attempt(form.format(*pair), rng) for pair in itertools.product(VALUES, VALUES))


def test_some_of_all() -> None:
    rng = random.Random(2)
    alone = rng.sample([form.format(value) for form in ALONE for value in VALUES], 60)
    pairs = rng.sample([form.format(*pair) for form in PAIRS for pair in itertools.product(VALUES, VALUES)], 60)
    assert sum(attempt(line, rng) for line in alone + pairs)
