"""Sums of numbers on planes: every shape and sign, what they cost, and that programs use them where bytes are dear."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.gadgets.kit import Kit, Num
from cloister.compiler.gadgets.total import total_planes
from cloister.compiler.interpret import interpret
from cloister.compiler.intervals import Interval
from cloister.compiler.ir.build import Builder
from cloister.compiler.ir.nodes import Type
from cloister.compiler.pipeline import Options, compile_program, load_program, read_text
from cloister.compiler.price.circuit import price
from cloister.compiler.price.network import MOBILE, Network
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.traffic import traffic

from ..properties.test_protocols import opened
from ..runtime.build import run
from .bench import Bench

SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((0,), (0,)), ((1,), (0,)), ((2,), (0,)), ((3,), (0,)), ((4, 5), (0,)), ((4, 5), (1,)), ((3, 2, 4), (0, 2)),
    ((64,), (0,)), ((65, 3), (0,)), ((2, 0), (1,)),
]


@pytest.mark.parametrize(("lo", "hi"), [(0, 1), (0, 200), (-128, 127), (-1, 0), (-5, 1 << 70)])
@pytest.mark.parametrize("turn", [0, 2])
def test_sums(lo: int, hi: int, turn: int) -> None:
    rng = np.random.default_rng(turn)
    for shape, axes in SHAPES:
        picks = rng.integers(0, 4, shape)
        values = np.array([lo, hi, (lo + hi) // 2, min(hi, 1)], object)[picks].reshape(shape)
        most = int(np.prod([shape[a] for a in axes]))
        bench = Bench(parts=1 + turn, turn=turn)
        bounds = Interval(min(lo * most, 0), max(hi * most, 0))
        (found,) = bench.run(total_planes(bench.kit, bench.planes(values, lo, hi), axes, bounds))
        assert found.tolist() == np.asarray(np.sum(values, axis=axes, initial=0)).tolist(), (shape, axes)


def test_a_narrower_result_takes_fewer_gates() -> None:
    costs = []
    for bounds in (Interval(0, 255 * 1000), Interval(0, 255)):
        kit = Kit(Builder("protocol"), for_name("replicated", 3), MOBILE)
        x = Num(kit.builder.add("arg", type=Type("planes", (1000,), 8), index=0), Interval(0, 255))
        costs.append(price(kit.builder.finish([total_planes(kit, x, (0,), bounds).value]), kit.protocol))
    assert costs[1].ands < costs[0].ands < 8.1 * 1000
    assert costs[0].rounds < 30


HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\n"


@pytest.mark.parametrize("body", [
    "input x: int8[70] from a\ninput y: int8[70] from b\noutput r = sum(min(x, y)) to all\n",
    "input x: int8[9, 7] from a\ninput y: int8[9, 7] from b\noutput r = sum(max(x, y), axis=1) to all\n"
    "output s = sum(min(x, y), axis=0) > 5 to all\n",
])
def test_programs_where_bytes_are_dear(body: str) -> None:
    """Sums of what is on planes anyway stay there: no bit goes into the ring."""
    loaded = load_program(read_text(HEAD + body))
    rng = np.random.default_rng(5)
    found = {}
    for network in (Network("fast", 1e-9, 1.0), Network("slow", 10.0, 1e9)):
        compiled = compile_program(loaded, {}, Options(network, 2, verify=True))
        given: dict[int, dict[str, Any]] = {i: {} for i in range(3)}
        for spec in compiled.program.inputs:
            given[spec.party][spec.name] = rng.integers(-128, 128, spec.shape)
        said = interpret(compiled.checked, {k: v for part in given.values() for k, v in part.items()})
        outcome = run(compiled.program, given, "replicated")
        for name, (value, _) in opened(compiled, outcome.results[0]).items():
            assert value.tolist() == said[name].value.astype(object).tolist()
        found[network.name] = traffic(compiled.program, compiled.protocol)
    assert max(found["fast"].bytes_sent) < max(found["slow"].bytes_sent) / 2
    assert found["fast"].rounds > found["slow"].rounds
