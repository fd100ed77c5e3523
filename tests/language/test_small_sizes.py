"""A program that is accepted runs at every size within its bounds: also where there is nothing, or one row."""

from __future__ import annotations

import pytest
from cloister.compiler.pipeline import check_sizes, load_program, read_text

from .running import HEAD, results

TEXT = """\
from stats import mean, std, t_test, correlation, z_scores
size n <= 1000
input x: fixed[n] in 0..300 from a
input y: fixed[n] in -50..50 from b
t, freedom = t_test(x, y)
output t to a
output m = mean(x) to all
output s = std(x) to b
output r = correlation(x, y) to a
output z = z_scores(x) to a
output k = t + 1 to a
output e = none if n < 2 else sum(x) to a
"""


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_what_is_missing_at_some_sizes_is_missing_there(n: int) -> None:
    x, y = [i * i << 16 for i in range(n)], [7 * i << 16 for i in range(n)]
    found = results(TEXT, {"x.a": x, "y.b": y}, {"n": n})
    checked = check_sizes(load_program(read_text(HEAD + TEXT)), {"n": n})
    shown = {output.name for output in checked.outputs if present_for_certain(output)}
    assert ("t" in shown, "m" in shown, "e" in shown) == (False, n > 0, n > 1)
    if n:
        assert abs(found["m"] - sum(x) / n) <= 0.5


def present_for_certain(output: object) -> bool:
    condition = getattr(output, "condition", None)
    return condition is None or bool(getattr(condition, "values", (0,))[0])
