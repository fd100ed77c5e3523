"""Every function of the library among two parties, one of them curious: the numbers of the interpreter, bit for bit,
which `test_library` holds against numpy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Options, check_sizes, compile_program, load_program, read_text

from ..additive.parties import run
from ..properties.test_protocols import opened

HEAD = """party a, b
security dishonest_majority, semi_honest
size n <= 1000
input x: fixed[n] in 0..300 from a
input y: fixed[n] in -50..50 from b
input g: uint8[n] in 0..3 from a
input hit: bool[n] from b
input level: category("low", "mid", "high")[n] from a
input other: category("u", "v")[n] from b
input ip: ip4[n] from b
"""
PROGRAMS = {
    "stats: spread": """
from stats import mean, variance, std, sample_variance, covariance, correlation
output r1 = mean(x) to all
output r2 = variance(x) to all
output r3 = std(y) to all
output r4 = sample_variance(y) to all
output r5 = covariance(x, y) to all
output r6 = correlation(x, y) to all
""",
    "stats: tests": """
from stats import z_scores, t_test, chi_square, regression, kaplan_meier
t, freedom = t_test(x, y)
intercept, slope, wide, error, explained = regression(x, y)
output r1 = z_scores(x) to all
output r2 = t to all
output r3 = freedom to all
output r4 = chi_square([[3, 4], [count(hit), 9]]) to all
output r5 = [intercept, slope, wide, error, explained] to all
output r6 = kaplan_meier(g, hit, 3) to all
""",
    "linalg": """
from linalg import cholesky, solve, inverse, least_squares
m = [[4, 1, 0], [1, 5, 2], [0, 2, 6]] + 0 * g[0]
columns = [[x[i], g[i]] for i in range(8)]
b, intercept, errors = least_squares(columns / 300, y[:8])
output r1 = cholesky(m) to all
output r2 = solve(m, [x[0], y[0], 3]) to all
output r3 = inverse(m) to all
output r4 = b to all
output r5 = intercept to all
output r6 = errors to all
""",
    "ml": """
from ml import logistic_regression, probability, predict, accuracy, precision, recall, f1, confusion
columns = [[x[i] / 300, g[i] / 3] for i in range(8)]
w = logistic_regression(columns, hit[:8], epochs=2, rate=4)
said = predict(columns, w)
output r1 = w to all
output r2 = probability(columns, w) to all
output r3 = said to all
output r4 = accuracy(hit[:8], said) to all
output r5 = precision(hit[:8], said) to all
output r6 = recall(hit[:8], said) to all
output r7 = f1(hit[:8], said) to all
output r8 = confusion(hit[:8], said) to all
""",
    "net, tables": """
from net import private, loopback, link_local, multicast, documentation, shared, reserved, public_address
from tables import histogram, value_counts, crosstab
output r1 = private(ip) to all
output r2 = loopback(ip) or link_local(ip) or multicast(ip) to all
output r3 = documentation(ip) or shared(ip) or reserved(ip) to all
output r4 = public_address(ip) to all
output r5 = histogram(x, [0, 50, 100, 300]) to all
output r6 = value_counts(level) to all
output r7 = crosstab(level, other) to all
""",
}
N = 8


def drawn(checked: Any) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(8)
    keyed = {}
    for one in checked.inputs:
        elem = one.var.type.elem
        values = rng.integers(elem.range.lo, elem.range.hi + 1, one.var.type.extents)
        keyed[f"{one.name}.{one.party}"] = values.astype(bool) if one.name == "hit" else values
    if "ip.b" in keyed:
        keyed["ip.b"][:5] = [10 << 24, (192 << 24) + (168 << 16), 127 << 24, (100 << 24) + (64 << 16), 224 << 24]
    return keyed


def used(body: str) -> str:
    """The head without the inputs that a program does not read."""
    return "".join(line + "\n" for line in HEAD.splitlines()
                   if not (found := re.match(r"input (\w+):", line)) or re.search(rf"\b{found[1]}\b", body))


SLOW = ("stats: tests", "linalg", "ml")


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
                                  for name in PROGRAMS])
def test_two_parties(name: str) -> None:
    loaded = load_program(read_text(used(PROGRAMS[name]) + PROGRAMS[name]))
    compiled = compile_program(loaded, {"n": N}, Options(verify=True))
    checked = check_sizes(loaded, {"n": N})
    keyed = drawn(checked)
    said = interpret(checked, keyed)
    given: dict[int, dict[str, Any]] = {i: {} for i in range(2)}
    for spec in compiled.program.inputs:
        given[spec.party][spec.name] = keyed[spec.name]
    for got in run(compiled.program, given).results:
        for title, (value, _) in opened(compiled, got).items():
            assert value.astype(object).tolist() == said[title].value.astype(object).tolist(), title


def test_every_function_is_here() -> None:
    stdlib = Path(__file__).parents[2] / "stdlib"
    public = {name for file in stdlib.glob("*.mpc")
              for name in re.findall(r"^def ([a-z]\w*)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)}
    imported = {name.strip() for body in PROGRAMS.values()
                for names in re.findall(r"^from \w+ import (.*)$", body, flags=re.MULTILINE)
                for name in names.split(",")}
    assert imported == public
