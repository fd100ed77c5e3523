"""Loops: written out or kept, what they carry, and the ranges that hold in every trip."""

from __future__ import annotations

import time

import pytest
from cloister.compiler.check.tree import Checked, For
from cloister.compiler.check.types import Bool, Fixed, Int
from cloister.compiler.diagnostics import ProgramError

from .programs import checked, output

SIZES = {"n": 100, "r": 3}


def loop_of(program: Checked) -> For:
    """The one loop of a program."""
    (found,) = (s for s in program.body if isinstance(s, For))
    return found


def carried(body: str) -> dict[str, object]:
    """The element types after a loop of a hundred trips, by name."""
    program = checked(body + "output z = k to c\n", SIZES)
    return {carry.out.name: carry.out.type.elem for carry in loop_of(program).carried}


def test_short_loops_are_written_out_with_known_indices() -> None:
    program = checked("t = 0\nfor i in range(64):\n    t += x[i] * i ** 2\noutput z = t to all\n", SIZES)
    assert not any(isinstance(s, For) for s in program.body)


def test_a_loop_keeps_start_and_step() -> None:
    found = loop_of(checked("t = 0\nfor i in range(99, 0, -1):\n    t += x[i]\noutput z = t to all\n", SIZES))
    assert (found.start, found.step, found.trips) == (99, -1, 99)
    assert found.index.type.elem == Int(1, 99)
    assert not found.index.type.secret


@pytest.mark.parametrize(("body", "elem"), [
    ("t = 0\nfor i in range(n):\n    t += y[i]\n", Int(0, 25500)),
    ("t = 5\nfor i in range(n):\n    t -= y[i] - 1\n", Int(5 - 25400, 105)),
    ("t = k\nfor v in y:\n    t = max(t, v)\n", Int(-128, 255)),
    ("t = 0\nfor v in y:\n    t = clamp(t * 2 + v, 0, 1000)\n", Int(0, 1000)),
    ("t = 0\nfor v in y:\n    if v > 3:\n        t += 1\n", Int(0, 100)),
    ("t = 0\nfor v in y:\n    t = t + 1 if v > 3 else t - 2\n", Int(-200, 100)),
    ("t = 0\nfor v in w:\n    t += v\n", Fixed(16, -100 << 16, 100 << 16)),
    ("t = false\nfor v in y:\n    t = t or v > 3\n", Bool()),
    ("t = 0\nfor i, (u, v) in enumerate(zip(y, k + zeros(n))):\n    t += u * i\n", Int(0, 255 * 99 * 100)),
    # begins anew under a condition, from what has nothing to do with it
    ("t = 0\nfor i in range(100):\n    if y[i] > 3:\n        t = 0\n    else:\n        t = t + 1\n", Int(0, 100)),
    ("t = 0\nfor i in range(100):\n    t = y[i] if y[i] > 3 else t - 2\n", Int(-200, 255)),
    ("t = 0\nfor i in range(100):\n    if y[i] > 3:\n        t = -7\n    t = t + y[i]\n", Int(-7, 248 + 255 * 100)),
    # a factor in 0..1 leaves it between itself and 0
    ("t = 9\nfor i in range(100):\n    t = t * min(y[i], 1) - 2\n", Int(-202, 9)),
    ("t = 0\nfor i in range(100):\n    t = t * int(y[i] > 3) + y[i]\n", Int(0, 255 + 255 * 100)),
])
def test_ranges_of_carried_values(body: str, elem: object) -> None:
    assert carried(body)["t"] == elem


@pytest.mark.parametrize(("step", "elem"), [
    ("t = clamp(t + 1, -50, 50)\n    if any(y > 3):\n        t = 0", Int(0, 50)),
    ("t = clamp(t + 1, -50, 50)\n    if y[i] > 3:\n        t = clamp(2 * t, -70_000, 70_000)", Int(0, 100)),
    ("t = clamp(3 * t + y[i], -10**12, 10**12)", Int(0, 10**12)),
    ("t = max(t, 1) * 2 if t < 1000 else 0", None),
])
def test_what_a_clamp_holds_is_found(step: str, elem: object) -> None:
    """A carried value that moves a little with every trip, up to the bounds that the loop sets itself."""
    if elem is None:
        with pytest.raises(ProgramError, match="no bound can be told"):
            carried(f"t = 0\nfor i in range(100):\n    {step}\n")
        return
    assert carried(f"t = 0\nfor i in range(100):\n    {step}\n") ["t"] == elem


def test_sums_of_sums_and_nested_loops() -> None:
    found = carried("s, t = 0, 0\nfor v in y:\n    s += v\n    for j in range(70):\n        t += s\n")
    assert found["s"] == Int(0, 25500)
    assert isinstance(found["t"], Int)
    assert found["t"].hi >= sum(255 * (i + 1) * 70 for i in range(100))


def test_elements_of_carried_arrays() -> None:
    found = carried("h = zeros(5)\nfor i in range(n):\n    h[i % 5] += y[i]\n    h[2] += 1\n")
    assert found["h"] == Int(0, 25600)


def test_swaps_settle() -> None:
    assert carried("a2, b2 = y[0], k\nfor v in y:\n    a2, b2 = b2, a2\n") == {
        "a2": Int(-128, 255), "b2": Int(-128, 255)}


def test_a_name_used_within_a_trip_is_not_carried() -> None:
    body = "t = x\ns = 0\nfor v in y:\n    t = v * 2\n    s = max(s, t)\noutput z = s to all\n"
    assert [c.inside.name for c in loop_of(checked(body, SIZES)).carried] == ["s"]


def test_outputs_by_the_index_of_a_kept_loop() -> None:
    body = """\
for i in range(n):
    for j in range(3):
        output z[i, j] = y[i] * j - w[i] to a if y[i] > j
"""
    kept = output(checked(body, SIZES))
    written = output(checked(body, {"n": 4, "r": 3}))
    for found in (kept, written):
        assert ", ".join(map(str, found.value.type.shape)) == "n, 3"
        assert found.condition is not None
        assert ", ".join(map(str, found.condition.type.shape)) == "n, 3"
        assert found.condition_text == "y[i] > j"


def test_loops_without_trips_still_declare_their_outputs() -> None:
    body = "for i in range(n):\n    output z[i] = x[i] * 0.5 to a if y[i] > 3\n"
    found = output(checked(body, {"n": 0, "r": 3}))
    assert found.value.type.extents == (0,)
    assert isinstance(found.value.type.elem, Fixed)


def test_the_time_does_not_depend_on_the_trips() -> None:
    body = "s, t = 0, 0\nfor i in range(n):\n    s += x[i]\n    t += s * i\noutput z = t to all\n"
    start = time.perf_counter()
    few = checked(body, {"n": 100, "r": 3})
    middle = time.perf_counter()
    many = checked(body, {"n": 10_000_000, "r": 3})
    assert time.perf_counter() - middle < 20 * (middle - start) + 0.5
    assert len(few.body) == len(many.body)


def test_growth_names_what_grows() -> None:
    with pytest.raises(ProgramError) as refused:
        checked("s, t = 1, 0\nfor v in y:\n    t += v\n    s = s * 2\noutput z = s + t to all\n", SIZES)
    (error,) = (d for d in refused.value.diagnostics if d.severity == "error")
    assert error.code == "E4001"
    assert "`s`" in error.message
    assert "`t`" not in error.message
