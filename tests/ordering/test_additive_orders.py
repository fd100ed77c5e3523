"""Secret orders among two parties and more, all but one of them curious; made of switching networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Options, check_sizes, compile_program, load_program, read_text
from cloister.runtime.preprocess.network import Network
from cloister.runtime.program import ValueType

from ..additive.parties import Shared, run
from ..runtime.build import A, B, P, ints, signed
from ..runtime.cases import numbers

SIZES = (0, 1, 2, 3, 63, 64, 65, 130)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 63, 64, 65, 200])
def test_a_network_is_set_to_any_order(n):
    rng, network = np.random.default_rng(n), Network(n)
    wanted = np.tile(np.arange(network.size), (3, 1))
    for order in wanted:
        order[:n] = rng.permutation(n)
    switches = network.route(wanted)
    assert switches.shape == (network.layers, 3, network.size // 2)
    rows = np.tile(np.arange(network.size), (3, 1))
    for layer in range(network.layers):
        pairs = rows.reshape(3, -1, 2)
        rows = network.regroup(layer, np.where(switches[layer][..., None], pairs[..., ::-1], pairs).reshape(3, -1))
    assert np.array_equal(rows, wanted)


def _moving(build: Shared, rng, n: int) -> list[tuple[int, np.ndarray, int]]:
    found = []
    for i, of in enumerate((A(64, n), A(128, n), A(64, n, 3), A(128, n, 2), B(5, n), B(33, n), B(130, n))):
        values = numbers(of.width, of.shape, rng)
        number = build.input(values, of, i % build.parties)
        if of.kind == "planes":
            number = build.local("to_rows", [number], ValueType("rows", of.width, (n,)))
        found.append((number, values, 128 if of.width > 64 else 64))
    return found


def _shuffled(build: Shared, drawn: int, value: int, inverse: bool = False) -> int:
    passes = range(build.parties)
    for index in reversed(passes) if inverse else passes:
        value = build.exchange("permute", [drawn, value], build.types[value], index=index, inverse=inverse)
    return value


def _shown(build: Shared, value: int) -> int:
    of = build.types[value]
    if of.kind == "rows":
        low = min(of.width, 128)
        value = build.local("from_rows", [value], B(low, *of.shape), lo=0, k=low)
        return build.exchange("reveal", (value,), P(64 if low <= 64 else 128, *of.shape),
                              to=list(range(build.parties)), signed=False)
    return build.reveal(value)


@pytest.mark.parametrize("parties", [2, 3, 5])
def test_a_secret_order_moves_all_alike_and_back(parties):
    rng = np.random.default_rng(parties)
    build, expected = Shared(parties), []
    for n in SIZES if parties == 2 else SIZES[:5]:
        drawn = build.local("draw_order", [], ValueType("order", 64, (n,)))
        count = build.local("share", [build.const(np.arange(n), P(64, n))], A(64, n))
        there = _shuffled(build, drawn, count)
        where = build.exchange("open_masked", [there], P(64, n), why="a test")
        for number, values, modulus in _moving(build, rng, n):
            there = _shuffled(build, drawn, number)
            back = _shuffled(build, drawn, there, inverse=True)
            expected.append((where, _shown(build, there), _shown(build, back), values, modulus))
    outcome = run(build.program([out for row in expected for out in row[:3]]), build.given)
    for got in outcome.results:
        shown = iter(got.outputs)
        for _, _, _, values, modulus in expected:
            places = ints(next(shown).value, 64).astype(int)
            assert sorted(places) == list(range(len(values)))
            wanted = values % (1 << 128)
            assert np.array_equal(ints(next(shown).value, modulus), signed(wanted[places], modulus))
            assert np.array_equal(ints(next(shown).value, modulus), signed(wanted, modulus))


@pytest.mark.parametrize("parties", [2, 3])
def test_what_is_opened_of_rows(parties):
    build, rng = Shared(parties), np.random.default_rng(1)
    values = numbers(40, (70,), rng)
    held = build.local("to_rows", [build.input(values, B(40, 70), 1)], ValueType("rows", 40, (70,)))
    shown = build.exchange("open_masked", [held], P(64, 70), why="a test")
    for got in run(build.program([shown]), build.given).results:
        assert np.array_equal(got.outputs[0].value.astype(object), values)


@pytest.mark.parametrize("parties", [2, 3])
def test_what_party_k_gets_does_not_depend_on_the_rows(parties):
    """Masked rows and told orders: every value of a byte comes about equally often, whatever the rows are."""
    for fill in (0, (1 << 64) - 1):
        build = Shared(parties)
        drawn = build.local("draw_order", [], ValueType("order", 64, (256,)))
        x = build.input(np.full(256, fill, object), A(64, 256), 1)
        moved = build.exchange("permute", [drawn, x], A(64, 256), index=0, inverse=False)
        outcome = run(build.program([build.reveal(moved)]), build.given)
        sent = next(frame for frame in outcome.frames[0] if len(frame.body) >= 2048)
        counts = np.bincount(np.frombuffer(sent.body[:2048], np.uint8), minlength=256)
        assert np.sum((counts - 8) ** 2 / 8) < 400  # chi square of 255 degrees: p is below 10^-7
        told = np.frombuffer(next(frame for frame in outcome.frames[1] if len(frame.body) == 1024).body, np.uint32)
        assert sorted(told.tolist()) == list(range(256))
        assert abs(np.corrcoef(told, np.arange(256))[0, 1]) < 0.4


PROGRAM = """
size rows
input x: int16[rows] in -1000..1000 from each
input t: table(name: text[3], paid: bool optional, weight: fixed in -8..8)[rows] from each
output up = sort(x) to all
output place = rank(x, descending=true) to all
by = t.sort_by(desc(t.paid), t.name)
output names = by.name to all
output weights = by.weight to all
output most = largest(t.weight, 2) to all
output middle = quantile(x, 0.4) to all
"""


@pytest.mark.parametrize(("parties", "n"), [(2, 9), (2, 70), (3, 5), (5, 2)])
def test_whole_programs(parties, n):
    names = ("north", "south", "west", "east", "mid")[:parties]
    head = f"party {', '.join(names)}\nsecurity dishonest_majority, semi_honest\n"
    loaded = load_program(read_text(head + PROGRAM))
    sizes = {f"rows.{name}": n for name in names}
    compiled = compile_program(loaded, sizes, Options(verify=True))
    assert compiled.program.protocol == "additive"
    rng = np.random.default_rng(parties + n)
    given: dict[int, dict[str, Any]] = {i: {} for i in range(parties)}
    keyed = {}
    for spec in compiled.program.inputs:
        values = rng.integers(max(int(spec.lo), -5), min(int(spec.hi), 1 << 20) + 1, spec.shape)
        given[spec.party][spec.name] = keyed[spec.name] = values.astype(bool) if spec.element == "bool" else values
    said = interpret(check_sizes(loaded, sizes), keyed)
    for got in run(compiled.program, given).results:
        for spec, opened in zip(compiled.program.outputs, got.outputs, strict=True):
            wanted = said[spec.name].value.astype(object).tolist()
            assert ints(opened.value, 64).tolist() == wanted, spec.name
