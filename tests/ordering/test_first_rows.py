"""The first rows of an order where they are chosen without sorting: as in the clear and in plain Python, on every
protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret, present
from cloister.compiler.pipeline import Compiled, Options, check_sizes, compile_program, load_program, read_text
from cloister.compiler.price.network import LAN, Network
from cloister.runtime.data.results import decode

from ..additive import parties as additive
from ..runtime.build import run

NAMES = ("north", "south", "west")
HONEST, NOBODY = "honest_majority", "dishonest_majority"
#: Where bytes alone count, the rows are chosen for short columns too.
BYTES = Network("bytes", 0.0, 1.0)

PROGRAM = """size rows
input t: table(x: int16 in -300..300, y: uint8 in 0..3, z: fixed[4] in -2..2 optional, name: text[9])[rows] from each
some = t.where(t.y > 0)
best = t.top(5, t.y, t.x)
low = t.sort_by(t.y, desc(t.z)).head(7)
few = some.sort_by(t.z).head(6)
output x = best.x to all
output y = best.y to all
output names = best.name to all
output low = low.z to all if present(low.z)
output few = few.x to all if present(few.x)
output one = sort(t.x)[0] to all
output second = sort(t.x, descending=true)[1] to all
output largest = largest(t.y, 9) to south
output turned = largest(t.x, 4)[::-1] to all
output third = clamp(sort(t.x)[2::-1], -299, 299)[0] to all
output every_other = sort(t.x)[:6:2] to all
output none_at_all = count(largest(t.x, 0) > 0) to all
"""


def _compiled(security: str, count: int, sizes: dict[str, int], net: Network = BYTES) -> tuple[Any, Compiled]:
    head = f"party {', '.join(NAMES[:count])}\nsecurity {security}, semi_honest\n"
    loaded = load_program(read_text(head + PROGRAM))
    return check_sizes(loaded, sizes), compile_program(loaded, sizes, Options(net, verify=True))


def _drawn(checked: Any, seed: int, alike: bool) -> dict[str, np.ndarray[Any, Any]]:
    rng, keyed = np.random.default_rng(seed), {}
    for one in checked.inputs:
        elem, shape = one.var.type.elem, one.var.type.extents
        low, high = max(elem.range.lo, 0 if elem.range.hi > 1 << 20 else elem.range.lo), min(elem.range.hi, 1 << 20)
        keyed[f"{one.name}.{one.party}"] = rng.integers(low, low + 1 if alike else high + 1, shape)
    return keyed


def _wanted(checked: Any, keyed: dict[str, Any]) -> dict[str, Any]:
    said = interpret(checked, keyed)
    return {output.name: present(output, said[output.name]) for output in checked.outputs}


def _plain(keyed: dict[str, Any], parties: Sequence[str]) -> dict[str, Any]:
    """What Python says of those that are numbers."""
    x, y = (np.concatenate([keyed[f"t.{name}.{p}"] for p in parties]).tolist() for name in "xy")
    best = sorted(range(len(x)), key=lambda i: (-y[i], -x[i]))[:5]
    return {"x": [x[i] for i in best], "y": [y[i] for i in best], "one": min(x), "second": sorted(x)[-2],
            "largest": sorted(y)[::-1][:9], "turned": sorted(x)[-4:], "third": min(max(sorted(x)[2], -299), 299),
            "every_other": sorted(x)[:6:2], "none_at_all": 0}


def _agree(program: Compiled, outcome: Any, wanted: dict[str, Any]) -> None:
    for me, got in enumerate(outcome.results):
        for spec, opened in zip(program.program.outputs, got.outputs, strict=True):
            if me in spec.receivers:
                assert decode(spec, opened.value, opened.flag) == wanted[spec.name], spec.name


@pytest.mark.parametrize("protocol", ["reference", "replicated"])
@pytest.mark.parametrize(("n", "alike"), [(3, False), (30, False), (90, False), (30, True)])
def test_three_parties(protocol: str, n: int, alike: bool) -> None:
    checked, program = _compiled(HONEST, 3, {f"rows.{name}": n + i for i, name in enumerate(NAMES)})
    if n > 3:
        assert any(one.what == "first rows" and one.chosen == "choose" for one in program.choices)
    keyed = _drawn(checked, n, alike)
    wanted = _wanted(checked, keyed)
    assert {**wanted, **_plain(keyed, NAMES)} == wanted
    given = {i: {s.name: keyed[s.name] for s in program.program.inputs if s.party == i} for i in range(3)}
    _agree(program, run(program.program, given, protocol), wanted)


@pytest.mark.parametrize(("count", "n"), [(2, 40), pytest.param(3, 30, marks=pytest.mark.slow)])
def test_all_but_one_curious(count: int, n: int) -> None:
    checked, program = _compiled(NOBODY, count, {f"rows.{name}": n for name in NAMES[:count]})
    assert program.program.protocol == "additive"
    keyed = _drawn(checked, n, False)
    given: dict[int, dict[str, Any]] = {i: {} for i in range(count)}
    for spec in program.program.inputs:
        given[spec.party][spec.name] = keyed[spec.name]
    _agree(program, additive.run(program.program, given), _wanted(checked, keyed))


def test_more_rows_than_are_compared_in_pairs() -> None:
    """For an ordinary network: one column chosen, another sorted."""
    checked, program = _compiled(HONEST, 3, {f"rows.{name}": 2000 for name in NAMES}, LAN)
    keyed = _drawn(checked, 7, False)
    given = {i: {s.name: keyed[s.name] for s in program.program.inputs if s.party == i} for i in range(3)}
    _agree(program, run(program.program, given, "replicated"), _wanted(checked, keyed))


def test_fewer_rows_than_are_shown() -> None:
    """How many rows are shown was approved; with fewer the program says what is different, and does not run."""
    head = f"party {', '.join(NAMES)}\nsecurity {HONEST}, semi_honest\nsize n <= 100\n"
    loaded = load_program(read_text(head + "input x: int8[n] from north\noutput most = largest(x, 5) to all\n"))
    with pytest.raises(ProgramError) as told:
        compile_program(loaded, {"n": 3})
    (one,) = told.value.diagnostics
    assert one.code == "E2008"
    assert "here `most` is whole numbers [n], approved is whole numbers [5]" in one.notes
